package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/urfave/cli/v3"
)

// misuse is the error of a command line that cannot be run as it is.
type misuse struct{ error }

// misused returns a misuse with a message.
func misused(format string, args ...any) error { return misuse{fmt.Errorf(format, args...)} }

func (m misuse) Unwrap() error { return m.error }

// exitCode returns 2 for a misuse, and 1 for any other error.
func exitCode(err error) int {
	if _, ok := errors.AsType[misuse](err); ok {
		return 2
	}
	return 1
}

// notEmpty validates a flag that says nothing where it is empty: that is what becomes of a variable that a script has not set.
func notEmpty(value string) error {
	if value == "" {
		return errors.New("must not be empty")
	}
	return nil
}

// strict makes a command, and all below it, return a misuse for flags that are unknown, missing or wrong, for arguments where
// none are asked for, and for a command that does not exist or is left out. A text on the command line is not empty, unless
// its flag has another rule.
func strict(cmd *cli.Command) *cli.Command {
	cmd.OnUsageError = func(_ context.Context, cmd *cli.Command, err error, _ bool) error {
		return misused("%w (%s --help)", err, cmd.FullName())
	}
	for _, flag := range cmd.Flags {
		if text, ok := flag.(*cli.StringFlag); ok && text.Validator == nil && len(text.Sources.Chain) == 0 {
			text.Validator = notEmpty
		}
	}
	if action := cmd.Action; action != nil && cmd.ArgsUsage == "" {
		cmd.Action = func(ctx context.Context, cmd *cli.Command) error {
			if cmd.Args().Present() {
				return misused("%q is one argument too many (%s --help)", cmd.Args().First(), cmd.FullName())
			}
			return action(ctx, cmd)
		}
	}
	if cmd.Action == nil {
		cmd.Action = func(_ context.Context, cmd *cli.Command) error {
			if name := cmd.Args().First(); name != "" {
				return misused("there is no command %q (%s --help)", name, cmd.FullName())
			}
			if err := cli.ShowSubcommandHelp(cmd); err != nil {
				return err
			}
			return misused("name a command")
		}
	}
	for _, sub := range cmd.Commands {
		strict(sub)
	}
	return cmd
}
