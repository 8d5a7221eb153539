-- What a document comes to: the one place where its amounts are added up.

-- +goose Up
CREATE VIEW canonical.document_totals AS
SELECT document.organization_id, document.id AS document_id, document.party_id, document.kind, document.state, document.currency,
       item.item_count, item.subtotal, item.tax, item.subtotal + item.tax AS total
FROM canonical.documents AS document
CROSS JOIN LATERAL (
    SELECT count(*)::int AS item_count, COALESCE(sum(i.net), 0) AS subtotal, COALESCE(sum(t.amount), 0) AS tax
    FROM canonical.document_items AS i
    CROSS JOIN LATERAL (
        SELECT sum(canonical.item_tax(i.net, x.percentage)) AS amount
        FROM canonical.document_item_taxes AS x
        WHERE x.organization_id = i.organization_id AND x.document_item_id = i.id) AS t
    WHERE i.organization_id = document.organization_id AND i.document_id = document.id) AS item;
COMMENT ON VIEW canonical.document_totals IS 'Amounts in minor units of the document''s currency, whole numbers as numeric: no sum overflows. Tax is rounded per line and tax.';

-- +goose StatementBegin
CREATE FUNCTION canonical.document_total(organization bigint, document bigint) RETURNS bigint
    LANGUAGE sql STABLE
    RETURN COALESCE((SELECT total FROM canonical.document_totals WHERE organization_id = organization AND document_id = document), 0)::bigint;
-- +goose StatementEnd
COMMENT ON FUNCTION canonical.document_total(bigint, bigint) IS 'A document''s total with taxes, in minor units; 0 without items.';

CREATE VIEW canonical.document_amounts AS
SELECT document.*, allocated.amount AS paid,
       CASE document.state WHEN 'approved' THEN document.total - allocated.amount ELSE 0 END AS due
FROM canonical.document_totals AS document
CROSS JOIN LATERAL (
    SELECT COALESCE(sum(part.amount), 0) AS amount FROM canonical.settlements AS part
    WHERE part.organization_id = document.organization_id AND part.document_id = document.document_id) AS allocated;
COMMENT ON VIEW canonical.document_amounts IS
    'Totals with what live payments and credits have settled, and what is due: 0 unless the document is approved. Of a
credit note, paid is what was refunded or credited to invoices, and due is what the customer may still use.';
