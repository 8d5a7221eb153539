package model_test

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"daybook/graph/model"
)

// Inputs of several kinds are one Go type each. A field that is added for one kind and forgotten for another is named
// here; lacks are the fields that a kind does not have on purpose.
func TestInputsOfAllKindsHaveTheSameFields(t *testing.T) {
	t.Parallel()
	schema := loadSchema(t)
	for _, test := range []struct {
		input string
		goes  any
		lacks []string
	}{
		{"InvoiceCreateInput", model.DocumentCreateInput{}, nil},
		{"BillCreateInput", model.DocumentCreateInput{}, nil},
		{"CreditNoteCreateInput", model.DocumentCreateInput{}, []string{"DueOn"}},
		{"InvoiceUpdateInput", model.DocumentUpdateInput{}, nil},
		{"BillUpdateInput", model.DocumentUpdateInput{}, nil},
		{"CreditNoteUpdateInput", model.DocumentUpdateInput{}, []string{"DueOn"}},
		{"InvoiceFilter", model.DocumentFilter{}, nil},
		{"BillFilter", model.DocumentFilter{}, nil},
		{"CreditNoteFilter", model.DocumentFilter{}, []string{"PaymentState", "Overdue"}},
		{"VendorCreditNoteCreateInput", model.DocumentCreateInput{}, []string{"DueOn"}},
		{"VendorCreditNoteUpdateInput", model.DocumentUpdateInput{}, []string{"DueOn"}},
		{"VendorCreditNoteFilter", model.DocumentFilter{}, []string{"PaymentState", "Overdue"}},
		{"IncomeCreateInput", model.MoneyEntryCreateInput{}, nil},
		{"ExpenseCreateInput", model.MoneyEntryCreateInput{}, nil},
		{"IncomeUpdateInput", model.MoneyEntryUpdateInput{}, nil},
		{"ExpenseUpdateInput", model.MoneyEntryUpdateInput{}, nil},
	} {
		t.Run(test.input, func(t *testing.T) {
			t.Parallel()
			names := map[string]string{"customerid": "partyid", "vendorid": "partyid", "remaininggte": "duegte", "remaininglte": "duelte"}
			var have, want []string
			for _, field := range schema.Types[test.input].Fields {
				name := strings.ToLower(field.Name)
				if other, renamed := names[name]; renamed && !strings.HasPrefix(test.input, "Income") && !strings.HasPrefix(test.input, "Expense") {
					name = other
				}
				have = append(have, name)
			}
			for field := range reflect.TypeOf(test.goes).Fields() {
				if !slices.Contains(test.lacks, field.Name) {
					want = append(want, strings.ToLower(field.Name))
				}
			}
			slices.Sort(have)
			slices.Sort(want)
			if !slices.Equal(have, want) {
				t.Errorf("the schema has %v,\n%T has %v", have, test.goes, want)
			}
		})
	}
}

// A creation gives every field that an update may change.
func TestFieldsOfACreationAreComplete(t *testing.T) {
	t.Parallel()
	set := map[string]func() any{
		"document":   func() any { return fill[model.DocumentCreateInput]().Fields() },
		"moneyEntry": func() any { return fill[model.MoneyEntryCreateInput]().Fields() },
	}
	for name, fields := range set {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			value := reflect.ValueOf(fields())
			for i := range value.NumField() {
				if !value.Field(i).MethodByName("IsSet").Call(nil)[0].Bool() {
					t.Errorf("%s is not taken over", value.Type().Field(i).Name)
				}
			}
		})
	}
}

// fill returns a T each of whose optional fields is given.
func fill[T any]() (in T) {
	value := reflect.ValueOf(&in).Elem()
	for i := range value.NumField() {
		field := value.Field(i)
		if given := field.Addr().MethodByName("UnmarshalJSON"); given.IsValid() && strings.HasPrefix(field.Type().Name(), "Omittable") {
			given.Call([]reflect.Value{reflect.ValueOf([]byte("null"))})
		}
	}
	return in
}

func TestDocumentKinds(t *testing.T) {
	t.Parallel()
	schema := loadSchema(t)
	for _, kind := range model.AllDocumentKind {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			node := schema.Types[kind.Node()]
			if node == nil {
				t.Fatalf("%s is no GraphQL type", kind.Node())
			}
			party := strings.TrimSuffix(kind.PartyField(), "Id")
			if node.Fields.ForName(party) == nil || schema.Types[kind.Node()+"CreateInput"].Fields.ForName(kind.PartyField()) == nil {
				t.Errorf("%s has no %s", kind.Node(), party)
			}
			if (node.Fields.ForName("dueOn") != nil) != kind.HasDueDate() {
				t.Errorf("HasDueDate of %s is %t", kind.Node(), kind.HasDueDate())
			}
			if schema.Types["PaymentAllocationInput"].Fields.ForName(kind.IDField()) == nil {
				t.Errorf("no payment is allocated by %s", kind.IDField())
			}
			if !kind.IsValid() || kind.Title() == "" {
				t.Errorf("%q is no kind", kind)
			}
		})
	}
	if none := model.DocumentKind("receipt"); none.IsValid() || none.Node() != "" || none.IDField() != "" {
		t.Errorf("%q is a kind: %q, %q", none, none.Node(), none.IDField())
	}
}

func loadSchema(t *testing.T) *ast.Schema {
	t.Helper()
	files, err := filepath.Glob("../schema/*.graphqls")
	if err != nil || len(files) == 0 {
		t.Fatalf("no schema: %v", err)
	}
	var sources []*ast.Source
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, &ast.Source{Name: file, Input: string(text)})
	}
	schema, err := gqlparser.LoadSchema(sources...)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}
