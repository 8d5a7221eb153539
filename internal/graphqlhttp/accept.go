package graphqlhttp

import (
	"mime"
	"strconv"
	"strings"
)

// The media types of answers.
const (
	plainJSON    = "application/json"
	responseJSON = "application/graphql-response+json"
)

// negotiate returns the media type that the caller prefers, from its Accept headers; "" if it accepts none. Where it prefers
// none, the answer is application/json to who accepts everything, and application/graphql-response+json to who names both.
func negotiate(accept []string) string {
	ranges := strings.Join(accept, ",")
	if strings.TrimSpace(ranges) == "" {
		return plainJSON
	}
	plain, plainNamed := quality(ranges, plainJSON)
	response, responseNamed := quality(ranges, responseJSON)
	switch {
	case plain <= 0 && response <= 0:
		return ""
	case response > plain, response == plain && responseNamed && plainNamed:
		return responseJSON
	}
	return plainJSON
}

// quality returns the q-value, 0 to 1, that the most specific of the media ranges gives the media type, and whether that
// range names the type in full. A range that cannot be read is ignored.
func quality(ranges, media string) (q float64, named bool) {
	specific := 0
	for text := range strings.SplitSeq(ranges, ",") {
		name, parameters, err := mime.ParseMediaType(text)
		if err != nil {
			continue
		}
		is := 0
		switch name {
		case media:
			is = 3
		case "application/*":
			is = 2
		case "*/*":
			is = 1
		}
		if is <= specific {
			continue
		}
		value := 1.0
		if given, ok := parameters["q"]; ok {
			if value, err = strconv.ParseFloat(given, 64); err != nil || value < 0 || value > 1 {
				continue
			}
		}
		specific, q, named = is, value, is == 3
	}
	return q, named
}
