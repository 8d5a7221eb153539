package graphqlhttp

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

const (
	// CodeBadRequest is the code of a request that is not well-formed.
	CodeBadRequest = "BAD_USER_INPUT"
	// CodePersistedQueryNotSupported is the code of a request that names a document by its hash only. Clients that try this
	// know the code, and send the document.
	CodePersistedQueryNotSupported = "PERSISTED_QUERY_NOT_SUPPORTED"
)

// refusal is the answer to a request that is not well-formed.
type refusal struct {
	status int
	err    *gqlerror.Error
}

func badRequest(format string, args ...any) *gqlerror.Error {
	return &gqlerror.Error{Message: fmt.Sprintf(format, args...), Extensions: map[string]any{"code": CodeBadRequest}}
}

func refuse(status int, format string, args ...any) *refusal {
	return &refusal{status, badRequest(format, args...)}
}

const notText = "the request is not UTF-8 text: a byte, or an escaped half of a surrogate pair, is no character"

// read returns the parameters of a request: the members of the JSON object that is its body, or those of its query string.
// Members of other names are ignored, as the specification says.
func (h *Handler) read(w http.ResponseWriter, r *http.Request) (*graphql.RawParams, *refusal) {
	members, refused := h.members(w, r)
	if refused != nil {
		return nil, refused
	}
	return paramsOf(members, r.Header)
}

// paramsOf returns the parameters that the members say.
func paramsOf(members map[string]any, header http.Header) (*graphql.RawParams, *refusal) {
	params := &graphql.RawParams{Headers: header}
	for _, read := range []func(map[string]any) *refusal{
		text("query", &params.Query), text("operationName", &params.OperationName),
		object("variables", &params.Variables), object("extensions", &params.Extensions),
	} {
		if refused := read(members); refused != nil {
			return nil, refused
		}
	}
	switch {
	case members["query"] == nil && params.Extensions["persistedQuery"] != nil:
		err := badRequest("PersistedQueryNotSupported")
		err.Extensions["code"] = CodePersistedQueryNotSupported
		return nil, &refusal{http.StatusOK, err}
	case members["query"] == nil:
		return nil, refuse(http.StatusBadRequest, "query is required")
	}
	return params, nil
}

// members returns what a request says, by name.
func (h *Handler) members(w http.ResponseWriter, r *http.Request) (map[string]any, *refusal) {
	if r.Method == http.MethodGet {
		return fromQuery(r.URL)
	}
	return h.fromBody(w, r)
}

// fromBody returns the members of the body of a POST request.
func (h *Handler) fromBody(w http.ResponseWriter, r *http.Request) (map[string]any, *refusal) {
	media, parameters, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	charset, named := parameters["charset"]
	if err != nil || media != plainJSON || named && !strings.EqualFold(charset, "utf-8") {
		return nil, refuse(http.StatusUnsupportedMediaType, "the body must have the Content-Type %s, in UTF-8", plainJSON)
	}
	if encoding := r.Header.Get("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return nil, refuse(http.StatusUnsupportedMediaType, "the body must not be encoded: Content-Encoding is not supported")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, h.MaxBody))
	if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
		return nil, refuse(http.StatusRequestEntityTooLarge, "the request body is larger than %d bytes", h.MaxBody)
	}
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "the request body could not be read")
	}
	if !ValidText(body) {
		return nil, refuse(http.StatusBadRequest, notText)
	}
	members, err := decodeObject(body)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "the body: %s", err)
	}
	return members, nil
}

// fromQuery returns the members of a query string, of which variables and extensions are JSON.
func fromQuery(u *url.URL) (map[string]any, *refusal) {
	given, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "the query string cannot be read")
	}
	members := map[string]any{}
	for name, values := range given {
		for _, value := range values {
			if !ValidText([]byte(value)) {
				return nil, refuse(http.StatusBadRequest, notText)
			}
		}
		switch name {
		case "query", "operationName", "variables", "extensions", accessToken:
		default:
			continue
		}
		if len(values) > 1 {
			return nil, refuse(http.StatusBadRequest, "%s is given twice", name)
		}
		if name == accessToken { // which ServeHTTP has read
			continue
		}
		members[name] = values[0]
		if name == "variables" || name == "extensions" {
			if values[0] == "" || values[0] == "null" {
				delete(members, name)
				continue
			}
			if members[name], err = decodeObject([]byte(values[0])); err != nil {
				return nil, refuse(http.StatusBadRequest, "%s: %s", name, err)
			}
		}
	}
	return members, nil
}

// text returns a function that stores the member of the name in to; one that is null or missing stays empty.
func text(name string, to *string) func(map[string]any) *refusal {
	return func(members map[string]any) *refusal {
		value, ok := members[name].(string)
		if !ok && members[name] != nil {
			return refuse(http.StatusBadRequest, "%s must be a string", name)
		}
		*to = value
		return nil
	}
}

// object is text for members that are objects.
func object(name string, to *map[string]any) func(map[string]any) *refusal {
	return func(members map[string]any) *refusal {
		value, ok := members[name].(map[string]any)
		if !ok && members[name] != nil {
			return refuse(http.StatusBadRequest, "%s must be an object", name)
		}
		*to = value
		return nil
	}
}
