// SPDX-License-Identifier: Apache-2.0
// Unknown Certificates: whom this phone rejected, as it happens, and what can be done.
import { call, mayChange } from "/api.js";
import { announce, ask, button, el, field, fill, note, said, table, time } from "/dom.js";
import { details, distrust, judged, listed, live, title } from "/certificate.js";
import { fromFile } from "/der.js";
import { except, explain, trustIssuer } from "/exception.js";
import { t } from "/strings.js";

const MAX_EXPLAINED = 25; // in the list; details have the others

async function remove(c) {
	const done = await ask(t("remove"), el("p", null, t("removeUnknown", { subject: c.subject })), t("remove"),
		() => call("admin.Remove", { list: "unknown", sha256: c.sha256 }), true);
	if (done)
		announce(t("done"));
	return done;
}

// A file: DER, or PEM with one certificate.
function upload() {
	const file = el("input", { type: "file", accept: ".der,.cer,.crt,.pem" });
	const out = el("div", { "aria-live": "polite" });
	return el("details", { class: "card" }, el("summary", null, t("upload")), el("p", null, t("uploadText")), field(t("file"), file),
		el("div", { class: "row" }, button(t("upload"), async () => {
			fill(out);
			if (!file.files.length)
				return file.focus();
			const certificate = fromFile(new Uint8Array(await file.files[0].arrayBuffer()));
			const { outcome } = await call("admin.Upload", { certificate });
			fill(out, judged(outcome), outcome.sha256 && el("p", null,
				el("a", { href: "#" + (outcome.accepted ? "servers" : "unknown") + "/" + outcome.sha256 }, outcome.subject || outcome.sha256)));
		}, { class: "main" })), out);
}

async function trust(c, out) {
	const o = await trustIssuer(c);
	if (o)
		fill(out, judged(o));
}

const why = (v) => v && [el("div", null, said(v.reason)), v.remedy && el("div", { class: "soft" }, t("remedy"), ": ", said(v.remedy))];

async function one(view) {
	const out = el("div", { "aria-live": "polite" });
	const asked = el("div");
	await details(view, "unknown", (c) => [button(t("addException"), async () => {
		if (await except(c))
			location.hash = "#servers/" + c.sha256;
	}, { class: "main" }), button(t("trustIssuer"), () => trust(c, out)),
	button(t("remove"), async () => {
		if (await remove(c))
			location.hash = "#unknown";
	}), button(t("distrust"), () => distrust(c), { class: "danger" })], (c) => {
		Promise.all((c.hosts?.length ? c.hosts.slice(0, 8) : [undefined]).map(async (host) => [host && el("h3", null, host), judged(await explain(c, host))]))
			.then((parts) => fill(asked, parts), () => {});
		return [out, asked];
	});
}

export async function open(view) {
	if (view.arg)
		return one(view);
	const rows = el("div"), out = el("div", { "aria-live": "polite" });
	const known = new Map(); // by fingerprint: certificate, verdict, fresh
	const show = () => fill(rows, table(null, [
		[t("subject"), ({ c }) => title("unknown", c)], [t("hosts"), ({ c }) => c.hosts?.join(", ")],
		[t("why"), ({ c, v }) => why(v) || c.results?.join(", ")],
		[t("reporters"), ({ c }) => [c.purposes?.join(", "), el("br"), c.reporters?.join(", ")]],
		[t("lastSeen"), ({ c }) => [time(c.lastSeen), " (" + c.seen + " ×)"]],
		mayChange() && [null, ({ c }) => [[t("addException"), () => except(c)], [t("trustIssuer"), () => trust(c, out)], [t("remove"), () => remove(c)]]
			.map(([label, f]) => button(label, f, { "aria-label": label + ": " + c.subject + " " + c.sha256.slice(0, 8) }))],
	], [...known.values()].sort((a, b) => b.c.lastSeen.localeCompare(a.c.lastSeen)), ({ fresh }) => fresh && { class: "fresh" }));
	fill(view.root, el("h2", null, t("tab.unknown")), el("p", { class: "soft" }, t("unknownText")), mayChange() && upload(), out, rows);
	const judge = async (c, host) => { // one after the other
		const v = await explain(c, host).catch(() => null);
		if (v && known.has(c.sha256))
			known.get(c.sha256).v = v;
	};
	let rejections = 0; // the same list again is news when one came in between
	view.on("rejection", async ({ detail: { certificate: c, host, reason } }) => {
		rejections++;
		known.set(c.sha256, { c, v: { reason }, fresh: true });
		show();
		await judge(c, host); // for the remedy
		show();
	});
	await live(view, async () => [await listed(view, "unknown"), rejections], async ([all]) => {
		for (const sha256 of [...known.keys()].filter((k) => !all.some((c) => c.sha256 === k)))
			known.delete(sha256);
		for (const c of all)
			known.set(c.sha256, { ...known.get(c.sha256), c });
		show();
		const newest = all.sort((a, b) => b.lastSeen.localeCompare(a.lastSeen)).slice(0, MAX_EXPLAINED);
		for (const c of newest) {
			if (view.signal.aborted)
				return;
			await judge(c, c.hosts?.[0]);
		}
		show();
	});
}
