package coercion

import (
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/core"
)

// IntRange is the validation rule that refuses a literal Int of more than 32 bits. One of more than 64 is refused by the
// rule ValuesOfCorrectType.
func IntRange(observers *core.Events, addError core.AddErrFunc) {
	observers.OnValue(func(_ *core.Walker, value *ast.Value) {
		if value.Kind != ast.IntValue || value.Definition == nil || value.Definition.Name != "Int" {
			return
		}
		n, err := strconv.ParseInt(value.Raw, 10, 64)
		if err == nil && n != int64(int32(n)) {
			addError(core.Message("Int cannot represent non 32-bit signed integer value: %s", value.Raw), core.At(value.Position))
		}
	})
}
