package resolvers_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"daybook/internal/pgtest"
	"daybook/internal/requestid"
)

// walker calls the server in every place of the schema, and looks at each answer.
type walker struct {
	likely
	handler http.Handler
	secret  string            // a text that all records of another organization have
	others  map[string]string // ids of that one, by type
	places  map[string]int    // how many places take a type
	turns   map[string]int    // how many hostile values of a type were tried
	// numbers of the walk
	requests, values, refused int
}

// TestWalk calls every query, mutation and subscription, and every field below a query that takes arguments, with hostile values in
// every place: every id of another organization where an id is taken, and scalars, enums, lists and input objects that are wrong,
// extreme, or meant to break something, from variables and in the document in turn. All else in the arguments is likely to be
// accepted. Nothing of the other organization is answered or changed, no fault of the server shows, and every error has a code
// and says where it is.
func TestWalk(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	s := serve(t)
	const secret = "Quixotic"
	other := s.organization("Other")
	w := &walker{likely: likelyFor(s), handler: requestid.Middleware(s.handler), secret: secret, others: s.records(other, secret), turns: map[string]int{}, places: map[string]int{}}
	before := s.checksum(other.organizationID)
	found, unreached := everyPlace(w.schema, w.own)
	for _, typ := range w.schema.PossibleTypes["Node"] {
		if w.own[typ.Name] == "" {
			t.Errorf("make a record of type %s", typ.Name)
		}
	}
	if len(unreached) > 0 {
		t.Errorf("no way leads to %v", unreached)
	}
	counts := map[string]int{}
	found = oneOfEachOperator(found)
	for _, p := range found {
		w.places[p.typ.Name()]++
	}
	for _, p := range found {
		counts[p.operation]++
		w.place(p)
	}
	if after := s.checksum(other.organizationID); after != before {
		t.Errorf("another organization's rows have changed:\n%s\n%s", before, after)
	}
	for name, n := range w.turns {
		if all := len(hostile(w.schema, &ast.Type{NamedType: name})); n < all && len(hostileValues[name]) > 0 {
			t.Errorf("only %d of the %d values of %s were tried", n, all, name)
		}
	}
	if log := s.log.String(); log != "" {
		t.Errorf("the log: %.2000s", log)
	}
	t.Logf("%d places (%v), %d values in %d requests, %d of them refused; 0 answers with something of another organization", len(found), counts, w.values, w.requests, w.refused)
}

// place tries the values of one place.
func (w *walker) place(p place) {
	w.t.Helper()
	if p.typ.Name() == "ID" {
		w.idsOfOthers(p)
	}
	all := hostile(w.schema, p.typ)
	n := len(all)
	if !*pgtest.Thorough {
		n = max(1, (n+w.places[p.typ.Name()]-1)/w.places[p.typ.Name()]) // each value somewhere
	}
	for range n {
		turn := w.turns[p.typ.Name()]
		w.turns[p.typ.Name()]++
		a := w.send(p, []any{all[turn%len(all)]}, turn/len(all)%2 == 1)
		w.check(p, all[turn%len(all)], a)
	}
}

// idsOfOthers tries every id of the other organization, several in one request.
func (w *walker) idsOfOthers(p place) {
	w.t.Helper()
	ids := slices.Sorted(maps.Values(w.others))
	if p.typ.Elem != nil {
		list := make([]any, len(ids))
		for i, id := range ids {
			list[i] = id
		}
		w.check(p, list, w.send(p, []any{list}, false))
		return
	}
	fields := strings.Count(shallow(w.schema, p.field.Type.Name(), 1), " ")
	together := max(1, min(20, 900/max(1, fields)))
	if p.operation == "subscription" {
		together = 1
	}
	for some := range slices.Chunk(ids, together) {
		w.idsTogether(p, some)
	}
}

// idsTogether tries ids in one request, or in several where that would cost too much.
func (w *walker) idsTogether(p place, ids []string) {
	w.t.Helper()
	values := make([]any, len(ids))
	for i, id := range ids {
		values[i] = id
	}
	a := w.send(p, values, false)
	if a.text("errors.0.extensions.code") == "COMPLEXITY_LIMIT_EXCEEDED" && len(ids) > 1 {
		w.idsTogether(p, ids[:len(ids)/2])
		w.idsTogether(p, ids[len(ids)/2:])
		return
	}
	w.check(p, ids, a)
	for i, id := range ids {
		if p.operation == "mutation" && len(p.path) == 1 && p.path[0] == "id" && a.at(fmt.Sprintf("data.it%d.record", i)) != nil {
			w.t.Errorf("%s with %s was accepted: %s", p, id, a)
		}
	}
}

