package canonical

import (
	"context"
	"fmt"
	"regexp"

	"github.com/jackc/pgx/v5"

	"daybook/graph/model"
)

type person struct {
	master
	GivenName, FamilyName         string
	DateOfBirth                   *model.Date
	Email, Phone                  *string
	IsCustomer, IsVendor, IsStaff bool
	ExternalRef                   *string
}

// address is one of a person's addresses to save; the SQL reads its JSON form.
type address struct {
	ID          *int64 `json:"id"` // nil: new
	Position    int    `json:"position"`
	Street      string `json:"street"`
	Suburb      string `json:"suburb"`
	Postcode    string `json:"postcode"`
	CountryCode string `json:"country_code"`
}

var postcodeForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9 -]{1,11}$`)

const selectPerson = `SELECT id, version, given_name, family_name, date_of_birth, email, phone,
	is_customer, is_vendor, is_staff, external_ref, archived_at FROM canonical.people`

// PersonCreate saves a person and their addresses as one unit and returns the person's key.
func (s *Store) PersonCreate(ctx context.Context, actor Actor, in model.PersonCreateInput) (int64, error) {
	return s.transact(ctx, actor, editors, func(u *unitOfWork) (int64, error) {
		return u.savePerson(ctx, person{}, model.PersonUpdateInput(in))
	})
}

// PersonUpdate changes the given fields. Addresses, when given, are the whole new set in its order: those with an id
// are kept or changed, those without are added, the others are removed.
func (s *Store) PersonUpdate(ctx context.Context, actor Actor, id int64, expectedVersion *int, in model.PersonUpdateInput) (int64, error) {
	return s.transact(ctx, actor, editors, func(u *unitOfWork) (int64, error) {
		p, err := loadLive[person](ctx, u, id, expectedVersion, selectPerson)
		if err != nil {
			return 0, err
		}
		return u.savePerson(ctx, p, in)
	})
}

// PersonArchive takes a person out of use: no new document may name them. A person who is archived already stays as they
// are.
func (s *Store) PersonArchive(ctx context.Context, actor Actor, id int64, expectedVersion *int) (int64, error) {
	return s.transact(ctx, actor, editors, func(u *unitOfWork) (int64, error) {
		return archive[person](ctx, u, id, expectedVersion, selectPerson, "people")
	})
}

// PersonRestore brings an archived person back. One that is live already stays as it is.
func (s *Store) PersonRestore(ctx context.Context, actor Actor, id int64, expectedVersion *int) (int64, error) {
	return s.transact(ctx, actor, editors, func(u *unitOfWork) (int64, error) {
		return restore[person](ctx, u, id, expectedVersion, selectPerson, "people")
	})
}

func (u *unitOfWork) savePerson(ctx context.Context, p person, in model.PersonUpdateInput) (int64, error) {
	set(&p.GivenName, in.GivenName)
	set(&p.FamilyName, in.FamilyName)
	setOptional(&p.DateOfBirth, in.DateOfBirth)
	setOptional(&p.Email, in.Email)
	setOptional(&p.Phone, in.Phone)
	set(&p.IsCustomer, in.IsCustomer)
	set(&p.IsVendor, in.IsVendor)
	set(&p.IsStaff, in.IsStaff)
	setOptional(&p.ExternalRef, in.ExternalRef)

	u.checkText("givenName", &p.GivenName, maxLine)
	u.checkText("familyName", &p.FamilyName, maxLine)
	if p.GivenName+p.FamilyName == "" {
		u.addError("givenName", required, "a given name or a family name must be given")
	}
	if born := in.DateOfBirth.Value(); born != nil && born.After(u.org.Today.Time) {
		u.addError("dateOfBirth", invalid, "must not be after today, which is %s", u.org.Today)
	}
	u.checkEmail("email", &p.Email)
	u.checkOptional("phone", &p.Phone)
	if err := u.checkExternalRef(ctx, "Person", "people", p.ID, &p.ExternalRef, "true"); err != nil {
		return 0, err
	}
	var addresses []address
	var replace bool
	var err error
	if inputs, given := in.Addresses.ValueOK(); given {
		if addresses, replace, err = u.checkAddresses(ctx, p.ID, inputs); err != nil {
			return 0, err
		}
	}
	if err := u.err(); err != nil {
		return 0, err
	}

	p.ID, err = u.save(ctx, p.ID, row{table: "people", touch: replace, columns: columns{
		{"given_name", p.GivenName}, {"family_name", p.FamilyName}, {"date_of_birth", p.DateOfBirth}, {"email", p.Email},
		{"phone", p.Phone}, {"is_customer", p.IsCustomer}, {"is_vendor", p.IsVendor}, {"is_staff", p.IsStaff},
		{"external_ref", p.ExternalRef},
	}})
	if err != nil {
		return 0, err
	}
	if !replace {
		return p.ID, nil
	}
	return p.ID, u.saveAddresses(ctx, p.ID, addresses)
}

// checkAddresses checks the whole new set of a person's addresses, and returns it, and whether it differs from the saved one.
func (u *unitOfWork) checkAddresses(ctx context.Context, personID int64, inputs []model.AddressInput) (list []address, changed bool, err error) {
	if len(inputs) > maxRows {
		u.addError("addresses", invalid, "must not be more than %d", maxRows)
		return nil, false, nil
	}
	rows, _ := u.Query(ctx, `SELECT id, position, street, suburb, postcode, country_code FROM canonical.addresses
		WHERE organization_id = $1 AND person_id = $2`, u.actor.OrganizationID, personID)
	saved, err := pgx.CollectRows(rows, pgx.RowToStructByName[address])
	if err != nil {
		return nil, false, fmt.Errorf("load addresses: %w", err)
	}
	kept := byID(saved, func(a address) int64 { return *a.ID })
	rows, _ = u.Query(ctx, `SELECT code FROM canonical.countries`)
	codes, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, false, fmt.Errorf("load countries: %w", err)
	}
	countries := byID(codes, func(code string) string { return code })

	list = make([]address, len(inputs))
	for i, in := range inputs {
		at := func(field string) string { return fmt.Sprintf("addresses.%d.%s", i, field) }
		a := matchSaved(u, at("id"), in.ID, "Address", kept)
		before := a
		a.Position = i + 1
		set(&a.Street, in.Street)
		set(&a.Suburb, in.Suburb)
		set(&a.Postcode, in.Postcode)
		set(&a.CountryCode, in.Country)
		u.checkRequired(at("street"), &a.Street, maxLine)
		u.checkRequired(at("suburb"), &a.Suburb, maxLine)
		if u.checkRequired(at("postcode"), &a.Postcode, maxLine); a.Postcode != "" && !postcodeForm.MatchString(a.Postcode) {
			u.addError(at("postcode"), invalid, "must be 2 to 12 letters, digits, blanks and hyphens")
		}
		if u.checkRequired(at("country"), &a.CountryCode, maxLine); a.CountryCode != "" && countries[a.CountryCode] == "" {
			u.addError(at("country"), invalid, "must be an ISO 3166-1 alpha-2 code such as AU")
		}
		list[i] = a
		changed = changed || a != before
	}
	return list, changed || len(kept) > 0, nil
}

func (u *unitOfWork) saveAddresses(ctx context.Context, personID int64, list []address) error {
	batch := &pgx.Batch{}
	batch.Queue(`DELETE FROM canonical.addresses WHERE organization_id = $1 AND person_id = $2 AND id <> ALL ($3)`,
		u.actor.OrganizationID, personID, savedIDs(list, func(a address) *int64 { return a.ID }))
	batch.Queue(`
		MERGE INTO canonical.addresses AS old
		USING jsonb_to_recordset($3) AS new
			(id bigint, position int, street text, suburb text, postcode text, country_code text)
		ON old.organization_id = $1 AND old.person_id = $2 AND old.id = new.id
		WHEN MATCHED THEN UPDATE SET position = new.position, street = new.street, suburb = new.suburb,
			postcode = new.postcode, country_code = new.country_code
		WHEN NOT MATCHED THEN INSERT (organization_id, person_id, position, street, suburb, postcode, country_code)
			VALUES ($1, $2, new.position, new.street, new.suburb, new.postcode, new.country_code)`,
		u.actor.OrganizationID, personID, list)
	if err := u.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("save addresses of person %d: %w", personID, err)
	}
	return nil
}

func init() {
	registerConstraints(map[string]model.UserError{
		"people_name_given":           {Path: "givenName", Code: required, Message: "a given name or a family name must be given"},
		"people_date_of_birth_range":  {Path: "dateOfBirth", Code: invalid, Message: "must be a day of the years 1800 to 9999"},
		"people_email_form":           {Path: "email", Code: invalid, Message: "is not an e-mail address"},
		"people_phone_given":          {Path: "phone", Code: required, Message: "must not be blank"},
		"people_external_ref_form":    {Path: "externalRef", Code: invalid, Message: "must not be blank, and in Unicode's normal form C"},
		"people_external_ref_key":     {Path: "externalRef", Code: taken, Message: "is in use"},
		"addresses_person_fkey":       {Path: "id", Code: notFound, Message: "does not exist"},
		"addresses_position_positive": {Path: "addresses", Code: invalid, Message: "positions begin at 1"},
		"addresses_position_key":      {Path: "addresses", Code: conflict, Message: "two addresses have one position"},
		"addresses_street_given":      {Path: "addresses", Code: required, Message: "each address needs a street"},
		"addresses_suburb_given":      {Path: "addresses", Code: required, Message: "each address needs a suburb"},
		"addresses_postcode_form":     {Path: "addresses", Code: invalid, Message: "a postcode is not of its form"},
		"addresses_country_fkey":      {Path: "addresses", Code: invalid, Message: "a country is not a country code"},
	})
}
