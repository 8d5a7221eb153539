package jobs

import (
	"cmp"
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"

	"daybook/internal/notifications"
)

// Notifications is what notifying users needs.
type Notifications struct {
	// Mailer sends e-mails; nil sends none, and none are made.
	Mailer *notifications.Mailer
	// FirstPause and Lease are those of Webhooks.
	FirstPause, Lease time.Duration
}

// notificationModels are the read models of notifications.
var notificationModels = []string{"notifications", "unread_notifications"}

// MailsArgs is the job that sends the e-mails that are due.
type MailsArgs struct{}

// Kind is the job's name in River.
func (MailsArgs) Kind() string { return "mails" }

// InsertOpts allows one such job of a period to wait or run. Several may: each is given other e-mails. None is repeated, since
// what it leaves is due again.
func (MailsArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: QueueMails, UniqueOpts: onePerPeriod, MaxAttempts: 1}
}

// mailsAtOnce is how many e-mails a job sends at once.
const mailsAtOnce = 4

type mailsWorker struct {
	river.WorkerDefaults[MailsArgs]
	pool   *pgxpool.Pool
	config Notifications
}

// Timeout is that of attempts.
func (*mailsWorker) Timeout(*river.Job[MailsArgs]) time.Duration { return attemptsTimeout }

// Work sends e-mails until none is due.
func (w *mailsWorker) Work(ctx context.Context, _ *river.Job[MailsArgs]) error {
	_, err := attemptAll(ctx, func(ctx context.Context) (claimed []notifications.Mail, more bool, err error) {
		claimed, err = notifications.ClaimMails(ctx, w.pool, cmp.Or(w.config.Lease, 2*time.Minute), mailsAtOnce)
		if err == nil && len(claimed) == 0 { // those of users who were revoked are settled, and make no mails
			more, err = notifications.DueMails(ctx, w.pool)
		}
		return claimed, more, err
	}, w.send)
	return err
}

// send makes one attempt and notes how it has ended. A failure is not noted if the worker is cut off, which may be its cause.
func (w *mailsWorker) send(ctx context.Context, m *notifications.Mail) error {
	forGood, err := w.config.Mailer.Send(ctx, m)
	failure := ""
	if err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		failure = err.Error()
	}
	ctx, cancel := toSettle(ctx)
	defer cancel()
	return notifications.SettleMail(ctx, w.pool, m, failure, forGood, pause(w.config.FirstPause, m.Attempt))
}
