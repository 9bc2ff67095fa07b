// SPDX-License-Identifier: Apache-2.0
// The settings that the daemon acts on; and who changed what.
import { call, list } from "/api.js";
import { change } from "/certificates.js";
import { act, ask, badge, button, checkbox, choice, div, el, exact, field, input, live, mono,
	note, para, said, say, soft, t, table, title } from "/dom.js";

// One that is read only takes a value by force alone, which the reader has to give.
const isFixed = (s) => s.permission === "read-only";
const set = ({ name, ...s }, value) =>
	change("SetSetting", { name, value, force: isFixed(s) || undefined });
const overrule = (s) => isFixed(s)
	&& note("warn", choice(checkbox({ required: true }), "overrule"));

function control({ name, secret, value, effective }) {
	if (name === "webserver_cert")
		return el("textarea", { rows: 8, spellcheck: false, autocomplete: "off" });
	return secret ? input({ type: "password", autocomplete: "new-password" })
		: exact({ value: value ?? effective ?? "" });
}

function edit(s) {
	const value = control(s);
	return ask(s.name, [field("value", value, s.secret ? "secretHint" : "valueHint"),
		para(said(s.note)), overrule(s)], () => set(s, value.value),
	{ submit: "Save", kind: "main" });
}

// Without a value.
const toDefault = (s) => ask("toDefault", [say("defaultText", s), overrule(s)], () => set(s),
	{ kind: "main" });

export async function settings(view) {
	const button = (key, s, work) =>
		act(key, async () => await work(s) && update(), { about: s.name });
	const update = await live(view, [title("settings")], () => call("admin.ListSettings"), (all) =>
		table("", "name value effective origin note actions", all.settings, {
			name: (s) => el("code", s.name),
			value: (s) => mono(s.value) || (s.isSet && badge(s.secret ? "secret" : "empty")),
			effective: (s) => mono(s.effective),
			origin: (s) => [t(s.origin), s.permission && soft(t(s.permission))],
			actions: (s) =>
				[button("Change", s, edit), s.isSet && button("toDefault", s, toDefault)],
		}));
}

// --- history ---

const STEP = 50;
const MAX = 1000; // STORE_MAX_CHANGES: what the daemon keeps

export async function history(view) {
	let limit = STEP;
	const more = para(button("more", () => {
		limit += STEP;
		return update();
	}));
	const fetch = () => list("admin.History", { limit }, "change", view.signal);
	const update = await live(view, [title("history")], fetch, (all) => [
		table("", "when who what about run generation", all, {
			about: (c) => [div(c.name), c.sha256
				&& el("span.mono", { title: c.sha256 }, c.sha256.slice(0, 16) + "…")],
		}),
		all.length === limit && limit < MAX && more]);
}
