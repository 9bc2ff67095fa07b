// SPDX-License-Identifier: Apache-2.0
// Certificates: the lists of authorities and of servers, all that is known of one, and what may
// be done with it.
import { call, list } from "/api.js";
import { act, ask, badge, button, checkbox, choice, div, el, exact, facts, field, fill, goTo,
	heading, input, link, live, mono, note, outlet, para, problem, row, said, save, say,
	span, t, table, time, title } from "/dom.js";

// --- what is shown of one ---

const isDistrusted = (c) => c.lists.includes("distrusted");
const ends = (seconds, past, soon) => [seconds <= 0 && badge(past, "bad"),
	seconds > 0 && badge(soon, "warn", { when: span(seconds) })];
const badges = (c) => div(
	isDistrusted(c) && badge("distrusted", "bad"),
	ends(c.expiresIn, "expired", "expiresIn"),
	c.missingRun && badge("missingSince", "warn"),
	c.firmwareRefuses && badge("firmwareRefuses", "warn", c),
	ends(c.exceptionExpiresIn, "exception has ended", "exceptionEnds"),
	c.newSince && badge(t("newSince") + ": " + c.newSince.join(", "), "warn"));

// A link to all of it, and what there is to notice.
const linkTo = (c, tab = c.lists[0]) => link(tab + "/" + c.sha256, c.subject || c.sha256);
export const named = (tab) => (c) => [linkTo(c, tab), badges(c)];

// A verdict or an outcome: why, what helps, and what is wrong besides.
export const judged = (v) => [problem(v, v.trusted || v.accepted ? "good" : "bad"),
	v.warnings?.length && [say("Wrong besides:"),
		el("ul", v.warnings.map((w) => el("li", said(w.sentence))))]];

export const cells = {
	key: (c) => c.keyType && c.keyType + " " + c.keyBits,
	origin: (c) => [
		t(c.origin), c.authenticated === false && [" (", t("not authenticated"), ")"],
		div(mono(c.document), c.line > 0 && t("line", c)), div(mono(c.url))],
};

// --- what may be done ---

// A change that may lock the phone out of its own server is told, and made only when forced.
export async function change(method, parameters) {
	method = "admin." + method;
	try {
		await call(method, parameters);
	} catch (e) {
		if (e.name !== "WouldLockOut" || !await ask("lockOut", problem(e),
			() => call(method, { ...parameters, force: true }), { submit: "Force it" }))
			throw e;
	}
}

// Distrust, of the certificate or of its key.
function distrust(c) {
	const reason = input({ maxLength: 200 });
	const key = checkbox();
	return ask("Distrust", [say("distrustText", c), field("reason", reason),
		choice(key, "distrustKey")], () => change("Distrust", {
		kind: key.checked ? "public-key" : "certificate",
		sha256: key.checked ? c.keySha256 : c.sha256, reason: reason.value || undefined }));
}

const listDistrusted = () => list("admin.ListDistrusted", {}, "distrusted");
const bars = (d, c) => [c.sha256, c.keySha256].includes(d.sha256);

const lift = (these) => ask("lift", these.map((d) => para(mono(d.sha256), " ", d.reason)),
	async () => {
		for (const { kind, sha256 } of these)
			await change("LiftDistrust", { kind, sha256 });
	});

export const distrustOrLift = (c) => (isDistrusted(c)
	? act("lift", async () => lift((await listDistrusted()).filter((d) => bars(d, c))))
	: act("Distrust", () => distrust(c), { kind: "bad" }));

// A form whose check() is made first and again when a control changes; it comes back with
// what to show, and whether the button may be pressed.
export function checked(key, controls, check, work) {
	const told = outlet();
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
	const host = exact({ value: hosts[0] || "" });
	host.setAttribute("list", "hosts");
	const every = checkbox({ checked: !hosts.length });
	const until = input({ type: "datetime-local", min: localTime(0), value: localTime(MONTH) });
	const chosen = () => (every.checked ? undefined : host.value.trim());
	return checked("addException", [
		say("exceptText", c), para("SHA-256 ", mono(c.sha256)), field("host", host),
		el("datalist", { id: "hosts" }, hosts.map((value) => el("option", { value }))),
		choice(every, "every host"), field("until", until, "untilHint"),
	], async () => {
		host.disabled = every.checked;
		host.required = true; // unless it is disabled: the browser asks for it
		if (chosen() === "")
			return ["", true];
		const v = await explain(c, chosen());
		const passes = v.recoverable || v.trusted;
		const without = v.trusted && v.result !== "exception";
		return [[heading(without ? "trustedNow" : passes ? "letsPass" : "noException"), judged(v),
			every.checked && note("warn", say("everyHostText"))], passes];
	}, () => {
		const expires = until.value && new Date(until.value).toISOString().slice(0, 19) + "Z";
		return change("AddException",
			{ sha256: c.sha256, host: chosen(), expires: expires || undefined });
	});
}

