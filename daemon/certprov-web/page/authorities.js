// SPDX-License-Identifier: Apache-2.0
// Certificate Authorities: those of the firmware; and all that is distrusted.
import { mayChange } from "/api.js";
import { bars, details, distrustOrLift, lift, listDistrusted, listed, name,
	origin } from "/certificate.js";
import { button, checkbox, choice, div, field, fill, heading, input, link, live, t, table, time,
	title } from "/dom.js";

const cells = { subject: (c) => name("authorities", c), origin };
const distrustedCells = (known) => ({
	subject: (d) => known.filter((c) => bars(d, c)).map((c) =>
		div(link(c.lists[0] + "/" + c.sha256, c.subject || c.sha256))),
	kind: (d) => t(d.kind),
	added: (d) => [time(d.added), " ", d.by],
	actions: mayChange() && ((d) => button("lift", () => lift([d]), { about: d.sha256 })),
});

export async function open(view) {
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
		const found = all.filter((c) => (!only.checked || c.lists.includes("distrusted"))
			&& wanted.every((word) => has(c, word)));
		const caption = t("ofAll", { n: found.length, all: all.length });
		fill(rows, table(caption, "subject origin notAfter", found, cells));
	};
	words.oninput = only.onchange = show;
	const above = [title("authorities"), field("search", words),
		choice(only, t("distrusted ones only")), rows, heading("distrusted")];
	const fetch = async () => [await listed(view), await listDistrusted()];
	await live(view, above, fetch, ([known, distrusted]) => {
		all = known.filter((c) => c.lists.includes("authorities"))
			.sort((a, b) => a.subject.localeCompare(b.subject));
		show();
		return table("", "subject sha256 kind reason added actions", distrusted,
			distrustedCells(known));
	});
}
