// SPDX-License-Identifier: Apache-2.0
// Unknown Certificates: whom this phone rejected, as it happens, and what can be done.
import { call, mayChange } from "/api.js";
import { details, distrust, judged, listed, name } from "/certificate.js";
import { ask, button, div, el, field, fill, input, link, live, para, remedy, row, said, soft, table,
	time, title } from "/dom.js";
import { except, explain, trustIssuer } from "/exception.js";
import { fromFile } from "/file.js";
import { t } from "/strings.js";

const MAX_EXPLAINED = 25; // in the list; details have the others
const MAX_HOSTS = 8; // that details ask for

const remove = ({ sha256, subject }) => ask("remove", para(t("removeUnknown", { subject })),
	() => call("admin.Remove", { list: "unknown", sha256 }));

// A file: DER, or PEM with one certificate.
function upload() {
	const file = input({ type: "file", accept: ".der,.cer,.crt,.pem" });
	const out = div({ ariaLive: "polite" });
	const send = async () => {
		fill(out);
		if (!file.files.length)
			return file.focus();
		const certificate = fromFile(new Uint8Array(await file.files[0].arrayBuffer()));
		const { outcome: o } = await call("admin.Upload", { certificate });
		fill(out, judged(o), o.sha256 && para(
			link((o.accepted ? "servers/" : "unknown/") + o.sha256, o.subject || o.sha256)));
	};
	return el("details.card", el("summary", t("upload")), para(t("uploadText")),
		field("file", file), row(button("upload", send, { kind: "main" })), out);
}

// The buttons of one, and where the hash goes when it is done; out: where an outcome is shown.
function actions(c, out, goTo = () => {}) {
	const act = (key, work, kind) => button(key, work, { kind, about: c.subject + " " + c.sha256.slice(0, 8) });
	return [
		act("addException", async () => await except(c) && goTo("servers/" + c.sha256)),
		act("trustIssuer", async () => {
			const outcome = await trustIssuer(c);
			fill(out, outcome && judged(outcome));
		}),
		act("remove", async () => await remove(c) && goTo("unknown"))];
}

const why = (v, c) => (v ? [said(v.reason), remedy(v)] : c.results?.join(", "));

async function one(view) {
	const out = div({ ariaLive: "polite" }), told = div();
	const goTo = (hash) => (location.hash = hash);
	await details(view, "unknown", (c) => [...actions(c, out, goTo),
		button("distrust", () => distrust(c), { kind: "danger" })], (c) => {
		const hosts = c.hosts?.slice(0, MAX_HOSTS) || [undefined];
		Promise.all(hosts.map(async (host) => [host && el("h3", host), judged(await explain(c, host))]))
			.then((parts) => fill(told, parts), () => {});
		return [out, told];
	});
}

export async function open(view) {
	if (view.arg)
		return one(view);
	const rows = div(), out = div({ ariaLive: "polite" });
	const known = new Map(); // by fingerprint: c, the certificate; v, its verdict; fresh
	const newest = () => [...known.values()].sort((a, b) => b.c.lastSeen.localeCompare(a.c.lastSeen));
	const show = () => fill(rows, table(null, {
		subject: ({ c }) => name("unknown", c),
		hosts: ({ c }) => c.hosts?.join(", "),
		why: ({ c, v }) => why(v, c),
		reporters: ({ c }) => [c.purposes?.join(", "), el("br"), c.reporters?.join(", ")],
		lastSeen: ({ c }) => [time(c.lastSeen), ` (${c.seen} ×)`],
		"": mayChange() && (({ c }) => actions(c, out)),
	}, newest(), ({ fresh }) => fresh && "fresh"));
	const judge = async ({ sha256, ...c }, host) => { // with the remedy
		const v = await explain({ sha256, ...c }, host).catch(() => null);
		if (v && known.has(sha256))
			known.get(sha256).v = v;
	};
	view.root.append(title("unknown"), soft(t("unknownText")), mayChange() ? upload() : "", out, rows);
	let rejections = 0; // the same list again is news when one came in between
	view.on("rejection", async ({ detail: { certificate: c, host, reason } }) => {
		rejections++;
		known.set(c.sha256, { c, v: { reason }, fresh: true });
		show();
		await judge(c, host);
		show();
	});
	await live(view, async () => [await listed(view, "unknown"), rejections], async ([all]) => {
		for (const sha256 of known.keys())
			if (!all.some((c) => c.sha256 === sha256))
				known.delete(sha256);
		for (const c of all)
			known.set(c.sha256, { ...known.get(c.sha256), c });
		show();
		for (const { c } of newest().slice(0, MAX_EXPLAINED)) { // one after the other
			if (view.signal.aborted)
				return;
			await judge(c, c.hosts?.[0]);
		}
		show();
	});
}
