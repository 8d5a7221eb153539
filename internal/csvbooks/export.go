package csvbooks

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"slices"

	"github.com/jackc/pgx/v5"

	"daybook/canonical"
	"daybook/graph/model"
	"daybook/internal/csvfile"
)

// Filter selects the documents to export; the zero value selects all.
type Filter struct {
	Kind     string      // invoice, bill, credit_note or vendor_credit_note
	From, To *model.Date // days of issue, both included
}

var documentColumns = []csvfile.Column{
	{Name: "kind", Required: true}, {Name: "document", Required: true}, {Name: "number"}, {Name: "state"},
	{Name: "party"}, {Name: "party_email"}, {Name: "party_ref"}, {Name: "issued_on", Mapped: true}, {Name: "due_on", Mapped: true}, {Name: "currency"},
	{Name: "fx_rate"}, {Name: "prices_include_tax"}, {Name: "store"}, {Name: "memo"}, {Name: "total"}, {Name: "product"}, {Name: "description"}, {Name: "quantity"}, {Name: "unit_price"},
	{Name: "discount"}, {Name: "account"}, {Name: "item_store"}, {Name: "taxes"},
}

// selectDocuments selects documentColumns in their order. The address of a document without an external reference ends in
// its organization's mark.
const selectDocuments = `
	SELECT document.kind, coalesce(document.external_ref, document.kind || '/' || document.id || '@' || ` + mark + `),
		coalesce(document.number, ''), document.state, party.full_name, coalesce(party.email, ''), coalesce(party.external_ref, ''),
		document.issued_on::text, CASE WHEN canonical.credited_kind(document.kind) IS NULL THEN document.due_on::text ELSE '' END, document.currency,
		CASE document.currency WHEN organization.base_currency THEN '' ELSE trim_scale(document.fx_rate)::text END,
		CASE WHEN document.prices_include_tax THEN 'yes' ELSE '' END, coalesce(store.name, ''), document.memo,
		CASE document.state WHEN 'draft' THEN '' ELSE canonical.major(amounts.total, document.currency)::text END, coalesce(product.sku, ''), coalesce(item.description, ''), coalesce(trim_scale(item.quantity)::text, ''),
		coalesce(canonical.major_price(item.unit_price, document.currency)::text, ''),
		coalesce(trim_scale(item.discount_percentage)::text || '%', canonical.major(item.discount_amount, document.currency)::text, ''), coalesce(account.code, ''), coalesce(item_store.name, ''), coalesce((
			SELECT string_agg(regexp_replace(rate.name, '([;\\])', '\\\1', 'g') || '@' || trim_scale(tax.percentage), '; ' ORDER BY tax.position)
			FROM canonical.document_item_taxes AS tax
			JOIN canonical.tax_rates AS rate ON (rate.organization_id, rate.id) = (tax.organization_id, tax.tax_rate_id)
			WHERE (tax.organization_id, tax.document_item_id) = (item.organization_id, item.id)), '')
	FROM canonical.organizations AS organization
	JOIN canonical.documents AS document ON document.organization_id = organization.id
	JOIN canonical.people AS party ON (party.organization_id, party.id) = (document.organization_id, document.party_id)
	JOIN canonical.document_amounts AS amounts ON (amounts.organization_id, amounts.document_id) = (document.organization_id, document.id)
	LEFT JOIN canonical.document_items AS item ON (item.organization_id, item.document_id) = (document.organization_id, document.id)
	LEFT JOIN canonical.products AS product ON (product.organization_id, product.id) = (item.organization_id, item.product_id)
	LEFT JOIN canonical.accounts AS account ON (account.organization_id, account.id) = (item.organization_id, item.account_id)
	LEFT JOIN canonical.stores AS store ON (store.organization_id, store.id) = (document.organization_id, document.store_id)
	LEFT JOIN canonical.stores AS item_store ON (item_store.organization_id, item_store.id) = (item.organization_id, item.store_id)
	WHERE organization.id = $1 AND $2 IN ('', document.kind)
		AND ($3::date IS NULL OR document.issued_on >= $3) AND ($4::date IS NULL OR document.issued_on <= $4)
	ORDER BY document.kind COLLATE "C", document.number_value, document.id, item.line`

// mark is the SQL of a hash that identifies an organization in every database.
const mark = `left(md5(organization.id || ' ' || extract(epoch FROM organization.created_at)), 8)`

// ExportDocuments writes an organization's documents to w. It calls progress, which may be nil, with how many documents it
// has written.
func ExportDocuments(ctx context.Context, db canonical.Reader, organization int64, f Filter, w io.Writer, progress func(documents int)) (csvfile.Counts, error) {
	return export(ctx, db, documentColumns, 7, w, progress, selectDocuments, organization, f.Kind, f.From, f.To)
}

// CountDocuments returns how many documents ExportDocuments would write now.
func CountDocuments(ctx context.Context, db canonical.Reader, organization int64, f Filter) (int64, error) {
	found, err := collect[struct{ Count int64 }](ctx, db, "the number of documents", `SELECT count(*) FROM canonical.documents
		WHERE organization_id = $1 AND $2 IN ('', kind) AND ($3::date IS NULL OR issued_on >= $3) AND ($4::date IS NULL OR issued_on <= $4)`,
		organization, f.Kind, f.From, f.To)
	if err != nil {
		return 0, err
	}
	return found[0].Count, nil
}

var accountColumns = []csvfile.Column{
	{Name: "code", Required: true}, {Name: "name", Required: true}, {Name: "type", Required: true}, {Name: "system_role"}, {Name: "archived"},
}

// ExportAccounts writes an organization's chart of accounts to w, ordered by code. Archived accounts come before the live
// one with the same code, so that an import archives them before it creates the live one.
func ExportAccounts(ctx context.Context, db canonical.Reader, organization int64, w io.Writer) (csvfile.Counts, error) {
	return export(ctx, db, accountColumns, 2, w, nil, `
		SELECT code, name, type, coalesce(system_role, ''), CASE WHEN archived_at IS NULL THEN 'no' ELSE 'yes' END
		FROM canonical.accounts WHERE organization_id = $1
		ORDER BY lower(code) COLLATE "C", archived_at, code COLLATE "C", id`, organization)
}

// export writes the header and the rows of a statement. Rows that are equal in the first columns, as many as key says, are
// one record: of documents up to the party, since two vendors may have the same number.
func export(ctx context.Context, db canonical.Reader, columns []csvfile.Column, key int, w io.Writer, progress func(int), sql string, args ...any) (csvfile.Counts, error) {
	var c csvfile.Counts
	out := csv.NewWriter(w)
	if err := out.Write(header(columns)); err != nil {
		return c, fmt.Errorf("write: %w", err)
	}
	rows, err := db.Query(ctx, sql, args...)
	if err != nil {
		return c, fmt.Errorf("read: %w", err)
	}
	values, targets := make([]string, len(columns)), make([]any, len(columns))
	for i := range values {
		targets[i] = &values[i]
	}
	var last []string
	_, err = pgx.ForEachRow(rows, targets, func() error {
		c.Rows++
		if !slices.Equal(values[:key], last) {
			last = slices.Clone(values[:key])
			if c.Records++; progress != nil {
				progress(c.Records)
			}
		}
		if err := out.Write(row(columns, values)); err != nil {
			return fmt.Errorf("write: %w", err)
		}
		return nil
	})
	if out.Flush(); err == nil {
		err = out.Error()
	}
	if err != nil {
		return c, fmt.Errorf("export: %w", err)
	}
	return c, nil
}
