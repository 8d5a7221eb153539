package resolvers_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestPages walks a list forwards and backwards, half of it stored and half of it behind.
func TestPages(t *testing.T) {
	t.Parallel()
	s := serve(t)
	names := make([]string, 7)
	for i := range names {
		names[i] = fmt.Sprintf("Person %d", i)
		s.person(names[i])
		if i == 3 {
			s.refreshed()
		}
	}
	const forward = `query($first: Int, $after: String) { people(first: $first, after: $after) {
		totalCount edges { cursor node { fullName } } nodes { fullName } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`
	const backward = `query($last: Int, $before: String) { people(last: $last, before: $before) {
		totalCount edges { cursor node { fullName } } nodes { fullName } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`

	read := func(a answer) (got []string) {
		t.Helper()
		for i := 0; a.at(fmt.Sprintf("data.people.nodes.%d", i)) != nil; i++ {
			got = append(got, a.text(fmt.Sprintf("data.people.nodes.%d.fullName", i)))
			if edge := a.text(fmt.Sprintf("data.people.edges.%d.node.fullName", i)); edge != got[i] {
				t.Errorf("node %d is %s, its edge %s", i, got[i], edge)
			}
		}
		if a.text("data.people.pageInfo.startCursor") != a.text("data.people.edges.0.cursor") {
			t.Errorf("the start cursor is not that of the first edge: %s", a)
		}
		a.want(map[string]string{"data.people.totalCount": "7"})
		return got
	}
	all := make([]string, 0, len(names))
	vars := variables{"first": 3}
	for range 3 {
		a := s.must(forward, vars)
		all = append(all, read(a)...)
		vars["after"] = a.at("data.people.pageInfo.endCursor")
	}
	if !slices.Equal(all, names) {
		t.Errorf("forwards: %v", all)
	}
	all = nil
	vars = variables{"last": 3}
	for range 3 {
		a := s.must(backward, vars)
		all = append(read(a), all...)
		vars["before"] = a.at("data.people.pageInfo.startCursor")
	}
	if !slices.Equal(all, names) {
		t.Errorf("backwards: %v", all)
	}

	s.must(forward, variables{"first": 3}).want(map[string]string{
		"data.people.pageInfo.hasNextPage": "true", "data.people.pageInfo.hasPreviousPage": "false",
	})
	s.must(`{ people(first: 0) { totalCount nodes { id } pageInfo { startCursor endCursor } } }`, nil).want(map[string]string{
		"data.people": `{"nodes":[],"pageInfo":{"endCursor":null,"startCursor":null},"totalCount":7}`,
	})
}

func TestPageArguments(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.person("Ada")
	cursor := s.must(`{ people { pageInfo { endCursor } } }`, nil).text("data.people.pageInfo.endCursor")
	for _, arguments := range []string{
		`first: -1`, `first: 201`, `last: 201`, `last: -1`, `first: 1, last: 1`,
		`after: "x"`, `before: ""`, `after: "` + strings.Repeat("A", 5000) + `"`,
		// A cursor of one order is none of another.
		`after: "` + cursor + `", orderBy: {field: CREATED_AT}`,
	} {
		a := s.call(`{ list: people(`+arguments+`) { nodes { id } } }`, nil)
		a.want(map[string]string{
			"data.list":                "null",
			"errors.0.path":            `["list"]`,
			"errors.0.extensions.code": "BAD_USER_INPUT",
			"errors.1":                 "null",
		})
	}
	s.must(`{ people(first: 200) { nodes { id } } }`, nil)
}
