// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"

	"github.com/varlink/go/varlink"

	"iocertprovadmin"
	"iocertprovtrust"
)

type byFingerprint struct {
	Sha256  string `json:"sha256"`
	WithDer *bool  `json:"withDer,omitempty"`
}

// One answer each: generated calls, and replies held against the generated types.
func checkCalls(p *phone) {
	checkStatus(p)
	checkGet(p)
	checkRules(p)
	checkSettings(p)
	checkOrder(p)
	checkOneway(p)
	checkManyAtOnce(p)
}

func checkStatus(p *phone) {
	version, firmware, understood, phoneType, mac, store, _, authorities, _, servers, unknown, distrusted,
		quarantined, _, _, _, _, verification, profile, tls, now, _, _, _, floor, _, _, bootstrap, _, _, _, concerns,
		_, _, _, _, _, _, _, err := iocertprovtrust.Status().Call(p.ctx, p.trust)
	must("Status", err)
	equal("the firmware", "10.1.33.33", *firmware)
	equal("is understood", true, understood)
	equal("the phone", []string{"snomD785", "000413AABBCC"}, []string{*phoneType, *mac})
	equal("its certificates", []int64{1, 0, 0, 0, 0}, []int64{authorities, servers, unknown, distrusted, quarantined})
	equal("it verifies", []string{"forced", "compatible"}, []string{verification, profile})
	equal("it says what to offer in TLS", []string{"1.2", "DEFAULT"}, []string{tls.MinimumVersion, tls.Ciphers})
	equal("there is a version, a store, a clock with a floor, a bootstrap and a list of concerns", true,
		version != "" && store != "" && now != "" && floor != "" && bootstrap != "" && concerns != nil)
}

func checkGet(p *phone) {
	yes := true
	certificate, err := iocertprovtrust.Get().Call(p.ctx, p.trust, p.authority, nil)
	must("Get", err)
	equal("gives the certificate asked for", p.authority, certificate.Sha256)
	equal("and the list it is in", []string{"authorities"}, certificate.Lists)
	equal("without its bytes", (*string)(nil), certificate.Der)
	certificate, err = iocertprovtrust.Get().Call(p.ctx, p.trust, p.authority, &yes)
	must("Get with them", err)
	equal("gives them", p.read("authority.base64"), *certificate.Der)
	raw := replies(p.ctx, p.trust, "io.certprov.trust.Get", byFingerprint{p.authority, &yes}, 0)
	conforms("the reply is as defined", members(raw, "certificate")[0], &iocertprovtrust.Certificate{})
}

func checkRules(p *phone) {
	version := "8.9.3.40"
	own, understood, rules, err := iocertprovtrust.Rules().Call(p.ctx, p.trust, nil)
	must("Rules", err)
	equal("of the phone's own version", "10.1.33.33", *own)
	asked, _, others, err := iocertprovtrust.Rules().Call(p.ctx, p.trust, &version)
	must("Rules of another", err)
	equal("are those of that version", version, *asked)
	equal("both are understood, and as many", true, understood && len(rules) > 5 && len(rules) == len(others))
	raw := replies(p.ctx, p.trust, "io.certprov.trust.Rules", nil, 0)
	conforms("every rule is as defined", members(raw, "rules")[0], &[]iocertprovtrust.Rule{})
}

func checkSettings(p *phone) {
	name, value := "host_name_validation_flags", "2"
	store, before, err := iocertprovadmin.SetSetting().Call(p.ctx, p.admin, name, &value, nil)
	must("SetSetting", err)
	again, after, err := iocertprovadmin.SetSetting().Call(p.ctx, p.admin, name, nil, nil)
	must("SetSetting without a value", err)
	equal("each is a new generation of the same store", true, again == store && after == before+1)
	settings, err := iocertprovadmin.ListSettings().Call(p.ctx, p.admin)
	must("ListSettings", err)
	equal("has some", true, len(settings) > 5)
	raw := replies(p.ctx, p.admin, "io.certprov.admin.ListSettings", nil, 0)
	conforms("every setting is as defined", members(raw, "settings")[0], &[]iocertprovadmin.Setting{})
}

// Calls that are sent before the first is answered.
func checkOrder(p *phone) {
	const count = 50
	var receive [count]func(context.Context) (*string, bool, []iocertprovtrust.Rule, uint64, error)
	versions := [...]string{"8.2.29", "8.7.5.52", "8.9.3.41", "10.1.63.0"}
	var err error
	for i := range receive {
		receive[i], err = iocertprovtrust.Rules().Send(p.ctx, p.trust, 0, &versions[i%len(versions)])
		if err != nil {
			fail("sending", err)
		}
	}
	for i := range receive {
		version, _, _, _, err := receive[i](p.ctx)
		if err != nil || *version != versions[i%len(versions)] {
			fail("the order of answers", i, version, err)
		}
	}
	ok("what is sent ahead is answered in order")
}

func checkOneway(p *phone) {
	name, value := "host_name_validation_flags", "4"
	_, err := iocertprovadmin.SetSetting().Send(p.ctx, p.admin, varlink.Oneway, name, &value, nil)
	must("a call that wants no answer", err)
	settings, err := iocertprovadmin.ListSettings().Call(p.ctx, p.admin)
	must("the next one gets its own", err)
	for _, s := range settings {
		if s.Name == name {
			equal("and sees what the first did", value, *s.Value)
		}
	}
	_, _, err = iocertprovadmin.SetSetting().Call(p.ctx, p.admin, name, nil, nil)
	must("which is undone", err)
}

func checkManyAtOnce(p *phone) {
	const count = 32
	expected := replies(p.ctx, p.trust, "io.certprov.trust.Rules", nil, 0)
	answers := make(chan json.RawMessage, count)
	for i := 0; i < count; i++ {
		c := connect(p.ctx, p.trustPath)
		go func() {
			defer c.Close()
			var last json.RawMessage
			for i := 0; i < 20; i++ {
				last = replies(p.ctx, c, "io.certprov.trust.Rules", nil, 0)[0]
			}
			answers <- last
		}()
	}
	for i := 0; i < count; i++ {
		if answer := <-answers; string(answer) != string(expected[0]) {
			fail("the answers of many at once", string(answer))
		}
	}
	ok("many at once get the same answers")
}
