package httpserver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"

	"riverqueue.com/riverui"

	"daybook/internal/playground"
)

// The errors of Config.Operator and Sessions for a token or session that may not see River's pages.
var (
	ErrUnknownToken = errors.New("the token is not valid")
	ErrNotOperator  = errors.New("the token's user is not an operator")
)

const (
	riverPath   = "/river"
	riverCookie = "daybook_operator"
)

// riverCSP is the Content-Security-Policy of River's pages, which set styles inline and need no other host.
const riverCSP = "default-src 'none'; script-src 'self'; connect-src 'self'; font-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
	"base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// Sessions are the sessions of operators' browsers. The errors are those of Config.Operator.
type Sessions interface {
	// Begin makes a session of the operator whose token it is, and returns its secret.
	Begin(ctx context.Context, token string) (secret string, err error)
	// Check returns nil if the session has not ended and its user is an operator.
	Check(ctx context.Context, secret string) error
	// End ends the session at once. One that has ended, or never was, is no error.
	End(ctx context.Context, secret string) error
}

// operators guards the pages that are for operators: the console and River's own. They show the jobs of all organizations,
// can cancel them and pause what refreshes, so they need an operator's token; a role in an organization is not enough. A
// browser sends the token once, in a form, and gets a session, as a cookie which any process can check and which signing
// out ends. Requests of other origins that change something are refused.
type operators struct{ Config }

// mountRiver adds /river/ to mux, and signing in and out. River's pages count jobs in the background, from the first request of an
// operator until the context of work ends.
func mountRiver(mux *http.ServeMux, c Config) (work func(context.Context), err error) {
	ui, err := riverui.NewHandler(&riverui.HandlerOpts{
		Endpoints: riverui.NewEndpoints(c.River, nil),
		Logger:    slog.New(quiet{c.Logger.Handler()}),
		Prefix:    riverPath,
	})
	if err != nil {
		return nil, fmt.Errorf("make the River UI: %w", err)
	}
	guard := operators{c}
	protection := http.NewCrossOriginProtection()
	asked := make(chan struct{})
	ask := sync.OnceFunc(func() { close(asked) })
	mux.Handle(riverPath+"/", guard.only(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ask()
		ui.ServeHTTP(w, r)
	})))
	mux.Handle("POST "+riverPath+"/login", protection.Handler(http.HandlerFunc(guard.login)))
	mux.Handle("POST "+riverPath+"/logout", protection.Handler(http.HandlerFunc(guard.logout)))
	if c.Console != nil {
		mux.Handle("GET /{$}", guard.only(c.Console))
		mux.Handle("/console/", guard.only(c.Console))
	}
	return func(ctx context.Context) {
		select {
		case <-asked:
			if err := ui.Start(ctx); err != nil {
				c.Logger.ErrorContext(ctx, "start the River UI", "error", err)
			}
		case <-ctx.Done():
		}
	}, nil
}

// only serves the pages to operators, and the login form to others.
func (g operators) only(pages http.Handler) http.Handler {
	return http.NewCrossOriginProtection().Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", riverCSP)
		w.Header().Set("Cache-Control", "private")
		var err error
		token, secret := Credentials(r)
		switch {
		case token != "":
			err = g.Operator(r.Context(), token)
		case secret != "":
			err = g.Sessions.Check(r.Context(), secret)
		default:
			g.refuse(w, r, http.StatusUnauthorized, "")
			return
		}
		if g.authorized(w, r, err) {
			pages.ServeHTTP(w, r)
		}
	}))
}

// Credentials returns how a request says that it is an operator's: by a token, or else by the secret of a session. Both are
// empty if it does not.
func Credentials(r *http.Request) (token, secret string) {
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return token, ""
	}
	if c, err := r.Cookie(riverCookie); err == nil {
		return "", c.Value
	}
	return "", ""
}

// login begins a session with the token of the form, and goes to the page that had asked for it.
func (g operators) login(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Security-Policy", riverCSP)
	w.Header().Set("Cache-Control", "no-store") // the answer sets a cookie that is a secret
	session, err := g.Sessions.Begin(r.Context(), strings.TrimSpace(r.PostFormValue("token")))
	if g.authorized(w, r, err) {
		http.SetCookie(w, cookie(r, session, 0))
		http.Redirect(w, r, pageAsked(r.PostFormValue("page")), http.StatusSeeOther)
	}
}

// pageAsked returns the page to go to after signing in: the console where that was asked for, else River's pages. No other
// place can be named.
func pageAsked(page string) string {
	if page == "/" {
		return "/"
	}
	return riverPath + "/"
}

// authorized reports whether err, of Operator or Sessions, is nil. If it is not, the request has been answered.
func (g operators) authorized(w http.ResponseWriter, r *http.Request, err error) bool {
	switch {
	case err == nil:
		return true
	case errors.Is(err, ErrUnknownToken):
		g.refuse(w, r, http.StatusUnauthorized, "This token is unknown, expired or revoked, or your session has ended.")
	case errors.Is(err, ErrNotOperator):
		g.refuse(w, r, http.StatusForbidden, "These are the jobs of all organizations, so they are for operators only, whatever your role "+
			"in your organization is. Who has Daybook's command line makes you one: daybook operator grant YOUR-ADDRESS")
	default:
		g.Logger.ErrorContext(r.Context(), "authenticate an operator", "error", err)
		http.Error(w, "cannot authenticate now", http.StatusServiceUnavailable)
	}
	return false
}

// logout ends the session and forgets its cookie.
func (g operators) logout(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	if c, err := r.Cookie(riverCookie); err == nil {
		if err := g.Sessions.End(r.Context(), c.Value); err != nil {
			g.Logger.ErrorContext(r.Context(), "end a session of an operator", "error", err)
			http.Error(w, "cannot end the session now", http.StatusServiceUnavailable)
			return
		}
	}
	http.SetCookie(w, cookie(r, "", -1))
	to := riverPath + "/"
	if g.Console != nil {
		to = "/"
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// refuse answers a browser with the login form and the reason, and any other client with a line of text.
func (g operators) refuse(w http.ResponseWriter, r *http.Request, status int, reason string) {
	if !strings.Contains(r.Header.Get("Accept"), "text/html") {
		http.Error(w, "an operator's token is needed", status)
		return
	}
	form := struct {
		Reason, Token, Page string
		Console, Playground bool
	}{Reason: reason, Page: riverPath + "/", Console: g.Console != nil, Playground: g.Playground != nil}
	if r.URL.Path == "/" || r.PostFormValue("page") == "/" {
		form.Page = "/"
	}
	if playground.OnThisMachine(r) {
		form.Token = g.DevToken
	}
	w.Header().Set("Cache-Control", "no-store")
	write(w, r, g.Logger, status, "login.html", form)
}

func cookie(r *http.Request, value string, maxAge int) *http.Cookie {
	return &http.Cookie{ //nolint:gosec // Secure depends on the request, below
		Name: riverCookie, Value: value, MaxAge: maxAge,
		Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode,
		Secure: encrypted(r),
	}
}

// quiet drops log lines below a warning: River's pages log each request, which observe has logged already.
type quiet struct{ slog.Handler }

// Enabled is part of slog.Handler.
func (q quiet) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && q.Handler.Enabled(ctx, level)
}
