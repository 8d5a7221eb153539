package resolvers_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// audit is a request with what the specification GraphQL over HTTP wants of its answer.
type audit struct {
	// method is POST where it is empty; a GET has its body in the query string.
	method string
	// accept is the header Accept; empty for none.
	accept string
	// contentType is application/json where it is empty; "none" for none.
	contentType string
	body        string
	// from and to are the range of the status; to is from where it is 0.
	from, to int
	// media is the media type of the answer; empty for any.
	media string
	// noErrors and noData say that the answer must not have these entries.
	noErrors, noData bool
}

// audits are those of the package graphql-http 1.22 and later for servers, by their ids.
func audits() map[string]audit {
	const typename, named, byName = `{"query":"{ __typename }"}`, `{"query":"query Query { __typename }","operationName":"Query"}`,
		`{"query":"query Type($name: String!) { __type(name: $name) { name } }","variables":{"name":"sometype"}}`
	const noJSON, noDocument, noField, noValue, noQuery = `{ "not a JSON`, `{"query":"{"}`, `{"query":"{ 8f31403dfe404bccbb0e835f2629c6a7 }"}`,
		`{"query":"query CoerceFailure($id: ID!){ __typename }","variables":{"id":null}}`, `{"qeury":"{ __typename }"}`
	all := map[string]audit{
		"22EB": {accept: responseJSON, body: typename, from: 200, media: responseJSON},
		"4655": {accept: plainJSON, body: typename, from: 200, media: plainJSON},
		"47DE": {accept: "*/*", body: typename, from: 200, media: plainJSON},
		"80D8": {body: typename, from: 200, media: plainJSON},
		"82A3": {body: typename, from: 200},
		"BF61": {contentType: "application/json; charset=utf-8", body: `{"query":"{ __type(name: \"Run🏃Swim🏊\") { name } }"}`, from: 200},
		"78D5": {body: typename, from: 200},
		"2C94": {body: typename, from: 200},
		"5A70": {method: http.MethodGet, contentType: "none", body: typename, from: 200},
		"9C48": {method: http.MethodGet, accept: responseJSON, contentType: "none", body: `{"query":"mutation { __typename }"}`, from: 400, to: 499},
		"9ABE": {contentType: "none", body: typename, from: 400, to: 499},
		"03D4": {body: typename, from: 200},
		"A5BF": {from: 400},
		"423L": {accept: responseJSON, body: `{"notquery":"{ __typename }"}`, from: 400},
		"34A2": {accept: responseJSON, body: typename, from: 200},
		"13EE": {accept: plainJSON, body: typename, from: 200, noErrors: true},
		"8161": {accept: responseJSON, body: named, from: 200},
		"B8B3": {accept: plainJSON, body: named, from: 200, noErrors: true},
		"2EA1": {accept: responseJSON, body: byName, from: 200},
		"28B9": {accept: plainJSON, body: byName, from: 200, noErrors: true},
		"D6D5": {method: http.MethodGet, accept: responseJSON, body: byName, from: 200, noErrors: true},
		"6A70": {method: http.MethodGet, accept: plainJSON, body: byName, from: 200, noErrors: true},
		"428F": {accept: responseJSON, body: `{"query":"{ __typename }","extensions":{"some":"value"}}`, from: 200},
		"1B7A": {accept: plainJSON, body: `{"query":"{ __typename }","extensions":{"some":"value"}}`, from: 200, noErrors: true},
		"B6DC": {accept: plainJSON, body: noJSON, from: 200, to: 599},
		"BCF8": {accept: plainJSON, body: noJSON, from: 400},
		"B7N8": {accept: responseJSON, body: noJSON, from: 400},
		"8764": {body: noQuery, from: 400, to: 599},
		"3E3A": {body: noQuery, from: 400},
		"572B": {accept: plainJSON, body: noDocument, from: 200},
		"FDE2": {accept: plainJSON, body: noField, from: 200},
		"7B9B": {accept: plainJSON, body: noValue, from: 200},
		"865D": {accept: responseJSON, body: noDocument, from: 400, to: 599},
		"556A": {accept: responseJSON, body: noDocument, from: 400},
		"D586": {accept: responseJSON, body: noDocument, from: 400, noData: true},
		"51FE": {accept: responseJSON, body: noField, from: 400, to: 599},
		"74FF": {accept: responseJSON, body: noField, from: 400},
		"5E5B": {accept: responseJSON, body: noField, from: 400, noData: true},
		"86EE": {accept: responseJSON, body: noValue, from: 400},
	}
	for i, value := range []string{`{"an":"object"}`, `0`, `false`, `["array"]`} {
		all["LKJ"+strconv.Itoa(i)] = audit{body: `{"query":` + value + `}`, from: 400}
		all["6C0"+strconv.Itoa(i)] = audit{body: `{"query":"{ __typename }","operationName":` + value + `}`, from: 400}
	}
	for i, value := range []string{`"string"`, `0`, `false`, `["array"]`} {
		all["476"+strconv.Itoa(i)] = audit{body: `{"query":"{ __typename }","variables":` + value + `}`, from: 400}
		all["58B"+strconv.Itoa(i)] = audit{body: `{"query":"{ __typename }","extensions":` + value + `}`, from: 400}
	}
	for i, parameter := range []string{"variables", "operationName", "extensions"} {
		body := `{"query":"{ __typename }","` + parameter + `":null}`
		all["94B"+strconv.Itoa(i)] = audit{accept: responseJSON, body: body, from: 200, noErrors: true}
		all["022"+strconv.Itoa(i)] = audit{accept: plainJSON, body: body, from: 200, noErrors: true}
	}
	return all
}

