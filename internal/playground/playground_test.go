package playground

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
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

// The page names no other host, and everything it names is there, whether the browser accepts gzip or not.
func TestFiles(t *testing.T) {
	t.Parallel()
	h, _ := handler(t, Config{Links: []Link{{Path: "/", Name: "console"}}})
	w := get(t, h, "/playground")
	body := w.Body.String()
	if strings.Contains(body, "http://") || strings.Contains(body, "https://") || !strings.Contains(body, `<a href="/">console</a>`) {
		t.Errorf("the page names another host, or lacks its link:\n%s", body)
	}
	if policy := w.Header().Get("Content-Security-Policy"); policy == "" || strings.Contains(policy, "http") {
		t.Errorf("Content-Security-Policy: %q", policy)
	}
	names := regexp.MustCompile(`(?:src|href)="(/playground/[^"]+)"`)
	var paths []string
	for _, m := range names.FindAllStringSubmatch(body, -1) {
		paths = append(paths, m[1])
	}
	imports := regexp.MustCompile(`from '\./([^']+)'`)
	for _, script := range []string{"page.js", "answers.js", "copy.js", "examples.js", "promise.js", "statements.js", "storage.js"} {
		for _, m := range imports.FindAllStringSubmatch(get(t, h, "/playground/"+script).Body.String(), -1) {
			paths = append(paths, "/playground/"+m[1])
		}
	}
	for _, worker := range []string{"editor", "graphql", "json"} {
		paths = append(paths, "/playground/explorer/"+worker+".worker.js")
	}
	for _, path := range append(paths, "/playground/explorer/LICENSES.txt") {
		got := get(t, h, path)
		if got.Code != http.StatusOK || got.Body.Len() == 0 || got.Header().Get("Content-Type") == "" {
			t.Errorf("%s answers %d with %d bytes of %q", path, got.Code, got.Body.Len(), got.Header().Get("Content-Type"))
		}
	}
}

// A bundled file is sent as it is stored, plain to a client without gzip, and not again to one that has it.
func TestBundledFiles(t *testing.T) {
	t.Parallel()
	h, _ := handler(t, Config{})
	ask := func(header, value string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, "/playground/explorer/explorer.js", nil)
		r.Header.Set(header, value)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	plain, packed := ask("Accept", "*/*"), ask("Accept-Encoding", "gzip, deflate, br")
	content, err := unpack(packed.Body.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(content, plain.Body.Bytes()) || packed.Header().Get("Content-Encoding") != "gzip" || plain.Header().Get("Content-Encoding") != "" {
		t.Errorf("%d bytes plain, %d packed: %v, %v", plain.Body.Len(), packed.Body.Len(), plain.Header(), packed.Header())
	}
	if again := ask("If-None-Match", plain.Header().Get("ETag")); again.Code != http.StatusNotModified || again.Body.Len() > 0 {
		t.Errorf("asked again: %d with %d bytes", again.Code, again.Body.Len())
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
			body := get(t, h, "/playground", c.remote, c.host).Body.String()
			if got := pageSettings(t, body).Token == "secret-token"; got != c.want || strings.Contains(body, "secret-token") != c.want {
				t.Errorf("token given: %v, want %v", got, c.want)
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
		"01-people.graphql":        {Data: []byte("# Find people\n# Know your people\n{ people { nodes { id } } }")},
		"README.md":                {Data: []byte("not an example")},
	}})
	got := pageSettings(t, get(t, h, "/playground").Body.String()).Examples
	want := []Example{
		{Title: "Find people", Job: "Know your people", Query: "# Find people\n# Know your people\n{ people { nodes { id } } }"},
		{Title: "create person", Query: "mutation { x }", Variables: `{"name": "</script><script>alert(1)</script>"}`},
	}
	if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("examples: %+v\nwant %+v", got, want)
	}
}
