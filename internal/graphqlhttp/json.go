package graphqlhttp

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// maxNesting is how deep the objects and lists of a request may be nested.
const maxNesting = 100

var errNoJSON = errors.New("it is no JSON")

// decodeObject returns the JSON object that text is, and nothing beside it. Numbers are json.Number. Names are taken as they
// are written, and none may stand twice in an object: what another program reads out of the same text, a gateway for
// example, is what is executed.
func decodeObject(text []byte) (map[string]any, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	value, err := decode(d, 0)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("there is something behind the JSON value")
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("it must be a JSON object")
	}
	return object, nil
}

// decode returns the next value.
func decode(d *json.Decoder, depth int) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, errNoJSON
	}
	delimiter, nested := token.(json.Delim)
	switch {
	case !nested:
		return token, nil
	case depth == maxNesting:
		return nil, fmt.Errorf("it is nested more than %d deep", maxNesting)
	case delimiter == '[':
		list := []any{}
		for d.More() {
			element, err := decode(d, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, element)
		}
		return list, end(d)
	}
	object := map[string]any{}
	for d.More() {
		token, err := d.Token()
		name, ok := token.(string)
		if err != nil || !ok {
			return nil, errNoJSON
		}
		if _, twice := object[name]; twice {
			return nil, fmt.Errorf("%.60q stands in an object twice", name)
		}
		if object[name], err = decode(d, depth+1); err != nil {
			return nil, err
		}
	}
	return object, end(d)
}

// end reads the end of a list or of an object.
func end(d *json.Decoder) error {
	if _, err := d.Token(); err != nil {
		return errNoJSON
	}
	return nil
}
