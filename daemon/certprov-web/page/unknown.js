// SPDX-License-Identifier: Apache-2.0
// Unknown Certificates: whom this phone rejected, as it happens, and what can be done.
import { call, mayChange, stream } from "/api.js";
import { change, checked, details, distrustOrLift, except, explain, judged, listed,
	named } from "/certificates.js";
import { act, ask, button, div, el, fault, field, fill, goTo, heading, input, link, live, mono,
	options, outlet, para, remedy, row, said, say, soft, t, table, time, title } from "/dom.js";

const MAX_EXPLAINED = 25; // in the list; details have the others
const MAX_HOSTS = 8; // that details ask for
const MAX_ROWS = 200; // STORE_MAX_UNKNOWN: what the daemon keeps

const remove = (c) => ask("remove", say("removeUnknown", c),
	() => change("Remove", { list: "unknown", sha256: c.sha256 }));

// The base64 of a file with one certificate; what is not PEM goes as it is, for the daemon to
// judge. A private key stays where it is.
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
	const file = input({ type: "file", accept: ".der,.cer,.crt,.pem" });
	const out = outlet();
	const send = async () => {
		fill(out);
		if (!file.files.length)
			return file.focus();
		const certificate = await read(file.files[0]);
		const { outcome: o } = await call("admin.Upload", { certificate });
		fill(out, judged(o), o.sha256 && para(
			link((o.accepted ? "servers/" : "unknown/") + o.sha256, o.subject || o.sha256)));
	};
	return el("details.card", el("summary", t("upload")), say("uploadText"),
		field("file", file), row(button("upload", send, { kind: "main" })), out);
}

// As certprovctl provision FILE: the outcome for the certificate.
async function provision(der, dryRun) {
	const document = `<?xml version="1.0"?><certificates><certificate type="base64">${der}`
		+ "</certificate></certificates>";
	let outcome, run;
	await stream("admin.Provision", { dryRun, document }, (r) => {
		run = r.run || run;
		if (r.outcome?.kind === "certificate")
			outcome = r.outcome;
	});
	return outcome || { accepted: false, reason: run.reason || t(run.result) };
}

// Trust a CA of the chain that it was sent with: as if a document had it.
async function trustIssuer({ sha256 }) {
	const { certificate: c } = await call("trust.Get", { sha256, withDer: true });
	if (!c.chain)
		throw fault("noIssuer", c);
	const which = el("select", options(c.chainSubjects));
	which.value = c.chain.length - 1;
	let outcome;
	const attempt = async (dryRun) => (outcome = await provision(c.chain[which.value], dryRun));
	const done = await checked("trustIssuer", [say("issuerText"), field("issuer", which)],
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

// The buttons of one; out: where an outcome is shown; leave: where to go when it is gone.
function actions(c, out, leave = () => {}) {
	const button = (key, work) => act(key, work, { about: c.subject + " " + c.sha256.slice(0, 8) });
	return [
		button("addException", async () => await except(c) && leave("servers/" + c.sha256)),
		button("trustIssuer", async () => {
			const outcome = await trustIssuer(c);
			fill(out, outcome && judged(outcome));
		}),
		button("remove", async () => await remove(c) && leave("unknown"))];
}

function one(view) {
	const out = outlet(), told = div();
	return details(view, "unknown", (c) => [...actions(c, out, goTo), distrustOrLift(c)], (c) => {
		const hosts = c.hosts?.slice(0, MAX_HOSTS) || [undefined];
		Promise.all(hosts.map(async (host) =>
			[host && el("h3", host), judged(await explain(c, host))]))
			.then((all) => fill(told, all), () => {});
		return [out, told];
	});
}

export function unknown(view) {
	if (view.arg)
		return one(view);
	const rows = div(), out = outlet();
	const known = new Map(); // by fingerprint; with v, the verdict, and fresh
	const newest = () => [...known.values()].sort((a, b) => b.lastSeen.localeCompare(a.lastSeen));
	const show = () => {
		newest().slice(MAX_ROWS).forEach((c) => known.delete(c.sha256));
		fill(rows, table("", "subject hosts why reporters lastSeen actions", newest(), {
			subject: named("unknown"),
			why: (c) => (c.v ? [said(c.v.reason), remedy(c.v)] : c.results?.join(", ")),
			reporters: (c) => [c.purposes?.join(", "), el("br"), c.reporters?.join(", ")],
			lastSeen: (c) => [time(c.lastSeen), ` (${c.seen} ×)`],
			actions: (c) => actions(c, out),
		}, (c) => c.fresh && "fresh.warn"));
	};
	let generation;
	view.on("trust", ({ detail }) => (generation = detail ?? generation));
	// What a verdict goes by: with the same it is not asked for again.
	const basis = (c) => [generation, c.hosts, c.results].join();
	const judge = async (c, host) => {
		const by = basis(c);
		if (known.get(c.sha256)?.by === by)
			return;
		const v = await explain(c, host).catch(() => null);
		if (v && known.has(c.sha256))
			Object.assign(known.get(c.sha256), { v, by });
	};
	let rejections = 0; // the same list again is news when one came in between
	view.on("rejection", async ({ detail: { certificate: c, host, reason } }) => {
		rejections++;
		known.set(c.sha256, { v: { reason }, ...known.get(c.sha256), ...c, fresh: true });
		show();
		await judge(c, host); // for the remedy
		show();
	});
	const above = [title("unknown"), soft(t("unknownText")), mayChange() && upload(), out, rows];
	return live(view, above,
		async () => [await listed(view, "unknown"), rejections], async ([all]) => {
			for (const sha256 of known.keys())
				if (!all.some((c) => c.sha256 === sha256))
					known.delete(sha256);
			for (const c of all)
				known.set(c.sha256, { ...known.get(c.sha256), ...c });
			show();
			for (const c of newest().slice(0, MAX_EXPLAINED)) { // one after the other
				if (view.signal.aborted)
					return;
				await judge(c, c.hosts?.[0]);
			}
			show();
		});
}
