// SPDX-License-Identifier: Apache-2.0
// The settings that the daemon acts on.
import { call, mayChange } from "/api.js";
import { ask, badge, button, el, field, fill, mono, note, problem, said, table } from "/dom.js";
import { live } from "/live.js";
import { t, word } from "/strings.js";

// Without a value: back to the default. What would lock the phone out is asked once more.
export async function setSetting(name, value, force) {
	try {
		await call("admin.SetSetting", { name, ...(value !== null && { value }), ...(force && { force }) });
	} catch (e) {
		if (e.name !== "WouldLockOut" || !await ask(t("lockOut"), [problem(e), el("p", null, t("lockOutText"))],
			t("force"), () => setSetting(name, value, true), true))
			throw e;
	}
}

// Read only: not without the reader's word for it.
function overrule(row) {
	const box = el("input", { type: "checkbox", required: true });
	return row.permission === "read-only" && [note("warn", el("p", null, t("set.readOnly"))),
		el("label", { class: "choice" }, box, t("set.overrule"))];
}

function control(row) {
	if (row.name === "webserver_cert")
		return el("textarea", { rows: 8, spellcheck: "false", autocomplete: "off" });
	return el("input", row.secret ? { type: "password", autocomplete: "new-password" }
		: { value: row.value ?? row.effective ?? "", spellcheck: "false", autocapitalize: "none", autocomplete: "off" });
}

function edit(row) {
	const value = control(row);
	const box = overrule(row);
	return ask(row.name, [field(t("set.value"), value, row.secret ? t("set.secretHint") : t("set.hint")), row.note && el("p", null, said(row.note)), box],
		t("set.save"), () => setSetting(row.name, value.value, Boolean(box)));
}

function toDefault(row) {
	const box = overrule(row);
	return ask(t("set.default"), [el("p", null, t("set.defaultHint", { name: row.name })), box],
		t("set.default"), () => setSetting(row.name, null, Boolean(box)));
}

const shown = (row) => (row.value ? mono(row.value) : row.isSet && badge(t(row.secret ? "set.secret" : "set.empty")));

const columns = () => [
	[t("set.name"), (row) => el("code", null, row.name)],
	[t("set.value"), shown],
	[t("set.effective"), (row) => mono(row.effective)],
	[t("set.origin"), (row) => [el("span", { class: "whole" }, word("origin." + row.origin)), row.permission && el("div", { class: "soft" }, word("perm." + row.permission))]],
	[t("set.note"), (row) => said(row.note)],
];

export async function open(view) {
	const place = el("div");
	view.root.append(el("h2", null, t("tab.settings")), place);
	const act = (label, row, work) => button(label, async () => await work(row) && update(), { "aria-label": row.name + ": " + label });
	const actions = (row) => el("div", { class: "row" }, act(t("set.edit"), row, edit), row.isSet && act(t("set.default"), row, toDefault));
	const update = await live(view, () => call("admin.ListSettings"),
		({ settings }) => fill(place, table(t("set.caption"), [...columns(), mayChange() && [null, actions]], settings)));
}
