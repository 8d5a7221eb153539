package playground

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// Example is one worked document that the page offers.
type Example struct {
	// Title is the document's first comment line, or its file name without number and ending.
	Title string `json:"title"`
	// Job is what the example is a part of: the second comment line, if there is one. Examples with the same job stand together.
	Job string `json:"job"`
	// Query is the document as it stands in its file.
	Query string `json:"query"`
	// Variables is a JSON object; empty for none. It is the .json file of the same name.
	Variables string `json:"variables"`
}

// readExamples reads *.graphql, at any depth, in the order of their paths.
func readExamples(from fs.FS) ([]Example, error) {
	list := []Example{}
	if from == nil {
		return list, nil
	}
	err := fs.WalkDir(from, ".", func(name string, _ fs.DirEntry, err error) error {
		if err != nil || path.Ext(name) != ".graphql" {
			return err
		}
		query, err := fs.ReadFile(from, name)
		if err != nil {
			return err
		}
		base := strings.TrimSuffix(name, ".graphql")
		// Most documents need no variables, and then have no such file.
		variables, err := fs.ReadFile(from, base+".json")
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		list = append(list, Example{Title: title(base, string(query)), Job: job(string(query)), Query: string(query), Variables: string(variables)})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("playground examples: %w", err)
	}
	return list, nil
}

func title(base, query string) string {
	first, _, _ := strings.Cut(query, "\n")
	if text, ok := strings.CutPrefix(first, "#"); ok {
		return strings.TrimSpace(text)
	}
	name := strings.TrimLeft(path.Base(base), "0123456789-_. ")
	return strings.NewReplacer("-", " ", "_", " ").Replace(name)
}

func job(query string) string {
	_, rest, _ := strings.Cut(query, "\n")
	second, _, _ := strings.Cut(rest, "\n")
	text, _ := strings.CutPrefix(second, "# ")
	if text == second {
		return ""
	}
	return text
}
