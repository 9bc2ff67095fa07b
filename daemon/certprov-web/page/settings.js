// SPDX-License-Identifier: Apache-2.0
// The settings that the daemon acts on.
import { call, mayChange } from "/api.js";
import { change } from "/certificate.js";
import { ask, badge, button, checkbox, choice, div, el, field, fill, input, live, mono, note, para,
	row, said, soft, table, title } from "/dom.js";
import { t } from "/strings.js";

// One that is read only takes a value by force alone, which the reader has to give.
const set = ({ name, permission }, value) => change("admin.SetSetting", { name, value,
	force: permission === "read-only" || undefined });
const overrule = ({ permission }) => permission === "read-only" && [note("warn", t("readOnly")),
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
		para(said(s.note)), overrule(s)], () => set(s, value.value), { submit: "save", danger: false });
}

// Without a value: back to the default.
const toDefault = (s) => ask("toDefault", [para(t("defaultText", s)), overrule(s)], () => set(s),
	{ danger: false });

const columns = {
	setting: (s) => el("code", s.name),
	value: (s) => (s.value ? mono(s.value) : s.isSet && badge(t(s.secret ? "secret" : "empty"))),
	effective: (s) => mono(s.effective),
	origin: (s) => [el("span.whole", t(s.origin)), s.permission && soft(t(s.permission))],
	note: (s) => said(s.note),
};

export async function open(view) {
	const place = div();
	view.root.append(title("settings"), place);
	const act = (key, s, work) =>
		button(key, async () => await work(s) && update(), { ariaLabel: s.name + ": " + t(key) });
	const actions = (s) => row(act("edit", s, edit), s.isSet && act("toDefault", s, toDefault));
	const update = await live(view, () => call("admin.ListSettings"), ({ settings }) => fill(place,
		table("settingsText", { ...columns, "": mayChange() && actions }, settings)));
}
