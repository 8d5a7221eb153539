-- The planner's statistics of the books are brought up to date by whoever fills them, which need not be the owner.

-- +goose Up
-- +goose StatementBegin
CREATE FUNCTION canonical.analyze_books() RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    ANALYZE canonical.documents, canonical.document_items, canonical.document_item_taxes,
        canonical.journal_entries, canonical.journal_lines, canonical.accounts;
END
$$;
-- +goose StatementEnd
COMMENT ON FUNCTION canonical.analyze_books() IS
    'Tells the planner how much the books hold, what the calling transaction has added included.';

-- +goose Down
DROP FUNCTION canonical.analyze_books;
