// SPDX-License-Identifier: Apache-2.0
// Who changed what.
import { list } from "/api.js";
import { button, div, el, link, live, para, said, table, title } from "/dom.js";

const STEP = 50;
const MAX = 1000; // STORE_MAX_CHANGES: what the daemon keeps

const cells = {
	what: (c) => said(c.what),
	about: (c) => [div(c.name), c.sha256
		&& el("span.mono", { title: c.sha256 }, c.sha256.slice(0, 16) + "…")],
	run: (c) => c.run && link("overview/" + c.run, c.run),
};

export async function open(view) {
	let limit = STEP;
	const more = para(button("more", () => {
		limit += STEP;
		return update();
	}));
	const fetch = () => list("admin.History", { limit }, "change", view.signal);
	const update = await live(view, [title("history")], fetch, (all) => [
		table("changes", "when who what about run generation", all, cells),
		all.length === limit && limit < MAX && more]);
}
