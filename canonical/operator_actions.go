package canonical

import (
	"context"
	"fmt"

	"daybook/graph/model"
)

// OperatorAction is what an operator asks for about a read model.
type OperatorAction struct {
	// Action is "pause", "resume", "verify", "rebuild", or "retry" for the keys that are set aside.
	Action string
	// Projection is the read model's name, and Reason why, in 1 to 500 characters; both are kept in the audit log.
	Projection, Reason string
}

// maxReason is how long a reason may be, in characters.
const maxReason = 500

// OperatorAct saves what an operator asks for, and returns its number. The next sweep does it. Who is no operator when it is
// saved gets a user error.
func (s *Store) OperatorAct(ctx context.Context, actor Actor, a OperatorAction) (int64, error) {
	return s.transact(ctx, actor, anyRole, func(u *unitOfWork) (id int64, err error) {
		u.checkRequired("reason", &a.Reason, maxReason)
		if err := u.err(); err != nil {
			return 0, err
		}
		err = u.QueryRow(ctx, `INSERT INTO canonical.operator_actions (user_id, action, projection, reason) VALUES ($1, $2, $3, $4) RETURNING id`,
			actor.UserID, a.Action, a.Projection, a.Reason).Scan(&id)
		if err != nil {
			return 0, fmt.Errorf("save an operator's action: %w", err)
		}
		return id, nil
	})
}

func init() {
	registerConstraints(map[string]model.UserError{
		"operator_actions_operator":  {Path: "", Code: forbidden, Message: "only operators may do this"},
		"operator_actions_action":    {Path: "action", Code: invalid, Message: "is no action"},
		"operator_actions_reason":    {Path: "reason", Code: required, Message: "must be given, in at most 500 characters"},
		"operator_actions_user_fkey": {Path: "userId", Code: notFound, Message: "does not exist"},
	})
}
