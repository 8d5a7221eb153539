-- The planner's statistics, for whoever fills tables faster than autovacuum looks at them.

-- +goose Up
-- +goose StatementBegin
CREATE FUNCTION canonical.analyze_tables() RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    ANALYZE canonical.people, canonical.addresses, canonical.products, canonical.documents, canonical.document_items, canonical.document_item_taxes,
        canonical.payments, canonical.payment_allocations, canonical.credit_allocations, canonical.money_entries,
        canonical.transfers, canonical.journal_entries, canonical.journal_lines, canonical.accounts,
        canonical.sales, canonical.sale_lines, canonical.sale_line_taxes, canonical.sale_tenders;
END
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION canonical.analyze_tables() IS
    'Brings the planner''s statistics of the tables that grow with an organization up to date, the rows of the calling
transaction included. Whoever fills them may call it; ANALYZE itself needs their owner.';
