package resolvers_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// randomOperation writes valid queries of lists with what may stand in a selection.
type randomOperation struct {
	*rand.Rand
	schema *ast.Schema
	// people has some ids, as ids does by the list that has the records, and cursors by the list that they are of.
	people  []string
	ids     map[string][]string
	cursors map[string][]string

	declared  []string
	variables variables
	fragments []string
	renamed   int
	// selected has each "Type.field" of the operation, and each interface in a fragment and directive.
	selected map[string]bool
	words    []string
	// forced are the fields, and the types in fragments, that the operation selects whatever chance says.
	forced map[string]bool
}

// wanting is write for a document that selects a field, by the shortest way from a list.
func (o *randomOperation) wanting(target string) string {
	type step struct {
		typ  string
		root string
		way  []string
	}
	var steps []step
	for _, root := range roots {
		steps = append(steps, step{typ: o.schema.Query.Fields.ForName(root).Type.Name(), root: root})
	}
	seen := map[string]bool{}
	for ; len(steps) > 0; steps = steps[1:] {
		at := steps[0]
		typ := o.schema.Types[at.typ]
		for _, possible := range o.schema.GetPossibleTypes(typ) {
			if typ.IsAbstractType() && !seen[possible.Name] {
				steps = append(steps, step{possible.Name, at.root, append(slices.Clone(at.way), "on "+possible.Name)})
			}
		}
		if seen[at.typ] || typ.IsAbstractType() {
			continue
		}
		seen[at.typ] = true
		for _, field := range typ.Fields {
			name := typ.Name + "." + field.Name
			way := append(slices.Clone(at.way), name)
			if name == target {
				o.forced = map[string]bool{}
				for _, place := range way {
					o.forced[place] = true
				}
				defer func() { o.forced = nil }()
				return o.begin(func() []string { return []string{o.root(at.root)} })
			}
			if len(field.Arguments) == 0 && o.schema.Types[field.Type.Name()].IsCompositeType() && !strings.HasPrefix(field.Name, "__") {
				steps = append(steps, step{field.Type.Name(), at.root, way})
			}
		}
	}
	o.forced = map[string]bool{target: true, "SearchConnection.nodes": true} // the only other way
	defer func() { o.forced = nil }()
	return o.begin(func() []string {
		return []string{"search(first: 10, q: " + o.variable("String!", o.words[o.IntN(len(o.words))]) + ")" + o.selection(o.schema.Types["SearchConnection"], 0)}
	})
}

// roots are the lists that operations ask for. The others in the schema take arguments that no generator invents.
var roots = []string{"invoices", "bills", "creditNotes", "vendorCreditNotes", "payments", "people", "financialTransactions", "journalEntries",
	"incomes", "expenses", "transfers", "accounts", "products", "taxRates", "fxRates", "sales", "shifts", "stores", "channels", "partyBalances", "monthlyInvoicing",
	"tills", "tillSessions", "dayCloses"}

// records are fields of one record, with the list that has their ids.
var records = []struct{ field, typ, list string }{
	{"invoice", "Invoice", "invoices"}, {"bill", "Bill", "bills"}, {"creditNote", "CreditNote", "creditNotes"}, {"vendorCreditNote", "VendorCreditNote", "vendorCreditNotes"},
	{"payment", "Payment", "payments"}, {"person", "Person", "people"}, {"journalEntry", "JournalEntry", "journalEntries"}, {"income", "Income", "incomes"},
	{"account", "Account", "accounts"}, {"store", "Store", "stores"},
}

// reports are fields that compute an object, with arguments of theirs.
var reports = []string{"viewer", "trialBalance", "trialBalance(compareTo: \"2020-12-31\")", "balanceSheet", "profitAndLoss(from: \"2020-01-01\", to: \"2030-01-01\")"}

// write returns a document of one or two lists, records or reports.
func (o *randomOperation) write() string { return o.begin(o.fields) }

// begin writes a document of some root fields.
func (o *randomOperation) begin(fields func() []string) string {
	o.declared, o.fragments, o.renamed = nil, nil, 0
	o.variables, o.selected = variables{}, map[string]bool{}
	written := fields()
	head := "query Q"
	if len(o.declared) > 0 {
		head += "(" + strings.Join(o.declared, ", ") + ")"
	}
	return head + " { " + strings.Join(written, " ") + " }\n" + strings.Join(o.fragments, "\n")
}

