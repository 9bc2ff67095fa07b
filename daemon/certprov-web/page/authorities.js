// SPDX-License-Identifier: Apache-2.0
// Certificate Authorities: those of the firmware; and all that is distrusted.
import { call, list, mayChange } from "/api.js";
import { details, distrust, listed, name, origin } from "/certificate.js";
import { ask, button, checkbox, choice, div, el, field, fill, heading, input, live, mono, para, table, time,
	title } from "/dom.js";
import { t } from "/strings.js";

const listDistrusted = () => list("admin.ListDistrusted", {}, "distrusted");

const lift = (these) => ask("lift", [
	para(t("liftText")), these.map((d) => para(mono(d.sha256), " ", d.reason))], async () => {
	for (const { kind, sha256 } of these)
		await call("admin.LiftDistrust", { kind, sha256 });
});

const buttons = (c) => (c.lists.includes("distrusted")
	? button("lift", async () =>
		lift((await listDistrusted()).filter((d) => [c.sha256, c.keySha256].includes(d.sha256))))
	: button("distrust", () => distrust(c), { kind: "danger" }));

export async function open(view) {
	if (view.arg)
		return details(view, "authorities", buttons);
	const words = input({ type: "search", id: "search" });
	const only = checkbox({ id: "only" });
	const rows = div(), distrusted = div();
	view.root.append(title("authorities"), field("search", words),
		choice(only, t("onlyDistrusted")), rows, heading("distrusted"), distrusted);
	let all = [];
	const has = (c, word) => c.sha256.startsWith(word)
		|| (c.subject + " " + t(c.origin)).toLowerCase().includes(word);
	const show = () => {
		const wanted = words.value.toLowerCase().split(/\s+/);
		const found = all.filter((c) => (!only.checked || c.lists.includes("distrusted"))
			&& wanted.every((word) => has(c, word)));
		fill(rows, table(t("found", { n: found.length, all: all.length }), {
			subject: (c) => name("authorities", c), origin, notAfter: (c) => time(c.notAfter),
		}, found));
	};
	words.oninput = only.onchange = show;
	await live(view, async () => [await listed(view, "authorities"), await listDistrusted()], (now) => {
		all = now[0].sort((a, b) => a.subject.localeCompare(b.subject));
		show();
		fill(distrusted, table(null, {
			"SHA-256": (d) => mono(d.sha256), what: (d) => t(d.kind), reason: (d) => d.reason,
			added: (d) => [time(d.added), " ", d.by],
			"": mayChange() && ((d) => button("lift", () => lift([d]), { about: d.sha256 })),
		}, now[1]));
	});
}
