package pgpool_test

import (
	"testing"

	"daybook/internal/pgpool"
)

func TestStorable(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"abc": "abc", "a\x00c": "a\uFFFD", "\xff\xff\xff": "\uFFFD", "aé€": "aé"} {
		if got := pgpool.Storable(text, 4); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
