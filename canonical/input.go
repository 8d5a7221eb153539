package canonical

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
	"github.com/jackc/pgx/v5"
	"golang.org/x/text/unicode/norm"

	"daybook/graph/model"
)

// Bounds of one input. The database has the same bound for amounts.
const (
	maxRows   = 500 // entries of one list
	maxLine   = 200 // characters of a one-line text
	maxText   = 10_000
	maxAmount = 999_999_999_999_999 // minor units
)

// emailForm has no blanks of any kind, nothing that is not seen, such as a U+200B that was copied along, and none of the characters
// by which mails tell addresses from each other and from names (RFC 5322): a list is no address.
var emailForm = regexp.MustCompile(`^` + emailPart + `@` + emailPart + `$`)

const emailPart = `[^@\s\p{Z}\p{C},;:<>()\[\]"\\]+`

// set sets *field to the value of an input field, if it is given; null is the zero value.
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

// setDefault sets a field that every record has: if a creation does not give it, it is the default otherwise; an update to
// null is a user error.
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

// setOptional sets *field, which may be null, to the value of an input field, if it is given.
func setOptional[T any](field **T, in graphql.Omittable[*T]) {
	if value, given := in.ValueOK(); given {
		*field = value
	}
}

// setGiven sets *field to the value of an input field, unless it is left out or null.
func setGiven[T any](field *T, in graphql.Omittable[*T]) {
	if value := in.Value(); value != nil {
		*field = *value
	}
}

// checkText trims *value, gives it Unicode's normal form C, so that equal texts are equal, and checks that PostgreSQL can
// store it, that it has no control characters but tabs and ends of lines, and at most limit characters. A text without a
// visible character becomes empty. What cannot be stored is replaced, so that *value may be a parameter of further checks.
func (u *unitOfWork) checkText(path string, value *string, limit int) {
	trimmed := visible(Reference(*value))
	*value = storable(trimmed)
	switch {
	case *value != trimmed:
		u.addError(path, invalid, "has characters that cannot be stored")
	case strings.IndexFunc(trimmed, isControl) >= 0:
		u.addError(path, invalid, "must not have control characters")
	case utf8.RuneCountInString(trimmed) > limit:
		u.addError(path, invalid, "must not have more than %d characters", limit)
	}
}

// isControl reports whether the character is one that devices obey and nobody writes: not a tab or an end of a line.
func isControl(r rune) bool { return unicode.IsControl(r) && !unicode.IsSpace(r) }

// storable returns a text with what PostgreSQL cannot store replaced.
func storable(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "?"), "\x00", "?")
}

// Reference returns a text as it is stored: trimmed, in Unicode's normal form C. References that differ in nothing else are
// equal, and are looked up by this form.
func Reference(text string) string { return norm.NFC.String(strings.TrimSpace(text)) }

// visible returns a text, empty if it has no visible character.
func visible(text string) string {
	if strings.IndexFunc(text, isVisible) < 0 {
		return ""
	}
	return text
}

