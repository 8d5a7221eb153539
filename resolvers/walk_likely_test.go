package resolvers_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// likely makes arguments that a mutation accepts, so that one spoilt value among them is what it is refused for. It names the
// caller's own records.
type likely struct {
	*service
	schema *ast.Schema
	own    map[string]string // a record of each type
	codes  map[string]string // accounts by their code in the default chart
	count  int               // how many texts and days were made, each of which is another one
}

// likelyFor returns what makes arguments for the caller of a service, who gets a record of each type.
func likelyFor(s *service) likely {
	l := likely{service: s, schema: s.schema(), own: s.records(s.caller, "Plain"), codes: map[string]string{}}
	for _, code := range []string{"1000", "1010", "4810", "6100"} {
		l.codes[code] = s.account(s.caller, code)
	}
	return l
}

// leftOut are the optional fields of inputs that exclude others, or mean records that are made for a mutation alone.
var leftOut = []string{
	"id", "fxRate", "discount", "dueOn", "refundOf", "refundOfId", "refundedLineId", "effectiveFrom", "effectiveTo", "local", "personId", "tillId", "allocations",
	"credit", "denominations", "accountId", "partyId", "hardLockedUntil", "vendorId", "billId", "creditNoteId", "vendorCreditNoteId", "tenders", "lines", "userId", "openingFloat", "memberId",
}

// special returns what an input object of a type needs beside what its fields' names say.
func (l *likely) special(typ string) map[string]any {
	switch typ {
	case "AccountCreateInput":
		return map[string]any{"code": fmt.Sprint(l.next() + 9_000), "type": "EXPENSE"}
	case "AccountUpdateInput":
		return map[string]any{"code": fmt.Sprint(l.next() + 9_000)}
	case "FxRateSetInput":
		return map[string]any{"currency": "EUR", "validFrom": fmt.Sprintf("2026-04-%02d", l.next()%30+1)}
	case "IncomeCreateInput", "IncomeUpdateInput":
		return map[string]any{"accountId": l.codes["4810"], "moneyAccountId": l.codes["1000"]}
	case "ExpenseCreateInput", "ExpenseUpdateInput":
		return map[string]any{"accountId": l.codes["6100"], "moneyAccountId": l.codes["1000"]}
	case "TransferCreateInput", "TransferUpdateInput":
		return map[string]any{"fromAccountId": l.codes["1000"], "toAccountId": l.codes["1010"]}
	case "JournalEntryPostInput":
		return map[string]any{"lines": []any{map[string]any{"accountId": l.codes["1000"], "debit": "1"}, map[string]any{"accountId": l.codes["1010"], "credit": "1"}}}
	case "NotificationPreferenceSetInput", "NotificationPreferenceClearInput":
		return map[string]any{"type": "till_difference"}
	case "PersonCreateInput", "PersonUpdateInput":
		return map[string]any{"dateOfBirth": "1990-01-01"}
	case "PaymentRecordInput":
		return map[string]any{"direction": "IN"}
	case "MemberCreateInput", "MemberUpdateInput":
		return map[string]any{"role": "STAFF"}
	case "TokenCreateInput":
		return map[string]any{"expiresAt": "2100-01-01T00:00:00Z"}
	case "StoreCreateInput", "StoreUpdateInput", "NotificationDigestSetInput", "OrganizationUpdateInput":
		return map[string]any{"timeZone": "Australia/Adelaide"}
	case "StoreHourExceptionInput":
		return map[string]any{"date": "2100-01-01"}
	case "VendorCreditAllocationInput":
		// A call may have archived the person.
		if _, err := l.pool.Exec(l.t.Context(), `UPDATE canonical.people SET archived_at = NULL WHERE organization_id = $1 AND archived_at IS NOT NULL`, l.organizationID); err != nil {
			l.t.Fatal(err)
		}
		return map[string]any{"billId": l.of("billApprove", l.bill(l.own["Person"], "5"))}
	case "WebhookCreateInput", "WebhookUpdateInput":
		return map[string]any{"url": "https://example.com", "document": "query($id: ID!) { node(id: $id) { id } }"}
	}
	return nil
}

// next counts.
func (l *likely) next() int {
	l.count++
	return l.count
}

// value returns a value for an argument or a field of the name.
func (l *likely) value(name string, typ *ast.Type) any {
	if typ.Elem != nil {
		return []any{l.value(name, typ.Elem)}
	}
	definition := l.schema.Types[typ.NamedType]
	switch definition.Kind {
	case ast.Enum:
		return definition.EnumValues[0].Name
	case ast.InputObject:
		return l.object(definition)
	}
	switch typ.NamedType {
	case "ID":
		return l.id(name)
	case "Int":
		return 7
	case "Boolean":
		return true
	case "Decimal":
		return "1"
	case "LocalTime":
		return "09:00"
	case "Date":
		return "2026-03-01"
	case "DateTime":
		if strings.HasPrefix(name, "end") || name == "to" {
			return "2026-03-01T17:00:00Z"
		}
		return "2026-03-01T09:00:00Z"
	}
	switch name {
	case "currency":
		return "AUD"
	case "email":
		return fmt.Sprintf("walk%d@example.com", l.next())
	case "country":
		return "AU"
	case "postcode":
		return "5000"
	}
	return fmt.Sprintf("Walk %d", l.next())
}

// object returns an input object: with all that may be given in an input of a mutation, and with what is required alone in others.
func (l *likely) object(definition *ast.Definition) map[string]any {
	object := map[string]any{}
	for _, field := range definition.Fields {
		if field.DefaultValue == nil && (field.Type.NonNull || strings.HasSuffix(definition.Name, "Input") && !slices.Contains(leftOut, field.Name)) {
			object[field.Name] = l.value(field.Name, field.Type)
		}
	}
	maps.Copy(object, l.special(definition.Name))
	return object
}

// id returns the id of an own record that a field of the name may refer to.
func (l *likely) id(name string) string {
	name = strings.ToLower(strings.TrimSuffix(strings.TrimSuffix(name, "s"), "Id"))
	for _, role := range []string{"customer", "vendor", "party"} {
		if name == role {
			name = "person"
		}
	}
	for _, typ := range slices.Sorted(maps.Keys(l.own)) {
		if strings.HasSuffix(name, strings.ToLower(typ)) {
			return l.own[typ]
		}
	}
	return l.own["Person"]
}

// arguments returns all arguments of a field that are required, with a value at the path, which begins with an argument's name, in
// place of the likely one. The argument id is that of the record that the field returns.
func (l *likely) arguments(field *ast.FieldDefinition, path []string, value any) variables {
	given := variables{}
	for _, a := range field.Arguments {
		switch {
		case len(path) > 0 && a.Name == path[0]:
			given[a.Name] = with(l.schema, a.Type, path[1:], value, l.value)
		case a.Name == "id" && l.own[strings.TrimSuffix(field.Type.Name(), "Payload")] != "":
			given[a.Name] = l.own[strings.TrimSuffix(field.Type.Name(), "Payload")]
		case a.Name == "ids" && strings.HasPrefix(field.Name, "webhook"):
			given[a.Name] = []any{l.own["WebhookDelivery"]}
		case a.Name == "ids" && strings.HasPrefix(field.Name, "notification"):
			given[a.Name] = []any{l.own["Notification"]}
		case a.Type.NonNull:
			given[a.Name] = l.value(a.Name, a.Type)
		}
	}
	return given
}
