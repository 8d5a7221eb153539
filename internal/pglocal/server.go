package pglocal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Server is a running PostgreSQL server that this process started.
type Server struct {
	Endpoint
	place    *place
	proc     *process
	log      *slog.Logger
	stopOnce sync.Once
	stopping chan struct{}
	done     chan struct{}
	err      error
}

// Start starts the server of o.DataDir, and makes the data directory if there is none. When it returns, the server accepts
// connections, and the roles and Database exist. ctx bounds the start only; Stop stops the server.
//
// The error is an ErrNoPostgres, an ErrInUse, or another one that says what to do.
func Start(ctx context.Context, o Options) (_ *Server, err error) {
	log := o.Logger
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	if o.DataDir == "" {
		return nil, errors.New("no data directory given")
	}
	dir, err := filepath.Abs(o.DataDir)
	if err != nil {
		return nil, fmt.Errorf("data directory: %w", err)
	}
	who, err := serverAccount()
	if err != nil {
		return nil, err
	}
	p, err := occupy(dir, who, log)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			p.release()
		}
	}()
	config := maps.Clone(settings)
	maps.Copy(config, o.Settings)
	bin, err := p.prepare(ctx, o, config["fsync"] != "off", log)
	if err != nil {
		return nil, err
	}
	s := &Server{place: p, log: log, stopping: make(chan struct{}), done: make(chan struct{})}
	if err := s.run(ctx, bin, config); err != nil {
		return nil, err
	}
	log.Info("PostgreSQL runs", "version", bin.Major, "socket", s.socketDir, "log", p.logFile())
	return s, nil
}

// prepare finds the programs and makes sure that there is a data directory of their version without a server on it.
func (p *place) prepare(ctx context.Context, o Options, sync bool, log *slog.Logger) (Binaries, error) {
	major, err := existingMajor(p.data())
	if err != nil {
		return Binaries{}, err
	}
	bin, err := provide(ctx, o.BinDir, major, log)
	if err != nil {
		return Binaries{}, err
	}
	switch {
	case major == 0 && o.CopyOf != "":
		return bin, p.copyData(ctx, o.CopyOf)
	case major == 0:
		log.Info("making a new PostgreSQL data directory", "dir", p.data(), "version", bin.Major)
		return bin, p.initialize(ctx, bin, sync)
	case major == bin.Major:
		return bin, clearLeftover(ctx, p.data())
	default:
		return Binaries{}, fmt.Errorf("%s was made by PostgreSQL %d, and the programs in %s are version %d: install version %d, "+
			"or move the data over with pg_dump or pg_upgrade", p.data(), major, bin.Dir, bin.Major, major)
	}
}

// maxLog is the size from which on the next start begins a new log; the old one is kept beside it.
const maxLog = 16 << 20

func (s *Server) run(ctx context.Context, bin Binaries, config map[string]string) error {
	socketDir, err := s.place.makeSocketDir()
	if err != nil {
		return err
	}
	s.Endpoint = Endpoint{socketDir: socketDir}
	file := s.place.logFile()
	if info, err := os.Stat(file); err == nil && info.Size() > maxLog {
		_ = os.Rename(file, file+".old")
	}
	output, err := os.OpenFile(file, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("open PostgreSQL's log: %w", err)
	}
	defer func() { _ = output.Close() }()
	args := []string{"-D", s.place.data(), "-k", socketDir, "-p", port, "-c", "listen_addresses="}
	for _, name := range slices.Sorted(maps.Keys(config)) {
		args = append(args, "-c", name+"="+config[name])
	}
	if err := s.launch(ctx, output, bin.Path("postgres"), args); err != nil {
		return fmt.Errorf("start PostgreSQL: %w\n%s", err, tail(file))
	}
	go s.watch()
	return nil
}

