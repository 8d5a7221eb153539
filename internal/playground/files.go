package playground

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// cdn is the host that gqlgen's own playground loads the files from.
const cdn = "https://cdn.jsdelivr.net"

// file is one file of an npm package that the page loads.
type file struct {
	Name      string // its own name, unique among files
	Package   string // npm's name@version
	Path      string // inside the package
	Integrity string // the Subresource Integrity of its content, which the browser checks again
	URL       string // where the page loads it from
}

// files are those that GraphiQL's stand-alone build needs, in gqlgen's versions and with its hashes.
var files = []file{
	pin("react@18.2.0", "umd/react.production.min.js", "sha256-S0lp+k7zWUMk2ixteM6HZvu8L9Eh//OVrt+ZfbCpmgY="),
	pin("react-dom@18.2.0", "umd/react-dom.production.min.js", "sha256-IXWO0ITNDjfnNXIu5POVfqlgYoop36bDzhodR6LW5Pc="),
	pin("graphiql@4.1.2", "graphiql.min.js", "sha256-hnImuor1znlJkD/FOTL3jayfS/xsyNoP04abi8bFJWs="),
	pin("graphiql@4.1.2", "graphiql.min.css", "sha256-MEh+B2NdMSpj9kexQNN3QKc8UzMrCXW/Sx/phcpuyIU="),
}

func pin(pkg, path, integrity string) file {
	return file{
		Name:      filepath.Base(path),
		Package:   pkg,
		Path:      path,
		Integrity: integrity,
		URL:       cdn + "/npm/" + pkg + "/" + path,
	}
}

// byName maps files by their names, for the page's template.
func byName(list []file) map[string]file {
	m := make(map[string]file, len(list))
	for _, f := range list {
		m[f.Name] = f
	}
	return m
}

// check returns an error if the content does not have the pinned hash.
func (f file) check(content []byte) error {
	sum := sha256.Sum256(content)
	if got := "sha256-" + base64.StdEncoding.EncodeToString(sum[:]); got != f.Integrity {
		return fmt.Errorf("%s of %s has the hash %s, not %s", f.Path, f.Package, got, f.Integrity)
	}
	return nil
}

// readVerified returns the content of all files in dir, by name. A missing file or one with another hash is an error.
func readVerified(dir string) (map[string]string, error) {
	if dir == "" {
		return nil, errors.New("no directory to take them from")
	}
	content := make(map[string]string, len(files))
	for _, f := range files {
		text, err := os.ReadFile(filepath.Join(dir, f.Name))
		if err != nil {
			return nil, fmt.Errorf("playground file: %w", err)
		}
		if err := f.check(text); err != nil {
			return nil, err
		}
		content[f.Name] = string(text)
	}
	return content, nil
}
