package resolvers

import (
	"bytes"
	"context"
	"net/http"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// validText reports whether text, a JSON or GraphQL source, is UTF-8 and escapes no half of a surrogate pair. Decoders
// make U+FFFD of both, which would then be stored in place of what was meant.
func validText(text []byte) bool {
	if !utf8.Valid(text) {
		return false
	}
	for {
		i := bytes.IndexByte(text, '\\')
		if i < 0 || i+1 == len(text) {
			return true
		}
		first := escaped(text[i:])
		switch {
		case !utf16.IsSurrogate(first):
			text = text[i+2:]
		case utf16.DecodeRune(first, escaped(text[i+6:])) == utf8.RuneError:
			return false
		default:
			text = text[i+12:]
		}
	}
}

// escaped returns the character that text begins with as \uXXXX; 0 if it does not.
func escaped(text []byte) rune {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return 0
	}
	r, err := strconv.ParseUint(string(text[2:6]), 16, 16)
	if err != nil {
		return 0
	}
	return rune(r)
}

const notText = "the request is not UTF-8 text: a byte, or an escaped half of a surrogate pair, is no character"

// refuseNoText refuses the query string of a GET request that is no text.
func refuseNoText(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, values := range r.URL.Query() {
			for _, value := range values {
				if !validText([]byte(value)) {
					refuse(w, http.StatusBadRequest, badInput(notText))
					return
				}
			}
		}
		next.ServeHTTP(w, r)
	})
}

// documentText refuses documents that escape half of a surrogate pair, and requests that name a document by its hash:
// clients that try that first then send the document.
type documentText struct{}

var _ interface {
	graphql.HandlerExtension
	graphql.OperationParameterMutator
} = documentText{}

// ExtensionName names the extension.
func (documentText) ExtensionName() string { return "DocumentText" }

// Validate accepts every schema.
func (documentText) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationParameters looks at the document before it is parsed.
func (documentText) MutateOperationParameters(_ context.Context, request *graphql.RawParams) *gqlerror.Error {
	if request.Query == "" && request.Extensions["persistedQuery"] != nil {
		return coded(CodePersistedQueryNotSupported, "PersistedQueryNotSupported")
	}
	if !validText([]byte(request.Query)) {
		return badInput(notText)
	}
	return nil
}