// launch starts the server and waits until it accepts connections. PostgreSQL refuses to start while backends of a killed
// server are still ending, so the start is repeated then.
func (s *Server) launch(ctx context.Context, output *os.File, program string, args []string) error {
	for end := time.Now().Add(fastShutdown); ; {
		before, _ := output.Seek(0, io.SeekEnd)
		var err error
		// SIGQUIT is PostgreSQL's immediate shutdown: the next start recovers.
		if s.proc, err = launch(s.place.account, s.place.cluster, output, syscall.SIGQUIT, program, args...); err != nil {
			return err
		}
		if err = s.bootstrap(ctx); err == nil {
			return nil
		}
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		s.proc.stop(stop)
		cancel()
		said, _ := os.ReadFile(output.Name())
		before = min(before, int64(len(said)))
		if !bytes.Contains(said[before:], []byte("pre-existing shared memory block")) || ctx.Err() != nil || time.Now().After(end) {
			return err
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// bootstrap waits until the server accepts connections and makes sure that the roles and Database exist.
func (s *Server) bootstrap(ctx context.Context) error {
	conn, err := s.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	for _, step := range []struct{ exists, create string }{
		{"SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = '" + Role + "')", "CREATE ROLE " + Role + " LOGIN"},
		{"SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = '" + ApplicationRole + "')", "CREATE ROLE " + ApplicationRole + " LOGIN"},
		{"SELECT EXISTS (SELECT FROM pg_database WHERE datname = '" + Database + "')", "CREATE DATABASE " + Database + " OWNER " + Role},
	} {
		var exists bool
		if err := conn.QueryRow(ctx, step.exists).Scan(&exists); err != nil {
			return fmt.Errorf("look for the roles and the database: %w", err)
		}
		if !exists {
			if _, err := conn.Exec(ctx, step.create); err != nil {
				return fmt.Errorf("create the roles and the database: %w", err)
			}
		}
	}
	return nil
}

// Renew replaces Database by an empty one. Connections to the old one are ended.
func (s *Server) Renew(ctx context.Context) error {
	conn, err := s.connect(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	for _, statement := range []string{"DROP DATABASE IF EXISTS " + Database + " WITH (FORCE)", "CREATE DATABASE " + Database + " OWNER " + Role} {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return fmt.Errorf("renew the database: %w", err)
		}
	}
	return nil
}

// connect waits until the server accepts connections: it refuses them while it starts or recovers.
func (s *Server) connect(ctx context.Context) (*pgx.Conn, error) {
	for {
		conn, err := pgx.Connect(ctx, s.URL(Superuser, "postgres"))
		if err == nil {
			return conn, nil
		}
		if answer, ok := errors.AsType[*pgconn.PgError](err); ok && answer.Code != pgerrcode.CannotConnectNow {
			return nil, err
		}
		select {
		case <-s.proc.done:
			return nil, errors.New("the server ended at once")
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// watch waits for the end of the process, then sets Err and closes Done.
func (s *Server) watch() {
	<-s.proc.done
	select {
	case <-s.stopping:
	default:
		s.err = fmt.Errorf("PostgreSQL ended unexpectedly: %s\n%s", s.proc.cmd.ProcessState, tail(s.place.logFile()))
	}
	close(s.done)
}

// Done returns a channel that is closed when the server has ended, by Stop or by itself.
func (s *Server) Done() <-chan struct{} { return s.done }

// Err returns why the server ended by itself, with the last lines of its log; nil while it runs and after Stop.
func (s *Server) Err() error {
	select {
	case <-s.done:
		return s.err
	default:
		return nil
	}
}

// Stop stops the server and releases the data directory. It disconnects clients and lets the server write everything
// out; when ctx ends first, the server stops at once and recovers at the next Start. Stop returns when the server has
// ended; further calls do nothing. The error is that of Err, if the server had ended by itself before.
func (s *Server) Stop(ctx context.Context) error {
	s.stopOnce.Do(func() {
		select {
		case <-s.done:
		default:
			close(s.stopping)
			s.proc.stop(ctx)
			<-s.done
		}
		s.place.release()
		s.log.Info("PostgreSQL stopped")
	})
	return s.Err()
}
