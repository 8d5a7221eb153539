package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// writes measures single mutations and bulk ones, on one connection and on eight.
func writes(ctx context.Context, b *bench) error {
	w, err := startWorker(ctx, b)
	if err != nil {
		return err
	}
	defer w.stop()
	head("mutation", "connections", "requests/s", "p50 ms", "p99 ms", "server µs", "PostgreSQL µs, workers' statements too")
	for _, name := range []string{"invoiceCreate", "invoiceApprove", "paymentRecord", "salesRecord of 1 000"} {
		for _, connections := range []int{1, 8} {
			q, err := b.mutation(ctx, name, connections)
			if err != nil {
				return err
			}
			one := *b.exact
			one.do = q
			m, err := b.drive(ctx, &one, nil, connections, b.duration, 0)
			if err != nil {
				return err
			}
			row(name, connections, m.rate(), m.percentile(50), m.percentile(99), m.each(m.server), m.each(m.database))
			time.Sleep(b.duration / 2) // until the workers are done
		}
	}
	return b.data.settle(ctx)
}

const created = `{ record { id number state total { amount } } userErrors { path code message } } }`

// mutation returns what makes the i-th request of a mutation, with the records that it changes made before.
func (b *bench) mutation(ctx context.Context, name string, connections int) (func(ctx context.Context, _ *query, i int) error, error) {
	var next atomic.Int64
	create := func(ctx context.Context) (string, int, error) {
		i := int(next.Add(1))
		id, err := b.mutate(ctx, "invoiceCreate", `mutation($input: DocumentCreateInput!) { invoiceCreate(input: $input) `+created, map[string]any{"input": invoiceInput(b.data, i)})
		return id, i, err
	}
	approve := func(ctx context.Context, id string) error {
		_, err := b.mutate(ctx, "invoiceApprove", `mutation($id: ID!) { invoiceApprove(id: $id) `+created, map[string]any{"id": id})
		return err
	}
	type invoice struct {
		id       string
		customer int
	}
	prepared := make(chan invoice, 10_000)
	if name == "invoiceApprove" || name == "paymentRecord" {
		var group sync.WaitGroup
		var failed atomic.Value
		for range 8 {
			group.Go(func() {
				for range int(b.duration.Seconds()*float64(min(connections, 4))*80)/8 + 1 {
					id, i, err := create(ctx)
					if err == nil && name == "paymentRecord" {
						err = approve(ctx, id)
					}
					if err != nil {
						failed.Store(err)
						return
					}
					prepared <- invoice{id, i}
				}
			})
		}
		group.Wait()
		if err, ok := failed.Load().(error); ok {
			return nil, err
		}
	}
	return func(ctx context.Context, _ *query, i int) error {
		switch name {
		case "invoiceCreate":
			_, _, err := create(ctx)
			return err
		case "salesRecord of 1 000":
			return b.sales(ctx, i)
		}
		select {
		case at := <-prepared:
			if name == "invoiceApprove" {
				return approve(ctx, at.id)
			}
			_, err := b.mutate(ctx, "paymentRecord", `mutation($input: PaymentRecordInput!) { paymentRecord(input: $input) { record { id allocated { amount } } userErrors { path code message } } }`,
				map[string]any{"input": map[string]any{"customerId": invoiceInput(b.data, at.customer)["customerId"], "amount": "12.00", "allocations": []any{map[string]any{"invoiceId": at.id, "amount": "10.00"}}}})
			return err
		default:
			return errNoMore
		}
	}, nil
}

// sales records a thousand sales.
func (b *bench) sales(ctx context.Context, i int) error {
	list := make([]any, 1000)
	at := time.Now().Add(-time.Duration(i%50) * 24 * time.Hour).UTC().Format(time.RFC3339)
	for k := range list {
		list[k] = map[string]any{"occurredAt": at, "amount": fmt.Sprintf("%d.25", 1+k%70), "externalRef": fmt.Sprintf("R%d-%d-%d-%d", os.Getpid(), time.Now().UnixNano(), i, k)}
	}
	_, err := b.mutate(ctx, "salesRecord", `mutation($input: SalesRecordInput!) { salesRecord(input: $input) { recorded userErrors { path code message } } }`,
		map[string]any{"input": map[string]any{"storeId": fmt.Sprint("Store:", b.data.store), "onError": "ALL_OR_NOTHING", "sales": list}})
	return err
}

// mutate returns the id of the record that a mutation has written, if its payload has one.
func (b *bench) mutate(ctx context.Context, field, text string, variables map[string]any) (string, error) {
	body, err := json.Marshal(map[string]any{"query": text, "variables": variables})
	if err != nil {
		return "", err
	}
	answered, err := b.exact.post(ctx, body)
	if err != nil {
		return "", err
	}
	var answer struct {
		Data map[string]struct {
			Record     struct{ ID string }
			UserErrors []any
		}
		Errors []any
	}
	if err := json.Unmarshal(answered, &answer); err != nil {
		return "", err
	}
	if len(answer.Errors) > 0 || len(answer.Data[field].UserErrors) > 0 {
		return "", fmt.Errorf("%s: %.500s", field, answered)
	}
	return answer.Data[field].Record.ID, nil
}
