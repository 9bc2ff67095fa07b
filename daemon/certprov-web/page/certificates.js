// SPDX-License-Identifier: Apache-2.0
// Certificates: their three lists, all of one, and what may be done with it.
import { call, list, mayChange, stream } from "/api.js";
import { act, ask, back, badge, button, choice, div, el, exact, facts, fault, field, fill,
	form, heading, input, link, live, mono, note, options, outlet, para, problem, remedy, row,
	said, save, say, soft, span, t, table, time, title } from "/dom.js";

const isDistrusted = (c) => c.lists.includes("distrusted");
const ends = (seconds, past, soon) => seconds !== undefined
	&& (seconds > 0 ? badge(soon, "warn", { when: span(seconds) }) : badge(past, "bad"));
const badges = (c) => div(
	isDistrusted(c) && badge("distrusted", "bad"),
	ends(c.expiresIn, "expired", "expiresIn"),
	c.missingRun && badge("missingSince", "warn"),
	c.firmwareRefuses && badge("firmwareRefuses", "warn", c),
	ends(c.exceptionExpiresIn, "exception has ended", "exceptionEnds"),
	c.newSince && badge(t("newSince") + ": " + c.newSince.join(", "), "warn"));

const linkTo = (c, tab = c.lists[0]) => link(tab + "/" + c.sha256, c.subject || c.sha256);
const named = (tab) => (c) => [linkTo(c, tab), badges(c)];

// A verdict or an outcome.
const judged = (v) => [problem(v, v.trusted || v.accepted ? "good" : "bad"),
	v.warnings?.length && [say("Wrong besides:"),
		el("ul", v.warnings.map((w) => el("li", said(w.sentence))))]];

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

function distrust(c) {
	const reason = input({ maxLength: 200 });
	const key = choice("distrustKey");
	return ask("Distrust", [say("distrustText", c), field("reason", reason), key], () => {
		const [kind, sha256] = key.control.checked ? ["public-key", c.keySha256]
			: ["certificate", c.sha256];
		return change("Distrust", { kind, sha256, reason: reason.value || undefined });
	});
}

const listDistrusted = () => list("admin.ListDistrusted", {}, "distrusted");
const bars = (d, c) => [c.sha256, c.keySha256].includes(d.sha256);

const lift = (these) => ask("lift", these.map((d) => para(mono(d.sha256), " ", d.reason)),
	async () => {
		for (const { kind, sha256 } of these)
			await change("LiftDistrust", { kind, sha256 });
	});

const distrustOrLift = (c) => (isDistrusted(c)
	? act("lift", async () => lift((await listDistrusted()).filter((d) => bars(d, c))))
	: act("Distrust", () => distrust(c), { kind: "bad" }));

// What Explain says for a host; with none for all of them.
async function explain({ sha256, purposes }, host) {
	const purpose = host && purposes?.[0];
	return (await call("trust.Explain", { sha256, host, purpose })).verdict;
}

