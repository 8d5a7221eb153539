package csvbooks

import (
	"context"

	"daybook/canonical"
	"daybook/graph/model"
)

// recordedPayment is a saved payment.
type recordedPayment struct {
	Ref                  string
	Direction, PartyRole string // as in the database
	PartyID              int64
	PaidOn               model.Date
	Currency             string
	Amount               model.Decimal // in the major unit
}

// documentOf is what a document is looked up by: its external reference or its number.
type documentOf struct {
	kind  model.DocumentKind
	party int64
	ref   string
}

// foundPayments is what a batch of payments refers to.
type foundPayments struct {
	references *references
	recorded   map[string]recordedPayment
	documents  map[documentOf]int64
	ambiguous  map[documentOf]bool     // one document's reference is another one's number
	days       map[*payment]model.Date // of those that say an instant: the organization's day
}

// findPayments reads what payments refer to, and which of them are recorded.
func (im *Import) findPayments(ctx context.Context, db canonical.Reader, list []*payment) (f *foundPayments, err error) {
	f = &foundPayments{recorded: map[string]recordedPayment{}, documents: map[documentOf]int64{}, ambiguous: map[documentOf]bool{}, days: map[*payment]model.Date{}}
	var documents []*document
	var refs, settled []string
	var places []int
	var instants []string
	for i, p := range list {
		if p.misshapen {
			continue
		}
		documents, refs = append(documents, &p.document), append(refs, p.ref)
		for _, s := range p.settles {
			settled = append(settled, s.ref)
		}
		if !p.instant.IsZero() {
			places, instants = append(places, i), append(instants, p.instant.UTC().Format("2006-01-02 15:04:05Z"))
		}
	}
	organization := im.Actor.OrganizationID
	if f.references, err = findReferences(ctx, db, organization, documents); err != nil {
		return nil, err
	}
	recorded, err := collect[recordedPayment](ctx, db, "payments", `
		SELECT external_ref AS ref, direction, party_role, party_id, paid_on, currency, canonical.major(amount, currency) AS amount
		FROM canonical.payments WHERE organization_id = $1 AND external_ref = ANY ($2)`, organization, refs)
	if err != nil {
		return nil, err
	}
	for _, p := range recorded {
		f.recorded[p.Ref] = p
	}
	if len(settled) > 0 {
		found, err := collect[struct {
			Kind        model.DocumentKind
			ID, PartyID int64
			Ref         string
		}](ctx, db, "documents", `
			SELECT kind, id, party_id, external_ref AS ref FROM canonical.documents
			WHERE organization_id = $1 AND kind IN ('invoice', 'credit_note') AND external_ref = ANY ($2)
			UNION ALL
			SELECT kind, id, party_id, external_ref FROM canonical.documents
			WHERE organization_id = $1 AND kind IN ('bill', 'vendor_credit_note') AND external_ref = ANY ($2)
			UNION ALL
			SELECT document.kind, document.id, document.party_id, document.number
			FROM (SELECT ref, substring(ref FROM '[0-9]{1,18}$')::bigint AS value FROM unnest($2::text[]) AS ref) AS given
			JOIN canonical.documents AS document ON document.organization_id = $1 AND document.kind IN ('invoice', 'bill', 'credit_note', 'vendor_credit_note')
				AND (document.number_value, document.number) = (given.value, given.ref)`, organization, settled)
		if err != nil {
			return nil, err
		}
		for _, d := range found {
			of := documentOf{d.Kind, d.PartyID, d.Ref}
			if f.documents[of] != 0 && f.documents[of] != d.ID {
				f.ambiguous[of] = true
			}
			f.documents[of] = d.ID
		}
	}
	if len(places) == 0 {
		return f, nil
	}
	days, err := collect[struct {
		Place int
		Day   model.Date
	}](ctx, db, "days of payments", `
		SELECT given.place, (given.at AT TIME ZONE organization.time_zone)::date AS day
		FROM canonical.organizations AS organization, unnest($2::bigint[], $3::timestamptz[]) AS given (place, at)
		WHERE organization.id = $1`, organization, places, instants)
	if err != nil {
		return nil, err
	}
	for _, d := range days {
		f.days[list[d.Place]] = d.Day
	}
	return f, nil
}
