-- The heartbeat: one row that every process writes from time to time, to know whether writes can succeed.

-- +goose Up

CREATE TABLE engine.heartbeat (
    one boolean CONSTRAINT heartbeat_pkey PRIMARY KEY DEFAULT true CONSTRAINT heartbeat_one_row CHECK (one),
    at timestamptz NOT NULL
);
COMMENT ON TABLE engine.heartbeat IS 'When a process last wrote successfully: always one row.';
INSERT INTO engine.heartbeat (at) VALUES (now());

-- +goose StatementBegin
-- beat writes the heartbeat, and before it some temporary blocks, since the row alone finds room on a full disk. It runs as
-- the owner of the table, so that every role may call it.
CREATE FUNCTION engine.beat() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog SET work_mem = '64kB' SET temp_tablespaces = ''
BEGIN ATOMIC
    UPDATE engine.heartbeat SET at = clock_timestamp()
    WHERE (SELECT count(*) FROM (SELECT sha256(int4send(n)) FROM generate_series(1, 4000) AS n ORDER BY 1 OFFSET 0) AS sorted) = 4000;
END;
-- +goose StatementEnd
COMMENT ON FUNCTION engine.beat() IS 'Writes the heartbeat; fails where nothing can be written: on a standby, in a read-only transaction, on a full disk.';
