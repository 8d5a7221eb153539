package graph_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
)

// The rules of docs/api-style.md, as far as a program can tell.

// verbs are what mutations end with. A mutation is named after its topic, and then after what it does.
var verbs = []string{"Create", "Update", "Archive", "Restore", "Delete", "Approve", "Void", "Set", "Clear", "Record", "Post", "Reverse", "Allocate",
	"MarkSent", "Upsert", "Publish", "Cancel", "Lock", "Enable", "Disable", "Rotate", "Replay", "GiveUp", "MarkRead", "MarkAllRead", "Open", "Move", "Close", "End", "Revoke"}

// argumentOrder is the order of the arguments of all mutations; what is not in it stands where `input` does.
var argumentOrder = []string{"id", "expectedVersion", "input", "idempotencyKey", "dryRun", "passSoftLock"}

// withoutVersion are the mutations that change something and expect no version, with the reason.
var withoutVersion = map[string]string{
	"journalEntryReverse":         "an entry never changes, and is reversed once",
	"notificationPreferenceSet":   "one value is replaced as a whole",
	"notificationPreferenceClear": "one value is replaced as a whole",
	"peopleUpsert":                "a row is the newest state of another system's record",
	"notificationsMarkRead":       "what is read stays so",
	"notificationsMarkAllRead":    "what is read stays so",
	"webhookDeliveriesReplay":     "deliveries are sent again whatever has become of them",
	"tillOpen":                    "a session is new",
	"webhookDeliveriesGiveUp":     "deliveries are settled whatever has become of them",
	"notificationDigestSet":       "sets a user's own choice as a whole",
}

func mutations(schema *ast.Schema) (list ast.FieldList) {
	for _, field := range schema.Mutation.Fields {
		if !strings.HasPrefix(field.Name, "__") {
			list = append(list, field)
		}
	}
	return list
}

// A list that compiled selections answer leaves gqlgen nothing, and one that fails leaves the other fields.
func TestRootFieldsMayBeNull(t *testing.T) {
	for _, field := range published().Query.Fields {
		if field.Type.NonNull && field.Name != "viewer" && !strings.HasPrefix(field.Name, "__") {
			t.Errorf("%s answers %s: it should be one that may be null", field.Name, field.Type)
		}
	}
}

func TestStyleOfMutations(t *testing.T) {
	schema := published()
	for _, m := range mutations(schema) {
		if !slices.ContainsFunc(verbs, func(verb string) bool { return strings.HasSuffix(m.Name, verb) }) {
			t.Errorf("%s ends with no verb of %v", m.Name, verbs)
		}
		if !strings.HasSuffix(m.Type.NamedType, "Payload") || m.Type.NonNull {
			t.Errorf("%s answers %s: it should be a payload that may be null", m.Name, m.Type)
		}
		var places []int
		for _, a := range m.Arguments {
			place := slices.Index(argumentOrder, a.Name)
			if place < 0 {
				place = slices.Index(argumentOrder, "input")
			}
			places = append(places, place)
		}
		if !slices.IsSorted(places) {
			t.Errorf("the arguments of %s are not in the order %v", m.Name, argumentOrder)
		}
		has := func(name string) bool { return m.Arguments.ForName(name) != nil }
		if !has("idempotencyKey") {
			t.Errorf("%s has no idempotencyKey", m.Name)
		}
		if has("dryRun") != has("passSoftLock") {
			t.Errorf("%s books, or not: it has dryRun and passSoftLock, or neither", m.Name)
		}
		creates := strings.HasSuffix(m.Name, "Create") || strings.HasSuffix(m.Name, "Record") || strings.HasSuffix(m.Name, "Post")
		if _, excused := withoutVersion[m.Name]; !creates && has("expectedVersion") == excused {
			t.Errorf("%s: expectedVersion is %v", m.Name, has("expectedVersion"))
		}
		if input := m.Arguments.ForName("input"); input != nil && input.Type.NamedType != strings.ToUpper(m.Name[:1])+m.Name[1:]+"Input" && m.Name != "storeHourExceptionSet" {
			t.Errorf("the input of %s is %s", m.Name, input.Type.NamedType)
		}
	}
}

func TestStyleOfPayloads(t *testing.T) {
	schema := published()
	for _, m := range mutations(schema) {
		payload := schema.Types[m.Type.NamedType]
		errors := payload.Fields.ForName("userErrors")
		if errors == nil || errors.Type.String() != "[UserError!]!" {
			t.Errorf("%s has no userErrors", payload.Name)
		}
		record := payload.Fields.ForName("record")
		if slices.Contains([]string{"SalesRecordPayload", "PeopleUpsertPayload", "InvoicesCreatePayload", "BillsCreatePayload", "NotificationSettingsPayload", "WebhookDeliveriesPayload"}, payload.Name) { // of several records
			continue
		}
		if record == nil || record.Type.NonNull || record.Type.NamedType+"Payload" != payload.Name {
			t.Errorf("%s is not named after its record", payload.Name)
		}
	}
}