// isVisible reports whether a reader sees something of the character: no blank, no format character such as U+200B, and
// none that Unicode lets a font ignore. A character that cannot be stored counts as visible, so that it is refused.
func isVisible(r rune) bool {
	switch r {
	case 0, utf8.RuneError:
		return true
	case '\u2800': // the braille pattern without dots
		return false
	}
	return unicode.IsGraphic(r) && !unicode.IsSpace(r) &&
		!unicode.In(r, unicode.Zs, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// checkRequired is checkText for a text that must not be blank.
func (u *unitOfWork) checkRequired(path string, value *string, limit int) {
	if u.checkText(path, value, limit); *value == "" {
		u.addError(path, required, "must be given")
	}
}

// checkOptional is checkText for a one-line text that may be null; blank becomes null.
func (u *unitOfWork) checkOptional(path string, value **string) {
	if *value == nil {
		return
	}
	text := **value
	*value = &text
	if u.checkText(path, &text, maxLine); text == "" {
		*value = nil
	}
}

// checkEmail is checkOptional for an e-mail address.
func (u *unitOfWork) checkEmail(path string, value **string) {
	if u.checkOptional(path, value); *value != nil && !emailForm.MatchString(**value) {
		u.addError(path, invalid, "is not an e-mail address")
	}
}

// inUse is the message for a value that another record has.
const inUse = "is in use"

// checkUnused checks that no other record of the type has the value of the field at path: that query, which selects the keys of
// such records, finds none.
func (u *unitOfWork) checkUnused(ctx context.Context, path, typ, query string, args ...any) error {
	other := model.ID{Type: typ}
	err := u.QueryRow(ctx, query+" LIMIT 1", args...).Scan(&other.Key)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil
	case err != nil:
		return fmt.Errorf("look for another %s: %w", path, err)
	}
	u.addTaken(path, inUse, other)
	return nil
}

// addTaken adds the user error of a value that another record has. The record is named unless it has no key yet, or the actor is
// bound to stores: it may be of another one.
func (u *unitOfWork) addTaken(path, message string, other model.ID) {
	if u.isUnread(path) {
		return
	}
	mistake := model.UserError{Path: path, Code: taken, Message: message}
	if other.Key != 0 && u.actor.Bound == nil {
		mistake.RecordID = &other
	}
	u.Errors = append(u.Errors, mistake)
}

// checkUnusedLive checks that no other live record of the table has the value, in whichever case, in the column that is named as the
// field at path, among the records that meet the condition. Parameters of the condition begin at $4.
func (u *unitOfWork) checkUnusedLive(ctx context.Context, path, typ, table string, id int64, value, condition string, args ...any) error {
	return u.checkUnused(ctx, path, typ, `SELECT id FROM canonical.`+table+`
		WHERE organization_id = $1 AND lower(`+path+`) = lower($2) AND archived_at IS NULL AND id <> $3 AND `+condition,
		append([]any{u.actor.OrganizationID, value, id}, args...)...)
}

// checkExternalRef checks the reference of the record id of a type to another system, which is unique among the records of its
// table that meet the condition. Parameters of the condition begin at $4.
func (u *unitOfWork) checkExternalRef(ctx context.Context, typ, table string, id int64, value **string, condition string, args ...any) error {
	if u.checkOptional("externalRef", value); *value == nil {
		return nil
	}
	return u.checkUnused(ctx, "externalRef", typ, `SELECT id FROM canonical.`+table+`
		WHERE organization_id = $1 AND external_ref = $2 AND id <> $3 AND `+condition, append([]any{u.actor.OrganizationID, **value, id}, args...)...)
}

// checkCurrency checks that *code is a currency code, in capitals.
func (u *unitOfWork) checkCurrency(ctx context.Context, code *string) error {
	u.checkText("currency", code, maxLine)
	if u.batch != nil {
		if !u.batch.currencies[*code] {
			u.addError("currency", invalid, wrongCurrency)
		}
		return nil
	}
	var found bool
	err := u.QueryRow(ctx, `SELECT EXISTS (SELECT FROM canonical.currencies WHERE code = $1)`, *code).Scan(&found)
	if err != nil {
		return fmt.Errorf("look up the currency: %w", err)
	}
	if !found {
		u.addError("currency", invalid, wrongCurrency)
	}
	return nil
}

// wrongCurrency is the message for a text that is no currency code.
const wrongCurrency = "must be an ISO 4217 code such as AUD"

// toMinor converts an amount to minor units, and checks that it fits the currency.
func (u *unitOfWork) toMinor(path string, amount model.Decimal, currency string) int64 {
	minor, err := model.Minor(amount, currency)
	if err != nil {
		u.addError(path, invalid, "%.3s must have no more than %d decimals and 15 digits in all",
			currency, model.Exponent(currency))
	}
	return minor
}

// toMinorPrice converts a price to minor units, of which it may have fractions, and checks that it fits the currency.
func (u *unitOfWork) toMinorPrice(path string, price model.Decimal, currency string) model.Decimal {
	minor, err := model.MinorPrice(price, currency)
	if err != nil {
		u.addError(path, invalid, "a price in %.3s must have no more than %d decimals and %d digits before the point",
			currency, model.Exponent(currency)+model.PriceDecimals, 15-model.Exponent(currency))
	}
	return minor
}

// toPositiveMinor is toMinor for an amount that must be more than zero.
func (u *unitOfWork) toPositiveMinor(path string, amount model.Decimal, currency string) int64 {
	minor := u.toMinor(path, amount, currency)
	if !amount.IsPositive() {
		u.addError(path, invalid, "must be more than zero")
	}
	return minor
}

// same reports whether two keys or amounts are equal, or both nil.
func same(a, b *int64) bool { return a == b || a != nil && b != nil && *a == *b }

// keysOf returns a map's keys, in no order. It is never nil: = ANY (NULL) is NULL.
func keysOf[K comparable, V any](m map[K]V) []K {
	return slices.AppendSeq([]K{}, maps.Keys(m))
}
