package graphqlhttp

import (
	"bytes"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// ValidText reports whether text, a JSON or GraphQL source, is UTF-8 and escapes no half of a surrogate pair, as \uD83D or as
// \u{D83D}. Decoders make U+FFFD of both, which would then be stored in place of what was meant.
func ValidText(text []byte) bool {
	if !utf8.Valid(text) {
		return false
	}
	for {
		i := bytes.IndexByte(text, '\\')
		if i < 0 || i+1 == len(text) {
			return true
		}
		first, length := escaped(text[i:])
		text = text[i+length:]
		if !utf16.IsSurrogate(first) {
			continue
		}
		second, length := escaped(text)
		if utf16.DecodeRune(first, second) == utf8.RuneError {
			return false
		}
		text = text[length:]
	}
}

// escaped returns the character that text begins with as \uXXXX or \u{X…}, 0 if it does not, and how many bytes to go on.
func escaped(text []byte) (r rune, length int) {
	const longest = len(`\u{10FFFF}`)
	if len(text) < 2 || text[0] != '\\' || text[1] != 'u' {
		return 0, min(2, len(text))
	}
	digits, length := text[2:min(6, len(text))], 6
	if closing := bytes.IndexByte(text[:min(longest, len(text))], '}'); closing > 0 && text[2] == '{' {
		digits, length = text[3:closing], closing+1
	}
	n, err := strconv.ParseUint(string(digits), 16, 32)
	if err != nil || length > len(text) {
		return 0, 2
	}
	return rune(n), length
}
