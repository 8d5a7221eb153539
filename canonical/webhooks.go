package canonical

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"daybook/graph/model"
)

// webhook is a row of canonical.webhooks, without its secrets.
type webhook struct {
	master
	URL, Description, Document string
	Types, Actions             []string
	DisabledAt                 *time.Time
}

const (
	selectWebhook = `SELECT id, version, url, description, document, types, actions, disabled_at, archived_at FROM canonical.webhooks`
	maxURL        = 2000
	maxDocument   = 20_000
	// secretPrefix begins secrets as receivers are given them, by the Standard Webhooks specification.
	secretPrefix = "whsec_"
	// formerSecretFor is how long the secret before the last one signs too.
	formerSecretFor = 24 * time.Hour
)

// WebhookCreate registers an endpoint, which is sent all changes whose transactions have not ended yet, or begin later. It
// returns its key and, unless the write was repeated, its secret, which nobody can read again.
func (s *Store) WebhookCreate(ctx context.Context, actor Actor, in model.WebhookCreateInput) (id int64, secret string, err error) {
	id, err = s.transact(ctx, actor, approvers, func(u *unitOfWork) (int64, error) {
		key := randomBytes()
		secret = secretPrefix + base64.StdEncoding.EncodeToString(key)
		id, err := u.saveWebhook(ctx, webhook{}, model.WebhookUpdateInput(in), key)
		if err != nil {
			return 0, err
		}
		_, err = u.Exec(ctx, `INSERT INTO canonical.webhook_positions (organization_id, webhook_id, epoch, transaction, event_id)
			SELECT $1, $2, feed.epoch, pg_snapshot_xmin(pg_current_snapshot()), 0 FROM audit.feed`, actor.OrganizationID, id)
		if err != nil {
			return 0, fmt.Errorf("save the webhook's position: %w", err)
		}
		return id, nil
	})
	return id, secret, err
}

// WebhookUpdate changes the given fields, and makes the actor the member for whom payloads are made.
func (s *Store) WebhookUpdate(ctx context.Context, actor Actor, id int64, expectedVersion *int, in model.WebhookUpdateInput) (int64, error) {
	return s.transact(ctx, actor, approvers, func(u *unitOfWork) (int64, error) {
		w, err := loadLive[webhook](ctx, u, id, expectedVersion, selectWebhook)
		if err != nil {
			return 0, err
		}
		return u.saveWebhook(ctx, w, in, nil)
	})
}

// WebhookEnable has changes sent again, from where the endpoint stands. One that is enabled already stays as it is.
func (s *Store) WebhookEnable(ctx context.Context, actor Actor, id int64, expectedVersion *int) (int64, error) {
	return s.setWebhookDisabled(ctx, actor, id, expectedVersion, false)
}

// WebhookDisable has nothing sent any more. One that is disabled already stays as it is.
func (s *Store) WebhookDisable(ctx context.Context, actor Actor, id int64, expectedVersion *int) (int64, error) {
	return s.setWebhookDisabled(ctx, actor, id, expectedVersion, true)
}

func (s *Store) setWebhookDisabled(ctx context.Context, actor Actor, id int64, expectedVersion *int, disabled bool) (int64, error) {
	return s.transact(ctx, actor, approvers, func(u *unitOfWork) (int64, error) {
		w, err := loadLive[webhook](ctx, u, id, expectedVersion, selectWebhook)
		if err != nil || (w.DisabledAt != nil) == disabled {
			return id, err
		}
		return u.changeRecord(id, `UPDATE canonical.webhooks SET disabled_at = `+map[bool]string{true: "now()", false: "NULL"}[disabled]+`
			WHERE organization_id = $1 AND id = $2`), nil
	})
}

// WebhookSecretRotate makes another secret and returns it, unless the write was repeated. The former one signs too for 24 hours.
func (s *Store) WebhookSecretRotate(ctx context.Context, actor Actor, id int64, expectedVersion *int) (key int64, secret string, err error) {
	key, err = s.transact(ctx, actor, approvers, func(u *unitOfWork) (int64, error) {
		if _, err := loadLive[webhook](ctx, u, id, expectedVersion, selectWebhook); err != nil {
			return 0, err
		}
		made := randomBytes()
		secret = secretPrefix + base64.StdEncoding.EncodeToString(made)
		_, err := u.Exec(ctx, `UPDATE canonical.webhooks SET secret = $3, former_secret = secret, former_until = now() + $4::interval
			WHERE organization_id = $1 AND id = $2`, actor.OrganizationID, id, made, formerSecretFor)
		if err != nil {
			return 0, fmt.Errorf("save the secret: %w", err)
		}
		return id, nil
	})
	return key, secret, err
}

