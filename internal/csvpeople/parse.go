package csvpeople

import (
	"regexp"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql"

	"daybook/canonical"
	"daybook/graph/model"
	"daybook/internal/csvfile"
)

var columns = []csvfile.Column{
	{Name: "external_ref", Required: true}, {Name: "given_name"}, {Name: "family_name"}, {Name: "date_of_birth"}, {Name: "email"}, {Name: "phone"},
	{Name: "is_customer"}, {Name: "is_vendor"}, {Name: "is_staff"}, {Name: "street"}, {Name: "suburb"}, {Name: "postcode"}, {Name: "country"},
}

// fieldOf has the fields of the input by column; those of the address are below its place.
var fieldOf = map[string]string{
	"external_ref": "externalRef", "given_name": "givenName", "family_name": "familyName", "date_of_birth": "dateOfBirth", "email": "email", "phone": "phone",
	"is_customer": "isCustomer", "is_vendor": "isVendor", "is_staff": "isStaff",
}

// ofAddress are the columns of the address.
var ofAddress = [4]string{"street", "suburb", "postcode", "country"}

// person is one row of a file.
type person struct {
	row     csvfile.Row
	ref     string
	input   model.PersonUpdateInput
	address [4]string // by ofAddress
	wrong   []csvfile.Mistake
	// misshapen is whether the row has a mistake in its form: then no cell is read.
	misshapen bool
}

func (p *person) mistake(column, message string) {
	p.wrong = append(p.wrong, csvfile.Mistake{Line: p.row.Line, Column: column, Message: message})
}

// parse reads a row with all mistakes in it.
func parse(row csvfile.Row) *person {
	p := &person{row: row, wrong: row.Mistakes()}
	if p.misshapen = len(p.wrong) > 0; p.misshapen {
		return p
	}
	if p.ref = canonical.Reference(row.Text("external_ref")); p.ref == "" {
		p.mistake("external_ref", "must be given: it is how the person is known again")
	}
	p.input.ExternalRef = graphql.OmittableOf(&p.ref)
	for column, field := range map[string]*graphql.Omittable[*string]{
		"given_name": &p.input.GivenName, "family_name": &p.input.FamilyName, "email": &p.input.Email, "phone": &p.input.Phone,
	} {
		if cell := row.Get(column); cell != "" {
			*field = graphql.OmittableOf(&cell)
		}
	}
	for _, flag := range []struct {
		column string
		field  *graphql.Omittable[*bool]
	}{{"is_customer", &p.input.IsCustomer}, {"is_vendor", &p.input.IsVendor}, {"is_staff", &p.input.IsStaff}} {
		switch strings.ToLower(row.Get(flag.column)) {
		case "":
		case "yes", "true", "1":
			*flag.field = graphql.OmittableOf(new(true))
		case "no", "false", "0":
			*flag.field = graphql.OmittableOf(new(false))
		default:
			p.mistake(flag.column, "must be yes or no")
		}
	}
	if cell := row.Date("date_of_birth"); cell != "" {
		var day model.Date
		if day.UnmarshalGQL(cell) != nil {
			p.mistake("date_of_birth", row.NoDate())
		} else {
			p.input.DateOfBirth = graphql.OmittableOf(&day)
		}
	}
	for n, column := range ofAddress {
		p.address[n] = row.Text(column)
	}
	return p
}

// with returns the addresses to be saved: those with the ids, as they are, and the row's.
func (p *person) with(kept []int64, country string) (list []model.AddressInput) {
	for _, id := range kept {
		list = append(list, model.AddressInput{ID: graphql.OmittableOf(&model.ID{Type: "Address", Key: id})})
	}
	return append(list, model.AddressInput{
		Street: graphql.OmittableOf(&p.address[0]), Suburb: graphql.OmittableOf(&p.address[1]), Postcode: graphql.OmittableOf(&p.address[2]), Country: graphql.OmittableOf(&country),
	})
}

var addressPath = regexp.MustCompile(`^addresses\.\d+\.(\w+)`)

// together returns the mistakes that were found in the row and those that the write side found, each once. What is wrong with the
// reference was said of the file's lines: the write side would say it again, of its own rows.
func (p *person) together(found []model.UserError) []csvfile.Mistake {
	wrong := slices.Clone(p.wrong)
	for _, mistake := range found {
		column := ""
		if m := addressPath.FindStringSubmatch(mistake.Path); m != nil {
			column = m[1]
		}
		for name, field := range fieldOf {
			if field == mistake.Path {
				column = name
			}
		}
		same := func(m csvfile.Mistake) bool { return m.Column == column && m.Message == mistake.Message }
		said := func(m csvfile.Mistake) bool { return m.Column == column && column == "external_ref" }
		if !slices.ContainsFunc(wrong, same) && !slices.ContainsFunc(p.wrong, said) {
			wrong = append(wrong, csvfile.Mistake{Line: p.row.Line, Column: column, Message: mistake.Message})
		}
	}
	return wrong
}
