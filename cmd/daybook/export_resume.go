package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"daybook/internal/csvfile"
	"daybook/resolvers"
)

// checkpoint is how far an export that can be resumed has come: it is kept in a file beside what was written, from one page to the
// next, and removed when the export is complete.
type checkpoint struct {
	// Export tells apart what is exported, and by whom; empty before the first page.
	Export string
	// Cursor is that of the last row. Rows and Bytes are how much was written up to its end.
	Cursor string
	Rows   int
	Bytes  int64

	path   string
	export string
	file   *csvfile.Output
}

// readCheckpoint reads the checkpoint of the export to a path; one of nothing where there is none.
func readCheckpoint(path string) (*checkpoint, error) {
	c := &checkpoint{path: path + ".resume"}
	if info, err := os.Lstat(c.path); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("--resume: %s is no regular file: remove it to begin anew", c.path)
	}
	text, err := os.ReadFile(c.path)
	if errors.Is(err, os.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return nil, fmt.Errorf("--resume: %w", err)
	}
	if err := json.Unmarshal(text, c); err != nil || c.Export == "" || c.Cursor == "" || c.Rows <= 0 || c.Bytes <= 0 {
		return nil, fmt.Errorf("--resume: %s does not say where to go on: remove it to begin anew", c.path)
	}
	return c, nil
}

// of returns an error if what was written is of another export.
func (c *checkpoint) of(e resolvers.ListExport) error {
	described, err := json.Marshal([]any{e.OrganizationID, e.UserID, e.Document, e.Variables})
	if err != nil {
		return fmt.Errorf("--resume: %w", err)
	}
	sum := sha256.Sum256(described)
	c.export = hex.EncodeToString(sum[:])
	if c.Export != "" && c.Export != c.export {
		return fmt.Errorf("--resume: what was written is of another query, other variables or another member: remove %s to begin anew", c.path)
	}
	return nil
}

// reached keeps that the rows up to a cursor are written. What is behind them in the file is cut off when the export is resumed.
func (c *checkpoint) reached(cursor string, rows int) error {
	size, err := c.file.Seek(0, io.SeekCurrent)
	if err != nil {
		return fmt.Errorf("see how much is written: %w", err)
	}
	if err := c.file.Sync(); err != nil {
		return fmt.Errorf("write the output: %w", err)
	}
	c.Export, c.Cursor, c.Rows, c.Bytes = c.export, cursor, rows, size
	text, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("keep where to go on: %w", err)
	}
	file, err := csvfile.Create(c.path)
	if err != nil {
		return err
	}
	defer file.Discard()
	if _, err := file.Write(append(text, '\n')); err != nil {
		return fmt.Errorf("keep where to go on: %w", err)
	}
	return file.Keep()
}

// remove removes the checkpoint of an export that is complete.
func (c *checkpoint) remove() error {
	if err := os.Remove(c.path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove the file that says where to go on: %w", err)
	}
	return nil
}