func (o *randomOperation) fields() []string {
	var fields []string
	switch {
	case o.chance(7):
		report := reports[o.IntN(len(reports))]
		name, _, _ := strings.Cut(report, "(")
		fields = append(fields, o.alias()+report+o.selection(o.schema.Types[o.schema.Query.Fields.ForName(name).Type.Name()], 1))
	case o.chance(6):
		word := o.words[o.IntN(len(o.words))]
		fields = append(fields, o.alias()+"search(first: 10, q: "+o.variable("String!", word)+")"+o.selection(o.schema.Types["SearchConnection"], 0))
	case o.chance(10):
		record := records[o.IntN(len(records))]
		id := record.typ + ":999999"
		if ids := o.ids[record.list]; len(ids) > 0 && o.chance(95) {
			id = ids[o.IntN(len(ids))]
		}
		var parts []string
		for _, typ := range []string{record.typ, "Node", record.typ, "Document", records[o.IntN(len(records))].typ}[:1+o.IntN(5)] {
			parts = append(parts, "... on "+typ+o.condition()+o.selection(o.schema.Types[typ], 1))
			o.selected["on "+typ] = true
		}
		fields = append(fields, o.alias()+"node(id: "+o.variable("ID!", id)+") { id "+strings.Join(parts, " ")+" }")
	case o.chance(15):
		record := records[o.IntN(len(records))]
		id := record.typ + ":999999"
		if ids := o.ids[record.list]; len(ids) > 0 && o.chance(95) {
			id = ids[o.IntN(len(ids))]
		}
		fields = append(fields, o.alias()+record.field+"(id: "+o.variable("ID!", id)+")"+o.selection(o.schema.Types[record.typ], 1))
	}
	more := (1 - len(fields)) * (1 + o.IntN(6)/5)
	if len(fields) > 0 && o.chance(20) {
		more = 1 // beside what is not a list
	}
	for range more {
		fields = append(fields, o.root(roots[o.IntN(len(roots))]))
	}
	return fields
}

func (o *randomOperation) root(name string) string {
	field := o.schema.Query.Fields.ForName(name)
	selection := o.selection(o.schema.Types[field.Type.Name()], 0)
	return o.alias() + name + o.arguments(field) + o.condition() + selection
}

func (o *randomOperation) chance(percent int) bool { return o.IntN(100) < percent }

func (o *randomOperation) alias() string {
	if o.renamed > 20 || o.chance(85) {
		return ""
	}
	o.renamed++
	return fmt.Sprintf("a%d: ", o.renamed)
}

// variable declares a variable with a value.
func (o *randomOperation) variable(typ string, value any) string {
	name := fmt.Sprintf("v%d", len(o.declared))
	o.declared = append(o.declared, "$"+name+": "+typ)
	o.variables[name] = value
	return "$" + name
}

func (o *randomOperation) condition() string {
	if o.chance(92) {
		return ""
	}
	value := fmt.Sprint(o.chance(50))
	if o.chance(60) && len(o.declared) < 20 {
		value = o.variable("Boolean!", o.chance(50))
	}
	directive := []string{"@skip", "@include"}[o.IntN(2)]
	o.selected[directive] = true
	return " " + directive + "(if: " + value + ")"
}

// arguments returns every form of pagination, some of them in error, with an order and a filter.
func (o *randomOperation) arguments(field *ast.FieldDefinition) string {
	var given []string
	name, size := "first", []int{0, 1, 2, 5, 12, 30, 50}[o.IntN(7)]
	if o.chance(30) {
		name = "last"
	}
	switch {
	case o.chance(3):
		given = append(given, name+": -1")
	case o.chance(2):
		given = append(given, "first: 3, last: 3")
	case o.chance(40):
		given = append(given, name+": "+o.variable("Int", size))
	default:
		given = append(given, fmt.Sprintf("%s: %d", name, size))
	}
	if cursors := o.cursors[field.Name]; len(cursors) > 0 && o.chance(40) {
		given = append(given, fmt.Sprintf("%s: %q", []string{"after", "before"}[o.IntN(2)], cursors[o.IntN(len(cursors))]))
	} else if o.chance(3) {
		given = append(given, `after: "nonsense"`)
	}
	if order := field.Arguments.ForName("orderBy"); order != nil && o.chance(30) {
		by := o.schema.Types[o.schema.Types[order.Type.Name()].Fields.ForName("field").Type.Name()].EnumValues
		given = append(given, fmt.Sprintf("orderBy: {field: %s, direction: %s}", by[o.IntN(len(by))].Name, []string{"ASC", "DESC"}[o.IntN(2)]))
	}
	if filter := field.Arguments.ForName("filter"); filter != nil && o.chance(30) {
		for _, input := range o.schema.Types[filter.Type.Name()].Fields {
			switch {
			case strings.HasPrefix(input.Name, "customerId"), strings.HasPrefix(input.Name, "vendorId"), strings.HasPrefix(input.Name, "partyId"):
				given = append(given, fmt.Sprintf("filter: {%s: %s}", input.Name, o.variable("ID", o.people[o.IntN(len(o.people))])))
				return "(" + strings.Join(given, ", ") + ")"
			case input.Type.NamedType == "Boolean" && o.chance(50):
				given = append(given, fmt.Sprintf("filter: {%s: %t}", input.Name, o.chance(50)))
				return "(" + strings.Join(given, ", ") + ")"
			}
		}
	}
	return "(" + strings.Join(given, ", ") + ")"
}

