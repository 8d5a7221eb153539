package main

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// raw makes the plain server's statements in this process, and reads their rows without a look at them.
type raw struct {
	*target
	pool *pgxpool.Pool
}

const rawItems = `SELECT document_id, description, quantity::text, round(unit_price, 2)::text, currency FROM projection.document_items WHERE organization_id = $1 AND document_id = ANY ($2) ORDER BY line`

const rawPayments = `SELECT document_id, paid_on, round(amount, 2)::text, currency FROM projection.document_payments WHERE organization_id = $1 AND document_id = ANY ($2) ORDER BY paid_on, allocation_id`

const rawPeople = `SELECT person_id, full_name, email FROM projection.people_summaries WHERE organization_id = $1 AND person_id = ANY ($2)`

func rawTarget(ctx context.Context, d *dataset) (*raw, error) {
	pool, err := pgxpool.New(ctx, d.url)
	if err != nil {
		return nil, err
	}
	r := &raw{target: &target{name: "raw"}, pool: pool}
	r.do = func(ctx context.Context, q *query, i int) error {
		switch party := d.customers[i%bodies%len(d.customers)]; q.plain {
		case "record":
			id := d.records[i%bodies%len(d.records)]
			return r.read(ctx, true, party, ` AND document_id = $2`, d.organization, id)
		case "largest":
			return r.read(ctx, false, 0, ` AND total >= $2 ORDER BY total DESC, document_id DESC LIMIT 50`, d.organization, 100)
		default:
			return r.read(ctx, q.plain == "nested", party, ` AND party_id = $2 ORDER BY issued_on DESC, document_id DESC LIMIT 50`, d.organization, party)
		}
	}
	return r, nil
}

func (r *raw) close() { r.pool.Close() }

func (r *raw) read(ctx context.Context, nested bool, party int64, where string, arguments ...any) error {
	rows, err := r.pool.Query(ctx, plainColumns+where, arguments...)
	if err != nil {
		return err
	}
	var ids []int64
	for rows.Next() {
		var id int64
		for _, b := range rows.RawValues()[0] {
			id = id<<8 | int64(b)
		}
		ids = append(ids, id)
	}
	rows.Close()
	if err := rows.Err(); err != nil || !nested {
		return err
	}
	batch := &pgx.Batch{}
	batch.Queue(rawPeople, arguments[0], []int64{party})
	batch.Queue(rawItems, arguments[0], ids)
	batch.Queue(rawPayments, arguments[0], ids)
	return r.pool.SendBatch(ctx, batch).Close()
}
