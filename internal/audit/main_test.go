package audit_test

import (
	"testing"

	"daybook/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }
