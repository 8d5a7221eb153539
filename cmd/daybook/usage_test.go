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
		"serve --addr here":    "must be HOST:PORT",
		"seed --scale 0":       "must be 1 or more",
		"books verify all":     `"all" is one argument too many`,
		"version --log-level=": "-log-level",
		"token list 1":         `"1" is one argument too many (daybook token list --help)`,
		"export accounts file": `"file" is one argument too many`,
		"member end --email ada@example.com bob@example.com":                                          `"bob@example.com" is one argument too many`,
		"export accounts --output=":                                                                   "must not be empty",
		"import people --report= file":                                                                "must not be empty",
		"export list --query file --as=":                                                              "must not be empty",
		"token create --email ada@example.com --expires 0s":                                           "must be a second or more",
		"token create --email ada@example.com --expires -24h":                                         "must be a second or more",
		"member set --organization 1 --email ada@example.com --role staff --store Unley --all-stores": "--store and --all-stores are not given together",
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
