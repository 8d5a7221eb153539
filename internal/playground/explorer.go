package playground

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
)

// bundled has GraphiQL and all libraries of the page, each file compressed. explorer/build.mjs makes them from pinned
// versions; LICENSES.txt has the licences of all that is in them.
//
//go:embed explorer/dist
var bundled embed.FS

// serveExplorer adds the bundled files to mux, below /playground/explorer/.
func serveExplorer(mux *http.ServeMux) error {
	return fs.WalkDir(bundled, "explorer/dist", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := bundled.ReadFile(name)
		if err != nil {
			return err
		}
		served, packed := strings.CutSuffix(path.Base(name), ".gz")
		sum := sha256.Sum256(content)
		file := explorerFile{content: content, packed: packed, etag: `"` + hex.EncodeToString(sum[:8]) + `"`, mediaType: mime.TypeByExtension(path.Ext(served))}
		mux.Handle("GET /playground/explorer/"+served, file)
		return nil
	})
}

// explorerFile is one bundled file. It is sent as it is stored, and decompressed for a client that does not accept gzip.
type explorerFile struct {
	content         []byte
	packed          bool // content is compressed by gzip
	etag, mediaType string
}

func (f explorerFile) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Type", f.mediaType)
	// The browser asks whether its copy is the one of this version.
	header.Set("Cache-Control", "no-cache")
	header.Set("ETag", f.etag)
	header.Set("Vary", "Accept-Encoding")
	if r.Header.Get("If-None-Match") == f.etag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	content := f.content
	if f.packed {
		if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			header.Set("Content-Encoding", "gzip")
		} else {
			var err error
			if content, err = unpack(content); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
		}
	}
	_, _ = w.Write(content) // the client may be gone
}

// unpack returns what gzip has compressed.
func unpack(packed []byte) ([]byte, error) {
	plain, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("unpack: %w", err)
	}
	content, err := io.ReadAll(plain)
	if err != nil {
		return nil, fmt.Errorf("unpack: %w", err)
	}
	return content, nil
}
