package canonical

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// verifyBatch is how many records BooksVerify compares at once.
const verifyBatch = 1000

// verified are the records whose books are compared: those of a class that canonical.posting_lines knows, and what else of them follows
// from other rows. The statement selects texts of what differs; $1 is the organization, $2 the ids.
var verified = []struct{ class, table, kept string }{
	{"document", "documents", wrongAmountsOf("document")},
	{"payment", "payments", wrongAmountsOf("payment")},
	{"money_entry", "money_entries", ""},
	{"transfer", "transfers", ""},
	{"day_close", "day_closes", wrongDayCloses},
	{"", "till_sessions", wrongTillSessions},
}

// wrongPostings compares what records have booked with what they must have booked. $3 is their class.
const wrongPostings = `
	WITH due AS MATERIALIZED (SELECT * FROM canonical.posting_lines($1, $3, $2)),
	booked AS MATERIALIZED (
		SELECT canonical_type, canonical_id, posted_on, account_id, currency, amount, document_amount, store_id, entry_id
		FROM canonical.posted_lines($1, $3, $2)),
	line AS (
		SELECT canonical_type, canonical_id, posted_on, account_id, currency, amount, document_amount, store_id, 1 AS times FROM due
		UNION ALL SELECT canonical_type, canonical_id, posted_on, account_id, currency, amount, document_amount, store_id, -1 FROM booked)
	SELECT format('%s:%s on %s, account %s, store %s: %s %s is %s', canonical_type, canonical_id, posted_on, account_id, coalesce(store_id, 0), document_amount, currency,
		CASE WHEN sum(times) > 0 THEN 'not booked' ELSE 'booked wrongly' END)
	FROM line GROUP BY canonical_type, canonical_id, posted_on, account_id, currency, amount, document_amount, store_id HAVING sum(times) <> 0
	UNION ALL
	SELECT format('%s:%s on %s: its entry does not balance in store %s', canonical_type, canonical_id, posted_on, coalesce(store_id, 0))
	FROM booked GROUP BY canonical_type, canonical_id, posted_on, entry_id, store_id HAVING (sum(amount), sum(document_amount)) <> (0, 0)`

// wrongAmountsOf compares the kept amounts of documents or payments with what they follow from.
func wrongAmountsOf(record string) string {
	kept, derived := "canonical."+record+"_amounts", "canonical.derived_"+record+"_amounts"
	of := func(view string) string {
		return "SELECT * FROM " + view + " WHERE organization_id = $1 AND " + record + "_id = ANY ($2)"
	}
	return `SELECT 'the amounts of ` + record + ` ' || ` + record + `_id || ' differ from its rows' FROM (
		(` + of(kept) + ` EXCEPT ALL ` + of(derived) + `) UNION ALL (` + of(derived) + ` EXCEPT ALL ` + of(kept) + `)) AS wrong GROUP BY ` + record + `_id`
}

// wrongDayCloses compares day closes with the sales of their days: which they post, and what they and movements of cash come to.
const wrongDayCloses = `
	WITH close AS MATERIALIZED (SELECT * FROM canonical.day_closes WHERE organization_id = $1 AND id = ANY ($2)),
	posted AS MATERIALIZED (
		SELECT p.day_close_id, p.sale_id, p.reversed FROM canonical.day_close_sales AS p WHERE p.organization_id = $1 AND p.day_close_id = ANY ($2)),
	live AS MATERIALIZED (
		SELECT close.id, sale.id AS sale_id, CASE sale.kind WHEN 'refund' THEN -sale.amount ELSE sale.amount END AS amount FROM close
		JOIN canonical.sales AS sale ON (sale.organization_id, sale.store_id, sale.booked_on, sale.currency) = (close.organization_id, close.store_id, close.business_date, close.currency)
			AND sale.till_session_id IS NOT DISTINCT FROM close.till_session_id AND sale.voided_at IS NULL
		WHERE close.reversed_at IS NULL)
	SELECT format('DayClose:%s does not post Sale:%s of its day', live.id, live.sale_id) FROM live
	WHERE NOT EXISTS (SELECT FROM posted WHERE (posted.day_close_id, posted.sale_id) = (live.id, live.sale_id))
	UNION ALL
	SELECT format('DayClose:%s posts Sale:%s, which is not of its day', close.id, posted.sale_id) FROM close
	JOIN posted ON posted.day_close_id = close.id AND close.reversed_at IS NULL
	WHERE NOT EXISTS (SELECT FROM live WHERE (live.id, live.sale_id) = (close.id, posted.sale_id))
	UNION ALL
	SELECT format('DayClose:%s and its posted sales disagree on its reversal', close.id) FROM close
	WHERE EXISTS (SELECT FROM posted WHERE posted.day_close_id = close.id AND posted.reversed <> (close.reversed_at IS NOT NULL))
	UNION ALL
	SELECT format('DayClose:%s counts %s sales and posts %s', close.id, close.sale_count, count(posted.sale_id)) FROM close
	LEFT JOIN posted ON posted.day_close_id = close.id GROUP BY close.id, close.sale_count HAVING count(posted.sale_id) <> close.sale_count
	UNION ALL
	SELECT format('DayClose:%s has tenders of %s, and its sales come to %s', close.id, kept.amount, coalesce(sold.amount, 0)) FROM close
	CROSS JOIN LATERAL (
		SELECT coalesce(sum(t.amount), 0) AS amount FROM canonical.day_close_tenders AS t WHERE (t.organization_id, t.day_close_id) = ($1, close.id) OFFSET 0) AS kept
	LEFT JOIN (SELECT id, sum(amount) AS amount FROM live GROUP BY id) AS sold USING (id)
	WHERE close.reversed_at IS NULL AND kept.amount <> coalesce(sold.amount, 0)
	UNION ALL
	SELECT format('DayClose:%s expects %s of %s, and its sales and cash say %s', coalesce(kept.day_close_id, derived.day_close_id), coalesce(kept.expected, 0),
		coalesce(kept.tender, derived.tender), coalesce(derived.amount + derived.opening, 0))
	FROM (SELECT * FROM canonical.day_close_tenders WHERE organization_id = $1 AND day_close_id = ANY ($2)) AS kept
	FULL JOIN (SELECT * FROM canonical.derived_day_close_tenders WHERE organization_id = $1 AND day_close_id = ANY ($2)) AS derived
		ON (derived.day_close_id, derived.tender) = (kept.day_close_id, kept.tender)
	JOIN close ON close.id = coalesce(kept.day_close_id, derived.day_close_id) AND close.reversed_at IS NULL
	WHERE (coalesce(kept.amount, 0), coalesce(kept.opening, 0)) <> (coalesce(derived.amount, 0), coalesce(derived.opening, 0))
	UNION ALL
	SELECT format('DayClose:%s: its %s of %s is not what its sales say', day_close_id, part, sum(CASE WHEN times > 0 THEN amount END)) FROM (
		SELECT day_close_id, part, kind, account_id, tax_rate_id, percentage, net, amount, 1 AS times FROM canonical.day_close_lines WHERE organization_id = $1 AND day_close_id = ANY ($2)
		UNION ALL
		SELECT day_close_id, part, kind, account_id, tax_rate_id, percentage, net, amount, -1 FROM canonical.derived_day_close_lines WHERE organization_id = $1 AND day_close_id = ANY ($2)) AS line
	JOIN close ON close.id = line.day_close_id AND close.reversed_at IS NULL
	GROUP BY day_close_id, part, line.kind, account_id, tax_rate_id, percentage, net, amount HAVING sum(times) <> 0`

