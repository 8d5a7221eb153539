package csvbooks

import (
	"maps"
	"strings"
	"testing"

	"daybook/internal/csvfile"
)

// A cell that PostgreSQL cannot store, in whichever column, is a mistake of its row, and the others are read.
func TestUnstorableCells(t *testing.T) {
	t.Parallel()
	for kind, c := range map[string]struct {
		columns []csvfile.Column
		key     string
		right   map[string]string
	}{
		"accounts":  {accountColumns, "code", map[string]string{"code": "4199", "name": "Repairs", "type": "income"}},
		"documents": {documentColumns, "document", map[string]string{"kind": "invoice", "document": "A", "party": "Ada Lovelace", "description": "Lamp", "unit_price": "1"}},
		"payments":  {paymentColumns, "external_ref", map[string]string{"external_ref": "P", "amount": "1", "party": "Ada Lovelace"}},
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			b := shop(t)
			line := func(cells map[string]string) string {
				var values []string
				for _, column := range c.columns {
					values = append(values, cells[column.Name])
				}
				return strings.Join(values, ",") + "\n"
			}
			file := strings.Join(header(c.columns), ",") + "\n"
			for _, column := range c.columns {
				cells := maps.Clone(c.right)
				cells[c.key] += strings.ReplaceAll(column.Name, "_", "-")
				cells[column.Name] = "a\x00b"
				file += line(cells)
			}
			counts, err := b.read(file + line(c.right))
			if err != nil || counts.Created < 1 || counts.Created+counts.Refused != len(c.columns)+1 {
				t.Errorf("%+v, %v\n%s", counts, err, b.log.String())
			}
		})
	}
}
