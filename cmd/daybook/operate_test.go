package main

import (
	"io"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/urfave/cli/v3"
)

// TestOperatePage looks in docs/operate.md for every command, for commands that there are not, and for every environment variable that gives a flag's value.
func TestOperatePage(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/operate.md")
	if err != nil {
		t.Fatal(err)
	}
	root := command(io.Discard, io.Discard)
	for _, named := range regexp.MustCompile("(?m)(?:`|^\\$ )daybook ([a-z]+)").FindAllSubmatch(page, -1) {
		if name := string(named[1]); root.Command(name) == nil && name != "completion" { // the library's
			t.Errorf("docs/operate.md names daybook %s, which there is not", name)
		}
	}
	for _, c := range root.Commands {
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
