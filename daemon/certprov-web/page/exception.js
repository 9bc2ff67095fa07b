// SPDX-License-Identifier: Apache-2.0
// What lets an unknown certificate in: an exception, or its CA.
import { call, stream } from "/api.js";
import { judged } from "/certificate.js";
import { ask, checkbox, choice, div, el, fault, field, fill, heading, input, mono, note, para,
	problem, t } from "/dom.js";

// A form whose check() is made first and again when a control changes; it comes back with
// what to show, and whether the button may be pressed.
function checked(key, controls, check, work) {
	const told = div({ ariaLive: "polite" });
	let turn = 0;
	const again = async (event) => {
		const mine = ++turn;
		const send = told.closest("form").querySelector("button");
		send.disabled = true;
		const [shown, allowed] = await check().catch((e) => [problem(e), false]);
		if (mine !== turn)
			return;
		fill(told, shown);
		send.disabled = !allowed;
		event?.target.focus();
	};
	const done = ask(key, [div({ onchange: again }, controls), told], work, { kind: "main" });
	again();
	return done;
}

// What Explain says for a host; with none for all of them.
export async function explain({ sha256, purposes }, host) {
	const purpose = host && purposes?.[0];
	return (await call("trust.Explain", { sha256, host, purpose })).verdict;
}

const MINUTE = 60000, MONTH = 30 * 24 * 60 * MINUTE;
function localTime(from) {
	const date = new Date(Date.now() + from);
	return new Date(date - date.getTimezoneOffset() * MINUTE).toISOString().slice(0, 16);
}

export function except(c) {
	const hosts = c.hosts || [];
	const host = input({ value: hosts[0] || "", autocomplete: "off", spellcheck: false });
	host.setAttribute("list", "hosts");
	const every = checkbox({ checked: !hosts.length });
	const until = input({ type: "datetime-local", min: localTime(0), value: localTime(MONTH) });
	const chosen = () => (every.checked ? undefined : host.value.trim());
	return checked("addException", [
		para(t("exceptText", c)), para("SHA-256 ", mono(c.sha256)), field("host", host),
		el("datalist", { id: "hosts" }, hosts.map((value) => el("option", { value }))),
		choice(every, t("everyHost")), field("until", until, "untilHint"),
	], async () => {
		host.disabled = every.checked;
		if (chosen() === "")
			return [note("warn", t("nameHost")), false];
		const v = await explain(c, chosen());
		const passes = v.recoverable || v.trusted;
		const without = v.trusted && v.result !== "exception";
		return [[heading(without ? "trustedNow" : passes ? "letsPass" : "noException"), judged(v),
			every.checked && note("warn", t("everyHostText"))], passes];
	}, () => {
		const expires = until.value && new Date(until.value).toISOString().slice(0, 19) + "Z";
		return call("admin.AddException",
			{ sha256: c.sha256, host: chosen(), expires: expires || undefined });
	});
}

// As certprovctl provision FILE: the outcome for the certificate.
async function provision(der, dryRun) {
	const xml = ['<?xml version="1.0"?><certificates><certificate type="base64">', der,
		"</certificate></certificates>"];
	let outcome, run;
	await stream("admin.Provision", { dryRun, document: xml.join("") }, (r) => {
		run = r.run || run;
		if (r.outcome?.kind === "certificate")
			outcome = r.outcome;
	});
	return outcome || { accepted: false, reason: run?.reason || t("noOutcome") };
}

// Trust a CA of the chain that it was sent with: as if a document had it.
export async function trustIssuer({ sha256 }) {
	const { certificate: c } = await call("trust.Get", { sha256, withDer: true });
	if (!c.chain)
		throw fault("noIssuer", c);
	const which = el("select", c.chainSubjects.map((subject, value) => el("option", { value }, subject)));
	which.value = c.chain.length - 1;
	let outcome;
	const attempt = async (dryRun) => (outcome = await provision(c.chain[which.value], dryRun));
	const done = await checked("trustIssuer", [para(t("issuerText")), field("issuer", which)],
		async () => {
			await attempt(true);
			return [[heading("dryRun"), judged(outcome),
				para("SHA-256 ", mono(outcome.sha256))], outcome.accepted];
		}, async () => {
			if (!(await attempt(false)).accepted)
				throw outcome;
		});
	return done && outcome;
}
