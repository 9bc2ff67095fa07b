// SPDX-License-Identifier: Apache-2.0

// conform TRUST ADMIN DIRECTORY - speaks to the daemon's two sockets with the client that
// Debian's varlink-go-interface-generator makes of the interface definitions, over Debian's
// Go library: what the daemon says about itself, calls, streams, errors and verdicts. DIRECTORY
// has the definitions, a document to provision, and certificates with their fingerprints.
package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"github.com/varlink/go/varlink"
)

type phone struct {
	ctx                    context.Context
	trustPath, adminPath   string
	trust, admin           *varlink.Connection
	directory              string
	authority, provisioned string
}

func (p *phone) read(name string) string {
	text, err := os.ReadFile(filepath.Join(p.directory, name))
	if err != nil {
		fail("reading", err)
	}
	return string(text)
}

func main() {
	ctx := limited()
	p := &phone{
		ctx:       ctx,
		trustPath: os.Args[1],
		adminPath: os.Args[2],
		trust:     connect(ctx, os.Args[1]),
		admin:     connect(ctx, os.Args[2]),
		directory: os.Args[3],
	}
	p.authority = strings.TrimSpace(p.read("authority.sha256"))
	p.provisioned = strings.TrimSpace(p.read("provisioned.sha256"))
	checkService(p)
	checkCalls(p)
	checkStreams(p)
	checkErrors(p)
	checkVerdicts(p)
}