// WebhookArchive takes an endpoint out of use: nothing is sent to it. One that is archived already stays as it is.
func (s *Store) WebhookArchive(ctx context.Context, actor Actor, id int64, expectedVersion *int) (int64, error) {
	return s.transact(ctx, actor, approvers, func(u *unitOfWork) (int64, error) {
		return archive[webhook](ctx, u, id, expectedVersion, selectWebhook, "webhooks")
	})
}

// WebhookRestore brings an archived endpoint back. One that is live already stays as it is.
func (s *Store) WebhookRestore(ctx context.Context, actor Actor, id int64, expectedVersion *int) (int64, error) {
	return s.transact(ctx, actor, approvers, func(u *unitOfWork) (int64, error) {
		return restore[webhook](ctx, u, id, expectedVersion, selectWebhook, "webhooks")
	})
}

// saveWebhook checks the endpoint with the given fields set, saves it and returns its key. secret is the one of a new endpoint.
// Whether the document is valid is for the caller to say.
func (u *unitOfWork) saveWebhook(ctx context.Context, w webhook, in model.WebhookUpdateInput, secret []byte) (int64, error) {
	set(&w.URL, in.URL)
	set(&w.Description, in.Description)
	set(&w.Document, in.Document)
	if types, given := in.Types.ValueOK(); given {
		w.Types = w.Types[:0]
		for _, typ := range types {
			w.Types = append(w.Types, typ.CanonicalType())
		}
	}
	if actions, given := in.Actions.ValueOK(); given {
		w.Actions = w.Actions[:0]
		for _, action := range actions {
			w.Actions = append(w.Actions, strings.ToLower(string(action)))
		}
	}
	u.checkRequired("url", &w.URL, maxURL)
	if w.URL != "" && !isWebhookURL(w.URL) {
		u.addError("url", invalid, "must be an http or https address, without a user, a password and a fragment")
	}
	u.checkText("description", &w.Description, maxText)
	u.checkText("document", &w.Document, maxDocument)
	if err := u.err(); err != nil {
		return 0, err
	}
	r := row{table: "webhooks", columns: columns{
		{"url", w.URL}, {"description", w.Description}, {"document", w.Document}, {"member_id", u.actor.UserID},
		{"types", distinct(w.Types)}, {"actions", distinct(w.Actions)},
	}}
	if secret != nil {
		r.fixed = columns{{"secret", secret}}
	}
	return u.save(ctx, w.ID, r)
}

// distinct returns the texts in their order, each once; never nil.
func distinct(texts []string) []string {
	return append([]string{}, slices.Compact(slices.Sorted(slices.Values(texts)))...)
}

