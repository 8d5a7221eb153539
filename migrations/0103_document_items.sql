-- The items of a document with their amounts and taxes. A document that rounds taxes by rate has the shares of its lines.

-- +goose Up
CREATE VIEW source.document_items AS
SELECT item.organization_id, item.id AS item_id, canonical.document_type(document.kind) AS canonical_type, item.document_id AS canonical_id,
       item.document_id, item.line, item.product_id, COALESCE(item.store_id, document.store_id) AS store_id, item.description, trim_scale(item.quantity) AS quantity, document.currency,
       canonical.major_price(item.unit_price, document.currency) AS unit_price,
       trim_scale(item.discount_percentage) AS discount_percentage, canonical.major(item.discount, document.currency) AS discount,
       canonical.major(CASE WHEN document.prices_include_tax THEN item.amount - tax.amount ELSE item.amount END, document.currency) AS net,
       canonical.major(tax.amount, document.currency) AS tax,
       canonical.major(CASE WHEN document.prices_include_tax THEN item.amount ELSE item.amount + tax.amount END, document.currency) AS gross,
       tax.taxes
FROM canonical.document_items AS item
JOIN canonical.documents AS document ON document.organization_id = item.organization_id AND document.id = item.document_id
CROSS JOIN LATERAL (
    SELECT COALESCE(sum(t.amount), 0) AS amount,
           COALESCE(jsonb_agg(jsonb_build_object('name', t.name, 'percentage', trim_scale(t.percentage), 'amount',
               jsonb_build_object('amount', canonical.major(t.amount, document.currency), 'currency', document.currency)) ORDER BY t.position), '[]') AS taxes
    FROM (SELECT x.name, x.percentage, x.position, COALESCE(share.amount, canonical.tax_of(item.amount, document.prices_include_tax,
              sum(x.percentage) OVER (), COALESCE(sum(x.percentage) OVER (ORDER BY x.tax_rate_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0),
              x.percentage)) AS amount
          FROM canonical.document_item_taxes AS x
          LEFT JOIN canonical.document_tax_shares AS share ON share.organization_id = x.organization_id AND share.id = x.id
          WHERE x.organization_id = item.organization_id AND x.document_item_id = item.id) AS t) AS tax;

SELECT engine.create_projection('document_items', 'table', '{organization_id,item_id}');
CREATE INDEX document_items_document_idx ON projection.document_items (organization_id, document_id, line);

SELECT engine.declare_grain('document_items', 'document', '{organization_id,document_id}');
SELECT engine.track('document_items', 'canonical.document_items', 'key', '{organization_id,id}', within => '{document_id}');
SELECT engine.track('document_items', 'canonical.document_item_taxes', 'key', '{organization_id,document_item_id}', within => '{document_id}');
SELECT engine.track('document_items', 'canonical.document_tax_shares', 'key', '{organization_id,item_id}', within => '{document_id}');
SELECT engine.track('document_items', 'canonical.documents', 'document', '{organization_id,id}', inserts => false, within => '{document_id=id}');
