// SPDX-License-Identifier: Apache-2.0
// The settings that the daemon acts on.
import { call, mayChange } from "/api.js";
import { change } from "/certificate.js";
import { ask, badge, button, checkbox, choice, el, field, input, live, mono, note, para, said, soft,
	t, table, title } from "/dom.js";

// One that is read only takes a value by force alone, which the reader has to give.
const isFixed = (s) => s.permission === "read-only";
const set = (s, value) => change("admin.SetSetting",
	{ name: s.name, value, force: isFixed(s) || undefined });
const overrule = (s) => isFixed(s) && [note("warn", t("readOnly")),
	choice(checkbox({ required: true }), t("overrule"))];

function control({ name, secret, value, effective }) {
	if (name === "webserver_cert")
		return el("textarea", { rows: 8, spellcheck: false, autocomplete: "off" });
	return input(secret ? { type: "password", autocomplete: "new-password" }
		: { value: value ?? effective ?? "", spellcheck: false, autocomplete: "off" });
}

function edit(s) {
	const value = control(s);
	return ask(s.name, [field("value", value, s.secret ? "secretHint" : "valueHint"),
		para(said(s.note)), overrule(s)], () => set(s, value.value),
	{ submit: "Save", kind: "main" });
}

// Without a value.
const toDefault = (s) => ask("toDefault", [para(t("defaultText", s)), overrule(s)], () => set(s),
	{ kind: "main" });

export async function open(view) {
	const act = (key, s, work) =>
		button(key, async () => await work(s) && update(), { ariaLabel: s.name + ": " + t(key) });
	const cells = {
		name: (s) => el("code", s.name),
		value: (s) => mono(s.value) || (s.isSet && badge(t(s.secret ? "secret" : "empty"))),
		effective: (s) => mono(s.effective),
		origin: (s) => [t(s.origin), s.permission && soft(t(s.permission))],
		note: (s) => said(s.note),
		actions: mayChange() && ((s) =>
			[act("Change", s, edit), s.isSet && act("toDefault", s, toDefault)]),
	};
	const update = await live(view, [title("settings")], () => call("admin.ListSettings"),
		({ settings }) =>
			table("settingsText", "name value effective origin note actions", settings, cells));
}
