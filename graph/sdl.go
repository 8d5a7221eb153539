package graph

import (
	"bytes"
	"maps"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
)

// codeDirectives say which Go code is made of the schema. Callers do not see them.
var codeDirectives = []string{"goField", "goExtraField", "goModel"}

// Published returns the schema as its callers see it: everything in it is described, it has the subscriptions, and no
// directives that are for the generated code. It shares its types with the given schema, which are described there too.
func Published(schema *ast.Schema) *ast.Schema {
	published := *schema
	published.Directives = maps.Clone(schema.Directives)
	for _, name := range append(codeDirectives, "defer") { // gqlparser adds @defer; an answer is one piece
		delete(published.Directives, name)
	}
	addSubscription(&published)
	for _, typ := range published.Types {
		describe(typ)
	}
	for _, typ := range published.Types {
		if row, ok := strings.CutSuffix(typ.Name, "Where"); ok {
			describeColumns(typ, published.Types[row])
		}
	}
	return &published
}

// describeColumns gives the conditions on a row's columns the words of its fields, or of fields of their names where the rows
// are of several types.
func describeColumns(where, row *ast.Definition) {
	for _, column := range where.Fields {
		if column.Description == "" && row != nil {
			if field := row.Fields.ForName(column.Name); field != nil {
				column.Description = field.Description
			}
		}
		if column.Description == "" {
			column.Description = fieldWords[column.Name]
		}
	}
}

// SDL returns the schema in GraphQL's schema definition language, types and directives in the order of their names.
func SDL(schema *ast.Schema) string {
	printed := *schema
	printed.Types = make(map[string]*ast.Definition, len(schema.Types))
	for name, typ := range schema.Types {
		printed.Types[name] = withoutCode(typ)
	}
	var text bytes.Buffer
	formatter.NewFormatter(&text, formatter.WithIndent("  ")).FormatSchema(&printed)
	return text.String()
}

// withoutCode returns a type without directives that are for the generated code.
func withoutCode(typ *ast.Definition) *ast.Definition {
	forCode := func(d *ast.Directive) bool { return slices.Contains(codeDirectives, d.Name) }
	plain := *typ
	plain.Directives = slices.DeleteFunc(slices.Clone(typ.Directives), forCode)
	plain.Fields = make(ast.FieldList, len(typ.Fields))
	for i, field := range typ.Fields {
		f := *field
		f.Directives = slices.DeleteFunc(slices.Clone(field.Directives), forCode)
		plain.Fields[i] = &f
	}
	return &plain
}

// describe gives the type and all that it has their shared words, where the schema does not describe them itself.
func describe(typ *ast.Definition) {
	for _, word := range typeWords {
		if typ.Description == "" && strings.HasSuffix(typ.Name, word.suffix) {
			typ.Description = word.text
		}
	}
	words := fieldWords
	if typ.Kind == ast.InputObject {
		words = inputWords
	}
	if strings.HasSuffix(typ.Name, "Where") {
		words = columnWords
	}
	for _, field := range typ.Fields {
		if field.Description == "" {
			field.Description = words[field.Name]
		}
		for _, argument := range field.Arguments {
			if argument.Description == "" {
				argument.Description = argumentWords[argument.Name]
			}
		}
	}
	for _, value := range typ.EnumValues {
		if value.Description == "" {
			value.Description = valueWords[value.Name]
		}
	}
}