// isWebhookURL reports whether something can be sent to the address. Where it leads is looked at when something is sent.
func isWebhookURL(text string) bool {
	u, err := url.Parse(text)
	if err != nil {
		return false
	}
	if u.Port() != "" {
		if port, err := strconv.ParseUint(u.Port(), 10, 16); err != nil || port == 0 {
			return false
		}
	}
	return (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.User == nil && u.Fragment == "" &&
		!strings.ContainsAny(text, "# \t\n")
}

// WebhookDeliveriesReplay has deliveries sent again, or now, and returns the first one's key: those of one record in their order, and
// before later ones that are still to be sent. Those that are being sent are left as they are.
func (s *Store) WebhookDeliveriesReplay(ctx context.Context, actor Actor, ids []model.ID) (int64, error) {
	return s.transact(ctx, actor, approvers, func(u *unitOfWork) (int64, error) {
		keys, err := u.lockDeliveries(ctx, ids)
		if err != nil {
			return 0, err
		}
		_, err = u.Exec(ctx, `UPDATE canonical.webhook_deliveries SET attempts = 0, state = CASE WHEN canonical_id IS NULL OR canonical_type IS NULL THEN 'pending' ELSE 'waiting' END,
				next_attempt_at = now(), failure = '', version = version + 1
			WHERE organization_id = $1 AND id = ANY ($2) AND (claimed_until IS NULL OR claimed_until < now())
				AND (state IN ('delivered', 'given_up') OR state = 'pending' AND next_attempt_at > now())`, actor.OrganizationID, keys)
		if err == nil {
			err = u.sendNext(ctx, keys)
		}
		if err != nil {
			return 0, fmt.Errorf("replay deliveries: %w", err)
		}
		return keys[0], nil
	})
}

// WebhookDeliveriesGiveUp settles deliveries that were not delivered, so that the next ones of their records are sent, and returns
// the first one's key. One that is being sent may be delivered all the same.
func (s *Store) WebhookDeliveriesGiveUp(ctx context.Context, actor Actor, ids []model.ID) (int64, error) {
	return s.transact(ctx, actor, approvers, func(u *unitOfWork) (int64, error) {
		keys, err := u.lockDeliveries(ctx, ids)
		if err != nil {
			return 0, err
		}
		_, err = u.Exec(ctx, `UPDATE canonical.webhook_deliveries SET state = 'given_up', claimed_until = NULL, version = version + 1
			WHERE organization_id = $1 AND id = ANY ($2) AND state IN ('waiting', 'pending')`, actor.OrganizationID, keys)
		if err == nil {
			err = u.sendNext(ctx, keys)
		}
		if err != nil {
			return 0, fmt.Errorf("give deliveries up: %w", err)
		}
		return keys[0], nil
	})
}

// sendNext lets the oldest unsettled deliveries be sent of the records that the deliveries are of.
func (u *unitOfWork) sendNext(ctx context.Context, keys []int64) error {
	_, err := u.Exec(ctx, `SELECT canonical.webhook_next($1, webhook_id, canonical_type, canonical_id)
		FROM (SELECT DISTINCT webhook_id, canonical_type, canonical_id FROM canonical.webhook_deliveries WHERE organization_id = $1 AND id = ANY ($2)) AS record`,
		u.actor.OrganizationID, keys)
	return err
}

// lockDeliveries returns the keys of the deliveries, and keeps workers from claiming and settling those of their endpoints.
func (u *unitOfWork) lockDeliveries(ctx context.Context, ids []model.ID) ([]int64, error) {
	if len(ids) == 0 || len(ids) > maxRows {
		return nil, reject("ids", invalid, fmt.Sprintf("must be 1 to %d", maxRows))
	}
	keys := make([]int64, len(ids))
	for i, id := range ids {
		keys[i] = id.Key
	}
	_, err := u.Exec(ctx, `SELECT FROM canonical.webhook_positions WHERE organization_id = $1 AND webhook_id IN (
			SELECT webhook_id FROM canonical.webhook_deliveries WHERE organization_id = $1 AND id = ANY ($2))
		ORDER BY webhook_id FOR NO KEY UPDATE`, u.actor.OrganizationID, keys)
	if err != nil {
		return nil, fmt.Errorf("lock the webhooks: %w", err)
	}
	rows, _ := u.Query(ctx, `SELECT id FROM canonical.webhook_deliveries WHERE organization_id = $1 AND id = ANY ($2)`, u.actor.OrganizationID, keys)
	found, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return nil, fmt.Errorf("look up deliveries: %w", err)
	}
	for i, id := range ids {
		if id.Type != "WebhookDelivery" || !slices.Contains(found, id.Key) {
			u.addError(fmt.Sprintf("ids.%d", i), notFound, "does not exist")
		}
	}
	return keys, u.err()
}

// MemberNow returns a member as they are now, without a token; ErrUnauthenticated if the membership has ended.
func MemberNow(ctx context.Context, db Querier, organizationID, userID int64) (*Principal, error) {
	p, err := principal(db.QueryRow(ctx, `SELECT `+principalColumns+`
		FROM canonical.memberships AS membership
		JOIN canonical.users AS users ON users.id = membership.user_id
		JOIN canonical.organizations AS organization ON organization.id = membership.organization_id
		CROSS JOIN (VALUES (true)) AS token (made_by_another) -- nobody is an operator without a token
		WHERE membership.organization_id = $1 AND membership.user_id = $2 AND membership.ended_at IS NULL`, organizationID, userID))
	if err != nil && !errors.Is(err, ErrUnauthenticated) {
		err = fmt.Errorf("look up the member: %w", err)
	}
	return p, err
}

func init() {
	registerConstraints(map[string]model.UserError{
		"webhooks_url_form":        {Path: "url", Code: invalid, Message: "must be an http or https address, without a user, a password and a fragment"},
		"webhooks_actions":         {Path: "actions", Code: invalid, Message: "has an action that does not exist"},
		"webhooks_document_length": {Path: "document", Code: invalid, Message: "is too long"},
		"webhooks_member_fkey":     {Path: "", Code: forbidden, Message: "your role does not allow this"},
		"webhooks_archived":        {Path: "id", Code: state, Message: "is archived"},
	})
}
