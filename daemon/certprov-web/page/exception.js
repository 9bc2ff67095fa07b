// SPDX-License-Identifier: Apache-2.0
// What lets an unknown certificate in: an exception, its CA, or an upload.
import { call, stream } from "/api.js";
import { announce, ask, el, field, fill, mono, note, option, problem } from "/dom.js";
import { judged } from "/certificate.js";
import { bytesOf, digest, read } from "/der.js";
import { t } from "/strings.js";

// A form whose check() is made first and again when a control changes; it comes back with
// what to show, and whether the button may be pressed.
function checked(title, label, controls, check, work) {
	const told = el("div", { "aria-live": "polite" });
	let turn = 0;
	const again = async (event) => {
		const mine = ++turn;
		const submit = told.closest("form")?.querySelector("button");
		if (submit)
			submit.disabled = true;
		const [shown, allowed] = await check().catch((e) => [problem(e), false]);
		if (mine !== turn)
			return;
		fill(told, shown);
		(submit || told.closest("form").querySelector("button")).disabled = !allowed;
		event?.target.focus?.();
	};
	const form = el("div", { onchange: again }, controls);
	const done = ask(title, [form, told], label, work);
	again();
	return done;
}

// What Explain says for a host; with none for all of them.
export const explain = (c, host) => call("trust.Explain", { sha256: c.sha256,
	...(host && { host, ...(c.purposes?.length && { purpose: c.purposes[0] }) }) }).then((r) => r.verdict);

const localTime = (date) => new Date(date - date.getTimezoneOffset() * 60000).toISOString().slice(0, 16);

export async function except(c) {
	const hosts = c.hosts || [];
	const host = el("input", { value: hosts[0] || "", list: "known-hosts", autocomplete: "off", spellcheck: "false" });
	const every = el("input", { type: "checkbox", checked: !hosts.length });
	const until = el("input", { type: "datetime-local", min: localTime(new Date()), value: localTime(new Date(Date.now() + 30 * 86400000)) });
	const chosen = () => (every.checked ? undefined : host.value.trim());
	const done = await checked(t("addException"), t("addException"), [
		el("p", null, t("exceptText", { subject: c.subject })), el("p", null, "SHA-256 ", mono(c.sha256)),
		field(t("host"), host), el("datalist", { id: "known-hosts" }, hosts.map((h) => option(h, h))),
		el("label", { class: "choice" }, every, t("everyHost")), field(t("until"), until, t("untilHint")),
	], async () => {
		host.disabled = every.checked;
		if (chosen() === "")
			return [note("warn", t("nameHost")), false];
		const v = await explain(c, chosen());
		const passes = v.recoverable || v.trusted;
		return [[el("h3", null, t(v.trusted && v.result !== "exception" ? "trustedNow" : passes ? "letsPass" : "noException")),
			judged(v), every.checked && note("warn", t("everyHostText"))], passes];
	}, () => call("admin.AddException", { sha256: c.sha256, ...(chosen() && { host: chosen() }),
		...(until.value && { expires: new Date(until.value).toISOString().slice(0, 19) + "Z" }) }));
	if (done)
		announce(t("done"));
	return done;
}

// As certprovctl provision FILE: the outcome for the certificate.
async function provision(der, dryRun) {
	let outcome, run;
	await stream("admin.Provision", { dryRun, document: '<?xml version="1.0"?><certificates><certificate type="base64">' + der + "</certificate></certificates>" },
		(r) => {
			outcome = r.outcome?.kind === "certificate" ? r.outcome : outcome;
			run = r.run || run;
		});
	return outcome || { accepted: false, reason: run?.reason || t("noOutcome") };
}

// Trust a CA of the chain that it was sent with: as if a document had it.
export async function trustIssuer(c) {
	const { certificate } = await call("trust.Get", { sha256: c.sha256, withDer: true });
	const issuers = await Promise.all((certificate.chain || []).map(async (der) => {
		const bytes = bytesOf(der);
		return { der, sha256: await digest("SHA-256", bytes), ...read(bytes) };
	}));
	if (!issuers.length)
		throw Object.assign(new Error(t("noIssuer", { issuer: c.issuer })), { ours: true });
	const which = el("select", null, issuers.map((i, n) => option(n, i.subject, n === issuers.length - 1)));
	const chosen = () => issuers[which.value];
	const digestText = el("p");
	let accepted;
	const done = await checked(t("trustIssuer"), t("trustIssuer"), [
		el("p", null, t("issuerText")), field(t("issuer"), which), digestText,
	], async () => {
		fill(digestText, chosen().sha256 && ["SHA-256 ", mono(chosen().sha256)]);
		const o = await provision(chosen().der, true);
		return [[el("h3", null, t("dryRun")), judged(o)], o.accepted];
	}, async () => {
		accepted = await provision(chosen().der, false);
		if (!accepted.accepted)
			throw accepted;
	});
	if (done)
		announce(accepted.reason);
	return done && accepted;
}
