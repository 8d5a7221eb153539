package httpserver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"riverqueue.com/riverui"

	"daybook/internal/playground"
)

// What Config.Operator returns for a token that does not open River's page.
var (
	ErrUnknownToken = errors.New("the token is not valid")
	ErrNotOperator  = errors.New("the token's user is not an operator")
)

const (
	riverPath   = "/river"
	riverCookie = "daybook_river"
)

// riverCSP names no other host; River's page sets styles inline.
const riverCSP = "default-src 'none'; script-src 'self'; connect-src 'self'; font-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
	"base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// riverUI guards River's own page. It shows the jobs of every organization and can cancel them and pause queues, so
// it takes an operator's token: no role in an organization is enough. A browser gives it once, in a form; the cookie that it then sends is the token itself,
// which any process can check and which nothing but this path sees. Other origins may send nothing that changes
// anything.
type riverUI struct {
	Config
	ui http.Handler
}

// mountRiver adds /river/ and returns what starts its background work, which ends with the context it is given.
func mountRiver(mux *http.ServeMux, c Config) (start func(context.Context) error, err error) {
	ui, err := riverui.NewHandler(&riverui.HandlerOpts{
		Endpoints: riverui.NewEndpoints(c.River, nil),
		Logger:    slog.New(quiet{c.Logger.Handler()}),
		Prefix:    riverPath,
	})
	if err != nil {
		return nil, fmt.Errorf("make the River UI: %w", err)
	}
	guard := &riverUI{Config: c, ui: ui}
	protection := http.NewCrossOriginProtection()
	mux.Handle(riverPath+"/", protection.Handler(guard))
	mux.Handle("POST "+riverPath+"/login", protection.Handler(http.HandlerFunc(guard.login)))
	mux.Handle("POST "+riverPath+"/logout", protection.Handler(http.HandlerFunc(guard.logout)))
	return ui.Start, nil
}

// ServeHTTP lets operators through to River's page.
func (g *riverUI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Security-Policy", riverCSP)
	w.Header().Set("Cache-Control", "private")
	token, given := sessionToken(r)
	if !given {
		g.refuse(w, r, http.StatusUnauthorized, "")
		return
	}
	if g.operates(w, r, token) {
		g.ui.ServeHTTP(w, r)
	}
}

// login turns a token into a cookie for as long as the browser stays open.
func (g *riverUI) login(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Security-Policy", riverCSP)
	w.Header().Set("Cache-Control", "no-store") // the answer sets a cookie that is a token
	token := strings.TrimSpace(r.PostFormValue("token"))
	if g.operates(w, r, token) {
		http.SetCookie(w, cookie(r, token, 0))
		http.Redirect(w, r, riverPath+"/", http.StatusSeeOther)
	}
}

// operates tells whether a token is an operator's; if not, it has answered the request.
func (g *riverUI) operates(w http.ResponseWriter, r *http.Request, token string) bool {
	switch err := g.Operator(r.Context(), token); {
	case err == nil:
		return true
	case errors.Is(err, ErrUnknownToken):
		g.refuse(w, r, http.StatusUnauthorized, "This token is unknown, expired or revoked.")
	case errors.Is(err, ErrNotOperator):
		g.refuse(w, r, http.StatusForbidden, "These are the jobs of all organizations, so they are for operators only, whatever your role "+
			"in your organization is. Who has Daybook's command line makes you one: daybook operator grant YOUR-ADDRESS")
	default:
		g.Logger.ErrorContext(r.Context(), "authenticate for the River UI", "error", err)
		http.Error(w, "cannot authenticate now", http.StatusServiceUnavailable)
	}
	return false
}

func (g *riverUI) logout(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	http.SetCookie(w, cookie(r, "", -1))
	http.Redirect(w, r, riverPath+"/", http.StatusSeeOther)
}

// refuse answers with the reason: a browser gets the form, everything else a line.
func (g *riverUI) refuse(w http.ResponseWriter, r *http.Request, status int, reason string) {
	if !strings.Contains(r.Header.Get("Accept"), "text/html") {
		http.Error(w, "an operator's token is needed", status)
		return
	}
	form := struct{ Reason, Token string }{Reason: reason}
	if playground.OnThisMachine(r) {
		form.Token = g.DevToken
	}
	w.Header().Set("Cache-Control", "no-store")
	write(w, r, g.Logger, status, "login.html", form)
}

// sessionToken is the token of a request, from its cookie or, for programs, from its Authorization header.
func sessionToken(r *http.Request) (string, bool) {
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return token, true
	}
	c, err := r.Cookie(riverCookie)
	if err != nil {
		return "", false
	}
	return c.Value, true
}

func cookie(r *http.Request, value string, maxAge int) *http.Cookie {
	return &http.Cookie{ //nolint:gosec // Secure depends on the request, below
		Name: riverCookie, Value: value, MaxAge: maxAge,
		Path: riverPath, HttpOnly: true, SameSite: http.SameSiteStrictMode,
		// A proxy in front may have ended TLS; a false claim can only make the cookie stricter.
		Secure: r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https",
	}
}

// quiet drops what River's page says below a warning: a line for each of its own requests, which are logged already.
type quiet struct{ slog.Handler }

// Enabled is part of slog.Handler.
func (q quiet) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && q.Handler.Enabled(ctx, level)
}
