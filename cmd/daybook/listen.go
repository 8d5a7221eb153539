package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"

	"github.com/urfave/cli/v3"
)

func addrFlag() cli.Flag {
	return &cli.StringFlag{Name: "addr", Value: "127.0.0.1:8080", Usage: "`HOST:PORT` to listen on", Validator: validAddress}
}

func adminAddrFlag() cli.Flag {
	return &cli.StringFlag{
		Name: "admin-addr", Value: "127.0.0.1:8081", Sources: cli.EnvVars("DAYBOOK_ADMIN_ADDR"), Validator: validAddress,
		Usage: "`HOST:PORT` for /metrics and the reasons of /readyz, which ask for no token, and in serve for the playground and /river/; a free port if you name none and this one is taken; nowhere if empty",
	}
}

// validAddress validates where to listen; empty is nowhere.
func validAddress(address string) error {
	if _, _, err := net.SplitHostPort(address); address != "" && err != nil {
		return errors.New("must be HOST:PORT, or :PORT for all addresses")
	}
	return nil
}

// listeners are where a process listens; each is nil for nowhere.
type listeners struct{ main, admin net.Listener }

// listen opens the listeners for the flags --addr and --admin-addr. Commands call it before anything slow, so that an
// address in use is reported at once. The caller closes them.
func listen(ctx context.Context, cmd *cli.Command) (l listeners, err error) {
	open := func(address string) (net.Listener, error) { return new(net.ListenConfig).Listen(ctx, "tcp", address) }
	if address := cmd.String("addr"); address != "" {
		if l.main, err = open(address); err != nil {
			if errors.Is(err, syscall.EADDRINUSE) {
				err = fmt.Errorf("%w: choose another port with --addr (make dev ARGS=\"--addr 127.0.0.1:9000\")", err)
			}
			return l, err
		}
	}
	address := cmd.String("admin-addr")
	if address == "" {
		return l, nil
	}
	l.admin, err = open(address)
	if errors.Is(err, syscall.EADDRINUSE) && !cmd.IsSet("admin-addr") {
		l.admin, err = open("127.0.0.1:0")
	}
	if err != nil {
		l.close()
	}
	return l, err
}

// listenForRequests is listen for a command that is nothing without --addr.
func listenForRequests(ctx context.Context, cmd *cli.Command) (listeners, error) {
	if cmd.String("addr") == "" {
		return listeners{}, misused("--addr must not be empty")
	}
	return listen(ctx, cmd)
}

// close closes what Serve has not closed.
func (l listeners) close() {
	for _, listener := range []net.Listener{l.main, l.admin} {
		if listener != nil {
			_ = listener.Close()
		}
	}
}

// announce says where the metrics are, and the pages where they are beside them.
func (l listeners) announce(w io.Writer) {
	if l.admin != nil {
		fmt.Fprintf(w, "Its metrics and readiness are on http://%[1]s/metrics and http://%[1]s/readyz.\n", l.admin.Addr())
	}
}
