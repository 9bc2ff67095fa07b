// SPDX-License-Identifier: Apache-2.0
// Elements, tables, times and dialogs. Text goes in as text only.
import { language, t } from "/strings.js";

const isThere = (value) => value || value === 0;

// el("p.soft", { href: "#x", onclick: f }, "text", [more], null): attributes may be left out.
export function el(name, ...children) {
	const [tag, ...classes] = name.split(".");
	const made = document.createElement(tag);
	const attributes = children[0]?.constructor === Object ? children.shift() : {};
	made.classList.add(...classes.filter(Boolean));
	for (const [key, value] of Object.entries(attributes)) {
		if (key in made)
			made[key] = value;
		else if (isThere(value))
			made.setAttribute(key, value);
	}
	made.append(...children.flat(9).filter(isThere));
	return made;
}

const maker = (name) => (...children) => el(name, ...children);
export const div = maker("div"), para = maker("p"), row = maker("div.row"), soft = maker("p.soft");
const label = (key) => t(key).replace(/^./, (first) => first.toUpperCase());
export const heading = (key) => el("h3", label(key));
export const title = (key) => el("h2", t(key));
export const link = (to, ...children) => el("a", { href: "#" + to }, children);
export const mono = (text) => text && el("span.mono", text);
export const badge = (text, kind = "") => el("span.badge." + kind, text);
// What the daemon says is English, whatever the page's language is.
export const said = (text) => text && el("span", { lang: "en" }, text);
export const lines = (items) => items?.map((item) => div(item));

// Puts new children in. What had the focus has it again.
export function fill(place, ...children) {
	const had = document.activeElement;
	const within = place !== had && place.contains(had);
	place.replaceChildren(...div(children).childNodes);
	if (within)
		refocus(had, place);
}

// Focuses an element, or what came in its place since.
function refocus(was, within) {
	const name = (e) => e.ariaLabel || e.getAttribute("href") || e.id || e.textContent;
	const now = was.isConnected ? was
		: [...within.querySelectorAll("a, button, input, select, summary")]
			.find((e) => name(e) === name(was));
	(now || document.getElementById("main")).focus({ preventScroll: !now });
}

// --- times ---

const local = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });

// In the reader's zone, with UTC as title; a switch in the footer shows all in UTC.
export function time(text) {
	const date = new Date(text || NaN);
	if (isNaN(date))
		return text;
	const utc = date.toISOString().slice(0, 19).replace("T", " ") + " UTC";
	return el("time", { dateTime: text, title: utc },
		el("span.local", local.format(date)), el("span.utc", utc));
}

// "in 3 days", "2 hours ago": seconds, negative when past.
export function span(seconds) {
	const units = { day: 86400, hour: 3600, minute: 60, second: 1 };
	const unit = Object.keys(units).find((u) => Math.abs(seconds) >= units[u]) || "second";
	return new Intl.RelativeTimeFormat(language).format(Math.trunc(seconds / units[unit]), unit);
}

// --- what is said ---

export function announce(text) {
	document.getElementById("live").textContent = text;
}

// kind: bad, warn, good or none. Bad ones are read out at once.
export const note = (kind, ...children) =>
	el("div.note." + kind, { role: kind === "bad" ? "alert" : null }, children);

export const remedy = (of) => of.remedy && soft(el("strong", t("remedy"), ": "), said(of.remedy));

// An error of a call, a Verdict, an Outcome, a Concern or a Warning: its sentence and remedy.
export function problem(p, kind = "bad", more) {
	const text = p.sentence || p.reason || p.message || String(p);
	return note(kind, para(p.ours ? text : said(text)), remedy(p), more);
}

// To be thrown: what the page itself finds, in the reader's language.
export const fault = (key, facts) => Object.assign(new Error(t(key, facts)), { ours: true });

// --- controls ---

// Not to be used as long as work goes on, but it keeps the focus; what work throws is shown
// after its row, or for a button of a table, which may change by itself, in a dialog.
// about: what a screen reader says besides, where there are several of its name.
export function button(key, work, { about, kind = "", ...attributes } = {}) {
	const label = t(key);
	const made = el("button." + kind, { type: "button", ...attributes }, label);
	if (about)
		made.ariaLabel = label + ": " + about;
	made.onclick = () => busy(made, work);
	return made;
}

