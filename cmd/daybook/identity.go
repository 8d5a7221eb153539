package main

import (
	"errors"
	"net/url"

	"github.com/urfave/cli/v3"

	"daybook/internal/identity"
)

// identityFlags are the flags for an identity provider, whose tokens members may call with.
func identityFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{
			Name: "oidc-issuer", Sources: cli.EnvVars("DAYBOOK_OIDC_ISSUER"), Validator: validProvider,
			Usage: "accept the tokens of the OpenID Connect provider at `URL`, of members by their verified e-mail address",
		},
		&cli.StringFlag{
			Name: "oidc-audience", Sources: cli.EnvVars("DAYBOOK_OIDC_AUDIENCE"),
			Usage: "accept those tokens only that the provider has made for `NAME`: what they have in aud",
		},
		&cli.StringFlag{
			Name: "oidc-keys-url", Sources: cli.EnvVars("DAYBOOK_OIDC_KEYS_URL"), Validator: validProvider,
			Usage: "read the provider's keys (JWKS) at `URL`, in place of where its discovery document says they are",
		},
		&cli.BoolFlag{
			Name: "oidc-trust-email", Sources: cli.EnvVars("DAYBOOK_OIDC_TRUST_EMAIL"),
			Usage: "accept tokens that do not say whether their e-mail address is verified",
		},
	}
}

// validProvider validates an address of an identity provider: who can change what comes from there can sign in as anybody.
func validProvider(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && (u.Scheme != "http" || u.Hostname() != "localhost" && u.Hostname() != "127.0.0.1" && u.Hostname() != "::1") {
		return errors.New("must be https://HOST/…; http only on this machine")
	}
	return nil
}

// identityProvider returns the provider of the flags; nil without one.
func identityProvider(cmd *cli.Command) (*identity.Provider, error) {
	c := identity.Config{
		Issuer: cmd.String("oidc-issuer"), Audience: cmd.String("oidc-audience"), KeysURL: cmd.String("oidc-keys-url"), TrustEmail: cmd.Bool("oidc-trust-email"),
	}
	switch {
	case c == identity.Config{}:
		return nil, nil
	case c.Issuer == "" || c.Audience == "":
		return nil, misused("--oidc-issuer and --oidc-audience belong together")
	}
	return identity.New(c), nil
}
