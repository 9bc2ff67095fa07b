// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"

	"github.com/varlink/go/varlink"

	"iocertprovadmin"
	"iocertprovtrust"
	"orgvarlinkservice"
)

// Errors come as generated types, with their parameters.
func checkErrors(p *phone) {
	checkOwnErrors(p)
	checkServiceErrors(p)
	checkUndescribed(p)
	_, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, err := iocertprovtrust.Status().Call(p.ctx, p.trust)
	must("after all of them the connection is as good as before", err)
}

func checkOwnErrors(p *phone) {
	none := strings.Repeat("0", 64)
	_, err := iocertprovtrust.Get().Call(p.ctx, p.trust, none, nil)
	equal("a certificate that is not there", &iocertprovtrust.NoSuchCertificate{Sha256: none}, err)
	receive, err := iocertprovadmin.GetRun().Send(p.ctx, p.admin, varlink.More, 4711)
	must("asking for a run", err)
	_, _, _, err = receive(p.ctx)
	equal("that is not there", &iocertprovadmin.NoSuchRun{Id: 4711}, err)
	name := "no_such_setting"
	_, _, err = iocertprovadmin.SetSetting().Call(p.ctx, p.admin, name, nil, nil)
	equal("a setting that is not there", &iocertprovadmin.NoSuchSetting{Name: name}, err)
	name, value := "host_name_validation_flags", "many"
	_, _, err = iocertprovadmin.SetSetting().Call(p.ctx, p.admin, name, &value, nil)
	invalid, is := err.(*iocertprovadmin.InvalidSetting)
	equal("a value it cannot have", true, is && invalid.Name == name && invalid.Reason != "")
}

func checkServiceErrors(p *phone) {
	_, err := iocertprovtrust.Get().Call(p.ctx, p.trust, "not a fingerprint", nil)
	equal("a parameter that is wrong", &varlink.InvalidParameter{Parameter: "sha256"}, err)
	_, _, _, err = iocertprovtrust.ListCertificates().Call(p.ctx, p.trust, nil, nil)
	equal("a stream asked for as a call", "org.varlink.service.ExpectedMore", err.Error())
	_, err = orgvarlinkservice.GetInterfaceDescription().Call(p.ctx, p.trust, "io.certprov.admin")
	equal("a description of another socket's interface",
		&varlink.InterfaceNotFound{Interface: "io.certprov.admin"}, err)
	_, err = iocertprovadmin.ListRuns().Call(p.ctx, p.trust)
	equal("a call of it", &varlink.InterfaceNotFound{Interface: "io.certprov.admin"}, err)
	upgrade, err := iocertprovtrust.Status().Upgrade(p.ctx, p.trust)
	must("asking for another protocol", err)
	_, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, err = upgrade(p.ctx)
	equal("which no method speaks", &varlink.MethodNotImplemented{Method: "io.certprov.trust.Status"}, err)
}

// What no generated client would send.
func checkUndescribed(p *phone) {
	var out struct{}
	err := p.trust.Call(p.ctx, "io.certprov.trust.Distrust", nil, &out)
	equal("a method that is not there", &varlink.MethodNotFound{Method: "io.certprov.trust.Distrust"}, err)
	err = p.trust.Call(p.ctx, "io.certprov.trust.Get", nil, &out)
	equal("a parameter that is missing", &varlink.InvalidParameter{Parameter: "sha256"}, err)
	err = p.trust.Call(p.ctx, "io.certprov.trust.Status", map[string]int{"seconds": 7}, &out)
	equal("a parameter that is not defined", &varlink.InvalidParameter{Parameter: "seconds"}, err)
	err = p.trust.Call(p.ctx, "io.certprov.trust.Get", map[string]int{"sha256": 7}, &out)
	equal("a parameter of another type", &varlink.InvalidParameter{Parameter: "sha256"}, err)
	err = p.trust.Call(p.ctx, "Status", nil, &out)
	equal("a method without an interface", &varlink.MethodNotFound{Method: "Status"}, err)
}