export async function busy(control, work) {
	if (control.ariaDisabled)
		return;
	const place = control.closest(".row, p, form") || control;
	if (place.nextElementSibling?.matches(".failed"))
		place.nextElementSibling.remove();
	control.ariaDisabled = "true";
	try {
		await work();
	} catch (e) {
		if (e.name === "AbortError")
			return;
		if (control.closest("table"))
			dialog(control.textContent, (close) => [problem(e), row(button("close", close))]);
		else
			place.after(el("div.failed", problem(e)));
	} finally {
		control.ariaDisabled = null;
	}
}

let ids = 0;
// A label, the control it is for, and a hint.
export function field(key, control, hint) {
	control.id ||= "id" + ++ids;
	if (hint)
		control.setAttribute("aria-describedby", control.id + "-hint");
	return el("div.field", el("label", { htmlFor: control.id }, t(key)), control,
		hint && el("div.hint", { id: control.id + "-hint" }, t(hint)));
}

export const input = (attributes) => el("input", attributes);
export const checkbox = (attributes) => input({ type: "checkbox", ...attributes });
export const choice = (control, text) => el("label.choice", control, text);

// --- lists ---

// columns: { key: row => children }; the key "": buttons. Columns without a function are left out.
export function table(caption, columns, rows, classOf = () => "") {
	if (!rows.length)
		return soft(t("nothing"));
	const shown = Object.entries(columns).filter(([, cell]) => cell);
	// Roles, since a narrow screen has tables as blocks.
	const head = shown.map(([key]) => el("th", { scope: "col", role: "columnheader" },
		key ? label(key) : el("span.unseen", t("actions"))));
	const body = rows.map((r) => el("tr." + classOf(r), { role: "row" }, shown.map(([key, cell]) =>
		el("td", { role: "cell", "data-label": key && label(key) }, cell(r)))));
	return el("table", { role: "table" }, caption && el("caption", t(caption)),
		el("thead", { role: "rowgroup" }, el("tr", { role: "row" }, head)),
		el("tbody", { role: "rowgroup" }, body));
}

// { key: value }; those without a value are left out.
export const facts = (all) => el("dl", Object.entries(all)
	.filter(([, value]) => isThere(value) && value.length !== 0)
	.map(([key, value]) => [el("dt", label(key)), el("dd", value)]));

// --- dialogs ---

// dialog(key, close => children): comes back with what close was called with, undefined
// on Escape. The focus returns to where it was.
export function dialog(key, build) {
	return new Promise((resolve) => {
		const from = document.activeElement;
		const id = "id" + ++ids;
		let result;
		const close = (value) => {
			result = value;
			made.close();
		};
		const made = el("dialog", { "aria-labelledby": id },
			el("h2", { id, tabIndex: -1 }, t(key)), build(close));
		made.onclose = () => {
			made.remove();
			resolve(result);
			// Its button is enabled by then.
			setTimeout(() => document.querySelector("dialog[open]") || refocus(from, document));
		};
		document.body.append(made);
		made.showModal();
	});
}

// A form with buttons; work is done before it closes with true, and its error shown.
export function ask(key, children, work, { danger = true, submit = key } = {}) {
	const send = el(danger ? "button.danger" : "button.main", t(submit));
	const onsubmit = (close) => (event) => {
		event.preventDefault();
		busy(send, async () => {
			await work();
			announce(t("done"));
			close(true);
		});
	};
	return dialog(key, (close) => el("form", { onsubmit: onsubmit(close) }, children,
		row(send, button("cancel", () => close()))));
}

// Saves bytes or text as a file.
export function save(name, type, content) {
	const href = URL.createObjectURL(new Blob([content], { type }));
	el("a", { href, download: name }).click();
	setTimeout(() => URL.revokeObjectURL(href), 60000);
}

// --- what stays as the phone has it ---

// Shows what fetch brings: now, and whenever the state of trust has changed, if that differs;
// one at a time, and after the last change. A failure is shown until it goes well again.
// Returns what asks for it.
export async function live({ root, signal, on }, fetch, show) {
	let last, failure, turn, waiting;
	const once = async () => {
		waiting = undefined;
		let failed;
		try {
			const now = await fetch();
			const text = JSON.stringify(now);
			if (!signal.aborted && text !== last)
				await show(now);
			last = text;
		} catch (e) {
			if (signal.aborted || e.name === "NotSignedIn")
				return;
			last = undefined;
			failed = problem(e);
			root.prepend(failed);
		}
		failure?.remove();
		failure = failed;
	};
	const update = () => (waiting ||= turn = Promise.resolve(turn).then(once));
	on("trust", update);
	await update();
	return update;
}
