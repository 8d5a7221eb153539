package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/template"
	"time"
	"unicode"
	"unicode/utf8"

	"daybook/graph/model"
)

// maxText is the largest number of characters in a text.
const maxText = 300

// reference is a record whose name the text of an event contains. organizationID is 0 for records of no organization.
type reference struct {
	relation                  string
	organizationID, id, event int64
}

// record is the reference without its event.
func (r reference) record() reference { r.event = 0; return r }

// names maps references to the records' names; records of which nothing is known any more are absent.
type names map[reference]string

// functions are those that labels may call. Those that depend on the event are replaced for each execution.
var functions = template.FuncMap{
	"name":     func(string, any) (string, error) { return "", errUnbound },
	"parent":   func() (any, error) { return nil, errUnbound },
	"owner":    func() (string, error) { return "", errUnbound },
	"field":    func(string) (any, error) { return nil, errUnbound },
	"relation": func() (string, error) { return "", errUnbound },
	"row":      func() (string, error) { return "", errUnbound },
	"money":    money,
	"clock":    clock,
	"weekday":  weekday,
	"words":    words,
}

var errUnbound = errors.New("is not bound to an event")

// teller makes the texts of events, one after another: the labels of a table are bound once for all of them.
type teller struct {
	find  func(reference) string        // returns the names of other records
	bound map[string]*template.Template // by relation
	// Of the text that is being made.
	event *Event
	row   map[string]any
}

// text makes the text of an event with this snapshot.
func (t *teller) text(e *Event, row map[string]any) (string, error) {
	label, err := t.label(e.Relation)
	if err != nil {
		return "", e.textError(err)
	}
	t.event, t.row = e, row
	var out bytes.Buffer
	if err := label.Execute(&out, row); err != nil {
		return "", e.textError(err)
	}
	verb, err := e.verb()
	if err != nil {
		return "", e.textError(err)
	}
	return oneLine(out.String() + " " + verb), nil
}

func (e *Event) textError(err error) error {
	return fmt.Errorf("text of the change of %s %s: %w", e.Relation, e.RowID, err)
}

func (t *teller) label(relation string) (*template.Template, error) {
	if bound := t.bound[relation]; bound != nil {
		return bound, nil
	}
	label, known := labels[relation]
	if !known {
		label = defaultLabel
	}
	bound, err := label.Clone()
	if err != nil {
		return nil, err
	}
	t.bound[relation] = bound.Funcs(template.FuncMap{
		"name": func(relation string, id any) (string, error) { return t.event.name(t.find, relation, id) },
		"parent": func() any {
			if t.event.CanonicalID == nil {
				return nil
			}
			return *t.event.CanonicalID
		},
		"owner":    func() string { return t.event.owner() },
		"field":    func(column string) any { return t.row[column] },
		"relation": func() string { return t.event.Relation },
		"row":      func() string { return t.event.RowID },
	})
	return bound, nil
}

// name returns what find returns for the record of this id; empty if the id is NULL.
func (e *Event) name(find func(reference) string, relation string, id any) (string, error) {
	if id == nil {
		return "", nil
	}
	key, err := strconv.ParseInt(fmt.Sprint(id), 10, 64)
	if err != nil {
		return "", fmt.Errorf("%v is no id of %s", id, relation)
	}
	ref := reference{relation: relation, id: key, event: e.ID}
	if e.OrganizationID != nil && relation != "users" {
		ref.organizationID = *e.OrganizationID
	}
	return find(ref), nil
}

// owner describes the document that the row belongs to by its type, for when its name cannot be found.
func (e *Event) owner() string {
	if e.CanonicalType == nil {
		return "a document"
	}
	return documentTypes[*e.CanonicalType]
}

// documentTypes are the GraphQL types of documents in words.
var documentTypes = map[string]string{"Invoice": "an invoice", "Bill": "a bill", "CreditNote": "a credit note",
	"VendorCreditNote": "a vendor credit note"}

// verb says what happened to the row: created, approved, changed: name, email.
func (e *Event) verb() (string, error) {
	switch e.Action {
	case Create:
		return "created", nil
	case Delete:
		return "deleted", nil
	}
	var changes map[string][2]any
	if err := decode(e.Changes, &changes); err != nil {
		return "", err
	}
	for _, h := range verbs {
		change, changed := changes[h.column]
		switch {
		case !changed:
		case h.value == set && change[0] == nil, h.value == unset && change[1] == nil, h.value == change[1]:
			return h.text, nil
		}
	}
	columns := slices.Sorted(maps.Keys(changes))
	for i, column := range columns {
		columns[i] = strings.ReplaceAll(column, "_", " ")
	}
	return "changed: " + strings.Join(columns, ", "), nil
}

// fallbackText is the text of an event whose text cannot be made. It needs no snapshot.
func (e *Event) fallbackText() string {
	return oneLine(fmt.Sprintf("%s %s %sd", words(e.Relation), e.RowID, e.Action))
}

// decode reads JSON and keeps numbers as text, so that large ones stay exact.
func decode(data []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	return decoder.Decode(into)
}

// oneLine makes one line of at most maxText characters: control characters become blanks, and blanks in a row one.
func oneLine(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
	text = strings.Join(strings.Fields(text), " ")
	if utf8.RuneCountInString(text) > maxText {
		text = string([]rune(text)[:maxText-1]) + "…"
	}
	return text
}

// words writes a column's value or a table's name in words: credit_note is Credit note.
func words(value any) string {
	text := strings.ReplaceAll(fmt.Sprint(value), "_", " ")
	if text == "" {
		return ""
	}
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:]
}

// money writes an amount of minor units with its currency: 12.50 AUD.
func money(minor, currency any) (string, error) {
	amount, err := strconv.ParseInt(fmt.Sprint(minor), 10, 64)
	if err != nil {
		return "", fmt.Errorf("%v is no amount", minor)
	}
	m := model.FromMinor(amount, fmt.Sprint(currency))
	return m.Amount.String() + " " + m.Currency, nil
}

// clock writes a minute of the day: 540 is 09:00.
func clock(minute any) (string, error) {
	m, err := strconv.Atoi(fmt.Sprint(minute))
	if err != nil {
		return "", fmt.Errorf("%v is no minute", minute)
	}
	return fmt.Sprintf("%02d:%02d", m/60, m%60), nil
}

// weekday writes a day of the week by its number in ISO 8601: 1 is Monday, 7 is Sunday.
func weekday(number any) (string, error) {
	day, err := strconv.Atoi(fmt.Sprint(number))
	if err != nil {
		return "", fmt.Errorf("%v is no weekday", number)
	}
	return time.Weekday(day % 7).String(), nil
}
