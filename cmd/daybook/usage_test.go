package main

import (
	"strings"
	"testing"
)

// A command line that cannot be run ends with exit code 2 and says what is wrong with it.
func TestMisuse(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"frobnicate":       `no command "frobnicate"`,
		"token frobnicate": `no command "frobnicate" (daybook token --help)`,
		"import":           "name a command",
		"dev --frobnicate": "-frobnicate",
		"operator grant":   "name one e-mail address",
		"member set --organization 1 --email ada@example.com --role boss": "must be owner, manager, accountant, staff or reader",
		"member set --email ada@example.com --role owner":                 `"organization" not set`,
		"--log-format xml dev": "must be text or json",
		"--log-level loud dev": "unknown name",
		"seed --scale many":    "many",
		"serve --addr=":        "--addr must not be empty",
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			var stdout, stderr output
			err := run(t.Context(), append([]string{"daybook"}, strings.Fields(line)...), &stdout, &stderr)
			if err == nil || exitCode(err) != 2 || !strings.Contains(err.Error(), want) {
				t.Errorf("%v", err)
			}
		})
	}
}
