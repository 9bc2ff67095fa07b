// SPDX-License-Identifier: Apache-2.0
// Who changed what.
import { list } from "/api.js";
import { button, el, fill, mono, said, table, time } from "/dom.js";
import { live } from "/live.js";
import { t } from "/strings.js";

const STEP = 50;
const MAX = 1000; // STORE_MAX_CHANGES: what the daemon keeps

const columns = () => [
	[t("hist.when"), (c) => time(c.when)],
	[t("hist.who"), (c) => c.who],
	[t("hist.what"), (c) => said(c.what)],
	[t("hist.about"), (c) => [c.name && el("div", null, c.name), c.sha256 && el("span", { class: "mono", title: c.sha256 }, c.sha256.slice(0, 16) + "…")]],
	[t("run"), (c) => c.run && el("a", { href: "#overview/" + c.run }, c.run)],
	[t("hist.generation"), (c) => mono(c.generation)],
];

export async function open(view) {
	const place = el("div");
	let limit = STEP;
	view.root.append(el("h2", null, t("tab.history")), place);
	const more = button(t("more"), () => {
		limit = Math.min(limit + STEP, MAX);
		return update();
	});
	const update = await live(view, () => list("admin.History", { limit }, "change", view.signal), (changes) =>
		fill(place, table(t("hist.caption"), columns(), changes), changes.length === limit && limit < MAX && el("p", null, more)));
}
