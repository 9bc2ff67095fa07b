// SPDX-License-Identifier: Apache-2.0
// Certificate Authorities: those of the firmware; and all that is distrusted.
import { call, list, mayChange } from "/api.js";
import { announce, ask, button, el, field, fill, mono, table, time } from "/dom.js";
import { details, distrust, listed, live, origin, title } from "/certificate.js";
import { t } from "/strings.js";

const distrusts = async () => (await list("admin.ListDistrusted", {}, "distrusted")).flat();

async function lift(these) {
	if (await ask(t("lift"), [el("p", null, t("liftText")), these.map((d) => el("p", null, mono(d.sha256), " ", d.reason))], t("lift"), async () => {
		for (const { kind, sha256 } of these)
			await call("admin.LiftDistrust", { kind, sha256 });
	}))
		announce(t("done"));
}

const buttons = (c) => [c.lists.includes("distrusted")
	&& button(t("lift"), async () => lift((await distrusts()).filter((d) => d.sha256 === c.sha256 || d.sha256 === c.key))),
!c.lists.includes("distrusted") && button(t("distrust"), () => distrust(c), { class: "danger" })];

export async function open(view) {
	if (view.arg)
		return details(view, "authorities", buttons);
	const words = el("input", { type: "search", id: "search" });
	const only = el("input", { type: "checkbox", id: "only" });
	const rows = el("div"), out = el("div");
	fill(view.root, el("h2", null, t("tab.authorities")), field(t("search"), words),
		el("label", { class: "choice" }, only, t("onlyDistrusted")), rows, el("h3", null, t("distrustedList")), out);
	await live(view, async () => [await listed(view, "authorities"), await distrusts()], ([all, distrusted]) => {
		all.sort((a, b) => a.subject.localeCompare(b.subject));
		const show = () => {
			const wanted = words.value.toLowerCase().split(/\s+/);
			const found = all.filter((c) => (!only.checked || c.lists.includes("distrusted"))
				&& wanted.every((w) => (c.subject + " " + t("origin." + c.origin)).toLowerCase().includes(w) || c.sha256.startsWith(w)));
			fill(rows, table(t("found", { n: found.length, all: all.length }), [
				[t("subject"), (c) => title("authorities", c)], [t("origin"), origin], [t("validUntil"), (c) => time(c.notAfter)]], found));
		};
		words.oninput = only.onchange = show;
		show();
		fill(out, table(null, [["SHA-256", (d) => mono(d.sha256)], [t("kind"), (d) => t("kind." + d.kind)], [t("reason"), (d) => d.reason],
			[t("added"), (d) => [time(d.added), " ", d.by]],
			mayChange() && [null, (d) => button(t("lift"), () => lift([d]), { "aria-label": t("lift") + ": " + d.sha256 })]], distrusted));
	});
}
