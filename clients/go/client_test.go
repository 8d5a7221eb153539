// Package client is a client in Go with the functions that genqlient makes of operations.graphql. It is run against the
// Daybook that DAYBOOK_URL and DAYBOOK_TOKEN name.
package client

import (
	"crypto/rand"
	"net/http"
	"os"
	"testing"

	"github.com/Khan/genqlient/graphql"
)

// authorized sends a token with each request.
type authorized struct{ token string }

func (a authorized) RoundTrip(q *http.Request) (*http.Response, error) {
	q = q.Clone(q.Context())
	q.Header.Set("Authorization", "Bearer "+a.token)
	return http.DefaultTransport.RoundTrip(q)
}

// A draft is saved and read again, as one type of several that a node may have.
func TestClient(t *testing.T) {
	url, token := os.Getenv("DAYBOOK_URL"), os.Getenv("DAYBOOK_TOKEN")
	if url == "" || token == "" {
		t.Skip("DAYBOOK_URL and DAYBOOK_TOKEN say which server is tried")
	}
	client := graphql.NewClient(url, &http.Client{Transport: authorized{token}})
	customers, err := FirstCustomer(t.Context(), client)
	if err != nil {
		t.Fatal(err)
	}
	description, quantity, price := "Typed", "2", "10.50"
	created, err := Create(t.Context(), client, InvoiceCreateInput{
		CustomerId: customers.People.Nodes[0].Id,
		Items:      []DocumentItemInput{{Description: &description, Quantity: &quantity, UnitPrice: &price}},
	}, rand.Text())
	if err != nil {
		t.Fatal(err)
	}
	draft := created.InvoiceCreate.Record
	if len(created.InvoiceCreate.UserErrors) > 0 || draft.State != DocumentStateDraft || draft.Total.Amount != "21.00" {
		t.Fatalf("%+v", created.InvoiceCreate)
	}
	read, err := Read(t.Context(), client, draft.Id)
	if err != nil {
		t.Fatal(err)
	}
	node, ok := (*read.Node).(*ReadNodeInvoice)
	if !ok || node.Id != draft.Id || node.State != DocumentStateDraft || node.Memo != "" {
		t.Errorf("%T %+v", *read.Node, *read.Node)
	}
}