// A master is archived and restored, a draft deleted, what counts is made void: each by a mutation of its own.
func TestStyleOfEnds(t *testing.T) {
	schema := published()
	has := func(typ, verb string) bool {
		return schema.Mutation.Fields.ForName(strings.ToLower(typ[:1])+typ[1:]+verb) != nil
	}
	for name, typ := range schema.Types {
		if typ.Kind == ast.InputObject && !strings.HasSuffix(name, "Filter") && typ.Fields.ForName("archived") != nil {
			t.Errorf("%s.archived: archiving is a mutation", name)
		}
		if typ.Kind != ast.Object || !slices.Contains(typ.Interfaces, "Node") {
			continue
		}
		field := func(name string) *ast.FieldDefinition { return typ.Fields.ForName(name) }
		archives, voids := field("archivedAt") != nil, field("voidedAt") != nil
		if has(name, "Archive") != archives || has(name, "Restore") != archives {
			t.Errorf("%s has archivedAt, and mutations Archive and Restore, or nothing of them", name)
		}
		if has(name, "Void") != voids {
			t.Errorf("%s has voidedAt and a mutation Void, or neither", name)
		}
		state := field("state")
		if drafts := state != nil && schema.Types[state.Type.NamedType].EnumValues.ForName("DRAFT") != nil; has(name, "Delete") != drafts {
			t.Errorf("%s has drafts and a mutation Delete, or neither", name)
		}
	}
}

// behindThePage are the arguments that lists have behind those of the page.
var behindThePage = [][]string{{"filter"}, {"filter", "where"}, {"filter", "orderBy"}, {"filter", "where", "orderBy"}}

func TestStyleOfLists(t *testing.T) {
	schema := published()
	paging := []string{"first", "after", "last", "before"}
	for name, typ := range schema.Types {
		if typ.Kind != ast.Object && typ.Kind != ast.Interface {
			continue
		}
		for _, field := range typ.Fields {
			if !strings.HasSuffix(field.Type.Name(), "Connection") || field.Name == "search" {
				continue
			}
			var arguments []string
			for _, a := range field.Arguments {
				arguments = append(arguments, a.Name)
			}
			at := slices.Index(arguments, "first")
			if at < 0 || len(arguments) < at+len(paging) || !slices.Equal(arguments[at:at+len(paging)], paging) {
				t.Errorf("%s.%s pages by %v, not by %v", name, field.Name, arguments, paging)
				continue
			}
			if rest := arguments[at+len(paging):]; len(rest) > 0 && !slices.ContainsFunc(behindThePage, func(a []string) bool { return slices.Equal(rest, a) }) {
				t.Errorf("%s.%s has %v behind the page", name, field.Name, rest)
			}
		}
	}
}

var (
	fieldForm = regexp.MustCompile(`^[a-z][a-zA-Z0-9]*$`)
	typeForm  = regexp.MustCompile(`^[A-Z][a-zA-Z0-9]*$`)
	valueForm = regexp.MustCompile(`^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$`)
)

func TestStyleOfNames(t *testing.T) {
	for name, typ := range published().Types {
		if typ.BuiltIn {
			continue
		}
		if !typeForm.MatchString(name) {
			t.Errorf("type %s", name)
		}
		for _, value := range typ.EnumValues {
			if !valueForm.MatchString(value.Name) {
				t.Errorf("%s.%s is not in capitals", name, value.Name)
			}
		}
		for _, field := range typ.Fields {
			if strings.HasPrefix(field.Name, "__") {
				continue
			}
			if !fieldForm.MatchString(field.Name) {
				t.Errorf("%s.%s is not in camel case", name, field.Name)
			}
			styleOfField(t, typ, field)
		}
	}
}

// styleOfField checks what a field's name says of its type.
func styleOfField(t *testing.T, typ *ast.Definition, field *ast.FieldDefinition) {
	t.Helper()
	named, place := field.Type.Name(), typ.Name+"."+field.Name
	if strings.HasSuffix(typ.Name, "Where") { // the operators are named after what they compare
		named = strings.Replace(strings.TrimSuffix(named, "Operators"), "Id", "ID", 1)
	}
	switch {
	case strings.HasSuffix(field.Name, "Id") && field.Name != "transactionId" && field.Name != "requestId" && (named != "ID" || field.Type.Elem != nil),
		strings.HasSuffix(field.Name, "Ids") && (field.Type.Elem == nil || named != "ID"):
		t.Errorf("%s is %s, not an id", place, field.Type)
	case strings.HasSuffix(field.Name, "At") && named != "DateTime" && named != "Boolean":
		t.Errorf("%s is %s, not a DateTime", place, field.Type)
	case strings.HasSuffix(field.Name, "On") && named != "Date":
		t.Errorf("%s is %s, not a Date", place, field.Type)
	case strings.HasSuffix(field.Name, "Minutes") && named != "Int":
		t.Errorf("%s is %s, not an Int", place, field.Type)
	}
	if typ.Kind != ast.InputObject || !strings.HasSuffix(typ.Name, "Filter") {
		return
	}
	for low, high := range map[string]string{"Gte": "Lte", "From": "To"} {
		if stem, ranged := strings.CutSuffix(field.Name, low); ranged && typ.Fields.ForName(stem+high) == nil {
			t.Errorf("%s has no %s", place, stem+high)
		}
	}
}
