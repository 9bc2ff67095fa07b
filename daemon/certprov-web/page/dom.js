// SPDX-License-Identifier: Apache-2.0
// Elements, lists, times and dialogs. Text goes in as text only.
import { language, t } from "/strings.js";

export { t };
const at = (id) => document.getElementById(id);
const isThere = (value) => value && value.length !== 0;

// el("p.soft", { href: "#x", onclick: f }, "text", [more], null): attributes may be left out.
export function el(name, ...children) {
	const [tag, ...classes] = name.split(".");
	const made = document.createElement(tag);
	const attributes = children[0]?.constructor === Object ? children.shift() : {};
	made.classList.add(...classes.filter(isThere));
	for (const [key, value] of Object.entries(attributes))
		key in made ? made[key] = value : made.setAttribute(key, value);
	made.append(...children.flat(9).filter(isThere));
	return made;
}

const maker = (name) => (...children) => el(name, ...children);
export const div = maker("div"), para = maker("p"), row = maker("div.row"), soft = maker("p.soft"),
	input = maker("input");
const label = (key) => t(key).replace(/^./, (first) => first.toUpperCase());
export const heading = (key) => el("h3", label(key));
export const title = (key, facts) => el("h2", t(key, facts));
export const link = (to, text) => el("a", { href: "#" + to }, String(text));
export const goTo = (hash) => (location.hash = hash);
export const mono = (text) => text && el("span.mono", text);
export const badge = (text, kind = "") => el("span.badge." + kind, text);
// What the daemon says is English, whatever the page's language is.
export const said = (text) => text && el("span", { lang: "en" }, text);

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
	const all = [...within.querySelectorAll("a, button, input, select, summary")];
	const now = was.isConnected ? was : all.find((e) => name(e) === name(was));
	(now || at("main")).focus({ preventScroll: !now });
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

export const announce = (text) => (at("live").textContent = text);

// kind: bad, warn, good or none. Bad ones are read out at once.
export const note = (kind, ...children) =>
	el("div.note." + kind, { role: kind === "bad" ? "alert" : null }, children);

export const remedy = (of) =>
	of.remedy && soft(el("strong", t("What helps"), ": "), said(of.remedy));

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
	const made = el("button." + kind, { type: "button", ...attributes }, t(key));
	if (about)
		made.ariaLabel = t(key) + ": " + about;
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
		if (control.closest("table"))
			dialog(control.textContent, (close) => [problem(e), row(button("Close", close))]);
		else if (e.name !== "AbortError")
			place.after(el("div.failed", problem(e)));
	} finally {
		control.ariaDisabled = null;
	}
}

let ids = 0;
// A label, the control it is for, and a hint.
export function field(key, control, hint) {
	const id = control.id ||= "id" + ++ids;
	control.setAttribute("aria-describedby", id + "-hint");
	return el("div.field", el("label", { htmlFor: id }, label(key)), control,
		el("div.hint", { id: id + "-hint" }, hint && t(hint)));
}

export const checkbox = (attributes) => input({ type: "checkbox", ...attributes });
export const choice = (control, text) => el("label.choice", control, text);

// --- lists ---

// What the daemon says, by its look.
function shown(value) {
	if (Array.isArray(value))
		return value.map((item) => div(shown(item)));
	if (/^\d{4}-\d\d-\d\dT/.test(value))
		return time(value);
	if (/^([\da-f]{12,}|\w+:\/\/.*)$/i.test(value))
		return mono(value);
	return typeof value === "number" ? String(value) : value;
}

// The members of an object that keys names and that it has. cells: how some of them are shown,
// or false where it is not.
function cellsOf(of, keys, cells) {
	return keys.split(" ").filter((key) => cells[key] !== false)
		.map((key) => [label(key), cells[key] ? cells[key](of) : shown(of[key])]);
}

export const facts = (of, keys, cells = {}) => el("dl", cellsOf(of, keys, cells).map(
	([name, value]) => isThere(value) && [el("dt", name), el("dd", value)]));

export function table(caption, keys, rows, cells = {}, classOf = () => "") {
	if (!rows.length)
		return soft(t("nothing"));
	// Roles, since a narrow screen has tables as blocks.
	const head = cellsOf(rows[0], keys, cells).map(([name]) =>
		el("th", { scope: "col", role: "columnheader" }, name));
	const body = rows.map((r) => el("tr." + classOf(r), { role: "row" }, cellsOf(r, keys, cells)
		.map(([name, value]) => el("td", { role: "cell", "data-label": name }, value))));
	return el("table", { role: "table" }, caption && el("caption", t(caption)),
		el("thead", { role: "rowgroup" }, el("tr", { role: "row" }, head)),
		el("tbody", { role: "rowgroup" }, body));
}

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
export function ask(key, children, work, { kind = "danger", submit = key } = {}) {
	const send = el("button." + kind, t(submit));
	return dialog(key, (close) => el("form", {
		onsubmit(event) {
			event.preventDefault();
			busy(send, async () => {
				await work();
				announce(t("Done."));
				close(true);
			});
		},
	}, children, row(send, button("Cancel", () => close()))));
}

// Saves bytes or text as a file.
export function save(name, type, content) {
	const href = URL.createObjectURL(new Blob([content], { type }));
	el("a", { href, download: name }).click();
	setTimeout(() => URL.revokeObjectURL(href), 60000);
}

// --- what stays as the phone has it ---

// A view: what is above, and what build makes of what fetch brings, if it makes anything: now,
// and whenever the state of trust has changed, if that differs; one at a time, and after the last
// change. A failure is shown until it goes well again. Returns what asks for it.
export async function live({ root, signal, on }, above, fetch, build) {
	const place = div();
	let last, failure, turn, waiting;
	const once = async () => {
		waiting = undefined;
		let failed;
		try {
			const now = await fetch();
			const text = JSON.stringify(now);
			if (signal.aborted || text === last)
				return;
			const made = await build(now);
			if (made)
				fill(place, made);
			last = text;
		} catch (e) {
			if (signal.aborted || e.name === "NotSignedIn")
				return;
			last = undefined;
			failed = problem(e);
			root.prepend(failed);
			if (e.name === "NoSuchCertificate")
				fill(place);
		} finally {
			failure?.remove();
			failure = failed;
		}
	};
	const update = () => (waiting ||= turn = Promise.resolve(turn).then(once));
	root.append(...above, place);
	on("trust", update);
	await update();
	return update;
}
