package main

import (
	"io"
	"os"
	"strings"
	"testing"

	"github.com/urfave/cli/v3"
)

// TestOperatePage looks in docs/operate.md for every command, and for every environment variable that gives a flag's value.
func TestOperatePage(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/operate.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range command(io.Discard, io.Discard).Commands {
		if !strings.Contains(string(page), "`daybook "+c.Name) {
			t.Errorf("docs/operate.md does not name daybook %s", c.Name)
		}
		for _, sub := range append(c.Commands, c) {
			if !strings.Contains(string(page), sub.Name) {
				t.Errorf("docs/operate.md does not name daybook %s %s", c.Name, sub.Name)
			}
			for _, flag := range sub.Flags {
				if flag, ok := flag.(cli.DocGenerationFlag); ok {
					for _, variable := range flag.GetEnvVars() {
						if !strings.Contains(string(page), "`"+variable+"`") {
							t.Errorf("docs/operate.md does not name %s", variable)
						}
					}
				}
			}
		}
	}
}