// --- files ---

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

// --- all of one ---

const KEYS = "issuer serial notBefore notAfter names namesLeftOut key ca constraints sha256 sha1 "
	+ "keySha256 role origin added run missingSince hosts purposes results newSince reporters "
	+ "firstSeen lastSeen seen exceptions";

// buttons(c) and more(c): what the tab has for it.
export const details = (view, tab, buttons, more) => live(view, [para(link(tab, "← " + t(tab)))],
	async () => {
		const { certificate } = await call("trust.Get", { sha256: view.arg, withDer: true });
		return { ...certificate, sha1: await sha1(certificate.der) };
	}, (c) => {
		const file = c.sha256.slice(0, 16);
		return [el("h2", c.subject), badges(c), row(buttons(c)), more?.(c),
			facts(c, KEYS, { ...cells, exceptions }), heading("Save"), saves(file, c.der),
			c.chain && [heading("sentChain"), el("ol", [c.der, ...c.chain].map((der, i) =>
				el("li", [c.subject, ...c.chainSubjects][i], saves(file + "-" + i, der))))]];
	});

export const listed = (view, of) =>
	list("trust.ListCertificates", { list: of }, "certificate", view.signal);

// --- Server Certificates: what was provisioned, uploaded or excepted ---

const hostOf = (exception) => exception.host || t("every host");

// The certificate, or an exception for it.
function remove({ sha256, subject }, exception) {
	const host = exception && (exception.host || "*");
	return ask(exception ? "endException" : "remove",
		exception ? para(subject, ", ", hostOf(exception)) : say("removeText", { subject }),
		() => change("Remove", { list: "servers", sha256, host }));
}

const exceptions = (c) => c.exceptions?.map((e) => row(
	el("span", hostOf(e), ", ", e.expires ? [t("until"), " ", time(e.expires)] : t("for good"),
		": ", e.results.join(", ")),
	act("endException", () => remove(c, e), { about: hostOf(e) + ", " + c.subject })));

export function servers(view) {
	if (view.arg)
		return details(view, "servers", (c) => [act("addException", () => except(c)),
			act("remove", async () => await remove(c) && goTo("servers")), distrustOrLift(c)]);
	return live(view, [title("servers")], () => listed(view, "servers"),
		(all) => table("", "subject role origin notAfter exceptions actions", all, {
			...cells, exceptions,
			subject: named("servers"),
			role: (c) => t(c.role || "exceptionsOnly"),
			actions: (c) => act("remove", () => remove(c), { about: c.subject }),
		}));
}

// --- Certificate Authorities: those of the firmware; and all that is distrusted ---

const distrustedCells = (known) => ({
	subject: (d) => known.filter((c) => bars(d, c)).map((c) => div(linkTo(c))),
	added: (d) => [time(d.added), " ", d.by],
	actions: (d) => act("lift", () => lift([d]), { about: d.sha256 }),
});

export function authorities(view) {
	if (view.arg)
		return details(view, "authorities", distrustOrLift);
	const words = input({ type: "search" });
	const only = checkbox();
	const rows = div();
	let all = [];
	const has = (c, word) => c.sha256.startsWith(word)
		|| (c.subject + " " + t(c.origin)).toLowerCase().includes(word);
	const show = () => {
		const wanted = words.value.toLowerCase().split(/\s+/);
		const found = all.filter((c) => (!only.checked || isDistrusted(c))
			&& wanted.every((word) => has(c, word)));
		fill(rows, table(t("ofAll", { n: found.length, all: all.length }),
			"subject origin notAfter", found, { ...cells, subject: named("authorities") }));
	};
	words.oninput = only.onchange = show;
	return live(view, [title("authorities"), field("search", words),
		choice(only, "distrusted ones only"), rows, heading("distrusted")],
	async () => [await listed(view), await listDistrusted()], ([known, distrusted]) => {
		all = known.filter((c) => c.lists.includes("authorities"))
			.sort((a, b) => a.subject.localeCompare(b.subject));
		show();
		return table("", "subject sha256 kind reason added actions", distrusted,
			distrustedCells(known));
	});
}