// send makes one operation that has the field once for each value. Mutations that can check alone do no more in every other request.
func (w *walker) send(p place, values []any, inDocument bool) answer {
	w.t.Helper()
	var declared, fields []string
	vars := variables{}
	for i, value := range values {
		given := w.arguments(p.field, p.path, value)
		if p.field.Arguments.ForName("dryRun") != nil && p.path[0] != "dryRun" && w.requests%2 == 0 {
			given["dryRun"] = true
		}
		var passed []string
		for _, name := range slices.Sorted(maps.Keys(given)) {
			typ := p.field.Arguments.ForName(name).Type
			if inDocument {
				passed = append(passed, name+": "+literal(w.schema, typ, given[name]))
				continue
			}
			variable := fmt.Sprintf("%s%d", name, i)
			vars[variable] = given[name]
			declared, passed = append(declared, "$"+variable+": "+typ.String()), append(passed, name+": $"+variable)
		}
		fields = append(fields, fmt.Sprintf("it%d: %s%s%s", i, p.field.Name, inParentheses(passed), shallow(w.schema, p.field.Type.Name(), 1)))
	}
	w.requests++
	w.values += len(values)
	body, err := json.Marshal(map[string]any{"query": p.operation + inParentheses(declared) + " { " + strings.Replace(p.way, "%s", strings.Join(fields, " "), 1) + " }", "variables": vars})
	if err != nil {
		w.t.Fatal(err)
	}
	return w.serve(body, p.operation == "subscription")
}

// serve answers a request without a network; with the first answer of a stream.
func (w *walker) serve(body []byte, stream bool) answer {
	w.t.Helper()
	ctx, cancel := context.WithCancel(w.t.Context())
	defer cancel()
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/graphql", bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+w.token)
	recorder := firstAnswer{ResponseRecorder: httptest.NewRecorder(), end: cancel}
	if stream {
		r.Header.Set("Accept", "text/event-stream")
	}
	w.handler.ServeHTTP(&recorder, r)
	text := recorder.Body.Bytes()
	if stream && recorder.Code == http.StatusOK {
		_, after, _ := bytes.Cut(text, []byte("data: "))
		text, _, _ = bytes.Cut(after, []byte("\n"))
	}
	a := answer{t: w.t, status: recorder.Code, header: recorder.Header()}
	if err := json.Unmarshal(text, &a.body); err != nil {
		w.t.Fatalf("%.500s\nis answered with status %d by %.500q: %v", body, recorder.Code, text, err)
	}
	return a
}

// firstAnswer ends a stream when its first answer has been written.
type firstAnswer struct {
	*httptest.ResponseRecorder
	end context.CancelFunc
}

func (f *firstAnswer) Write(text []byte) (int, error) {
	n, err := f.ResponseRecorder.Write(text)
	if strings.Contains(f.Body.String(), "data: {") {
		f.end()
	}
	return n, err //nolint:wrapcheck // it is the recorder's
}

// check looks at an answer.
func (w *walker) check(p place, value any, a answer) {
	w.t.Helper()
	text := a.String()
	what := fmt.Sprintf("%s with %.100s", p, written(value))
	if a.status >= http.StatusInternalServerError {
		w.t.Errorf("%s has the status %d: %.1000s", what, a.status, text)
	}
	for _, code := range []string{"INTERNAL", "UNAVAILABLE", "TIMEOUT", "UNCOMPUTABLE", "BEHIND"} {
		if strings.Contains(text, `"`+code+`"`) {
			w.t.Errorf("%s: %.1000s", what, text)
		}
	}
	if strings.Contains(text, w.secret) {
		w.t.Errorf("%s shows another organization's record: %s", what, text)
	}
	for _, id := range w.others {
		// What was sent may be repeated, in a report by stores for example; a record of it may not be there.
		sent := strings.Contains(written(value), `"`+id+`"`)
		if strings.Contains(text, `"id": "`+id+`"`) || !sent && strings.Contains(text, `"`+id+`"`) {
			w.t.Errorf("%s shows another organization's %s: %s", what, id, text)
		}
	}
	errors, _ := a.at("errors").([]any)
	for i := range errors {
		at := fmt.Sprintf("errors.%d.", i)
		code, _ := a.at(at + "extensions.code").(string)
		unreadable := strings.Contains(written(value), `\ud`) // the request itself is no JSON
		if code == "" || !unreadable && a.at(at+"path") == nil && a.at(at+"locations") == nil {
			w.t.Errorf("%s: the error has no code or no place: %.1000s", what, text)
		}
	}
	if len(errors) > 0 || mistakesIn(a.at("data"), func(path, code any) {
		if _, ok := path.(string); !ok || code == nil || code == "" {
			w.t.Errorf("%s: a user error has no code or no path: %.1000s", what, text)
		}
	}) {
		w.refused++
	}
}

// mistakesIn gives every user error in an answer to fn, and reports whether there is one.
func mistakesIn(value any, fn func(path, code any)) (found bool) {
	switch v := value.(type) {
	case []any:
		for _, element := range v {
			found = mistakesIn(element, fn) || found
		}
	case map[string]any:
		if v["__typename"] == "UserError" {
			fn(v["path"], v["code"])
			return true
		}
		for _, element := range v {
			found = mistakesIn(element, fn) || found
		}
	}
	return found
}
