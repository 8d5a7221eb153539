package canonical_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/99designs/gqlgen/graphql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"daybook/canonical"
	"daybook/graph/model"
	"daybook/internal/pgtest"
)

// shop is an organization with one customer, for examples.
type shop struct {
	*canonical.Store
	pool     *pgxpool.Pool
	owner    canonical.Actor
	customer model.ID
}

// openShop returns a shop in a database of its own.
func openShop() (ctx context.Context, s shop, done func()) {
	ctx = context.Background()
	s.pool, done = pgtest.Example()
	s.Store = canonical.New(s.pool, nil)
	_, token, err := s.OrganizationCreate(ctx, canonical.OrganizationInput{
		Name: "Tea shop", TimeZone: "Australia/Adelaide", BaseCurrency: "AUD", OwnerName: "Ada", OwnerEmail: "ada@example.com",
	})
	check(err)
	principal, err := canonical.Authenticate(ctx, s.pool, token)
	check(err)
	s.owner = principal.Actor
	person, err := s.PersonCreate(ctx, s.owner, model.PersonCreateInput{GivenName: given("Grace")})
	check(err)
	s.customer = model.ID{Type: "Person", Key: person}
	return ctx, s, done
}

// invoice is the input of an invoice to the customer, of one item.
func (s shop) invoice(description, price string) model.DocumentCreateInput {
	return model.DocumentCreateInput{PartyID: s.customer, Items: []model.DocumentItemInput{
		{Description: given(description), UnitPrice: given(dec(price))},
	}}
}

// given is an input field with a value.
func given[T any](value T) graphql.Omittable[*T] { return graphql.OmittableOf(&value) }

func check(err error) {
	if err != nil {
		panic(err)
	}
}

// A write checks its whole input, and returns all user errors at once, each with the path of its field.
func Example() {
	ctx, shop, done := openShop()
	defer done()
	_, err := shop.DocumentCreate(ctx, shop.owner, model.DocumentKindInvoice, model.DocumentCreateInput{
		PartyID: shop.customer, Currency: given("XXX"), Items: []model.DocumentItemInput{{Quantity: given(dec("0"))}},
	})
	var invalid *canonical.Invalid
	if errors.As(err, &invalid) {
		for _, mistake := range invalid.Errors {
			fmt.Println(mistake.Path, mistake.Code)
		}
	}
	// Output:
	// currency INVALID
	// items.0.description REQUIRED
	// items.0.quantity INVALID
	// items.0.unitPrice REQUIRED
}

// The last statements of a write see which read models it has left behind.
func ExampleNew() {
	ctx, shop, done := openShop()
	defer done()
	store := canonical.New(shop.pool, func(_ context.Context, last *pgx.Batch) func() {
		var marked string
		last.Queue(`SELECT current_setting('engine.marked')`).QueryRow(func(row pgx.Row) error { return row.Scan(&marked) })
		return func() { fmt.Println(marked) }
	})
	_, err := store.TaxRateCreate(ctx, shop.owner, model.TaxRateCreateInput{Name: given("GST"), Percentage: dec("10")})
	check(err)
	// Output: tax_rate_summaries
}

// A dry run makes the write and rolls it back: it shows the record as it would be, and what would be booked.
func ExampleStore_DryRun() {
	ctx, shop, done := openShop()
	defer done()
	draft, err := shop.DocumentCreate(ctx, shop.owner, model.DocumentKindInvoice, shop.invoice("Tea", "12.50"))
	check(err)

	run, err := shop.DryRun(ctx, shop.owner, func(dry *canonical.Store) (int64, error) {
		return dry.DocumentApprove(ctx, shop.owner, model.DocumentKindInvoice, draft, nil)
	})
	check(err)
	var number string
	check(run.Tx.QueryRow(ctx, "SELECT number FROM canonical.documents WHERE id = $1", run.ID).Scan(&number))
	fmt.Println("would be", number)
	for _, line := range run.Lines {
		fmt.Println(line.AccountCode, line.AccountName, line.Amount.Amount, line.Amount.Currency)
	}
	check(run.Close(ctx))
	// Output:
	// would be INV-0001
	// 1100 Accounts receivable 12.5 AUD
	// 4000 Sales -12.5 AUD
}

// Several writes are one transaction. One that is rejected leaves the others as they are.
func ExampleStore_InTransaction() {
	ctx, shop, done := openShop()
	defer done()
	err := shop.InTransaction(ctx, func(store *canonical.Store, db canonical.Reader) error {
		for _, price := range []string{"10", "-10", "10.50"} {
			// Creation and approval are one write among the others: both are made, or neither is.
			err := store.InTransaction(ctx, func(store *canonical.Store, _ canonical.Reader) error {
				id, err := store.DocumentCreate(ctx, shop.owner, model.DocumentKindInvoice, shop.invoice("Tea", price))
				if err == nil {
					_, err = store.DocumentApprove(ctx, shop.owner, model.DocumentKindInvoice, id, nil)
				}
				return err
			})
			var invalid *canonical.Invalid
			if errors.As(err, &invalid) {
				fmt.Println(price, "is rejected:", invalid.Errors[0].Message)
			} else if err != nil {
				return err
			}
		}
		rows, err := db.Query(ctx, "SELECT number FROM canonical.documents ORDER BY number")
		if err != nil {
			return err
		}
		numbers, err := pgx.CollectRows(rows, pgx.RowTo[string])
		fmt.Println(numbers)
		return err
	})
	check(err)
	// Output:
	// -10 is rejected: a document with a negative total is not approved
	// [INV-0001 INV-0002]
}

// A caller who got no answer asks again with the same key, and gets the same record.
func ExampleStore_DocumentCreate() {
	ctx, shop, done := openShop()
	defer done()
	create := func(in model.DocumentCreateInput) (int64, error) {
		once, err := canonical.NewOnce("order 4711", "invoiceCreate", in)
		check(err)
		actor := shop.owner
		actor.Once = once
		return shop.DocumentCreate(ctx, actor, model.DocumentKindInvoice, in)
	}
	first, err := create(shop.invoice("Tea", "12.50"))
	check(err)
	again, err := create(shop.invoice("Tea", "12.50"))
	check(err)
	fmt.Println("one record:", first == again)

	_, err = create(shop.invoice("Cake", "4"))
	fmt.Println(err)
	// Output:
	// one record: true
	// invalid input: idempotencyKey: the key was used for a different request
}
