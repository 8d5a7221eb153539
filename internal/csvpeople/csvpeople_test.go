package csvpeople

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"daybook/canonical"
	"daybook/internal/csvfile"
	"daybook/internal/csvimport"
	"daybook/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// directory is an organization and the results of its last import.
type directory struct {
	t           *testing.T
	pool        *pgxpool.Pool
	owner       canonical.Actor
	log, report bytes.Buffer
}

func newDirectory(t *testing.T) *directory {
	t.Helper()
	d := &directory{t: t, pool: pgtest.Pool(t)}
	_, token, err := canonical.New(d.pool, nil).OrganizationCreate(t.Context(), canonical.OrganizationInput{
		Name: "Ada's", TimeZone: "UTC", BaseCurrency: "AUD", OwnerName: "Ada", OwnerEmail: "ada@example.com"})
	if err != nil {
		t.Fatal(err)
	}
	p, err := canonical.Authenticate(t.Context(), d.pool, token)
	if err != nil {
		t.Fatal(err)
	}
	d.owner = p.Actor
	return d
}

func (d *directory) read(want csvfile.Counts, file string, f csvfile.Format) {
	d.t.Helper()
	d.log.Reset()
	d.report.Reset()
	im := &Import{csvimport.Import{Store: canonical.New(d.pool, nil), Actor: d.owner, Format: f, Report: csvfile.NewReport(&d.log, nil, &d.report)}}
	c, err := im.People(d.t.Context(), strings.NewReader(file))
	if err != nil {
		d.t.Fatal(err)
	}
	if err := im.Report.Close(); err != nil {
		d.t.Fatal(err)
	}
	if diff := cmp.Diff(want, c); diff != "" {
		d.t.Errorf("%s\n%s", diff, d.log.String())
	}
}

