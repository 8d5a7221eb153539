-- The lines of a sale with their amounts and taxes, and with how much of each was taken back.

-- +goose Up
CREATE VIEW source.sale_lines AS
SELECT line.organization_id, line.id AS line_id, 'Sale'::text AS canonical_type, line.sale_id AS canonical_id,
       line.sale_id, line.line, line.product_id, line.refunded_line_id, line.description, trim_scale(line.quantity) AS quantity, sale.currency,
       canonical.major_price(line.unit_price, sale.currency) AS unit_price,
       trim_scale(line.discount_percentage) AS discount_percentage, canonical.major(line.discount, sale.currency) AS discount,
       canonical.major(line.net, sale.currency) AS net, canonical.major(line.tax, sale.currency) AS tax,
       canonical.major(line.net + line.tax, sale.currency) AS gross, tax.taxes, trim_scale(back.quantity) AS refunded_quantity
FROM canonical.sale_lines AS line
JOIN canonical.sales AS sale ON sale.organization_id = line.organization_id AND sale.id = line.sale_id
CROSS JOIN LATERAL (
    SELECT COALESCE(jsonb_agg(jsonb_build_object('name', t.name, 'percentage', trim_scale(t.percentage), 'amount',
               jsonb_build_object('amount', canonical.major(t.amount, sale.currency), 'currency', sale.currency)) ORDER BY t.position), '[]') AS taxes
    FROM canonical.sale_line_taxes AS t
    WHERE t.organization_id = line.organization_id AND t.sale_id = line.sale_id AND t.line = line.line) AS tax
CROSS JOIN LATERAL (
    SELECT COALESCE(sum(taken.quantity), 0) AS quantity
    FROM canonical.sale_lines AS taken
    JOIN canonical.sales AS refund ON refund.organization_id = taken.organization_id AND refund.id = taken.sale_id
    WHERE taken.organization_id = line.organization_id AND taken.refunded_line_id = line.id AND refund.voided_at IS NULL) AS back;

SELECT engine.create_projection('sale_lines', 'table', '{organization_id,line_id}');
CREATE INDEX sale_lines_sale_idx ON projection.sale_lines (organization_id, sale_id, line);
CREATE INDEX sale_lines_refunded_line_idx ON projection.sale_lines (organization_id, refunded_line_id) WHERE refunded_line_id IS NOT NULL;

-- A refund that is voided, or comes back to life, changes the lines that it takes back.
SELECT engine.declare_grain('sale_lines', 'sale', '{organization_id,sale_id}',
    'SELECT l.id AS line_id FROM canonical.sale_lines l WHERE l.organization_id = m.organization_id AND l.sale_id = m.sale_id
     UNION ALL
     SELECT l.refunded_line_id AS line_id FROM canonical.sale_lines l
     WHERE l.organization_id = m.organization_id AND l.sale_id = m.sale_id AND l.refunded_line_id IS NOT NULL');
SELECT engine.declare_grain('sale_lines', 'refunded', '{organization_id,refunded_line_id}', 'SELECT m.refunded_line_id AS line_id', few => true);
SELECT engine.track('sale_lines', 'canonical.sale_lines', 'key', '{organization_id,id}', within => '{sale_id}');
SELECT engine.track('sale_lines', 'canonical.sale_lines', 'refunded', '{organization_id,refunded_line_id}');
-- The taxes of a line come with it, and never change.
SELECT engine.track('sale_lines', 'canonical.sale_line_taxes', 'sale', '{organization_id,sale_id}', inserts => false, within => '{sale_id}');
SELECT engine.track('sale_lines', 'canonical.sales', 'sale', '{organization_id,id}', inserts => false);
