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
	eventStream  = "text/event-stream"
)

// accepted is what a caller accepts.
type accepted struct {
	// json is the media type that it prefers for a single answer; "" if it accepts none. Where it prefers none, the answer is
	// application/json to who accepts everything, and application/graphql-response+json to who names both.
	json string
	// stream says that it names text/event-stream: it is the answer to a subscription, and to everything if json is "".
	stream bool
}

// negotiate returns what the Accept headers of a request say.
func negotiate(accept []string) (a accepted) {
	ranges := strings.Join(accept, ",")
	if strings.TrimSpace(ranges) == "" {
		return accepted{json: plainJSON}
	}
	stream, streamNamed := quality(ranges, eventStream)
	a.stream = streamNamed && stream > 0
	plain, plainNamed := quality(ranges, plainJSON)
	response, responseNamed := quality(ranges, responseJSON)
	switch {
	case plain <= 0 && response <= 0:
	case response > plain, response == plain && responseNamed && plainNamed:
		a.json = responseJSON
	default:
		a.json = plainJSON
	}
	return a
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
		case media[:strings.Index(media, "/")] + "/*":
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