// people returns the people with their addresses, as text.
func (d *directory) people() string {
	d.t.Helper()
	rows, err := d.pool.Query(d.t.Context(), `SELECT concat_ws('|', external_ref, full_name, date_of_birth, email, phone, is_customer, is_vendor, is_staff, version,
			(SELECT string_agg(concat_ws(' ', a.street, a.suburb, a.postcode, a.country_code), '; ' ORDER BY a.position) FROM canonical.addresses AS a
			WHERE (a.organization_id, a.person_id) = (p.organization_id, p.id)))
		FROM canonical.people AS p WHERE organization_id = $1 AND external_ref IS NOT NULL ORDER BY external_ref`, d.owner.OrganizationID)
	if err != nil {
		d.t.Fatal(err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		d.t.Fatal(err)
	}
	return strings.Join(list, "\n")
}

// People are recognised by their references; what a row has replaces what is saved, what it leaves empty stays, and addresses are added.
func TestPeople(t *testing.T) {
	t.Parallel()
	d := newDirectory(t)
	const header = "external_ref,given_name,family_name,date_of_birth,email,phone,is_customer,is_vendor,is_staff,street,suburb,postcode,country\n"
	file := header + "C-1,Ada,Lovelace,1815-12-10,ada@example.com,555,yes,,no,1 King St,Norwood,5067,AU\nC-2,Grace,,,,,,YES,,,,,\n"
	d.read(csvfile.Counts{Rows: 2, Records: 2, Created: 2}, file, csvfile.Format{})
	want := "C-1|Ada Lovelace|1815-12-10|ada@example.com|555|t|f|f|1|1 King St Norwood 5067 AU\nC-2|Grace|f|t|f|1"
	if diff := cmp.Diff(want, d.people()); diff != "" {
		t.Error(diff)
	}
	d.read(csvfile.Counts{Rows: 2, Records: 2, Unchanged: 2}, file, csvfile.Format{})
	if diff := cmp.Diff(want, d.people()); diff != "" {
		t.Error(diff)
	}
	d.read(csvfile.Counts{Rows: 3, Records: 3, Created: 1, Changed: 2},
		header+"C-1,,King,,,,,,,2 Queen St,Norwood,5067,australia\nC-2,,Hopper,,,556,,no,,,,,\nC-3,Mary,,,,,,,,,,,\n", csvfile.Format{})
	want = "C-1|Ada King|1815-12-10|ada@example.com|555|t|f|f|2|1 King St Norwood 5067 AU; 2 Queen St Norwood 5067 AU\nC-2|Grace Hopper|556|f|f|f|2\nC-3|Mary|f|f|f|1"
	if diff := cmp.Diff(want, d.people()); diff != "" {
		t.Error(diff)
	}
}

// All that is wrong with a person is reported together, by its columns, and others are saved.
func TestMistakes(t *testing.T) {
	t.Parallel()
	d := newDirectory(t)
	d.read(csvfile.Counts{Rows: 6, Records: 6, Created: 1, Refused: 5}, "external_ref,given_name,date_of_birth,email,is_customer,street,postcode,country\n"+
		",,soon,nowhere,maybe,x,!,Atlantis\nC-1,Ada,,,,,,\nC-1,Ada,,,,,,\nC-2,Grace\nC-3,,,,,,,\nC-4,x,,x,,,,\n", csvfile.Format{})
	for _, part := range []string{
		"line 2, external_ref: must be given: it is how the person is known again", "line 2, is_customer: must be yes or no", "line 2, date_of_birth: must be a date of the form 2006-01-02",
		"line 2, email: ", "line 2, postcode: ", "line 2, country: ", "line 4, external_ref: is that of line 3 too", "line 5: has 2 cells, the header has 8",
		"line 6, given_name: a given name or a family name must be given", "line 7, email: ",
	} {
		if !strings.Contains(d.log.String(), part) {
			t.Errorf("%s is not in\n%s", part, d.log.String())
		}
	}
	// What is wrong with a reference is said once.
	if got := strings.Count(d.log.String(), "external_ref: "); got != 2 {
		t.Errorf("external_ref is named %d times in\n%s", got, d.log.String())
	}
	if got := strings.Count(d.report.String(), "\n"); got != 6 {
		t.Errorf("the report has %d lines:\n%s", got, d.report.String())
	}
	if diff := cmp.Diff("C-1|Ada|f|f|f|1", d.people()); diff != "" {
		t.Error(diff)
	}
}

// Files that others export are read by the ready maps.
func TestReadyMaps(t *testing.T) {
	t.Parallel()
	d := newDirectory(t)
	for name, file := range map[string]string{
		"xero": "*ContactName,AccountNumber,EmailAddress,FirstName,LastName,POAttentionTo,POAddressLine1,POAddressLine2,POAddressLine3,POAddressLine4,POCity,PORegion,POPostalCode,POCountry,PhoneNumber,MobileNumber,Website\n" +
			"Marlow Pty Ltd,MAR001,gavin@marlow.example,Gavin,Marlow,,12 Builder St,Level 3,,,Parramatta,NSW,2150,Australia,02 9000 1111,0401 220 556,\n",
		"shopify": "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address Company,Default Address Address1,Default Address Address2,Default Address City,Default Address Province Code,Default Address Country Code,Default Address Zip,Default Address Phone,Phone,Accepts SMS Marketing,Total Spent,Total Orders,Note,Tax Exempt,Tags\n" +
			"'9013808660771,Ana,Díaz,ana@example.com,no,,88 Main St,,Elko,NV,US,89801,,'+17755550154,no,7790.44,6,,yes,\n",
	} {
		f, err := csvfile.ReadyMap("people", name)
		if err != nil {
			t.Fatal(err)
		}
		d.read(csvfile.Counts{Rows: 1, Records: 1, Created: 1}, file, f)
		d.read(csvfile.Counts{Rows: 1, Records: 1, Unchanged: 1}, file, f)
	}
	const want = "9013808660771|Ana Díaz|ana@example.com|+17755550154|t|f|f|1|88 Main St Elko 89801 US\n" +
		"Marlow Pty Ltd|Marlow Pty Ltd|gavin@marlow.example|0401 220 556|f|f|f|1|12 Builder St, Level 3 Parramatta 2150 AU"
	if diff := cmp.Diff(want, d.people()); diff != "" {
		t.Error(diff)
	}
}

// Any row is refused, or a person with a reference that can be looked up.
func FuzzParse(f *testing.F) {
	f.Add("C-1,Ada,Lovelace,1815-12-10,a@b.c,5,yes,no,,x,y,z,AU")
	f.Add("\x00,,,,,,maybe,1,0,,,,\xff")
	f.Fuzz(func(t *testing.T, line string) {
		var names []string
		for _, c := range columns {
			names = append(names, c.Name)
		}
		in, err := csvfile.NewReader(strings.NewReader(strings.Join(names, ",")+"\n"+line), csvfile.Format{}, columns...)
		if err != nil {
			t.Fatal(err)
		}
		for row, err := in.Next(); err == nil; row, err = in.Next() {
			if p := parse(row); len(p.wrong) == 0 && (p.ref == "" || strings.Contains(strings.Join(p.address[:], "")+p.ref, "\x00")) {
				t.Errorf("%q is read as %+v", line, p)
			}
		}
	})
}
