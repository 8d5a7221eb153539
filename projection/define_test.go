package projection_test

import (
	"fmt"
	"strings"
	"testing"

	"daybook/projection"
)

// A definition that does not fit is refused when the program starts, not when it is read.
func TestDefineRefuses(t *testing.T) {
	t.Parallel()
	type row struct {
		ProductID int64
		Name      string
	}
	orders := map[string]projection.Order{"NAME": {Column: "name", Type: "text"}}
	for want, definition := range map[string]projection.Definition{
		"cards has no key": {Name: "cards"},
		"cards: no field of projection_test.row holds a column of the key": {Name: "cards", Key: []string{"card_id", "month date"}},
		`cards has no order "AGE"`:                   {Name: "cards", Key: []string{"product_id"}, Orders: orders, DefaultOrder: "AGE"},
		"cards has orders, but is a sum or has an i": {Name: "cards", Key: []string{"product_id"}, Orders: orders, DefaultOrder: "NAME", Sum: true},
	} {
		t.Run(want, func(t *testing.T) {
			defer func() {
				if got := fmt.Sprint(recover()); !strings.HasPrefix(got, "projection: "+want) {
					t.Errorf("it says: %s", got)
				}
			}()
			projection.Define[row](definition)
		})
	}
}
