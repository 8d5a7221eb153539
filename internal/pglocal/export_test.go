package pglocal

import (
	"context"
	"runtime"
)

// Fetch downloads the archive at url, with the SHA-512 in base64, and unpacks it to dir.
func Fetch(ctx context.Context, url, integrity, dir string) error {
	return distribution{url: url, integrity: integrity}.fetch(ctx, dir)
}

// FetchPinned is Fetch of this platform's pinned archive. It reports false if there is none.
func FetchPinned(ctx context.Context, dir string) (bool, error) {
	d, ok := distributions[runtime.GOOS+"/"+runtime.GOARCH]
	if !ok {
		return false, nil
	}
	return true, d.fetch(ctx, dir)
}
