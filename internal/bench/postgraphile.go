package main

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// postgraphilePackages are what npm installs: PostGraphile, and the version of Node that it wants.
var postgraphilePackages = []string{"postgraphile@5.1.5", "pg@8", "node@22"}

//go:embed postgraphile/graphile.config.mjs
var postgraphileConfig []byte

// postgraphileText returns the document that asks PostGraphile for the data of one of the plain server's names. Amounts are strings there,
// and the largest list has no bound, which leaves no invoice out.
func postgraphileText(plain string) string {
	const fields = `documentId number partyName issuedOn dueOn state paymentState itemCount currency memo total due`
	const nested = fields + ` customer { fullName email } items { nodes { description quantity unitPrice currency } } payments { nodes { paidOn amount currency } }`
	list := func(condition, order, selected string) string {
		return `allDocumentSummaries(condition: {organizationId: $org, kind: "invoice"` + condition + `}, orderBy: [` + order + `, DOCUMENT_ID_DESC], first: 50) { nodes { ` + selected + ` } }`
	}
	switch plain {
	case "record":
		return `query($org: BigInt!, $id: BigInt!) { documentSummaryByOrganizationIdAndDocumentId(organizationId: $org, documentId: $id) { ` + nested + ` } }`
	case "largest":
		return `query($org: BigInt!) { ` + list("", "TOTAL_DESC", fields) + ` }`
	case "nested":
		return `query($org: BigInt!, $party: BigInt!) { ` + list(", partyId: $party", "ISSUED_ON_DESC", nested) + ` }`
	}
	return `query($org: BigInt!, $party: BigInt!) { ` + list(", partyId: $party", "ISSUED_ON_DESC", fields) + ` }`
}

// startPostgraphile starts PostGraphile on the stored rows. It is installed below dir the first time.
func startPostgraphile(ctx context.Context, b *bench, dir string) (*target, error) {
	dir = filepath.Join(dir, strings.Join(postgraphilePackages, "+"))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	modules := filepath.Join(dir, "node_modules")
	if _, err := os.Stat(filepath.Join(modules, ".bin", "postgraphile")); err != nil {
		install := exec.CommandContext(ctx, "npm", append([]string{"install", "--no-audit", "--no-fund", "--silent", "--prefix", dir}, postgraphilePackages...)...)
		if out, err := install.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("install PostGraphile: %w\n%s", err, out)
		}
	}
	config := filepath.Join(dir, "graphile.config.mjs")
	if err := os.WriteFile(config, postgraphileConfig, 0o600); err != nil {
		return nil, err
	}
	t, err := startTarget(ctx, b, "PostGraphile", filepath.Join(modules, ".bin", "node"), filepath.Join(modules, ".bin", "postgraphile"), "-C", config, "-n", "HOST", "-p", "PORT")
	if err != nil {
		return nil, err
	}
	t.admin = ""
	return t, nil
}
