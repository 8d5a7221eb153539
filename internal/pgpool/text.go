package pgpool

import (
	"strings"
	"unicode/utf8"
)

// Storable returns at most limit bytes of a text, as PostgreSQL can store it: what another server has said may be in another encoding.
func Storable(text string, limit int) string {
	text = strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
	for len(text) > limit {
		text = text[:limit]
		for !utf8.ValidString(text) {
			text = text[:len(text)-1]
		}
	}
	return text
}
