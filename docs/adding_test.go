// Package docs_test holds the pages that say how to add something, by doing what they say.
package docs_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	// shownFile is a file that a page shows as a whole: the fence names its path behind the language.
	shownFile = regexp.MustCompile("(?ms)^```(?:sql|graphql|go) (\\S+)$\n(.*?)^```$")
	// shownChange is a change of files, as a unified diff.
	shownChange = regexp.MustCompile("(?ms)^```diff$\n(.*?)^```$")
	changedFile = regexp.MustCompile(`(?m)^\+\+\+ (\S+)$`)
)

// pages lists the pages that add something, the files that each of them adds or changes by hand, and its test.
var pages = []struct{ page, files, test string }{
	{"adding-a-read-model.md", "migrations/0160_address_book.sql graph/schema/address_book.graphqls resolvers/address_book.go resolvers/address_book_test.go", "TestAddressBook"},
	{"adding-a-field.md", "resolvers/nickname_test.go migrations/0014_people.sql migrations/0101_people_summaries.sql graph/schema/people.graphqls canonical/people.go", "TestNickname"},
	{"adding-a-mutation.md", "resolvers/payment_reference_test.go graph/schema/payments.graphqls canonical/payments.go resolvers/payments.go", "TestPaymentReferenceSet"},
}

// TestAdding does to one copy of the tree what the pages say, makes the generated code there, and runs the tests that the
// pages show, with those that hold all read models together.
func TestAdding(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds a copy of the tree")
	}
	dir, tests := copyOfTheTree(t), []string{"TestStatementsPrepare", "TestNodes"}
	for _, p := range pages {
		text, err := os.ReadFile(p.page)
		if err != nil {
			t.Fatal(err)
		}
		if files := strings.Join(apply(t, dir, string(text)), " "); files != p.files {
			t.Errorf("%s adds and changes %s, not %s", p.page, files, p.files)
		}
		tests = append(tests, p.test)
	}
	run(t, dir, "go", "run", "./graph/generate")
	out := run(t, dir, "go", "test", "-vet=off", "-v", "-run", "^("+strings.Join(tests, "|")+")$", "./resolvers")
	for _, test := range tests {
		if !strings.Contains(out, "--- PASS: "+test+" ") {
			t.Errorf("%s did not run:\n%s", test, out)
		}
	}
}

// apply writes the files and makes the changes that a page shows, and returns their paths in that order.
func apply(t *testing.T, dir, page string) (paths []string) {
	t.Helper()
	for _, file := range shownFile.FindAllStringSubmatch(page, -1) {
		path := filepath.Join(dir, filepath.FromSlash(file[1]))
		if _, err := os.Stat(path); err == nil {
			t.Fatalf("%s exists already", file[1])
		}
		if err := os.WriteFile(path, []byte(file[2]), 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, file[1])
	}
	for _, change := range shownChange.FindAllStringSubmatch(page, -1) {
		patch := filepath.Join(t.TempDir(), "change.diff")
		if err := os.WriteFile(patch, []byte(change[1]), 0o600); err != nil {
			t.Fatal(err)
		}
		run(t, dir, "git", "apply", "-p0", "--verbose", patch)
		for _, file := range changedFile.FindAllStringSubmatch(change[1], -1) {
			paths = append(paths, file[1])
		}
	}
	return paths
}

// copyOfTheTree copies the files that git knows or would add, and returns the copy's directory.
func copyOfTheTree(t *testing.T) string {
	t.Helper()
	const root = ".."
	list := exec.CommandContext(t.Context(), "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	list.Dir = root
	out, err := list.Output()
	if err != nil {
		t.Fatalf("git ls-files: %v", err)
	}
	dir := t.TempDir()
	for _, name := range strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		text, err := os.ReadFile(filepath.Join(root, name))
		if os.IsNotExist(err) {
			continue // deleted, and not staged yet
		}
		to := filepath.Join(dir, name)
		if err == nil {
			err = os.MkdirAll(filepath.Dir(to), 0o700)
		}
		if err == nil {
			err = os.WriteFile(to, text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// run runs a program in a copy of the tree, which is no part of any git repository, and returns what it prints.
func run(t *testing.T, dir, program string, arguments ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, arguments...)
	cmd.Dir = dir
	cmd.Env = append(cmd.Environ(), "GIT_CEILING_DIRECTORIES="+filepath.Dir(dir))
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", program, strings.Join(arguments, " "), err, out)
	}
	return string(out)
}
