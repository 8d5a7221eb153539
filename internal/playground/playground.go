// Package playground serves GraphiQL, the page for trying out the GraphQL API, at /playground.
//
// The page needs no other server: GraphiQL and its libraries are part of the program (explorer.go), and the page's own code
// stands beside them in page/, as the browser gets it.
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
)

// Config of the page. Endpoint and Logger are required.
type Config struct {
	// Title is shown in the browser's tab; empty means "Daybook".
	Title string
	// Endpoint is the path of the GraphQL API on this server, for example "/graphql".
	Endpoint string
	// Examples holds *.graphql files at its root, offered on the page in the order of their names; nil for none.
	Examples fs.FS
	// DevToken is filled into the page's field of the token for callers on this machine; if it is empty, the user
	// pastes a token. It is for development only.
	DevToken string
	// Links are the other pages of this server that the page's bar names, in their order.
	Links []Link
	// Statements says that the API answers extensions.statements to who asks for it, so that the page shows them.
	Statements bool
	// Pausing lets the page show that lists are exact while nothing is refreshed; nil shows nothing of it.
	Pausing *Pausing
	// Logger is told when a page could not be written.
	Logger *slog.Logger
}

// Link is a page of this server.
type Link struct {
	Path, Name string
}

//go:embed page
var own embed.FS

var page = template.Must(template.ParseFS(own, "page/page.html"))

// csp is the Content-Security-Policy. GraphiQL's editor needs inline styles, and workers; there are no inline scripts.
const csp = "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self' 'unsafe-inline'; " +
	"img-src 'self' data:; font-src 'self' data:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

type view struct {
	Title    string
	Links    []Link
	Settings settings
}

// settings are passed to page.js in the page.
type settings struct {
	Endpoint string    `json:"endpoint"`
	Token    string    `json:"token"` // empty: the user pastes one
	Examples []Example `json:"examples"`
	// Statements and Pausing say what the API and the server allow.
	Statements bool `json:"statements"`
	Pausing    bool `json:"pausing"`
}

// New returns the handler of /playground and everything below it.
func New(c Config) (http.Handler, error) {
	examples, err := readExamples(c.Examples)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	if err := serveExplorer(mux); err != nil {
		return nil, fmt.Errorf("playground: %w", err)
	}
	files, err := fs.Sub(own, "page")
	if err != nil {
		return nil, fmt.Errorf("playground: %w", err)
	}
	for _, name := range []string{"page.js", "answers.js", "copy.js", "examples.js", "promise.js", "statements.js", "storage.js", "page.css"} {
		mux.HandleFunc("GET /playground/"+name, func(w http.ResponseWriter, r *http.Request) {
			http.ServeFileFS(w, r, files, name)
		})
	}
	if c.Pausing != nil {
		mux.Handle("POST /playground/pause", c.Pausing.handler(c.Logger))
	}
	if c.Title == "" {
		c.Title = "Daybook"
	}
	mux.HandleFunc("GET /playground", func(w http.ResponseWriter, r *http.Request) {
		token := ""
		if c.DevToken != "" && OnThisMachine(r) {
			token = c.DevToken
		}
		header := w.Header()
		header.Set("Content-Type", "text/html; charset=utf-8")
		header.Set("Content-Security-Policy", csp)
		header.Set("Cache-Control", "no-store") // it may carry a token
		err := page.Execute(w, view{Title: c.Title, Links: c.Links, Settings: settings{
			Endpoint: c.Endpoint, Token: token, Examples: examples, Statements: c.Statements, Pausing: c.Pausing != nil,
		}})
		if err != nil {
			c.Logger.DebugContext(r.Context(), "playground page not written", "error", err)
		}
	})
	mux.Handle("GET /playground/{$}", http.RedirectHandler("/playground", http.StatusMovedPermanently))
	return mux, nil
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