// selection returns a selection of some fields of a type.
func (o *randomOperation) selection(typ *ast.Definition, depth int) string {
	var parts []string
	for _, field := range typ.Fields {
		if part := o.field(typ, field, depth); part != "" {
			parts = append(parts, part)
		}
	}
	if o.chance(15) || len(parts) == 0 {
		parts = append(parts, o.alias()+"__typename")
	}
	o.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
	for i := range parts { // some in fragments, on the type or what it implements
		switch {
		case o.chance(6):
			parts[i] = "... on " + typ.Name + o.condition() + " { " + parts[i] + " }"
		case o.chance(4):
			parts[i] = "..." + o.condition() + " { " + parts[i] + " }"
		case o.chance(6) && len(o.fragments) < 8:
			name := fmt.Sprintf("F%d", len(o.fragments))
			o.fragments = append(o.fragments, "fragment "+name+" on "+typ.Name+" { "+parts[i]+" }")
			parts[i] = "..." + name + o.condition()
		case o.chance(3) && len(typ.Interfaces) > 0:
			of := typ.Interfaces[o.IntN(len(typ.Interfaces))]
			o.selected["on "+of] = true
			parts[i] += " ... on " + of + " { id __typename }"
		}
	}
	return " { " + strings.Join(parts, " ") + " }"
}

func (o *randomOperation) field(typ *ast.Definition, field *ast.FieldDefinition, depth int) string {
	inner := o.schema.Types[field.Type.Name()]
	percent := 30
	switch {
	case strings.HasPrefix(field.Name, "__"):
		return ""
	case strings.HasSuffix(typ.Name, "Connection") || strings.HasSuffix(typ.Name, "Edge"):
		percent = 60
	case inner.IsCompositeType():
		percent = max(0, 45-7*depth)
	}
	if strings.HasSuffix(typ.Name, "Connection") && strings.HasPrefix(field.Name, "totalCount") {
		percent = 20
	}
	if len(field.Arguments) > 0 {
		percent = min(percent, 1) // gqlgen answers all of the list
	}
	for _, argument := range field.Arguments {
		if argument.Type.NonNull {
			return ""
		}
	}
	if forced := o.forced[typ.Name+"."+field.Name]; depth > 8 || !forced && !o.chance(percent) {
		return ""
	}
	o.selected[typ.Name+"."+field.Name] = true
	arguments := ""
	if strings.HasSuffix(inner.Name, "Connection") && len(field.Arguments) > 0 {
		arguments = "(first: 2)"
	}
	written := func() string {
		switch {
		case inner.IsAbstractType():
			var parts []string
			o.selected["on "+inner.Name] = true
			for _, possible := range o.schema.GetPossibleTypes(inner) {
				if o.chance(40) || o.forced["on "+possible.Name] {
					parts = append(parts, "... on "+possible.Name+o.selection(possible, depth+2))
				}
			}
			return " { id " + strings.Join(parts, " ") + " }"
		case inner.IsCompositeType():
			return o.selection(inner, depth+1)
		}
		return ""
	}
	alias := o.alias()
	text := alias + field.Name + arguments + o.condition() + written()
	switch {
	case inner.IsCompositeType() && o.chance(8): // selected twice: both selections are merged
		text += " " + alias + field.Name + arguments + written()
	case o.chance(4) && o.renamed < 20: // under two names
		o.renamed++
		text += fmt.Sprintf(" a%d: ", o.renamed) + field.Name + arguments + written()
	}
	return text
}
