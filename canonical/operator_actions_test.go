package canonical_test

import (
	"strings"
	"testing"

	"daybook/canonical"
)

// Only an operator's action is saved, with a reason, and the audit log has it.
func TestOperatorActions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	act := func(action, reason string) error {
		_, err := w.OperatorAct(ctx, w.owner, canonical.OperatorAction{Action: action, Projection: "people_summaries", Reason: reason})
		return err
	}
	wantMistakes(t, act("pause", "a test"), " FORBIDDEN")
	must(t, w.OperatorSet(ctx, one[string](w, `SELECT email FROM canonical.users WHERE id = $1`, w.owner.UserID), true))
	must(t, act("pause", "a test"))
	wantMistakes(t, act("destroy", "a test"), "action INVALID")
	wantMistakes(t, act("pause", "  "), "reason REQUIRED")
	wantMistakes(t, act("pause", "\u200b"), "reason REQUIRED") // nobody sees it
	for _, reason := range []string{strings.Repeat("x", 501), "a\x00b", "a\xffb"} {
		wantMistakes(t, act("pause", reason), "reason INVALID")
	}
	if got := one[string](w, `SELECT snapshot ->> 'reason' || ' by ' || actor_id FROM audit.events WHERE relation = 'operator_actions'`); !strings.HasPrefix(got, "a test by ") {
		t.Errorf("the audit log has %q", got)
	}
}
