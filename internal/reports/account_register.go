package reports

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"daybook/graph/model"
	"daybook/projection"
)

// registerLine is a line as SQL answers it; amounts are minor units.
type registerLine struct {
	ID             int64                `json:"id"`
	EntryID        int64                `json:"entry_id"`
	PostedOn       model.Date           `json:"posted_on"`
	Purpose        model.JournalPurpose `json:"purpose"`
	Memo           string               `json:"memo"`
	Amount         int64                `json:"amount"`
	Currency       string               `json:"currency"`
	DocumentAmount int64                `json:"document_amount"`
	Balance        int64                `json:"balance"`
	CanonicalType  string               `json:"canonical_type"`
	CanonicalID    int64                `json:"canonical_id"`
	StoreID        *int64               `json:"store_id"`
}

// cursor returns the line's place in its register: its day and id.
func (l registerLine) cursor() string {
	return base64.RawURLEncoding.EncodeToString([]byte(l.PostedOn.String() + "/" + strconv.FormatInt(l.ID, 10)))
}

// registerCursor returns the day and the id in a cursor, or an *InvalidPageError that names the argument.
func registerCursor(argument string, cursor *string) (model.Date, int64, error) {
	if cursor == nil {
		return model.Date{}, 0, nil
	}
	text, err := base64.RawURLEncoding.DecodeString(*cursor)
	day, id, _ := strings.Cut(string(text), "/")
	at, dayErr := time.Parse(time.DateOnly, day)
	key, keyErr := strconv.ParseInt(id, 10, 64)
	if errors.Join(err, dayErr, keyErr) != nil || at.Year() < 1 {
		return model.Date{}, 0, &projection.InvalidPageError{Argument: argument, Message: "is not a cursor of a register"}
	}
	return model.Date{Time: at}, key, nil
}

// register reads one page of an account's lines in the stores, each with the balance after it, in one
// statement: the months before the page as balances, the lines of its first month before it,
// and the page. So a page costs the same wherever it lies.
func (b Books) register(ctx context.Context, account int64, q projection.PageQuery) ([]registerLine, bool, error) {
	if q.First != nil && q.Last != nil {
		return nil, false, &projection.InvalidPageError{Argument: "last", Message: "cannot be combined with first"}
	}
	size, direction := q.First, ""
	if q.Last != nil {
		size, direction = q.Last, " DESC"
	}
	var position strings.Builder
	inStores, storeKeys := b.Stores.Condition("store_id")
	args := append([]any{account}, storeKeys...)
	for _, side := range []struct {
		argument, comparison string
		cursor               *string
	}{{"after", ">", q.After}, {"before", "<", q.Before}} {
		day, id, err := registerCursor(side.argument, side.cursor)
		if err != nil {
			return nil, false, err
		}
		if side.cursor != nil {
			fmt.Fprintf(&position, " AND (month, posted_on, id) %s (?::date, ?::date, ?::bigint)", side.comparison)
			args = append(args, monthOf(day), day, id)
		}
	}
	args = append(append(args, *size+1, *size, account), storeKeys...)
	var lines []registerLine
	err := accountBalances.Summarize(ctx, b.Reader, []projection.Condition{projection.Where("account_id = ?", account), b.Stores.inSum("store_id")}, projection.Where(fmt.Sprintf(`
		WITH page AS MATERIALIZED (
			SELECT *, row_number() OVER (ORDER BY month%[1]s, posted_on%[1]s, id%[1]s) AS place FROM canonical.journal_lines
			WHERE organization_id = $1 AND account_id = ? AND %[3]s%[2]s
			ORDER BY month%[1]s, posted_on%[1]s, id%[1]s LIMIT ?),
		start AS MATERIALIZED (SELECT month, posted_on, id FROM page WHERE place <= ? ORDER BY month, posted_on, id LIMIT 1),
		opening AS MATERIALIZED (
			SELECT COALESCE((SELECT sum(amount) FROM rows WHERE month < (SELECT month FROM start)), 0)
				+ COALESCE((SELECT sum(line.amount) FROM start JOIN canonical.journal_lines AS line
					ON (line.organization_id, line.account_id, line.month) = ($1, ?, start.month)
						AND (line.posted_on, line.id) < (start.posted_on, start.id) AND %[3]s), 0) AS amount)
		SELECT page.id, page.entry_id, page.posted_on, upper(entry.purpose) AS purpose, COALESCE(NULLIF(page.memo, ''), entry.memo) AS memo,
			page.amount, page.currency, page.document_amount, page.store_id, entry.canonical_type, entry.canonical_id,
			opening.amount + sum(page.amount) FILTER (WHERE (page.posted_on, page.id) >= (SELECT posted_on, id FROM start))
				OVER (ORDER BY page.month, page.posted_on, page.id) AS balance
		FROM page CROSS JOIN opening
		JOIN canonical.journal_entries AS entry ON (entry.organization_id, entry.id) = (page.organization_id, page.entry_id)
		ORDER BY place`, direction, position.String(), inStores), args...), &lines)
	if err != nil {
		return nil, false, fmt.Errorf("read a register: %w", err)
	}
	more := len(lines) > *size
	return lines[:min(len(lines), *size)], more, nil
}

// AccountRegister returns a page of the lines of the account with the given key, the oldest first,
// each with the balance after it: those that are booked in the stores, and what these hold. One of q.First and q.Last is given. The account must exist.
func (b Books) AccountRegister(ctx context.Context, account int64, q projection.PageQuery) (*model.RegisterLineConnection, error) {
	lines, more, err := b.register(ctx, account, q)
	if err != nil {
		return nil, err
	}
	connection := &model.RegisterLineConnection{
		Nodes: []model.RegisterLine{}, PageInfo: model.PageInfo{HasNextPage: more, HasPreviousPage: q.After != nil},
	}
	if q.Last != nil {
		slices.Reverse(lines)
		connection.PageInfo.HasNextPage, connection.PageInfo.HasPreviousPage = q.Before != nil, more
	}
	for _, l := range lines {
		connection.Nodes = append(connection.Nodes, model.RegisterLine{
			EntryID: model.ID{Type: "JournalEntry", Key: l.EntryID}, PostedOn: l.PostedOn, Purpose: l.Purpose, Memo: l.Memo,
			Amount: b.inBase(l.Amount), DocumentAmount: model.FromMinor(l.DocumentAmount, l.Currency), Balance: b.inBase(l.Balance),
			StoreID:     storeID(l.StoreID),
			CanonicalID: model.ID{Type: l.CanonicalType, Key: l.CanonicalID},
		})
		connection.Cursors = append(connection.Cursors, l.cursor())
	}
	if n := len(lines); n > 0 {
		connection.PageInfo.StartCursor, connection.PageInfo.EndCursor = &connection.Cursors[0], &connection.Cursors[n-1]
	}
	return connection, nil
}
