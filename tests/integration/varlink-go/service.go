// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"

	"github.com/varlink/go/varlink"

	"iocertprovadmin"
	"iocertprovtrust"
	"orgvarlinkservice"
)

// What the daemon says about itself, by the library's own calls and by generated ones.
func checkService(p *phone) {
	var vendor, product, version, url string
	var interfaces []string
	must("the library's GetInfo", p.trust.GetInfo(p.ctx, &vendor, &product, &version, &url, &interfaces))
	equal("names the vendor", "certprov", vendor)
	equal("and the product", "certprovd", product)
	equal("and the interfaces of the trust socket",
		[]string{"org.varlink.service", "io.certprov.trust"}, interfaces)

	vendor2, product2, version2, url2, interfaces2, err := orgvarlinkservice.GetInfo().Call(p.ctx, p.admin)
	must("the generated GetInfo", err)
	equal("says the same on the admin socket", []string{vendor, product, version, url},
		[]string{vendor2, product2, version2, url2})
	equal("but for its interfaces", []string{"org.varlink.service", "io.certprov.admin"}, interfaces2)

	describes(p, p.trust, "io.certprov.trust", iocertprovtrust.VarlinkNew(nil).VarlinkGetDescription())
	describes(p, p.admin, "io.certprov.admin", iocertprovadmin.VarlinkNew(nil).VarlinkGetDescription())
	describes(p, p.admin, "org.varlink.service", orgvarlinkservice.VarlinkNew(nil).VarlinkGetDescription())
}

// generated: what the generator read, as it hands it on.
func describes(p *phone, c *varlink.Connection, name, generated string) {
	served, err := c.GetInterfaceDescription(p.ctx, name)
	must("the description of "+name, err)
	equal("is the file's", p.read(name+".varlink"), served)
	equal("and what was generated from", strings.TrimSpace(generated), strings.TrimSpace(served))
	again, err := orgvarlinkservice.GetInterfaceDescription().Call(p.ctx, c, name)
	must("asked for by a generated call", err)
	equal("it is the same", served, again)
}
