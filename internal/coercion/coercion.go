// Package coercion checks the values that an operation is given, all of them before any of it is executed: the values of its
// variables, and those in the arguments of its fields and directives.
//
// The GraphQL specification has servers coerce arguments field by field, so that one of a later field can fail when an
// earlier mutation is saved already. Here an operation with any value that is not of its type is a request error, and
// nothing of it is executed. Values are taken as the specification says and no wider: Int has 32 bits, 1.0 is one and "1" is
// none, enum values have their own case, a single value stands for a list of one.
//
// Package gqlparser validates literals of the types that GraphQL defines itself, but for the range of Int (IntRange). It
// leaves those of custom scalars, and takes variables wider than this.
package coercion

import (
	"fmt"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// The codes of errors, in extensions.code.
const (
	// NotOfType is the code of a value that is not of its type.
	NotOfType = "GRAPHQL_VALIDATION_FAILED"
	// Unreadable is the code of a value that a custom scalar refuses, or null that a variable has where it may not be.
	Unreadable = "BAD_USER_INPUT"
)

// maxErrors is how many values are refused at once.
const maxErrors = 100

// Scalars maps the names of custom scalars, and of ID, to functions that read a value. Their errors are shown to callers.
type Scalars map[string]func(value any) error

// Coercer checks values by the types of a schema. It may be used by many goroutines.
type Coercer struct {
	Schema  *ast.Schema
	Scalars Scalars
}

// place is where a value stands: a variable or an argument, and the steps from it.
type place struct {
	above *place
	step  string
}

func (p *place) field(name string) *place { return &place{p, name} }
func (p *place) element(i int) *place     { return &place{p, strconv.Itoa(i)} }

// String returns the steps with points between them: filter.totalGte, $input.items.0.quantity.
func (p *place) String() string {
	if p.above == nil {
		return p.step
	}
	return p.above.String() + "." + p.step
}

// mistakes are the errors about values of one request, and where the values stand in the document.
type mistakes struct {
	list     gqlerror.List
	more     int
	fields   []string      // the response names down to the field; empty for a variable
	position *ast.Position // of the variable, or of the literal
}

// add adds an error about the value at a place.
func (m *mistakes) add(at *place, code, format string, args ...any) {
	if len(m.list) == maxErrors {
		m.more++
		return
	}
	var path ast.Path
	for _, name := range m.fields {
		path = append(path, ast.PathName(name))
	}
	err := &gqlerror.Error{
		Message:    fmt.Sprintf(format, args...),
		Path:       path,
		Extensions: map[string]any{"code": code, "argument": at.String()},
	}
	if m.position != nil {
		err.Locations = []gqlerror.Location{{Line: m.position.Line, Column: m.position.Column}}
	}
	m.list = append(m.list, err)
}

// errors returns the first hundred errors, the last of which says how many more there are; nil if there are none.
func (m *mistakes) errors() gqlerror.List {
	if m.more > 0 {
		m.list[maxErrors-1] = &gqlerror.Error{Message: fmt.Sprintf("and %d more errors", m.more+1), Extensions: map[string]any{"code": NotOfType}}
	}
	return m.list
}
