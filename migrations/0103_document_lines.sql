-- The items of a document with their amounts and taxes.

-- +goose Up
CREATE VIEW source.document_lines AS
SELECT item.organization_id, item.id AS item_id, CASE document.kind WHEN 'invoice' THEN 'Invoice' WHEN 'bill' THEN 'Bill' ELSE 'CreditNote' END AS canonical_type, item.document_id AS canonical_id,
       item.document_id, item.line, item.product_id, item.description, trim_scale(item.quantity) AS quantity, document.currency,
       canonical.major(item.unit_price, document.currency) AS unit_price,
       canonical.major(item.net, document.currency) AS net,
       canonical.major(tax.amount, document.currency) AS tax,
       canonical.major(item.net + tax.amount, document.currency) AS gross,
       tax.taxes
FROM canonical.document_items AS item
JOIN canonical.documents AS document ON document.organization_id = item.organization_id AND document.id = item.document_id
CROSS JOIN LATERAL (
    SELECT COALESCE(sum(t.amount), 0) AS amount,
           COALESCE(jsonb_agg(jsonb_build_object('name', t.name, 'percentage', trim_scale(t.percentage), 'amount',
               jsonb_build_object('amount', canonical.major(t.amount, document.currency), 'currency', document.currency)) ORDER BY t.position), '[]') AS taxes
    FROM (SELECT x.name, x.percentage, x.position, round(item.net * x.percentage / 100) AS amount
          FROM canonical.document_item_taxes AS x
          WHERE x.organization_id = item.organization_id AND x.document_item_id = item.id) AS t) AS tax;

SELECT engine.create_projection('document_lines', 'table', '{organization_id,item_id}');
CREATE INDEX document_lines_document_idx ON projection.document_lines (organization_id, document_id, line);

SELECT engine.declare_grain('document_lines', 'document', '{organization_id,document_id}');
SELECT engine.track('document_lines', 'canonical.document_items', 'key', '{organization_id,id}');
SELECT engine.track('document_lines', 'canonical.document_item_taxes', 'key', '{organization_id,document_item_id}');
SELECT engine.track('document_lines', 'canonical.documents', 'document', '{organization_id,id}');
