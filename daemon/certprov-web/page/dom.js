// SPDX-License-Identifier: Apache-2.0
// Elements, lists, times and dialogs. Text goes in as text only.
import { mayChange } from "/api.js";
import { language, t } from "/strings.js";

export { t };
export const at = (id) => document.getElementById(id);
const isThere = (value) => (Array.isArray(value) ? value.some(isThere) : value);

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
const label = (key, facts) => t(key, facts).replace(/^./, (first) => first.toUpperCase());
export const heading = (key) => el("h3", label(key));
export const title = (key, facts) => el("h2", t(key, facts));
export const say = (key, facts) => para(t(key, facts));
export const link = (to, text) => el("a", { href: "#" + to }, String(text));
export const runLink = (id) => link("overview/" + id, t("runId", { id }));
export const goTo = (hash) => (location.hash = hash);
export const mono = (text) => text && el("span.mono", text);
export const badge = (key, kind = "", facts) => el("span.badge." + kind, t(key, facts));
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
export const outlet = () => div({ ariaLive: "polite" });

// kind: bad, warn, good or none. Bad ones are read out at once.
export const note = (kind, ...children) =>
	el("div.note." + kind, { role: kind === "bad" ? "alert" : null }, children);

export const remedy = (of) =>
	of.remedy && soft(el("strong", t("What helps"), ": "), said(of.remedy));

// An error, a Verdict, an Outcome, a Concern or a Warning: its sentence and remedy.
export function problem(p, kind = "bad", more) {
	const text = p.sentence || p.reason || p.message || String(p);
	return note(kind, para(p.ours ? text : said(text)), remedy(p), more);
}

// What the page itself finds, in the reader's language.
export const fault = (key, facts) => Object.assign(new Error(t(key, facts)), { ours: true });

// --- controls ---

// Not to be used as long as work goes on, but it keeps the focus.
async function busy(control, work, fail) {
	if (control.ariaDisabled)
		return;
	control.ariaDisabled = "true";
	try {
		await work();
	} catch (e) {
		if (e.name !== "AbortError")
			fail(problem(e));
	} finally {
		control.ariaDisabled = null;
	}
}

// about: what a screen reader says besides, where there are several of its name.
export function button(key, work, { about, kind = "", ...attributes } = {}) {
	const made = el("button." + kind, { type: "button", ...attributes }, t(key));
	if (about)
		made.ariaLabel = t(key) + ": " + about;
	made.onclick = () => busy(made, work, (failure) =>
		dialog(key, (close) => [failure, row(button("OK", close))]));
	return made;
}

// For those who may change something.
export const act = (...of) => mayChange() && button(...of);

// A form that does its work when it is sent.
export function form(send, work, ...children) {
	const failed = div();
	const onsubmit = (event) => {
		event.preventDefault();
		fill(failed);
		busy(send, work, (failure) => fill(failed, failure));
	};
	return el("form", { onsubmit }, children, failed);
}

let ids = 0;
// A label, the control it is for, and a hint.
export function field(key, control, hint) {
	const id = control.id ||= "id" + ++ids;
	control.setAttribute("aria-describedby", id + "-hint");
	return el("div.field", el("label", { htmlFor: id }, label(key)), control,
		el("div.hint", { id: id + "-hint" }, hint && t(hint)));
}

export const exact = (of) => input({ autocomplete: "off", spellcheck: false, ...of });
export const checkbox = (of) => input({ type: "checkbox", ...of });
export const choice = (control, key, facts) => el("label.choice", control, t(key, facts));
export const options = (texts) => texts.map((text, value) => el("option", { value }, text));

// --- lists ---

// Members of what the daemon sends that are its words, its sentences, and runs.
const LOOKS = { cause: t, kind: t, role: t, settingServerSource: t, source: t, next: said,
	bootstrapWaitsFor: said, note: said, what: said, bootstrapClosedBy: runLink, run: runLink };

