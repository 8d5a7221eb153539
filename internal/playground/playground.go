// Package playground serves GraphiQL, the page for trying out the GraphQL API, at /playground.
//
// The page needs four files of the npm packages graphiql, react and react-dom. Fetch downloads them into a directory
// once; from then on the page needs no other server. Their hashes are pinned (files.go) and checked before a file is
// served. If a file is missing or has another hash, the page loads all of them from a CDN, under the same hashes, and
// the log says so.
//
// The version of GraphiQL and the hashes are those of gqlgen's own playground; a test compares them.
package playground

import (
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"
)

// Config of the page. Endpoint and Logger are required.
type Config struct {
	// Title is shown in the browser's tab; empty means "Daybook".
	Title string
	// Endpoint is the path of the GraphQL API on this server, for example "/graphql".
	Endpoint string
	// AssetDir is the directory that Fetch filled; empty or incomplete means the CDN.
	AssetDir string
	// Examples holds *.graphql files at its root, offered on the page in the order of their names; nil for none.
	Examples fs.FS
	// DevToken is filled into the page's Authorization header for callers on this machine; if it is empty, the user
	// pastes a token. It is for development only.
	DevToken string
	// Logger is told whether the page's files are served from AssetDir or the CDN.
	Logger *slog.Logger
}

//go:embed static
var static embed.FS

var page = template.Must(template.ParseFS(static, "static/page.html"))

// csp is the format of the Content-Security-Policy; %[1]s is a blank and the CDN's host, or empty. GraphiQL's editor needs
// inline styles; there are no inline scripts.
const csp = "default-src 'none'; script-src 'self'%[1]s; style-src 'self' 'unsafe-inline'%[1]s; " +
	"img-src 'self' data:; font-src 'self' data:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// placeholder is the token's place in the headers until the user pastes one.
const placeholder = "<paste a token>"

type view struct {
	Title    string
	Files    map[string]file
	Settings settings
}

// settings are passed to page.js in the page.
type settings struct {
	Endpoint string            `json:"endpoint"`
	Headers  map[string]string `json:"headers"`
	Examples []Example         `json:"examples"`
}

// New returns the handler of /playground and everything below it.
func New(c Config) (http.Handler, error) {
	examples, err := readExamples(c.Examples)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	files, policy := assets(c, mux)
	own, err := fs.Sub(static, "static")
	if err != nil {
		return nil, fmt.Errorf("playground: %w", err)
	}
	for _, name := range []string{"page.js", "page.css"} {
		mux.HandleFunc("GET /playground/"+name, func(w http.ResponseWriter, r *http.Request) {
			http.ServeFileFS(w, r, own, name)
		})
	}
	if c.Title == "" {
		c.Title = "Daybook"
	}
	mux.HandleFunc("GET /playground", func(w http.ResponseWriter, r *http.Request) {
		token := placeholder
		if c.DevToken != "" && OnThisMachine(r) {
			token = c.DevToken
		}
		header := w.Header()
		header.Set("Content-Type", "text/html; charset=utf-8")
		header.Set("Content-Security-Policy", policy)
		header.Set("Cache-Control", "no-store") // it may carry a token
		err := page.Execute(w, view{Title: c.Title, Files: files, Settings: settings{
			Endpoint: c.Endpoint,
			Headers:  map[string]string{"Authorization": "Bearer " + token, "Daybook-Read": "auto"},
			Examples: examples,
		}})
		if err != nil {
			c.Logger.DebugContext(r.Context(), "playground page not written", "error", err)
		}
	})
	mux.Handle("GET /playground/{$}", http.RedirectHandler("/playground", http.StatusMovedPermanently))
	return mux, nil
}

// assets returns where the page loads its files from, and the policy that allows it. Files in c.AssetDir are added to
// mux; without them it is the CDN.
func assets(c Config, mux *http.ServeMux) (map[string]file, string) {
	local, err := readVerified(c.AssetDir)
	if err != nil {
		c.Logger.Warn("the playground takes its files from the CDN", "cdn", cdn, "reason", err)
		return byName(files), fmt.Sprintf(csp, " "+cdn)
	}
	served := make([]file, len(files))
	for i, f := range files {
		content := local[f.Name]
		// The version is part of the path, so a browser may keep the file for ever.
		f.URL = "/playground/" + f.Package + "/" + f.Name
		mux.HandleFunc("GET "+f.URL, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
			http.ServeContent(w, r, f.Name, time.Time{}, strings.NewReader(content))
		})
		served[i] = f
	}
	c.Logger.Info("the playground serves its own files", "directory", c.AssetDir)
	return byName(served), fmt.Sprintf(csp, "")
}

// OnThisMachine reports whether the request comes from this machine and was sent to a loopback name. The name is checked
// against DNS rebinding: a page of another site may have pointed its own name to 127.0.0.1.
// A request that a proxy passes on comes from elsewhere, wherever the proxy itself is.
func OnThisMachine(r *http.Request) bool {
	return loopback(r.RemoteAddr) && loopback(r.Host) && !proxied(r.Header)
}

// proxied tells whether a header stands there that only proxies set.
func proxied(h http.Header) bool {
	for name := range h {
		switch {
		case name == "Forwarded", name == "Via", name == "X-Real-Ip", strings.HasPrefix(name, "X-Forwarded-"):
			return true
		}
	}
	return false
}

func loopback(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = hostport
	}
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return ip != nil && ip.IsLoopback()
}

// JSON returns the settings for a script element of type application/json; the encoder escapes < > and &.
func (s settings) JSON() (template.JS, error) {
	text, err := json.Marshal(s)
	return template.JS(text), err //nolint:gosec // JSON made here, with < > & escaped, is safe inside a script element
}
