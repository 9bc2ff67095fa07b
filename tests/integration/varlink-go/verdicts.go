// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"

	"github.com/varlink/go/varlink"

	"iocertprovadmin"
	"iocertprovtrust"
)

type question struct {
	Chain   []string `json:"chain"`
	Host    string   `json:"host"`
	Purpose string   `json:"purpose"`
}

// Verdicts, what is rejected, and the line between an answer and an error.
func checkVerdicts(p *phone) {
	leaf := p.read("server.base64")
	digest := strings.TrimSpace(p.read("server.sha256"))
	checkTrusted(p, leaf, digest)
	checkRejected(p, leaf, digest)
	checkVerifyErrors(p, leaf)
	checkRejections(p, leaf)
}

func checkTrusted(p *phone, leaf, digest string) {
	host, purpose := "localhost", iocertprovtrust.Purpose("https")
	verdict, err := iocertprovtrust.Verify().Call(p.ctx, p.trust, []string{leaf}, &host, &purpose)
	must("Verify", err)
	equal("trusts a good chain", []interface{}{true, "trusted"}, []interface{}{verdict.Trusted, verdict.Result})
	equal("by the path from leaf to anchor", []string{digest, p.authority}, verdict.Path)
	equal("which is named", p.authority, *verdict.Anchor)
	raw := replies(p.ctx, p.trust, "io.certprov.trust.Verify", question{[]string{leaf}, host, "https"}, 0)
	conforms("the verdict is as defined", members(raw, "verdict")[0], &iocertprovtrust.Verdict{})
	again, err := iocertprovtrust.VerifyDigest().Call(p.ctx, p.trust, digest, &host, &purpose)
	must("VerifyDigest", err)
	equal("gives the same verdict", verdict, again)
}

func checkRejected(p *phone, leaf, digest string) {
	host, purpose := "example.com", iocertprovtrust.Purpose("sip")
	verdict, err := iocertprovtrust.Verify().Call(p.ctx, p.trust, []string{leaf}, &host, &purpose)
	must("Verify for another host", err)
	equal("is an answer", []interface{}{false, "name-mismatch", true},
		[]interface{}{verdict.Trusted, verdict.Result, verdict.Recoverable})
	equal("with a reason and a remedy", true, verdict.Reason != "" && *verdict.Remedy != "")
	raw := replies(p.ctx, p.trust, "io.certprov.trust.Verify", question{[]string{leaf}, host, "sip"}, 0)
	conforms("as defined", members(raw, "verdict")[0], &iocertprovtrust.Verdict{})
	none, err := iocertprovtrust.Verify().Call(p.ctx, p.trust, []string{"bm90aGluZw=="}, nil, nil)
	must("Verify of no certificate", err)
	equal("is one as well", []interface{}{false, "not-der"}, []interface{}{none.Trusted, none.Result})
	raw = replies(p.ctx, p.trust, "io.certprov.trust.ListCertificates", list{"unknown"}, varlink.More)
	found := false
	for _, entry := range members(raw, "certificate") {
		certificate := iocertprovtrust.Certificate{}
		conforms("a rejected certificate is as defined", entry, &certificate)
		found = found || certificate.Sha256 == digest && (*certificate.Hosts)[0] == host
	}
	equal("what was rejected is unknown, with its host", true, found)
}

func checkVerifyErrors(p *phone, leaf string) {
	host, purpose := "localhost", iocertprovtrust.Purpose("http")
	_, err := iocertprovtrust.Verify().Call(p.ctx, p.trust, []string{leaf}, &host, &purpose)
	equal("a purpose there is not", &varlink.InvalidParameter{Parameter: "purpose"}, err)
	purpose = "https"
	_, err = iocertprovtrust.Verify().Call(p.ctx, p.trust, nil, &host, &purpose)
	equal("no chain", &varlink.InvalidParameter{Parameter: "chain"}, err)
	_, err = iocertprovtrust.Verify().Call(p.ctx, p.trust, []string{leaf, "no base64"}, &host, &purpose)
	invalid, is := err.(*iocertprovtrust.InvalidCertificate)
	equal("no base64", true, is && invalid.Index == 1 && invalid.Result == "not-base64" && invalid.Reason != "")
	_, err = iocertprovtrust.Verify().Call(p.ctx, p.trust, make([]string, 17), &host, &purpose)
	limit, is := err.(*iocertprovtrust.LimitExceeded)
	equal("a certificate more than may be", true, is && limit.Limit != "" && limit.Maximum == 16)
	_, err = iocertprovtrust.VerifyDigest().Call(p.ctx, p.trust, p.provisioned, &host, &purpose)
	equal("a digest nobody has asked about", &iocertprovtrust.NeedCertificates{}, err)
}

func checkRejections(p *phone, leaf string) {
	c := connect(p.ctx, p.trustPath)
	defer c.Close()
	receive, err := iocertprovtrust.MonitorRejections().Send(p.ctx, c, varlink.More)
	must("MonitorRejections", err)
	certificate, _, _, _, _, flags, err := receive(p.ctx)
	must("says at once that it listens", err)
	equal("without a certificate, and goes on", true, certificate == nil && flags == varlink.Continues)
	err = iocertprovtrust.ReportRejection().Call(p.ctx, p.trust, []string{p.read("authority.base64")}, nil, nil, "expired")
	must("a process reports what it rejected", err)
	certificate, _, purpose, result, reason, flags, err := receive(p.ctx)
	must("which is told", err)
	equal("with the certificate", p.authority, certificate.Sha256)
	equal("and why", []interface{}{"any", "expired", true}, []interface{}{*purpose, *result, *reason != ""})
	equal("and goes on again", uint64(varlink.Continues), flags)
	_, _, err = iocertprovadmin.Remove().Call(p.ctx, p.admin, "unknown", p.authority, nil, nil)
	must("it is removed again", err)
}
