package daybook_test

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	fence    = regexp.MustCompile("(?ms)^```.*?^```$")
	code     = regexp.MustCompile("`[^`\n]+`")
	link     = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading  = regexp.MustCompile(`(?m)^#+ +(.+)$`)
	anchored = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
	// requirement is a line of go.mod that is not "// indirect".
	requirement = regexp.MustCompile(`(?m)^\t(\S+?)(?:/v\d+)? v\S+$`)
	named       = regexp.MustCompile("`((?:[a-z_]+/)+[a-z0-9_]+\\.(?:go|sql|graphqls|md))`")
)

// TestLinksResolve follows every relative link of the documentation to a file, and to a heading where it names one. A path
// in the text between backquotes is followed too.
func TestLinksResolve(t *testing.T) {
	t.Parallel()
	links := 0
	for file, text := range pages(t) {
		text = fence.ReplaceAllString(text, "")
		for _, match := range link.FindAllStringSubmatch(code.ReplaceAllString(text, ""), -1) {
			target, anchor, _ := strings.Cut(match[1], "#")
			if strings.Contains(target, "://") {
				continue
			}
			links++
			to := file
			if target != "" {
				to = filepath.Join(filepath.Dir(file), target)
			}
			if _, err := os.Stat(to); err != nil {
				t.Errorf("%s: %s leads nowhere", file, match[1])
			} else if anchor != "" && !anchors(t, to)[anchor] {
				t.Errorf("%s: %s has no heading %q", file, to, anchor)
			}
		}
		for _, match := range named.FindAllStringSubmatch(text, -1) {
			links++
			if _, err := os.Stat(match[1]); err != nil {
				t.Errorf("%s names %s, which is not there", file, match[1])
			}
		}
	}
	if links < 40 {
		t.Errorf("only %d links were found", links)
	}
}

// TestEveryDependencyHasItsReason looks for each direct requirement of go.mod, or for a path above it, in
// docs/dependencies.md.
func TestEveryDependencyHasItsReason(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	reasons, direct := pages(t)["docs/dependencies.md"], 0
	for _, match := range requirement.FindAllStringSubmatch(string(text), -1) {
		direct++
		name := strings.TrimPrefix(match[1], "github.com/")
		for !regexp.MustCompile(`[| ]` + regexp.QuoteMeta(name) + `(/…)?[, ]`).MatchString(reasons) {
			if name = path.Dir(name); !strings.Contains(name, "/") && !strings.Contains(name, ".io") {
				t.Errorf("docs/dependencies.md has no reason for %s", match[1])
				break
			}
		}
	}
	if direct < 10 {
		t.Errorf("only %d requirements were found", direct)
	}
}

// pages returns the text of every Markdown file of the tree, by its path.
func pages(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(".", func(file string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && file != "." && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "node_modules"):
			return filepath.SkipDir
		case filepath.Ext(file) == ".md":
			text, err := os.ReadFile(file)
			files[filepath.ToSlash(file)] = string(text)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// anchors returns the names by which a link reaches the headings of a page.
func anchors(t *testing.T, file string) map[string]bool {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, match := range heading.FindAllStringSubmatch(fence.ReplaceAllString(string(text), ""), -1) {
		names[strings.ReplaceAll(anchored.ReplaceAllString(strings.ToLower(match[1]), ""), " ", "-")] = true
	}
	return names
}
