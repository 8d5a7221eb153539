package resolvers

import (
	"fmt"
	"strconv"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"golang.org/x/text/unicode/norm"

	"daybook/graph/model"
	"daybook/projection"
)

// operand is how the values that a column is compared to are given to PostgreSQL.
type operand struct {
	// typ is the column's SQL type.
	typ string
	// text returns a value in PostgreSQL's text form.
	text func(value any) (string, error)
}

// operands has the operands of the inputs of operators; those of an enum compare texts.
var operands = map[string]operand{
	"TextOperators": {"text", func(v any) (string, error) { return norm.NFC.String(fmt.Sprint(v)), nil }},
	"IntOperators": {"integer", func(v any) (string, error) {
		n, err := graphql.UnmarshalInt(v)
		return strconv.Itoa(n), err //nolint:wrapcheck // it is shown to callers
	}},
	"DecimalOperators":  {"numeric", textOf[model.Decimal]},
	"DateOperators":     {"date", textOf[model.Date]},
	"DateTimeOperators": {"timestamptz", instant},
}

// textOf reads a value as a scalar whose Go form has the text form of PostgreSQL.
func textOf[T fmt.Stringer, P interface {
	*T
	UnmarshalGQL(any) error
}](v any) (string, error) {
	var scalar T
	err := P(&scalar).UnmarshalGQL(v)
	return scalar.String(), err
}

func instant(v any) (string, error) {
	t, err := model.UnmarshalDateTime(v)
	return t.UTC().Truncate(time.Microsecond).Format(time.RFC3339Nano), err //nolint:wrapcheck // it is shown to callers
}

// noKey is the key of no record.
const noKey = "-1"

// operandOf returns the operand of an input of operators; of ids if they are those of the records of a type.
func operandOf(operators *ast.Definition, referred string) operand {
	if operators.Name == "IdOperators" {
		return operand{"bigint", func(v any) (string, error) {
			var id model.ID
			if err := id.UnmarshalGQL(v); err != nil || id.Type != referred {
				return noKey, err
			}
			return strconv.FormatInt(id.Key, 10), nil
		}}
	}
	if known, ok := operands[operators.Name]; ok {
		return known
	}
	return operand{"text", func(v any) (string, error) { return fmt.Sprint(v), nil }}
}

// condition returns the condition that a column has to a value what the operator says.
func (o operand) condition(column, operator string, value any) (projection.Condition, error) {
	if yes, ok := value.(bool); ok {
		return projection.Where(truths[operator][yes](column)), nil
	}
	if operator == "in" {
		texts, err := o.texts(elements(value))
		return projection.Where(fmt.Sprintf("%s = ANY (?::text[]::%s[])", column, o.typ), texts), err
	}
	text, err := o.text(value)
	switch {
	case err != nil:
		return projection.Condition{}, err
	case operator == "eq" && o.typ == "bigint":
		key, err := strconv.ParseInt(text, 10, 64)
		return projection.Equal(column, key), err //nolint:wrapcheck // text is a key
	case operator == "contains":
		return projection.Where("canonical.fold("+column+") LIKE canonical.search_pattern(?)", text), nil
	}
	return projection.Where(fmt.Sprintf("%s %s ?::text::%s", column, comparisons[operator], o.typ), text), nil
}

var comparisons = map[string]string{"eq": "=", "gte": ">=", "lte": "<="}

// truths has the conditions of what is compared to true or false.
var truths = map[string]map[bool]func(column string) string{
	"eq": {
		true:  func(column string) string { return column },
		false: func(column string) string { return "NOT " + column },
	},
	"isNull": {
		true:  func(column string) string { return column + " IS NULL" },
		false: func(column string) string { return column + " IS NOT NULL" },
	},
}

// texts returns the text forms of the values, each once.
func (o operand) texts(values []any) ([]string, error) {
	texts, known := []string{}, map[string]bool{}
	for _, v := range values {
		text, err := o.text(v)
		if err != nil {
			return nil, err
		}
		if !known[text] {
			known[text] = true
			texts = append(texts, text)
		}
	}
	return texts, nil
}