// wrongTillSessions finds sessions that are closed without a live close, or have one and are not closed.
const wrongTillSessions = `
	SELECT format('TillSession:%s is %s, and has %s live closes', session.id, session.state, count(close.id)) FROM canonical.till_sessions AS session
	LEFT JOIN canonical.day_closes AS close ON (close.organization_id, close.till_session_id) = (session.organization_id, session.id) AND close.reversed_at IS NULL
	WHERE session.organization_id = $1 AND session.id = ANY ($2)
	GROUP BY session.id, session.state HAVING count(close.id) <> CASE session.state WHEN 'closed' THEN 1 ELSE 0 END`

// BooksVerify compares the books of all organizations with the records that they follow from: what documents, payments, money entries,
// transfers and day closes must have booked, the amounts that are kept of documents and payments, and what closes have of the sales of
// their days. All of it is as one snapshot has it where the transaction is REPEATABLE READ. It returns how many records it compared, and
// tells each difference, in words, to found. Every commit holds all this: a difference says that somebody has written past the triggers.
func BooksVerify(ctx context.Context, tx pgx.Tx, found func(organizationID int64, difference string)) (checked int64, err error) {
	rows, _ := tx.Query(ctx, `SELECT id FROM canonical.organizations ORDER BY id`)
	organizations, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return 0, fmt.Errorf("list the organizations: %w", err)
	}
	for _, id := range organizations {
		for _, v := range verified {
			n, err := verifyRecords(ctx, tx, id, v.class, v.table, v.kept, func(text string) { found(id, text) })
			if checked += n; err != nil {
				return checked, fmt.Errorf("verify %s of organization %d: %w", v.table, id, err)
			}
		}
	}
	return checked, nil
}

// verifyRecords compares the records of a table, those that exist and those that have entries, batch by batch.
func verifyRecords(ctx context.Context, tx pgx.Tx, organizationID int64, class, table, kept string, found func(string)) (checked int64, err error) {
	last := int64(0)
	for {
		rows, _ := tx.Query(ctx, `SELECT id FROM (
				(SELECT id FROM canonical.`+table+` WHERE organization_id = $1 AND id > $2 ORDER BY id LIMIT $3)
				UNION
				(SELECT DISTINCT canonical_id FROM canonical.journal_entries
					WHERE organization_id = $1 AND canonical_id > $2 AND canonical_type = ANY (canonical.posting_types($4)) ORDER BY canonical_id LIMIT $3)) AS record (id)
			ORDER BY id LIMIT $3`, organizationID, last, verifyBatch, class)
		ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
		if err != nil || len(ids) == 0 {
			return checked, err
		}
		checked, last = checked+int64(len(ids)), ids[len(ids)-1]
		if class != "" {
			err = differences(ctx, tx, found, wrongPostings, organizationID, ids, class)
		}
		if err == nil && kept != "" {
			err = differences(ctx, tx, found, kept, organizationID, ids)
		}
		if err != nil {
			return checked, fmt.Errorf("compare %d of them from %d on: %w", len(ids), ids[0], err)
		}
	}
}

// differences tells found what a statement selects.
func differences(ctx context.Context, tx pgx.Tx, found func(string), sql string, args ...any) error {
	rows, _ := tx.Query(ctx, sql, args...)
	var text string
	_, err := pgx.ForEachRow(rows, []any{&text}, func() error {
		found(text)
		return nil
	})
	return err
}
