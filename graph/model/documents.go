package model

import (
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql"
)

// DocumentKind is what a document is, by its name in the database.
type DocumentKind string

// The kinds of documents.
const (
	DocumentKindInvoice          DocumentKind = "invoice"
	DocumentKindBill             DocumentKind = "bill"
	DocumentKindCreditNote       DocumentKind = "credit_note"
	DocumentKindVendorCreditNote DocumentKind = "vendor_credit_note"
)

// AllDocumentKind are all kinds.
var AllDocumentKind = []DocumentKind{DocumentKindInvoice, DocumentKindBill, DocumentKindCreditNote, DocumentKindVendorCreditNote}

// IsValid reports whether there is such a kind.
func (k DocumentKind) IsValid() bool { return slices.Contains(AllDocumentKind, k) }

// Node returns the GraphQL type of documents of the kind.
func (k DocumentKind) Node() string {
	switch k {
	case DocumentKindInvoice:
		return "Invoice"
	case DocumentKindBill:
		return "Bill"
	case DocumentKindCreditNote:
		return "CreditNote"
	case DocumentKindVendorCreditNote:
		return "VendorCreditNote"
	}
	return ""
}

// IDField returns the name of an input field that holds the id of a document of the kind: `creditNoteId`.
func (k DocumentKind) IDField() string {
	node := k.Node()
	if node == "" {
		return ""
	}
	return strings.ToLower(node[:1]) + node[1:] + "Id"
}

// Title returns what the kind is called in a sentence: "credit note".
func (k DocumentKind) Title() string { return strings.ReplaceAll(string(k), "_", " ") }

// OfVendor reports whether the document's party is a vendor, who issues it: its reference is the vendor's own number.
func (k DocumentKind) OfVendor() bool {
	return k == DocumentKindBill || k == DocumentKindVendorCreditNote
}

// Credits returns the kind of the documents that credit notes of the kind reduce; empty if these are no credit notes.
func (k DocumentKind) Credits() DocumentKind {
	switch k {
	case DocumentKindCreditNote:
		return DocumentKindInvoice
	case DocumentKindVendorCreditNote:
		return DocumentKindBill
	}
	return ""
}

// PartyField returns the name of the input field that holds the id of the document's party, a vendor or a customer.
func (k DocumentKind) PartyField() string {
	if k.OfVendor() {
		return "vendorId"
	}
	return "customerId"
}

// HasDueDate reports whether documents of the kind are due on a day. Others are due on the day of their issue.
func (k DocumentKind) HasDueDate() bool { return k.Credits() == "" }

// DocumentCreateInput is the input of invoiceCreate, billCreate, creditNoteCreate and vendorCreditNoteCreate.
type DocumentCreateInput struct {
	// PartyID is the customer, or the vendor of what a vendor issues.
	PartyID ID
	// IssuedOn is the organization's current day where it is left out.
	IssuedOn graphql.Omittable[*Date] `json:",omitzero"`
	// DueOn is 30 days after the issue where it is left out. Credit notes have none.
	DueOn graphql.Omittable[*Date] `json:",omitzero"`
	// Currency is the organization's base currency where it is left out.
	Currency graphql.Omittable[*string] `json:",omitzero"`
	// FxRate is the organization's rate of the day where it is left out.
	FxRate graphql.Omittable[*Decimal] `json:",omitzero"`
	// PricesIncludeTax is false where it is left out.
	PricesIncludeTax graphql.Omittable[*bool] `json:",omitzero"`
	// StoreID is the office where it is null or left out.
	StoreID     graphql.Omittable[*ID]     `json:",omitzero"`
	Memo        graphql.Omittable[*string] `json:",omitzero"`
	ExternalRef graphql.Omittable[*string] `json:",omitzero"`
	Items       []DocumentItemInput
}

// Fields returns the fields that the creation gives, as an update of an empty draft.
func (in DocumentCreateInput) Fields() DocumentUpdateInput {
	return DocumentUpdateInput{
		PartyID: graphql.OmittableOf(&in.PartyID), IssuedOn: in.IssuedOn, DueOn: in.DueOn, Currency: in.Currency,
		FxRate: in.FxRate, PricesIncludeTax: in.PricesIncludeTax, StoreID: in.StoreID, Memo: in.Memo, ExternalRef: in.ExternalRef, Items: graphql.OmittableOf(in.Items),
	}
}

// DocumentUpdateInput is the input of invoiceUpdate, billUpdate, creditNoteUpdate and vendorCreditNoteUpdate. A field that
// is left out stays as it is.
type DocumentUpdateInput struct {
	PartyID          graphql.Omittable[*ID]      `json:",omitzero"`
	IssuedOn         graphql.Omittable[*Date]    `json:",omitzero"`
	DueOn            graphql.Omittable[*Date]    `json:",omitzero"`
	Currency         graphql.Omittable[*string]  `json:",omitzero"`
	FxRate           graphql.Omittable[*Decimal] `json:",omitzero"`
	PricesIncludeTax graphql.Omittable[*bool]    `json:",omitzero"`
	StoreID          graphql.Omittable[*ID]      `json:",omitzero"`
	Memo             graphql.Omittable[*string]  `json:",omitzero"`
	ExternalRef      graphql.Omittable[*string]  `json:",omitzero"`
	// Items are the whole new set in its order.
	Items graphql.Omittable[[]DocumentItemInput] `json:",omitzero"`
}

// DocumentFilter is the filter of the lists of documents of one kind. All conditions must hold; amounts compare
// by number, in each document's own currency.
type DocumentFilter struct {
	Ids graphql.Omittable[[]ID]
	// ExternalRef and Number are whole texts.
	ExternalRef, Number graphql.Omittable[*string]
	TotalGte, TotalLte  graphql.Omittable[*Decimal]
	// DueGte and DueLte compare what is left to pay, of a credit note what remains of it.
	DueGte, DueLte graphql.Omittable[*Decimal]
	State          graphql.Omittable[*DocumentState]
	PaymentState   graphql.Omittable[*PaymentState]
	PartyID        graphql.Omittable[*ID]
	// StoreIds are stores of which a document may be; nil is the office.
	StoreIds graphql.Omittable[[]*ID]
	// IssuedFrom and IssuedTo are the first and the last day of issue.
	IssuedFrom, IssuedTo graphql.Omittable[*Date]
	Overdue              graphql.Omittable[*bool]
	// Search is part of the number, the party's name or the memo, in any case.
	Search graphql.Omittable[*string]
}

// CreditAllocationInput is the part of a credit note that reduces one document: an invoice, or a bill.
type CreditAllocationInput struct {
	DocumentID ID
	// Amount is positive, and no more than the document still has due.
	Amount Decimal
}
