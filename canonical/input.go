package canonical

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"

	"daybook/graph/model"
)

// Bounds of one input. The amounts are those that the database accepts too.
const (
	maxRows   = 500 // entries of one list
	maxLine   = 200 // characters of a one-line text
	maxText   = 10_000
	maxAmount = 999_999_999_999_999 // minor units
)

var emailForm = regexp.MustCompile(`^[^@\s]+@[^@\s]+$`)

// set gives *field the value of an input field that was given; null gives the zero value.
func set[T any](field *T, in graphql.Omittable[*T]) {
	value, given := in.ValueOK()
	switch {
	case !given:
	case value == nil:
		*field = *new(T)
	default:
		*field = *value
	}
}

// setDefault is set for a field that every record has: a creation that does not give it takes the default, and an update
// cannot take it away.
func setDefault[T any](u *unitOfWork, path string, r record, field *T, in graphql.Omittable[*T], otherwise T) {
	value, given := in.ValueOK()
	switch {
	case value != nil:
		*field = *value
	case r.ID == 0:
		*field = otherwise
	case given:
		u.addError(path, required, "must be given")
	}
}

// setOptional is set for a field that may be null.
func setOptional[T any](field **T, in graphql.Omittable[*T]) {
	if value, given := in.ValueOK(); given {
		*field = value
	}
}

// setGiven is set for a field where null means the same as leaving it out.
func setGiven[T any](field *T, in graphql.Omittable[*T]) {
	if value := in.Value(); value != nil {
		*field = *value
	}
}

// text trims *value and notes where PostgreSQL could not store it or it is longer than limit characters. Afterwards any
// statement may be given *value, right or wrong.
func (u *unitOfWork) text(path string, value *string, limit int) {
	trimmed := strings.TrimSpace(*value)
	*value = strings.ReplaceAll(strings.ToValidUTF8(trimmed, "?"), "\x00", "?")
	switch {
	case *value != trimmed:
		u.addError(path, invalid, "has characters that cannot be stored")
	case utf8.RuneCountInString(trimmed) > limit:
		u.addError(path, invalid, "must not have more than %d characters", limit)
	}
}

// required is text that must not be blank.
func (u *unitOfWork) required(path string, value *string, limit int) {
	if u.text(path, value, limit); *value == "" {
		u.addError(path, required, "must be given")
	}
}

// optional is text where blank means null.
func (u *unitOfWork) optional(path string, value **string) {
	if *value == nil {
		return
	}
	text := **value
	*value = &text
	if u.text(path, &text, maxLine); text == "" {
		*value = nil
	}
}

// email is an optional e-mail address.
func (u *unitOfWork) email(path string, value **string) {
	if u.optional(path, value); *value != nil && !emailForm.MatchString(**value) {
		u.addError(path, invalid, "is not an e-mail address")
	}
}

// unused notes at path when query, which is SELECT of whatever has the value already, finds something.
func (u *unitOfWork) unused(ctx context.Context, path, query string, args ...any) error {
	var found bool
	if err := u.QueryRow(ctx, "SELECT EXISTS ("+query+")", args...).Scan(&found); err != nil {
		return fmt.Errorf("look for another %s: %w", path, err)
	}
	if found {
		u.addError(path, taken, "is in use")
	}
	return nil
}

// externalRef checks a record's reference to another system, which is unique within its table. id is the record's own.
func (u *unitOfWork) externalRef(ctx context.Context, table string, id int64, value **string) error {
	if u.optional("externalRef", value); *value == nil {
		return nil
	}
	return u.unused(ctx, "externalRef", `SELECT FROM canonical.`+table+`
		WHERE organization_id = $1 AND external_ref = $2 AND id <> $3`, u.actor.OrganizationID, **value, id)
}

// externalRefOf is externalRef in a table whose kinds each have references of their own.
func (u *unitOfWork) externalRefOf(ctx context.Context, table, kind string, id int64, value **string) error {
	if u.optional("externalRef", value); *value == nil {
		return nil
	}
	return u.unused(ctx, "externalRef", `SELECT FROM canonical.`+table+`
		WHERE organization_id = $1 AND external_ref = $2 AND id <> $3 AND kind = $4`, u.actor.OrganizationID, **value, id, kind)
}

// currency checks a currency code, in capitals.
func (u *unitOfWork) currency(ctx context.Context, code *string) error {
	u.text("currency", code, maxLine)
	var found bool
	err := u.QueryRow(ctx, `SELECT EXISTS (SELECT FROM canonical.currencies WHERE code = $1)`, *code).Scan(&found)
	if err != nil {
		return fmt.Errorf("look up the currency: %w", err)
	}
	if !found {
		u.addError("currency", invalid, "must be an ISO 4217 code such as AUD")
	}
	return nil
}

// minor converts an amount to minor units and notes at path what does not fit the currency.
func (u *unitOfWork) minor(path string, amount model.Decimal, currency string) int64 {
	minor, err := model.Minor(amount, currency)
	if err != nil {
		u.addError(path, invalid, "%s must have no more than %d decimals and 15 digits in all",
			currency, model.Exponent(currency))
	}
	return minor
}

// positive is minor for an amount that must be more than zero.
func (u *unitOfWork) positive(path string, amount model.Decimal, currency string) int64 {
	minor := u.minor(path, amount, currency)
	if !amount.IsPositive() {
		u.addError(path, invalid, "must be more than zero")
	}
	return minor
}
