package main

import (
	"context"
	"encoding/json"
	"log"
	"net/http"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

type plainMoney struct {
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
}

type plainInvoice struct {
	ID           string         `json:"id"`
	Number       *string        `json:"number"`
	CustomerName string         `json:"customerName"`
	IssuedOn     string         `json:"issuedOn"`
	DueOn        string         `json:"dueOn"`
	State        string         `json:"state"`
	PaymentState string         `json:"paymentState"`
	ItemCount    int            `json:"itemCount"`
	Currency     string         `json:"currency"`
	Memo         string         `json:"memo"`
	Total        plainMoney     `json:"total"`
	Due          plainMoney     `json:"due"`
	Customer     *plainPerson   `json:"customer,omitempty"`
	Items        []plainItem    `json:"items,omitzero"`
	Payments     []plainPayment `json:"payments,omitzero"`
}

type plainPerson struct {
	FullName string  `json:"fullName"`
	Email    *string `json:"email"`
}

type plainItem struct {
	Description string     `json:"description"`
	Quantity    string     `json:"quantity"`
	UnitPrice   plainMoney `json:"unitPrice"`
}

type plainPayment struct {
	PaidOn string     `json:"paidOn"`
	Amount plainMoney `json:"amount"`
}

const plainColumns = `SELECT document_id, party_id, 'Invoice:' || document_id, number, party_name, issued_on, due_on, state, payment_state, item_count, currency, memo,
	round(total, 2)::text, round(due, 2)::text FROM projection.document_summaries WHERE organization_id = $1 AND kind = 'invoice'`

// runPlain runs as a plain server of the lists that are measured: net/http and pgx over the stored rows, with fixed statements
// and nothing else. It serves until it is killed.
func runPlain(address, database string) {
	pool, err := pgxpool.New(context.Background(), database)
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		var asked struct {
			Query     string
			Variables struct{ Org, Party, ID int64 }
		}
		if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		v := asked.Variables
		var answer any
		var err error
		switch asked.Query {
		case "record":
			var found []*plainInvoice
			found, err = plainInvoices(r.Context(), pool, true, v.Org, ` AND document_id = $2`, v.Org, v.ID)
			answer = map[string]any{"invoice": found[0]}
		case "largest":
			answer, err = plainNodes(r.Context(), pool, false, v.Org, ` AND total >= $2 ORDER BY total DESC, document_id DESC LIMIT 50`, v.Org, 100)
		default:
			answer, err = plainNodes(r.Context(), pool, asked.Query == "nested", v.Org, ` AND party_id = $2 ORDER BY issued_on DESC, document_id DESC LIMIT 50`, v.Org, v.Party)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(map[string]any{"data": answer}); err != nil {
			log.Print(err)
		}
	})
	server := &http.Server{Addr: address, ReadHeaderTimeout: time.Minute}
	log.Fatal(server.ListenAndServe())
}

func plainNodes(ctx context.Context, pool *pgxpool.Pool, nested bool, org int64, where string, args ...any) (any, error) {
	nodes, err := plainInvoices(ctx, pool, nested, org, where, args...)
	return map[string]any{"invoices": map[string]any{"nodes": nodes}}, err
}

func plainInvoices(ctx context.Context, pool *pgxpool.Pool, nested bool, org int64, where string, args ...any) ([]*plainInvoice, error) {
	var all []*plainInvoice
	var ids, parties []int64
	byID, byParty := map[int64]*plainInvoice{}, map[int64]*plainPerson{}
	rows, err := pool.Query(ctx, plainColumns+where, args...)
	if err != nil {
		return nil, err
	}
	var id, party int64
	var issued, due time.Time
	for rows.Next() {
		i := &plainInvoice{}
		if err := rows.Scan(&id, &party, &i.ID, &i.Number, &i.CustomerName, &issued, &due, &i.State, &i.PaymentState, &i.ItemCount, &i.Currency, &i.Memo, &i.Total.Amount, &i.Due.Amount); err != nil {
			return nil, err
		}
		if i.Currency == "JPY" { // the demo business's only currency without decimals
			i.Total.Amount, i.Due.Amount = strings.TrimSuffix(i.Total.Amount, ".00"), strings.TrimSuffix(i.Due.Amount, ".00")
		}
		i.IssuedOn, i.DueOn, i.Total.Currency, i.Due.Currency = issued.Format(time.DateOnly), due.Format(time.DateOnly), i.Currency, i.Currency
		if nested {
			if byParty[party] == nil {
				byParty[party] = &plainPerson{}
				parties = append(parties, party)
			}
			i.Customer, i.Items, i.Payments = byParty[party], []plainItem{}, []plainPayment{}
		}
		ids, byID[id] = append(ids, id), i
		all = append(all, i)
	}
	if err := rows.Err(); err != nil || !nested {
		return all, err
	}
	batch := &pgx.Batch{}
	batch.Queue(rawPeople, org, parties).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			var p plainPerson
			if err := rows.Scan(&party, &p.FullName, &p.Email); err != nil {
				return err
			}
			*byParty[party] = p
		}
		return rows.Err()
	})
	batch.Queue(rawItems, org, ids).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			var i plainItem
			if err := rows.Scan(&id, &i.Description, &i.Quantity, &i.UnitPrice.Amount, &i.UnitPrice.Currency); err != nil {
				return err
			}
			if i.UnitPrice.Currency == "JPY" {
				i.UnitPrice.Amount = strings.TrimSuffix(i.UnitPrice.Amount, ".00")
			}
			byID[id].Items = append(byID[id].Items, i)
		}
		return rows.Err()
	})
	batch.Queue(rawPayments, org, ids).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			var p plainPayment
			var paid time.Time
			if err := rows.Scan(&id, &paid, &p.Amount.Amount, &p.Amount.Currency); err != nil {
				return err
			}
			if p.Amount.Currency == "JPY" {
				p.Amount.Amount = strings.TrimSuffix(p.Amount.Amount, ".00")
			}
			p.PaidOn = paid.Format(time.DateOnly)
			byID[id].Payments = append(byID[id].Payments, p)
		}
		return rows.Err()
	})
	return all, pool.SendBatch(ctx, batch).Close()
}
