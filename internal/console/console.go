// Package console is the page for who runs Daybook: how far each read model is behind and how it is read, what is set aside,
// who waits for what, and what is slow; with buttons for what an operator does about it.
//
// It is made on the server, in one piece, and needs no script. It knows neither the engine nor the jobs: Config gives it
// what to show (State, in state.go) and does what the buttons ask for. A Recorder (history.go) keeps the pictures' numbers
// in memory, so they begin with the process.
//
// Who may see the page is decided around this package; it is for operators only. Requests of other origins must be refused
// there too.
package console

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"html/template"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Config of the page. All fields are required.
type Config struct {
	// Read returns what the page shows.
	Read func(context.Context) (State, error)
	// Act does what a button asks for, as the operator of the request. A Refused error is shown on the page.
	Act func(*http.Request, Action) error
	// History has the numbers of the pictures.
	History *Recorder
	Logger  *slog.Logger
}

// Action is what an operator asks for.
type Action struct {
	// Do is one of Actions.
	Do string
	// Projection is the read model that it is about.
	Projection string
	// Reason is why, in the operator's words; never empty.
	Reason string
}

// Actions are what can be done to a read model: stop and go on refreshing it, compare it with its definition, compute it
// anew, and try all its keys that are set aside again.
var Actions = []string{"pause", "resume", "verify", "rebuild", "retry"}

// maxReason is how long a reason may be, in characters.
const maxReason = 500

// Refused is the error of an action that is not done; its text is for the operator.
type Refused string

// Error is the text.
func (r Refused) Error() string { return string(r) }

//go:embed static
var static embed.FS

var page = template.Must(template.New("").Funcs(template.FuncMap{
	"age": age, "count": count, "share": share, "picture": picture, "since": func(now time.Time, then *time.Time) string { return since(now, then) },
}).ParseFS(static, "static/*.html"))

// csp is the page's Content-Security-Policy: styles of its own, and forms that go to itself.
const csp = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// view is what the template gets.
type view struct {
	State

	History []Sample
	Actions []string
	// Live says that the page loads itself again every ten seconds.
	Live bool
	// Done and Refused tell how the last action went; one of them may be given.
	Done, Refused string
}

// New returns the handler of the page, at GET /, and of its buttons, at POST /console/act.
func New(c Config) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		v := view{Live: r.URL.Query().Has("live")}
		if done := r.URL.Query().Get("done"); done != "" {
			v.Done = "Asked for: " + done + ". A worker does it, and the log of actions below shows when."
		}
		c.show(w, r, http.StatusOK, v)
	})
	mux.HandleFunc("POST /console/act", c.act)
	return mux
}

// act does what the form says and shows the page again.
func (c Config) act(w http.ResponseWriter, r *http.Request) {
	a := Action{Do: r.PostFormValue("do"), Projection: r.PostFormValue("projection"), Reason: strings.TrimSpace(r.PostFormValue("reason"))}
	err := a.check()
	if err == nil {
		err = c.Act(r, a)
	}
	var refused Refused
	switch {
	case errors.As(err, &refused):
		c.show(w, r, http.StatusUnprocessableEntity, view{Refused: refused.Error()})
	case err != nil:
		c.Logger.ErrorContext(r.Context(), "an operator's action failed", "action", a.Do, "projection", a.Projection, "error", err)
		c.show(w, r, http.StatusServiceUnavailable, view{Refused: "It could not be asked for now; the log has why."})
	default:
		http.Redirect(w, r, "/?done="+template.URLQueryEscaper(a.Do+" "+a.Projection), http.StatusSeeOther)
	}
}

// check returns a Refused error if the action is none, or has no reason.
func (a Action) check() error {
	switch {
	case !slices.Contains(Actions, a.Do):
		return Refused("There is no such action.")
	case a.Reason == "":
		return Refused("Say why: the reason is kept in the audit log.")
	case utf8.RuneCountInString(a.Reason) > maxReason:
		return Refused("The reason is too long: 500 characters are enough.")
	}
	return nil
}

func boolean(b bool) int {
	if b {
		return 1
	}
	return 0
}

// show writes the page with the state of this moment.
func (c Config) show(w http.ResponseWriter, r *http.Request, status int, v view) {
	var err error
	if v.State, err = c.Read(r.Context()); err != nil {
		c.Logger.WarnContext(r.Context(), "the console cannot read the database", "error", err)
		v.Unreadable = true
		status = http.StatusServiceUnavailable
	}
	// What wants attention comes first.
	slices.SortStableFunc(v.Projections, func(a, b Projection) int { return boolean(b.Attention()) - boolean(a.Attention()) })
	v.History, v.Actions = c.History.Samples(), Actions
	var text bytes.Buffer
	if err := page.ExecuteTemplate(&text, "console.html", v); err != nil {
		c.Logger.ErrorContext(r.Context(), "the console cannot be written", "error", err)
		http.Error(w, "the page cannot be written", http.StatusInternalServerError)
		return
	}
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Security-Policy", csp)
	header.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(text.Bytes())
}