// The reader's time in so many days.
function localTime(days) {
	const date = new Date(Date.now() + days * 86400000);
	return new Date(date - date.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
}

function except(c) {
	const hosts = c.hosts || [];
	const host = exact({ value: hosts[0] || "", required: true });
	host.setAttribute("list", "hosts");
	const every = choice("every host", {}, { checked: !hosts.length });
	const until = input({ type: "datetime-local", min: localTime(0), value: localTime(30) });
	const chosen = () => (every.control.checked ? undefined : host.value.trim());
	const check = async () => {
		host.disabled = every.control.checked;
		if (chosen() === "")
			return ["", true]; // the browser asks for it
		const v = await explain(c, chosen());
		const passes = v.recoverable || v.trusted;
		const without = v.trusted && v.result !== "exception";
		return [[!without && heading(passes ? "letsPass" : "noException"), judged(v),
			host.disabled && note("warn", say("everyHostText"))], passes];
	};
	return ask("Add exception", [
		para(c.subject, div(mono(c.sha256))), say("exceptText"), field("host", host),
		el("datalist", { id: "hosts" }, hosts.map((value) => el("option", { value }))),
		every, field("until", until, "untilHint"),
	], () => {
		const expires = until.value && new Date(until.value).toISOString().slice(0, 19) + "Z";
		return change("AddException",
			{ sha256: c.sha256, host: chosen(), expires: expires || undefined });
	}, { kind: "main", check });
}

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

const hostOf = (exception) => exception.host || t("every host");

export const cells = {
	key: (c) => c.keyType && c.keyType + " " + c.keyBits,
	origin: (c) => [
		t(c.origin), c.authenticated === false && [" (", t("not authenticated"), ")"],
		div(mono(c.document), c.line > 0 && t("line", c)), div(mono(c.url))],
	exceptions: (c) => c.exceptions?.map((e) => row(
		el("span", hostOf(e), ", ", e.expires ? [t("until"), " ", time(e.expires)] : t("for good"),
			": ", e.results.join(", ")),
		act("endException", () => remove("servers", c, e),
			{ about: hostOf(e) + ", " + c.subject }))),
};

const KEYS = "issuer serial notBefore notAfter names namesLeftOut key ca constraints sha256 sha1 "
	+ "keySha256 role origin added run missingSince exceptions hosts purposes results newSince "
	+ "reporters firstSeen lastSeen seen";

// All of one. buttons(c) and more(c): what the tab has for it.
const details = (view, tab, buttons, more) => live(view, [back(tab)],
	async () => {
		const { certificate } = await call("trust.Get", { sha256: view.arg, withDer: true });
		return { ...certificate, sha1: await sha1(certificate.der) };
	}, async (c) => {
		const file = c.sha256.slice(0, 16);
		return [el("h2", c.subject), badges(c), row(buttons(c)), await more?.(c),
			facts(c, KEYS, cells), heading("Save"), saves(file, c.der),
			c.chain && [heading("sentChain"), el("ol", [c.der, ...c.chain].map((der, i) =>
				el("li", [c.subject, ...c.chainSubjects][i], saves(file + "-" + i, der))))]];
	});

const listed = (view, of) =>
	list("trust.ListCertificates", { list: of }, "certificate", view.signal);

// A certificate of a list, or an exception for it.
function remove(list, { sha256, subject }, exception) {
	const host = exception && (exception.host || "*");
	return ask(exception ? "endException" : "remove",
		[para(subject, exception && ", " + hostOf(exception)), !exception && say("remove." + list)],
		() => change("Remove", { list, sha256, host }));
}

export function servers(view) {
	if (view.arg)
		return details(view, "servers", (c) => [act("Add exception", () => except(c)),
			act("remove", async () => await remove("servers", c) && (location.hash = "servers")),
			distrustOrLift(c)]);
	return live(view, [title("servers")], () => listed(view, "servers"), (all) =>
		table("subject role origin notAfter exceptions actions", all, {
			...cells,
			subject: named("servers"),
			role: (c) => t(c.role || "exceptions only"),
			actions: (c) => act("remove", () => remove("servers", c), { about: c.subject }),
		}));
}

export function authorities(view) {
	if (view.arg)
		return details(view, "authorities", distrustOrLift);
	const words = input({ type: "search" });
	const only = choice("distrusted ones only");
	const rows = div();
	let all = [];
	const textOf = (c) => [c.subject, t(c.origin), c.sha256].join().toLowerCase();
	const show = () => {
		const wanted = words.value.toLowerCase().split(/\s+/);
		const found = all.filter((c) => (!only.control.checked || isDistrusted(c))
			&& wanted.every((word) => textOf(c).includes(word)));
		fill(rows, table("subject origin notAfter", found,
			{ ...cells, subject: named("authorities") },
			t("ofAll", { n: found.length, all: all.length })));
	};
	words.oninput = only.onchange = show;
	const above = [title("authorities"), field("search", words), only, rows, heading("distrusted")];
	const fetch = async () => [await listed(view), await listDistrusted()];
	return live(view, above, fetch, ([known, distrusted]) => {
		all = known.filter((c) => c.lists.includes("authorities"))
			.sort((a, b) => a.subject.localeCompare(b.subject));
		show();
		return table("subject sha256 kind reason added actions", distrusted, {
			subject: (d) => known.filter((c) => bars(d, c)).map((c) => div(linkTo(c))),
			added: (d) => [time(d.added), " ", d.by],
			actions: (d) => act("lift", () => lift([d]), { about: d.sha256 }),
		});
	});
}

const MAX_EXPLAINED = 25; // in the list; details have the others
const MAX_ROWS = 200; // STORE_MAX_UNKNOWN: what the daemon keeps

// The base64 of a file. What is not PEM goes as it is, for the daemon to judge.
async function read(file) {
	const bytes = new Uint8Array(await file.arrayBuffer());
	const text = new TextDecoder().decode(bytes);
	if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text))
		throw fault("privateKey");
	const pem = /-----BEGIN (?:TRUSTED )?CERTIFICATE-----([\w+/=\s]+)-----END/g;
	const [first, more] = text.matchAll(pem);
	if (more)
		throw fault("oneByOne");
	return first ? first[1].replace(/\s/g, "")
		: btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

