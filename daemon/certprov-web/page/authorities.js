// SPDX-License-Identifier: Apache-2.0
// Certificate Authorities: those of the firmware; and all that is distrusted.
import { call, list, mayChange } from "/api.js";
import { details, distrust, listed, name, origin } from "/certificate.js";
import { ask, button, checkbox, choice, div, field, fill, heading, input, live, mono, para, t,
	table, time, title } from "/dom.js";

const listDistrusted = () => list("admin.ListDistrusted", {}, "distrusted");

const lift = (these) => ask("lift", [
	para(t("liftText")), these.map((d) => para(mono(d.sha256), " ", d.reason))], async () => {
	for (const { kind, sha256 } of these)
		await call("admin.LiftDistrust", { kind, sha256 });
});

const buttons = (c) => (c.lists.includes("distrusted")
	? button("lift", async () =>
		lift((await listDistrusted()).filter((d) => [c.sha256, c.keySha256].includes(d.sha256))))
	: button("Distrust", () => distrust(c), { kind: "danger" }));

const cells = { subject: (c) => name("authorities", c), origin };
const distrustedCells = () => ({
	kind: (d) => t(d.kind),
	added: (d) => [time(d.added), " ", d.by],
	actions: mayChange() && ((d) => button("lift", () => lift([d]), { about: d.sha256 })),
});

export async function open(view) {
	if (view.arg)
		return details(view, "authorities", buttons);
	const words = input({ type: "search", id: "search" });
	const only = checkbox({ id: "only" });
	const rows = div();
	let all = [];
	const has = (c, word) => c.sha256.startsWith(word)
		|| (c.subject + " " + t(c.origin)).toLowerCase().includes(word);
	const show = () => {
		const wanted = words.value.toLowerCase().split(/\s+/);
		const found = all.filter((c) => (!only.checked || c.lists.includes("distrusted"))
			&& wanted.every((word) => has(c, word)));
		const caption = t("ofAll", { n: found.length, all: all.length });
		fill(rows, table(caption, "subject origin notAfter", found, cells));
	};
	words.oninput = only.onchange = show;
	const above = [title("authorities"), field("search", words),
		choice(only, t("distrusted ones only")), rows, heading("distrusted")];
	const fetch = async () => [await listed(view, "authorities"), await listDistrusted()];
	await live(view, above, fetch, ([now, distrusted]) => {
		all = now.sort((a, b) => a.subject.localeCompare(b.subject));
		show();
		return table("", "sha256 kind reason added actions", distrusted, distrustedCells());
	});
}
