package main

import (
	"fmt"
	"net/url"

	"github.com/urfave/cli/v3"
)

// corsOriginFlag is the flag for the origins whose pages may call the API.
func corsOriginFlag() cli.Flag {
	return &cli.StringSliceFlag{
		Name: "cors-origin", Sources: cli.EnvVars("DAYBOOK_CORS_ORIGIN"),
		Usage:     "let pages of `ORIGIN` call the API from browsers, as https://app.example.com; may be given again",
		Validator: validOrigins,
	}
}

// validOrigins validates the flag: an origin is a scheme, a host and perhaps a port.
func validOrigins(origins []string) error {
	for _, origin := range origins {
		u, err := url.Parse(origin)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || origin != u.Scheme+"://"+u.Host {
			return fmt.Errorf("%q is no origin such as https://app.example.com", origin)
		}
	}
	return nil
}
