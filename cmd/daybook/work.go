package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/urfave/cli/v3"

	"daybook/internal/notifications"
	"daybook/internal/webhooks"
	"daybook/jobs"
)

func workCommand() *cli.Command {
	return &cli.Command{
		Name:  "work",
		Usage: "run the background jobs, until Ctrl-C; any number of processes may",
		Flags: append(jobPoolFlags(),
			dataDirFlag(), auditRetentionFlag(), refreshViewsFlag(), webhooksAllowPrivateFlag(), smtpURLFlag(), mailFromFlag(), adminAddrFlag(),
			&cli.StringFlag{Name: "addr", Usage: "`HOST:PORT` to answer /healthz and /readyz on; nowhere without", Validator: validAddress},
		),
		Action: untilStopped(work),
	}
}

// auditRetentionFlag is the flag for how long audit events are kept.
func auditRetentionFlag() cli.Flag {
	return &cli.IntFlag{
		Name: "audit-retention", Sources: cli.EnvVars("DAYBOOK_AUDIT_RETENTION"),
		Usage: "delete audit events after so many `DAYS`; 0 keeps them for ever",
		Validator: func(days int) error {
			if days < 0 || days > 36_500 {
				return errors.New("must be from 0 to 36500 days")
			}
			return nil
		},
	}
}

// refreshViewsFlag is the flag for how often materialized views are refreshed though nothing was changed.
func refreshViewsFlag() cli.Flag {
	return &cli.DurationFlag{
		Name: "refresh-views-every", Sources: cli.EnvVars("DAYBOOK_REFRESH_VIEWS_EVERY"),
		Usage: "refresh the materialized views every so often (`5m`), though nothing that they show has changed; 0 does not",
		Validator: func(every time.Duration) error {
			if every != 0 && every < time.Second {
				return errors.New("must be 0, or a second at least")
			}
			return nil
		},
	}
}

// webhooksAllowPrivateFlag is the flag for whether webhooks may lead into private networks.
func webhooksAllowPrivateFlag() cli.Flag {
	return &cli.BoolFlag{
		Name: "webhooks-allow-private", Sources: cli.EnvVars("DAYBOOK_WEBHOOKS_ALLOW_PRIVATE"),
		Usage: "send to webhooks at addresses of private networks and of this machine too",
	}
}

// smtpURLFlag is the flag for where e-mails are handed in.
func smtpURLFlag() cli.Flag {
	return &cli.StringFlag{
		Name: "smtp-url", Sources: cli.EnvVars("DAYBOOK_SMTP_URL"),
		Usage: "hand e-mails to this server, `smtp://USER:PASSWORD@HOST:PORT` or smtps://…; none are made without",
	}
}

// mailFromFlag is the flag for who sends e-mails.
func mailFromFlag() cli.Flag {
	return &cli.StringFlag{Name: "mail-from", Sources: cli.EnvVars("DAYBOOK_MAIL_FROM"), Usage: "the sender of e-mails, `ADDRESS` or NAME <ADDRESS>"}
}

// notificationsConfig returns how users are notified, from the flags.
func notificationsConfig(cmd *cli.Command) (*jobs.Notifications, error) {
	address, from := cmd.String("smtp-url"), cmd.String("mail-from")
	switch {
	case address == "":
		return &jobs.Notifications{}, nil
	case from == "":
		return nil, misused("--mail-from: say who sends the e-mails")
	}
	mailer, err := notifications.NewMailer(address, from)
	if err != nil {
		return nil, misused("--smtp-url, --mail-from: %w", err)
	}
	return &jobs.Notifications{Mailer: mailer}, nil
}

// jobsConfig returns the configuration of a client that works jobs, from the flags.
func jobsConfig(cmd *cli.Command) (jobs.Config, error) {
	told, err := notificationsConfig(cmd)
	if err != nil {
		return jobs.Config{}, err
	}
	return jobs.Config{Work: true, KeepEvents: time.Duration(cmd.Int("audit-retention")) * 24 * time.Hour,
		RenewEvery: cmd.Duration("refresh-views-every"),
		Webhooks: &jobs.Webhooks{Sender: webhooks.NewSender(webhooks.SenderConfig{
			AllowPrivate: cmd.Bool("webhooks-allow-private"), Agent: "Daybook/" + build().version,
		})}, Notifications: told}, nil
}

func work(ctx context.Context, cmd *cli.Command) error {
	config, err := jobsConfig(cmd)
	if err != nil {
		return err
	}
	l, err := listen(ctx, cmd)
	if err != nil {
		return err
	}
	defer l.close()
	return withDatabase(ctx, cmd, existing, func(ctx context.Context, db *database, logger *slog.Logger) error {
		n, err := openNode(ctx, db, logger, config, commandLimits, workingPools(cmd))
		if err != nil {
			return err
		}
		defer n.close()
		if err := n.upToDate(ctx); err != nil {
			return err
		}
		stop, err := n.work(ctx)
		if err != nil {
			return err
		}
		defer stop()
		fmt.Fprintln(cmd.Root().Writer, "Daybook works; Ctrl-C ends it.")
		if l.main != nil {
			fmt.Fprintf(cmd.Root().Writer, "It tells on http://%s/readyz whether it works.\n", l.main.Addr())
		}
		l.announce(cmd.Root().Writer)
		if err := n.serveProbes(ctx, l); err != nil {
			return err
		}
		<-ctx.Done()
		return stopError(ctx)
	})
}
