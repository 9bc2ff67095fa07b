// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"

	"github.com/varlink/go/varlink"

	"iocertprovadmin"
	"iocertprovtrust"
)

type list struct {
	List string `json:"list"`
}

// Many answers each: lists, a run as it happens, and changes.
func checkStreams(p *phone) {
	checkEmptyList(p)
	run := checkProvision(p)
	checkReport(p, run)
	checkList(p)
	checkHistory(p)
	checkMonitor(p)
}

func checkEmptyList(p *phone) {
	all := replies(p.ctx, p.trust, "io.certprov.trust.ListCertificates", list{"servers"}, varlink.More)
	equal("an empty list is one reply", 1, len(all))
	equal("without a certificate", 0, len(members(all, "certificate")))
}

func checkProvision(p *phone) int64 {
	document := p.read("document.xml")
	receive, err := iocertprovadmin.Provision().Send(p.ctx, p.admin, varlink.More, nil, &document, nil, nil)
	must("Provision, as it happens", err)
	var last *iocertprovadmin.Run
	outcomes := 0
	for again := true; again; {
		_, _, _, outcome, run, flags, err := receive(p.ctx)
		if err != nil {
			fail("a reply of Provision", err)
		}
		if outcome != nil && outcome.Kind == "certificate" {
			equal("the certificate is accepted", true, outcome.Accepted)
			equal("it is the one in the document", p.provisioned, *outcome.Sha256)
			outcomes++
		}
		if last == nil && run == nil {
			fail("the first reply has the run")
		}
		if run != nil {
			last = run
		}
		again = flags&varlink.Continues != 0
	}
	equal("one certificate is told", 1, outcomes)
	equal("the last reply has the finished run", "complete", *last.Result)
	return last.Id
}

func checkReport(p *phone, id int64) {
	type byID struct {
		Id int64 `json:"id"`
	}
	all := replies(p.ctx, p.admin, "io.certprov.admin.GetRun", byID{id}, varlink.More)
	conforms("the run of a report is as defined", members(all, "run")[0], &iocertprovadmin.Run{})
	for _, raw := range members(all, "outcome") {
		conforms("and so is an outcome", raw, &iocertprovadmin.Outcome{})
	}
	runs, err := iocertprovadmin.ListRuns().Call(p.ctx, p.admin)
	must("ListRuns", err)
	equal("has it", id, runs[0].Id)
	raw := replies(p.ctx, p.admin, "io.certprov.admin.ListRuns", nil, 0)
	conforms("as defined", members(raw, "runs")[0], &[]iocertprovadmin.Run{})
}

func checkList(p *phone) {
	name := "servers"
	receive, err := iocertprovtrust.ListCertificates().Send(p.ctx, p.trust, varlink.More, &name, nil)
	must("ListCertificates", err)
	certificate, store, generation, flags, err := receive(p.ctx)
	must("the first reply", err)
	equal("has the certificate of the run", p.provisioned, certificate.Sha256)
	equal("and is the last", uint64(0), flags)
	equal("with the state it is of", true, store != "" && generation > 0)
	all := replies(p.ctx, p.trust, "io.certprov.trust.ListCertificates", struct{}{}, varlink.More)
	equal("all lists have both certificates", 2, len(all))
	for _, raw := range members(all, "certificate") {
		conforms("each is as defined", raw, &iocertprovtrust.Certificate{})
	}
}

func checkHistory(p *phone) {
	all := replies(p.ctx, p.admin, "io.certprov.admin.History", nil, varlink.More)
	changes := members(all, "change")
	equal("the history has the changes made here", true, len(changes) >= 5)
	for _, raw := range changes {
		conforms("a change is as defined", raw, &iocertprovadmin.Change{})
	}
}

func checkMonitor(p *phone) {
	c := connect(p.ctx, p.trustPath)
	defer c.Close()
	receive, err := iocertprovtrust.Monitor().Send(p.ctx, c, varlink.More)
	must("Monitor", err)
	store, generation, flags, err := receive(p.ctx)
	must("says at once how it is", err)
	equal("and goes on", uint64(varlink.Continues), flags)
	reason := "a test"
	newStore, newGeneration, err := iocertprovadmin.Distrust().Call(p.ctx, p.admin, "certificate", p.provisioned, &reason, nil)
	must("a certificate is distrusted", err)
	monitoredStore, monitored, flags, err := receive(p.ctx)
	must("Monitor tells the change", err)
	equal("that was answered", []interface{}{newStore, newGeneration}, []interface{}{monitoredStore, monitored})
	equal("it is a later state of the same store", true, store == newStore && newGeneration > generation)
	equal("and goes on again", uint64(varlink.Continues), flags)
	distrusted, err := iocertprovadmin.ListDistrusted().Call(p.ctx, p.admin)
	must("ListDistrusted", err)
	equal("has it", p.provisioned, distrusted[0].Sha256)
	raw := replies(p.ctx, p.admin, "io.certprov.admin.ListDistrusted", nil, 0)
	conforms("as defined", members(raw, "distrusted")[0], &[]iocertprovadmin.Distrusted{})
	var none json.RawMessage
	must("a Monitor that is closed hurts nobody", c.Close())
	must("others go on", p.trust.Call(p.ctx, "io.certprov.trust.Status", nil, &none))
}
