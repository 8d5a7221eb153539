package console

import (
	"strings"
	"time"
)

// Till is a till that is open.
type Till struct {
	OrganizationID            int64
	Organization, Store, Name string
	// BusinessDate is the day that it sells on, Open how long it has been open.
	BusinessDate time.Time
	Open         time.Duration
	// ClosedDate is the last day of its store that is closed; nil for none.
	ClosedDate *time.Time
}

// Forgotten reports whether the till is open for so long that its day was probably never closed.
func (t Till) Forgotten() bool { return t.Open > 36*time.Hour }

// Close is a close of a till's day, or of what a store sold on a day without tills.
type Close struct {
	OrganizationID      int64
	Organization, Store string
	// Till is empty for a day without tills.
	Till         string
	BusinessDate time.Time
	// Ago is how long ago it was closed.
	Ago time.Duration
	// Sales is how many sales and refunds it posted.
	Sales int64
	// Sold is what they brought in, Expected what was to be there of all ways to pay, and Difference what was over, or negative,
	// short, in decimal notation with their currency.
	Currency, Sold, Expected, Difference string
	// Reversed says that it is out of the books again.
	Reversed bool
}

// Differs reports whether more or less was there than expected.
func (c Close) Differs() bool { return strings.ContainsAny(c.Difference, "123456789") }