function shown(value, key) {
	if (Array.isArray(value))
		return value.map((item) => div(shown(item)));
	if (typeof value !== "string" && !LOOKS[key])
		return t(value ?? "");
	if (LOOKS[key])
		return value && LOOKS[key](value);
	if (/^\d{4}-\d\d-\d\dT/.test(value))
		return time(value);
	return /^([\da-f]{12,}|\w+:\/\/.*)$/i.test(value) ? mono(value) : value;
}

// A member of an object. cells: how some of them are shown.
const cell = (of, key, cells) => (cells[key] ? cells[key](of) : shown(of[key], key));

export const facts = (of, keys, cells = {}) => el("dl", keys.split(" ").map((key) => {
	const value = cell(of, key, cells);
	return isThere(value) && [el("dt", label(key)), el("dd", value)];
}));

// Without the columns that no row has anything in. Roles, as a narrow screen has it as blocks.
export function table(caption, keys, rows, cells = {}, classOf = () => "") {
	if (!rows.length)
		return soft(t("nothing"));
	const part = (tag, role, ...children) => el(tag, { role }, ...children);
	const columns = keys.split(" ").map((key) => [key, ...rows.map((r) => cell(r, key, cells))])
		.filter(([, ...column]) => isThere(column));
	return part("table", "table", caption && el("caption", label(caption)),
		part("thead", "rowgroup", part("tr", "row", columns.map(([key]) =>
			part("th", "columnheader", label(key))))),
		part("tbody", "rowgroup", rows.map((r, i) => part("tr." + classOf(r), "row",
			columns.map(([key, ...column]) =>
				el("td", { role: "cell", "data-label": label(key) }, column[i]))))));
}

// --- dialogs ---

// Comes back with what close was called with, as text; "" on Escape. The focus returns to where
// it was.
export function dialog(key, build) {
	const from = document.activeElement;
	const made = el("dialog", { ariaLabel: t(key) }, el("h2", { tabIndex: -1 }, t(key)),
		build((result) => made.close(result)));
	document.body.append(made);
	made.showModal();
	return new Promise((resolve) => {
		made.onclose = () => {
			made.remove();
			resolve(made.returnValue);
			// Its button is enabled by then.
			setTimeout(() => document.querySelector("dialog[open]") || refocus(from, document));
		};
	});
}

// A form with buttons, which closes with true when its work is done.
export function ask(key, children, work, { kind = "bad", submit = key } = {}) {
	const send = el("button." + kind, t(submit));
	return dialog(key, (close) => form(send, async () => {
		await work();
		announce(t("Done."));
		close(true);
	}, children, row(send, button("Cancel", () => close()))));
}

// Saves bytes or text as a file.
export function save(name, type, content) {
	const href = URL.createObjectURL(new Blob([content], { type }));
	el("a", { href, download: name }).click();
	setTimeout(() => URL.revokeObjectURL(href), 60000);
}

// --- what stays as the phone has it ---

// A view: what is above, and what build makes, if anything, of what fetch brings: now, and
// whenever the state of trust has changed, if that differs; one at a time, and after the last
// change. A failure is shown until it goes well again. Returns what asks for it.
export async function live({ root, signal, on }, above, fetch, build) {
	const failed = div(), place = div();
	let last, turn, waiting;
	const once = async () => {
		waiting = undefined;
		try {
			const now = await fetch();
			const text = JSON.stringify(now);
			if (signal.aborted || text === last)
				return;
			const made = await build(now);
			if (made)
				fill(place, made);
			last = text;
			fill(failed);
		} catch (e) {
			if (signal.aborted || e.name === "NotSignedIn")
				return;
			last = undefined;
			fill(failed, problem(e));
			if (e.name === "NoSuchCertificate")
				fill(place);
		}
	};
	const update = () => (waiting ||= turn = Promise.resolve(turn).then(once));
	root.append(failed, ...above.filter(isThere), place);
	on("trust", update);
	await update();
	return update;
}
