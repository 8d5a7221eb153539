package resolvers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/jackc/pgx/v5"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"daybook/canonical"
	"daybook/projection"
)

// ListExport is one query over all pages of a list.
type ListExport struct {
	// OrganizationID and UserID name the member who reads, with the rights of their role.
	OrganizationID, UserID int64
	// Document has one query, of one list. Its argument after is the variable $after, and it selects pageInfo with hasNextPage
	// and endCursor, and nodes.
	Document string
	// Variables are the values of the other variables.
	Variables map[string]any
	// After is the cursor behind which the export begins; nil is the list's start.
	After *string
	// PageRead is called with the cursor of a page's last row when its rows have been given and there are more; nil tells nobody. An
	// error ends the export.
	PageRead func(endCursor string) error
}

// exportWait is how long an export waits for what is behind: in one snapshot nothing becomes less.
const exportWait = time.Millisecond

// ExportList gives each node of all pages behind After, in the list's order, to row as the JSON that the document selects of it. All is read in
// one snapshot, and exact: with too much behind the error is projection.ErrBehind. One that the document causes is a gqlerror.List;
// rows may have been given before any error.
func ExportList(ctx context.Context, c Config, e ListExport, row func(json.RawMessage) error) (err error) {
	c.ExactWait = exportWait
	o := operationsOf(&c)
	field, err := o.exported(ctx, e.Document)
	if err != nil {
		return err
	}
	principal, err := canonical.MemberNow(ctx, c.DB, e.OrganizationID, e.UserID)
	if err != nil {
		return fmt.Errorf("find the member: %w", err)
	}
	tx, err := c.DB.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return fmt.Errorf("begin an export: %w", err)
	}
	defer func() { err = errors.Join(err, tx.Rollback(context.WithoutCancel(ctx))) }()
	for after := e.After; ; {
		page, err := o.exportPage(ctx, principal, tx, e, after)
		if err != nil {
			return err
		}
		list := page[field.Alias]
		for _, node := range list.Nodes {
			if err := row(node); err != nil {
				return err
			}
		}
		if !list.PageInfo.HasNextPage {
			return nil
		}
		if list.PageInfo.EndCursor == "" {
			return gqlerror.List{badInput("%s must be asked for at least one record a page: first is 0", field.Name)}
		}
		after = &list.PageInfo.EndCursor
		if e.PageRead != nil {
			if err := e.PageRead(*after); err != nil {
				return err
			}
		}
	}
}

// exportedPage is the answer of a list.
type exportedPage struct {
	Nodes    []json.RawMessage
	PageInfo struct {
		HasNextPage bool
		EndCursor   string
	}
}

// exportPage reads one page in the transaction.
func (o *operations) exportPage(ctx context.Context, principal *canonical.Principal, tx pgx.Tx, e ListExport, after *string) (page map[string]exportedPage, err error) {
	ctx = withRequest(ctx, o.config, principal, reading{mode: projection.Exact}, nil)
	request := requestFrom(ctx)
	shared := &turns{tx: tx}
	request.pages.DB, request.keys.DB = shared, shared
	variables := map[string]any{}
	maps.Copy(variables, e.Variables)
	delete(variables, exportCursor)
	if after != nil {
		variables[exportCursor] = *after
	}
	operation, errs := o.CreateOperationContext(graphql.StartOperationTrace(ctx), &graphql.RawParams{Query: e.Document, Variables: variables})
	if errs != nil {
		return nil, errs
	}
	answer := o.run(ctx, operation)
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("export: %w", context.Cause(ctx))
	case answer == nil:
		return nil, errors.New("export: there is no answer")
	case len(answer.Errors) > 0:
		return nil, answer.Errors
	}
	if err := json.Unmarshal(answer.Data, &page); err != nil {
		return nil, fmt.Errorf("read a page: %w", err)
	}
	return page, nil
}

// exportCursor is the variable that a page begins behind.
const exportCursor = "after"

// exported returns the list of an export's document, or why the document is none.
func (o *operations) exported(ctx context.Context, document string) (*ast.Field, error) {
	parsed, errs := o.document(ctx, document)
	if errs != nil {
		return nil, errs
	}
	refused := func(format string, args ...any) (*ast.Field, error) {
		return nil, gqlerror.List{badInput(format, args...)}
	}
	if len(parsed.Operations) != 1 || parsed.Operations[0].Operation != ast.Query {
		return refused("the document must be one query")
	}
	set := parsed.Operations[0].SelectionSet
	list, ok := set[0].(*ast.Field)
	if !ok || len(set) > 1 || len(list.Directives) > 0 || list.Definition.Arguments.ForName(exportCursor) == nil || list.Definition.Arguments.ForName("before") == nil {
		return refused("the query must have one field, which is a list with the argument after")
	}
	if after := list.Arguments.ForName(exportCursor); after == nil || after.Value.Kind != ast.Variable || after.Value.Raw != exportCursor {
		return refused("%s must have the argument after: $after", list.Name)
	}
	for _, name := range []string{"last", "before"} {
		if list.Arguments.ForName(name) != nil {
			return refused("%s is read forward: it must not have the argument %s", list.Name, name)
		}
	}
	info, nodes := selectedField(list.SelectionSet, "pageInfo"), selectedField(list.SelectionSet, "nodes")
	if nodes == nil || info == nil || selectedField(info.SelectionSet, "hasNextPage") == nil || selectedField(info.SelectionSet, "endCursor") == nil {
		return refused("%s must select nodes, and pageInfo { hasNextPage endCursor }, by these names and outside of fragments", list.Name)
	}
	return list, nil
}

// selectedField returns the field of the name that is selected always, by its own name; nil if there is none.
func selectedField(set ast.SelectionSet, name string) *ast.Field {
	for _, selection := range set {
		if field, ok := selection.(*ast.Field); ok && field.Alias == name && field.Name == name && len(field.Directives) == 0 {
			return field
		}
	}
	return nil
}
