package playground

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	gqlgen "github.com/99designs/gqlgen/graphql/playground"

	"daybook/internal/pgtest"
)

// get sends a request from this machine, or from the given remote address to the given host.
func get(t *testing.T, h http.Handler, path string, from ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "http://localhost:8080"+path, nil)
	r.RemoteAddr = "127.0.0.1:50000"
	if len(from) == 2 {
		r.RemoteAddr, r.Host = from[0], from[1]
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// pageSettings returns the settings that page.js would read.
func pageSettings(t *testing.T, body string) settings {
	t.Helper()
	m := regexp.MustCompile(`(?s)<script type="application/json" id="settings">(.*?)</script>`).FindStringSubmatch(body)
	if m == nil {
		t.Fatalf("no settings in the page:\n%s", body)
	}
	var s settings
	if err := json.Unmarshal([]byte(m[1]), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

func handler(t *testing.T, c Config) (http.Handler, *bytes.Buffer) {
	t.Helper()
	var log bytes.Buffer
	c.Endpoint, c.Logger = "/graphql", slog.New(slog.NewTextHandler(&log, nil))
	h, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return h, &log
}

// fetched returns a directory with the real files, from npm.
func fetched(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("npm"); err != nil {
		t.Skip("npm is not installed: the playground's files cannot be fetched")
	}
	dir := filepath.Join(t.TempDir(), "playground")
	if err := Fetch(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

// The page loads the same files with the same hashes as gqlgen's own playground.
func TestFilesAreThoseOfGqlgen(t *testing.T) {
	t.Parallel()
	w := get(t, gqlgen.Handler("", "/graphql"), "/")
	theirs := map[string]string{}
	tag := regexp.MustCompile(`(?:src|href)="([^"]+)"\s+integrity="([^"]+)"`)
	for _, m := range tag.FindAllStringSubmatch(strings.ReplaceAll(w.Body.String(), "&#43;", "+"), -1) {
		theirs[m[1]] = m[2]
	}
	if len(theirs) != len(files) {
		t.Errorf("gqlgen's page loads %d files, ours %d", len(theirs), len(files))
	}
	for _, f := range files {
		if theirs[f.URL] != f.Integrity {
			t.Errorf("%s: our hash is %q, gqlgen's %q", f.URL, f.Integrity, theirs[f.URL])
		}
	}
}

func TestLocalFiles(t *testing.T) {
	pgtest.Long(t)
	t.Parallel()
	dir := fetched(t)
	h, _ := handler(t, Config{AssetDir: dir})
	w := get(t, h, "/playground")
	if body := w.Body.String(); strings.Contains(body, "http://") || strings.Contains(body, "https://") {
		t.Errorf("the page names another host:\n%s", body)
	}
	if policy := w.Header().Get("Content-Security-Policy"); policy == "" || strings.Contains(policy, "http") {
		t.Errorf("Content-Security-Policy: %q", policy)
	}
	for _, m := range regexp.MustCompile(`(?:src|href)="(/[^"]+)"`).FindAllStringSubmatch(w.Body.String(), -1) {
		if got := get(t, h, m[1]); got.Code != http.StatusOK || got.Body.Len() == 0 {
			t.Errorf("%s answers %d with %d bytes", m[1], got.Code, got.Body.Len())
		}
	}
	t.Run("a second fetch finds all there", func(t *testing.T) {
		before, err := os.Stat(filepath.Join(dir, "graphiql.min.js"))
		if err != nil {
			t.Fatal(err)
		}
		if err := Fetch(t.Context(), dir); err != nil {
			t.Fatal(err)
		}
		after, err := os.Stat(filepath.Join(dir, "graphiql.min.js"))
		if err != nil {
			t.Fatal(err)
		}
		if !os.SameFile(before, after) {
			t.Error("the file was fetched again")
		}
	})
	t.Run("one changed byte sends the page to the CDN", func(t *testing.T) {
		name := filepath.Join(dir, "graphiql.min.js")
		if err := os.WriteFile(name, []byte("alert(1)"), 0o600); err != nil {
			t.Fatal(err)
		}
		h, log := handler(t, Config{AssetDir: dir})
		w := get(t, h, "/playground")
		if !strings.Contains(w.Body.String(), `src="`+cdn) || !strings.Contains(w.Header().Get("Content-Security-Policy"), cdn) {
			t.Error("the page does not load from the CDN, or may not")
		}
		if !strings.Contains(log.String(), "graphiql.min.js") || !strings.Contains(log.String(), "has the hash") {
			t.Errorf("the log does not say why: %s", log)
		}
	})
}

func TestWithoutFilesThePageLoadsFromTheCDN(t *testing.T) {
	t.Parallel()
	h, log := handler(t, Config{AssetDir: t.TempDir()})
	body := get(t, h, "/playground").Body.String()
	for _, f := range files {
		want := f.URL + `" integrity="` + f.Integrity + `"`
		if !strings.Contains(strings.ReplaceAll(body, "&#43;", "+"), want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if !strings.Contains(log.String(), "CDN") {
		t.Errorf("the log does not name the CDN: %s", log)
	}
}

func TestTokenIsGivenOnThisMachineOnly(t *testing.T) {
	t.Parallel()
	h, _ := handler(t, Config{DevToken: "secret-token"})
	for _, c := range []struct {
		remote, host string
		want         bool
	}{
		{"127.0.0.1:1", "localhost:8080", true},
		{"[::1]:1", "[::1]:8080", true},
		{"127.0.0.1:1", "127.0.0.1", true},
		{"127.0.0.1:1", "rebound.example:8080", false},
		{"127.0.0.1:1", "localhost.example", false},
		{"192.0.2.7:1", "localhost:8080", false},
	} {
		t.Run(c.remote+" to "+c.host, func(t *testing.T) {
			headers := pageSettings(t, get(t, h, "/playground", c.remote, c.host).Body.String()).Headers
			if got := headers["Authorization"] == "Bearer secret-token"; got != c.want {
				t.Errorf("token given: %v, want %v", got, c.want)
			}
			if headers["Daybook-Read"] != "auto" {
				t.Errorf("headers: %v", headers)
			}
		})
	}
}

// A proxy on this machine calls from it, on behalf of somebody elsewhere.
func TestTokenIsNotGivenThroughProxies(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]bool{
		"Accept": true, "Forwarded": false, "Via": false, "X-Real-Ip": false, "X-Forwarded-For": false, "x-forwarded-proto": false, "X-Forwarded-Host": false,
	} {
		t.Run(header, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, "http://localhost:8080/playground", nil)
			r.RemoteAddr = "127.0.0.1:50000"
			r.Header.Set(header, "for=192.0.2.7")
			if got := OnThisMachine(r); got != want {
				t.Errorf("on this machine: %v, want %v", got, want)
			}
		})
	}
}

func TestExamples(t *testing.T) {
	t.Parallel()
	h, _ := handler(t, Config{Examples: fstest.MapFS{
		"02-create_person.graphql": {Data: []byte("mutation { x }")},
		"02-create_person.json":    {Data: []byte(`{"name": "</script><script>alert(1)</script>"}`)},
		"01-people.graphql":        {Data: []byte("# Find people\n{ people { nodes { id } } }")},
		"README.md":                {Data: []byte("not an example")},
	}})
	got := pageSettings(t, get(t, h, "/playground").Body.String()).Examples
	want := []Example{
		{Title: "Find people", Query: "# Find people\n{ people { nodes { id } } }"},
		{Title: "create person", Query: "mutation { x }", Variables: `{"name": "</script><script>alert(1)</script>"}`},
	}
	if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("examples: %+v\nwant %+v", got, want)
	}
}

func TestFetchKeepsNoFileWithAnotherHash(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	archive := fakeArchive(t, "package/graphiql.min.js", "alert(1)")
	if err := unpack(archive, dir); err == nil || !strings.Contains(err.Error(), "has the hash") {
		t.Errorf("unpack: %v", err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}
