package main

import (
	"bytes"
	"io"
	"os"
	"testing"
)

// What the program prints is the file that clients read in the repository.
func TestSchema(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := run(t.Context(), []string{"daybook", "schema"}, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	saved, err := os.ReadFile("../../docs/schema.graphql")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(out.Bytes(), saved) {
		t.Error("docs/schema.graphql is out of date: make generate writes it")
	}
}
