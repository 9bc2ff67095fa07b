// SPDX-License-Identifier: Apache-2.0
// Elements, tables, times and dialogs. Text goes in as text only.
import { t, language } from "/strings.js";

// el("a", { href: "#x", class: "y", onclick: f }, "text", [el(...)], null)
export function el(tag, attributes, ...children) {
	const e = document.createElement(tag);
	for (const [name, value] of Object.entries(attributes || {})) {
		if (name.startsWith("on"))
			e.addEventListener(name.slice(2), value);
		else if (name === "value" || name === "checked")
			e[name] = value;
		else if (value !== false && value !== undefined && value !== null)
			e.setAttribute(name, value === true ? "" : value);
	}
	e.append(...children.flat(9).filter((c) => c !== null && c !== undefined && c !== false && c !== ""));
	return e;
}

// Focuses an element, or what came in its place since.
function refocus(was, within) {
	const name = (a) => a.getAttribute("aria-label") || a.getAttribute("href") || a.id || a.textContent;
	const now = was.isConnected ? was : [...within.querySelectorAll("a, button, input, select, summary")].find((a) => name(a) === name(was));
	(now || document.getElementById("main")).focus({ preventScroll: !now });
}

// Puts new children in. What had the focus has it again.
export function fill(e, ...children) {
	const had = document.activeElement;
	const within = e !== had && e.contains(had);
	e.replaceChildren(...el("p", null, children).childNodes);
	if (within)
		refocus(had, e);
	return e;
}

// What the daemon says is English, whatever the page's language is.
export const said = (text) => text && el("span", { lang: "en" }, text);
export const mono = (text) => text && el("span", { class: "mono" }, text);
export const badge = (text, kind) => el("span", { class: "badge " + (kind || "") }, text);

// --- times ---

const local = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
const utc = (date) => date.toISOString().slice(0, 19).replace("T", " ") + " UTC";

// In the reader's zone, with UTC as title; a switch in the footer shows all in UTC.
export function time(text) {
	const date = new Date(text || NaN);
	if (isNaN(date))
		return text || "";
	return el("time", { datetime: text, title: utc(date) },
		el("span", { class: "local" }, local.format(date)), el("span", { class: "utc" }, utc(date)));
}

// "in 3 days", "2 hours ago": seconds, negative when past.
export function span(seconds) {
	const [unit, size] = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]].find(([, s]) =>
		Math.abs(seconds) >= s) || ["second", 1];
	return new Intl.RelativeTimeFormat(language).format(Math.trunc(seconds / size), unit);
}

// --- what is said ---

export function announce(text) {
	document.getElementById("live").textContent = text;
}

// kind: bad, warn, good or none. Bad ones are read out at once.
export const note = (kind, ...children) => el("div", { class: "note " + (kind || ""), role: kind === "bad" && "alert" }, children);

const remedy = (text) => text && el("p", null, el("strong", null, t("remedy"), ": "), said(text));

// An error of a call, a Verdict, an Outcome, a Concern or a Warning: its sentence and remedy.
export function problem(p, kind = "bad") {
	const text = p.sentence || p.reason || p.message || String(p);
	return note(kind, el("p", null, p.ours ? text : said(text)), remedy(p.remedy));
}

// --- controls ---

// Not to be used as long as onclick runs, but it keeps the focus; what onclick throws is
// shown after its row, or for a button of a table, which may change by itself, in a dialog.
export function button(label, onclick, attributes) {
	const b = el("button", { type: "button", ...attributes }, label);
	b.addEventListener("click", () => busy(b, onclick));
	return b;
}

export async function busy(b, work) {
	if (b.ariaDisabled)
		return;
	const place = b.closest(".row, p, form") || b;
	if (place.nextElementSibling?.matches(".failed"))
		place.nextElementSibling.remove();
	b.ariaDisabled = "true";
	try {
		await work();
	} catch (e) {
		if (e.name === "AbortError")
			return;
		if (b.closest("table"))
			dialog(b.textContent, (close) => [problem(e), el("div", { class: "row" }, button(t("close"), () => close()))]);
		else
			place.after(el("div", { class: "failed" }, problem(e)));
	} finally {
		b.ariaDisabled = null;
	}
}

let ids = 0;
// A label, the control it is for, and a hint.
export function field(label, control, hint) {
	control.id ||= "id" + ++ids;
	if (hint)
		control.setAttribute("aria-describedby", control.id + "-hint");
	return el("div", { class: "field" }, el("label", { for: control.id }, label), control,
		hint && el("div", { class: "hint", id: control.id + "-hint" }, hint));
}

export const option = (value, label, selected) => el("option", { value, selected }, label);

// --- lists ---

// all: columns, [label, row => children]; a null label: the buttons. rowAttributes(row) may give a class.
export function table(caption, all, rows, rowAttributes) {
	const columns = all.filter(Boolean);
	if (!rows.length)
		return el("p", { class: "soft" }, t("nothing"));
	return el("table", { role: "table" }, caption && el("caption", null, caption),
		el("thead", { role: "rowgroup" }, el("tr", { role: "row" }, columns.map(([label]) => el("th", { scope: "col", role: "columnheader" },
			label || el("span", { class: "unseen" }, t("actions")))))),
		el("tbody", { role: "rowgroup" }, rows.map((row) => el("tr", { role: "row", ...rowAttributes?.(row) }, columns.map(([label, cell]) =>
			el("td", { role: "cell", "data-label": label }, cell(row)))))));
}

// [label, value] pairs; those without a value are left out.
export const facts = (...pairs) => el("dl", null, pairs.filter(([, v]) => v !== undefined && v !== null && v !== "" && v !== false &&
	!(Array.isArray(v) && !v.length)).map(([label, v]) => [el("dt", null, label), el("dd", null, v)]));

// --- dialogs ---

// dialog(title, close => children): comes back with what close was called with, undefined
// on Escape. The focus returns to where it was.
export function dialog(title, build) {
	return new Promise((resolve) => {
		const from = document.activeElement;
		const id = "id" + ++ids;
		const d = el("dialog", { "aria-labelledby": id });
		let result;
		const close = (value) => {
			result = value;
			d.close();
		};
		d.append(el("h2", { id, tabindex: "-1" }, title), ...el("div", null, build(close, d)).childNodes);
		d.addEventListener("close", () => {
			d.remove();
			resolve(result);
			setTimeout(() => document.querySelector("dialog[open]") || refocus(from, document)); // its button is enabled by then
		});
		document.body.append(d);
		d.showModal();
	});
}

// A form with buttons; work is done before the dialog closes with true, and its error shown.
export function ask(title, children, label, work, danger) {
	return dialog(title, (close) => {
		const submit = el("button", { class: danger ? "danger" : "main" }, label);
		return el("form", {
			onsubmit: (event) => {
				event.preventDefault();
				busy(submit, async () => {
					await work();
					close(true);
				});
			},
		}, children, el("div", { class: "row" }, submit, el("button", { type: "button", onclick: () => close() }, t("cancel"))));
	});
}

// Saves bytes or text as a file.
export function save(name, type, content) {
	const url = URL.createObjectURL(new Blob([content], { type }));
	const a = el("a", { href: url, download: name });
	document.body.append(a);
	a.click();
	a.remove();
	setTimeout(() => URL.revokeObjectURL(url), 60000);
}
