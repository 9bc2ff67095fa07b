// SPDX-License-Identifier: Apache-2.0
// Who changed what.
import { list } from "/api.js";
import { button, div, el, fill, link, live, mono, para, said, table, time, title } from "/dom.js";

const STEP = 50;
const MAX = 1000; // STORE_MAX_CHANGES: what the daemon keeps

const columns = {
	when: (c) => time(c.when),
	who: (c) => c.who,
	what: (c) => said(c.what),
	about: (c) => [div(c.name), c.sha256
		&& el("span.mono", { title: c.sha256 }, c.sha256.slice(0, 16) + "…")],
	run: (c) => c.run && link("overview/" + c.run, c.run),
	generation: (c) => mono(c.generation),
};

export async function open(view) {
	const place = div();
	let limit = STEP;
	view.root.append(title("history"), place);
	const more = para(button("more", () => {
		limit += STEP;
		return update();
	}));
	const fetch = () => list("admin.History", { limit }, "change", view.signal);
	const update = await live(view, fetch, (all) => fill(place, table("changes", columns, all),
		all.length === limit && limit < MAX && more));
}