// The audits of the reference implementation of GraphQL over HTTP pass, all of them.
func TestAudits(t *testing.T) {
	t.Parallel()
	s := serve(t)
	all := audits()
	if len(all) != 61 {
		t.Fatalf("there are %d audits", len(all))
	}
	for id, c := range all {
		t.Run(id, func(t *testing.T) {
			status, header, text := c.send(t, s)
			if c.to == 0 {
				c.to = c.from
			}
			if status < c.from || status > c.to {
				t.Errorf("status %d, want %d to %d", status, c.from, c.to)
			}
			if !strings.HasPrefix(header.Get("Content-Type"), c.media) {
				t.Errorf("the answer is %s, want %s", header.Get("Content-Type"), c.media)
			}
			var entries map[string]any
			if !utf8.Valid(text) || json.Unmarshal(text, &entries) != nil {
				t.Fatalf("%q is no answer", text)
			}
			_, errors := entries["errors"]
			_, data := entries["data"]
			if errors && c.noErrors || data && c.noData {
				t.Errorf("%s", text)
			}
		})
	}
}

// send sends the request of an audit as a client would that sets no other headers.
func (c audit) send(t *testing.T, s *service) (status int, header http.Header, text []byte) {
	t.Helper()
	method, path, body := http.MethodPost, s.url, io.Reader(strings.NewReader(c.body))
	if c.method == http.MethodGet {
		var members map[string]json.RawMessage
		if err := json.Unmarshal([]byte(c.body), &members); err != nil {
			t.Fatal(err)
		}
		query := url.Values{}
		for name, value := range members {
			text := string(value)
			if name == "query" {
				if err := json.Unmarshal(value, &text); err != nil {
					t.Fatal(err)
				}
			}
			query.Set(name, text)
		}
		method, path, body = http.MethodGet, s.url+"?"+query.Encode(), nil
	}
	r, err := http.NewRequestWithContext(t.Context(), method, path, body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+s.token)
	if c.accept != "" {
		r.Header.Set("Accept", c.accept)
	}
	switch c.contentType {
	case "none":
	case "":
		r.Header.Set("Content-Type", plainJSON)
	default:
		r.Header.Set("Content-Type", c.contentType)
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if text, err = io.ReadAll(response.Body); err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, response.Header, text
}