function upload() {
	const file = input({ type: "file", accept: ".der,.cer,.crt,.pem", required: true });
	const out = outlet();
	const send = el("button.main", t("upload"));
	const work = async () => {
		fill(out);
		const certificate = await read(file.files[0]);
		const { outcome: o } = await call("admin.Upload", { certificate });
		fill(out, judged(o), o.sha256 && para(linkTo(o, o.accepted ? "servers" : "unknown")));
	};
	return el("details.card", el("summary", t("upload")), say("uploadText"),
		form(send, work, field("file", file), row(send), out));
}

// As if a document had it.
async function provision(der, dryRun) {
	const document =
		`<certificates><certificate type="base64">${der}</certificate></certificates>`;
	let outcome, run;
	await stream("admin.Provision", { dryRun, document }, (r) => {
		run = r.run || run;
		if (r.outcome?.kind === "certificate")
			outcome = r.outcome;
	});
	return outcome || { accepted: false, reason: run.reason || t(run.result) };
}

async function trustIssuer({ sha256 }) {
	const { certificate: c } = await call("trust.Get", { sha256, withDer: true });
	if (!c.chain)
		throw fault("noIssuer", c);
	const which = el("select", options(c.chainSubjects));
	which.value = c.chain.length - 1;
	let outcome;
	const attempt = async (dryRun) => (outcome = await provision(c.chain[which.value], dryRun));
	const check = async () => {
		const { accepted, sha256: its } = await attempt(true);
		return [[heading("dryRun"), judged(outcome), para(mono(its))], accepted];
	};
	return await ask("Trust its CA", [say("issuerText"), field("issuer", which)], async () => {
		if (!(await attempt(false)).accepted)
			throw outcome;
	}, { kind: "main", check }) && judged(outcome);
}

// out: where an outcome is shown; alone: the view has nothing else, and is left when it is gone.
function actions(c, out, alone) {
	const leave = (to) => alone && (location.hash = to);
	const button = (key, work) => act(key, work, { about: c.subject + " " + c.sha256.slice(0, 8) });
	return [
		button("Add exception", async () => await except(c) && leave("servers/" + c.sha256)),
		button("Trust its CA", async () => fill(out, await trustIssuer(c))),
		button("remove", async () => await remove("unknown", c) && leave("unknown"))];
}

// Unknown Certificates: whom this phone rejected, as it happens.
export function unknown(view) {
	const rows = div(), out = outlet();
	if (view.arg)
		return details(view, "unknown", (c) => [...actions(c, out, true), distrustOrLift(c)],
			async (c) => [out, await Promise.all((c.hosts || [undefined]).map(async (host) =>
				[host && el("h3", host), await explain(c, host).then(judged, problem)]))]);
	let known = new Map(); // by fingerprint; v: its verdict, by: what that goes by
	const newest = () => [...known.values()].sort((a, b) => b.lastSeen.localeCompare(a.lastSeen));
	const show = () => {
		newest().slice(MAX_ROWS).forEach((c) => known.delete(c.sha256));
		fill(rows, table("subject hosts why reporters lastSeen actions", newest(), {
			subject: named("unknown"),
			why: (c) => (c.v ? [said(c.v.reason), remedy(c.v)] : c.results?.join(", ")),
			reporters: (c) => [c.purposes || [], c.reporters || []].flat().join(", "),
			lastSeen: (c) => [time(c.lastSeen), ` (${c.seen} ×)`],
			actions: (c) => actions(c, out),
		}));
	};
	let generation;
	view.on("trust", ({ detail }) => (generation = detail ?? generation));
	const judge = async (c, host) => {
		const by = [generation, c.hosts, c.results].join();
		if (known.get(c.sha256)?.by === by)
			return;
		const v = await explain(c, host).catch(() => null);
		if (v && known.has(c.sha256))
			Object.assign(known.get(c.sha256), { v, by });
	};
	let rejections = 0; // the same list again is news when one came in between
	view.on("rejection", async ({ detail: { certificate: c, host, reason } }) => {
		rejections++;
		known.set(c.sha256, { v: { reason }, ...known.get(c.sha256), ...c, fresh: "fresh.warn" });
		show();
		await judge(c, host); // for the remedy
		show();
	});
	const above = [title("unknown"), soft(t("unknownText")), mayChange() && upload(), out, rows];
	const fetch = async () => [await listed(view, "unknown"), rejections];
	return live(view, above, fetch, async ([all]) => {
		known = new Map(all.map((c) => [c.sha256, { ...known.get(c.sha256), ...c }]));
		show();
		for (const c of newest().slice(0, MAX_EXPLAINED)) { // one after the other
			if (view.signal.aborted)
				return;
			await judge(c, c.hosts?.[0]);
		}
		show();
	});
}
