// SPDX-License-Identifier: Apache-2.0
// A certificate in the three lists: its line, all that is known of it, and what may be done.
import { call, list, mayChange } from "/api.js";
import { ask, badge, button, checkbox, choice, div, el, facts, field, fill, heading, input, link,
	live, mono, note, para, problem, row, said, save, span, t } from "/dom.js";

const badges = (c) => div(
	c.lists.includes("distrusted") && badge(t("distrusted"), "bad"),
	c.expiresIn <= 0 && badge(t("expired"), "bad"),
	c.expiresIn > 0 && badge(t("expiresIn", { when: span(c.expiresIn) }), "warn"),
	c.missingRun && badge(t("missingSince"), "warn"),
	c.firmwareRefuses && badge(t("firmwareRefuses", c), "warn"));

// A link to all of it, and what there is to notice.
export const name = (tab, c) => [link(tab + "/" + c.sha256, c.subject || c.sha256), badges(c)];

export const origin = (c) => [
	t(c.origin), c.authenticated === false && [" (", t("not authenticated"), ")"],
	div(mono(c.document), c.line > 0 && t("line", c)), div(mono(c.url))];

// A change that may lock the phone out of its own server is told, and made only when forced.
export async function change(method, parameters) {
	try {
		await call(method, parameters);
	} catch (e) {
		if (e.name !== "WouldLockOut" || !await ask("lockOut", [problem(e), para(t("lockOutText"))],
			() => call(method, { ...parameters, force: true }), { submit: "Force it" }))
			throw e;
	}
}

// Distrust, of the certificate or of its key.
function distrust(c) {
	const reason = input({ maxLength: 200 });
	const key = checkbox();
	return ask("Distrust", [para(t("distrustText", c)), field("reason", reason),
		choice(key, t("distrustKey"))], () => change("admin.Distrust", {
		kind: key.checked ? "public-key" : "certificate",
		sha256: key.checked ? c.keySha256 : c.sha256, reason: reason.value || undefined }));
}

export const listDistrusted = () => list("admin.ListDistrusted", {}, "distrusted");
export const bars = (d, c) => [c.sha256, c.keySha256].includes(d.sha256);

export const lift = (these) => ask("lift", [
	para(t("liftText")), these.map((d) => para(mono(d.sha256), " ", d.reason))], async () => {
	for (const { kind, sha256 } of these)
		await call("admin.LiftDistrust", { kind, sha256 });
});

export const distrustOrLift = (c) => (c.lists.includes("distrusted")
	? button("lift", async () => lift((await listDistrusted()).filter((d) => bars(d, c))))
	: button("Distrust", () => distrust(c), { kind: "danger" }));

// --- an exception ---

// A form whose check() is made first and again when a control changes; it comes back with
// what to show, and whether the button may be pressed.
export function checked(key, controls, check, work) {
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
		para(t("exceptText", c)), para("SHA-256 ", mono(c.sha256)), field("Host", host),
		el("datalist", { id: "hosts" }, hosts.map((value) => el("option", { value }))),
		choice(every, t("every host")), field("until", until, "untilHint"),
	], async () => {
		host.disabled = every.checked;
		if (chosen() === "")
			return [note("warn", t("Name the host.")), false];
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

// --- as a list, and as a file ---

export const listed = (view, of) =>
	list("trust.ListCertificates", { list: of }, "certificate", view.signal);

const bytesOf = (base64) => Uint8Array.from(atob(base64), (byte) => byte.charCodeAt(0));

const pemOf = (base64) => `-----BEGIN CERTIFICATE-----
${base64.replace(/.{64}(?=.)/g, "$&\n")}
-----END CERTIFICATE-----
`;
export const savePem = (name, ...ders) =>
	save(name + ".pem", "application/x-pem-file", ders.map(pemOf).join(""));
const saves = (name, der) => row(button("PEM", () => savePem(name, der)),
	button("DER", () => save(name + ".der", "application/pkix-cert", bytesOf(der))));

// As older lists have it. Only a secure context has digests.
const sha1 = async (der) => crypto.subtle && Array.from(
	new Uint8Array(await crypto.subtle.digest("SHA-1", bytesOf(der))),
	(byte) => byte.toString(16).padStart(2, "0")).join("");

// --- all of it ---

const KEYS = "issuer serial notBefore notAfter names namesLeftOut key ca constraints sha256 sha1 "
	+ "keySha256 role origin added run missingSince hosts purposes results newSince reporters "
	+ "firstSeen lastSeen seen";
const cells = {
	key: (c) => c.keyType + " " + c.keyBits,
	ca: (c) => t(c.ca ? "yes" : "no"),
	role: (c) => c.role && t(c.role),
	origin,
};

// Everything about one certificate; buttons(c) and more(c): what the tab has for it.
export const details = (view, tab, buttons, more) => live(view, [para(link(tab, "← " + t(tab)))],
	async () => {
		const { certificate } = await call("trust.Get", { sha256: view.arg, withDer: true });
		return { ...certificate, sha1: await sha1(certificate.der) };
	}, (c) => {
		const file = c.sha256.slice(0, 16);
		return [el("h2", c.subject), badges(c), mayChange() && row(buttons(c)), more?.(c),
			facts(c, KEYS, cells), heading("Save"), saves(file, c.der),
			c.chain && [heading("sentChain"), el("ol", [c.der, ...c.chain].map((der, i) =>
				el("li", [c.subject, ...c.chainSubjects][i], saves(file + "-" + i, der))))]];
	});

// A verdict or an outcome: why, what helps, and what is wrong besides.
export const judged = (v) => [problem(v, v.trusted || v.accepted ? "good" : "bad"),
	v.warnings?.length && [para(t("Wrong besides:")),
		el("ul", v.warnings.map((w) => el("li", said(w.sentence))))]];
