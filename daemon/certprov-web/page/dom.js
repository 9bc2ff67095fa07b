// SPDX-License-Identifier: Apache-2.0
// Elements, lists and dialogs. Text goes in as text only.
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
const label = (key) => t(key).replace(/^./, (first) => first.toUpperCase());
export const heading = (key) => el("h3", label(key));
export const title = (key, facts) => el("h2", t(key, facts));
export const say = (key, facts) => para(t(key, facts));
export const link = (to, text) => el("a", { href: "#" + to }, String(text));
export const back = (tab) => para(link(tab, "← " + t(tab)));
export const runLink = (id) => link("overview/" + id, t("runId", { id }));
export const mono = (text) => text && el("span.mono", text);
export const badge = (key, kind = "", facts) => el("span.badge." + kind, t(key, facts));
// What the daemon says, which is English.
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

const local = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });

// In the reader's zone; a switch in the footer shows all in UTC.
export function time(text) {
	const date = new Date(text || NaN);
	if (isNaN(date))
		return text;
	const utc = text.slice(0, 19).replace("T", " ") + " UTC";
	return el("time", { dateTime: text, title: utc },
		el("span.local", local.format(date)), el("span.utc", utc));
}

// "in 3 days", "2 hours ago"
export function span(seconds) {
	const [unit, length] = Object.entries({ day: 86400, hour: 3600, minute: 60 })
		.find((one) => Math.abs(seconds) >= one[1]) || ["second", 1];
	return new Intl.RelativeTimeFormat(language).format(Math.trunc(seconds / length), unit);
}

export const announce = (text) => (at("live").textContent = text);
export const outlet = () => div({ ariaLive: "polite" });

// kind: bad, warn or good. Bad ones are read out at once.
export const note = (kind, ...children) =>
	el("div.note." + kind, { role: kind === "bad" ? "alert" : null }, children);

// What certprovctl does and the page has a button for.
const BUTTONS = { trust: "Add exception", remove: "remove", lift: "lift", set: "Change",
	provision: "Run now", clock: "resetClock" };
export function remedy({ remedy: text }) {
	const verb = Object.keys(BUTTONS).find((name) => text?.match(`certprovctl ${name}(?! URL)`));
	return text && soft(el("strong", t("What helps"), ": "), said(text),
		verb && mayChange() && ` (${t("here")}: ${t(BUTTONS[verb])})`);
}

// An error, a Verdict, an Outcome, a Concern or a Warning: its sentence and remedy.
export function problem(p, kind = "bad", more) {
	const text = p.sentence || p.reason || p.message;
	return note(kind, para(p.ours ? text : said(text)), remedy(p), more);
}

// What the page itself finds, in the reader's language.
export const fault = (key, facts) => Object.assign(new Error(t(key, facts)), { ours: true });

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
	made.onclick = () => busy(made, work, (failed) =>
		dialog(key, (close) => [failed, row(button("OK", close))]));
	return made;
}

export const act = (...of) => mayChange() && button(...of);

export function form(send, work, ...children) {
	const told = div();
	const onsubmit = (event) => {
		event.preventDefault();
		fill(told);
		busy(send, work, (failed) => fill(told, failed));
	};
	return el("form", { onsubmit }, children, told);
}

export function field(key, control, hint) {
	if (hint)
		control.ariaDescription = t(hint);
	return el("div.field", el("label", label(key), control), hint && el("div.hint", t(hint)));
}

export const exact = (of) => input({ autocomplete: "off", spellcheck: false, ...of });
export const choice = (key, facts, of) =>
	el("label.choice", input({ type: "checkbox", ...of }), t(key, facts));
export const options = (texts) => texts.map((text, value) => el("option", { value }, text));

// How members of what the daemon sends are shown: its words, its sentences, runs.
const LOOKS = { cause: t, kind: t, role: t, source: t, effective: mono, next: said, note: said,
	bootstrapWaitsFor: said, what: said, bootstrapClosedBy: runLink, run: runLink };

function shown(value, key) {
	if (LOOKS[key])
		return value && LOOKS[key](value);
	if (Array.isArray(value))
		return value.map((item) => div(shown(item)));
	if (/^\d{4}-\d\d-\d\dT/.test(value))
		return time(value);
	if (/^([\da-f]{12,}|\w+:\/\/.*)$/i.test(value))
		return mono(value);
	return typeof value === "string" ? value : t(String(value ?? ""));
}

// A member of an object. cells: how some of them are shown.
const cell = (of, key, cells) => (cells[key] ? cells[key](of) : shown(of[key], key));

export const facts = (of, keys, cells = {}) => el("dl", keys.split(" ").map((key) => {
	const value = cell(of, key, cells);
	return isThere(value) && [el("dt", label(key)), el("dd", value)];
}));

// Without the columns that no row has anything in. Roles, as a narrow screen has it as blocks.
export function table(keys, rows, cells = {}, caption) {
	if (!rows.length)
		return soft(t("nothing"));
	const columns = keys.split(" ").map((key) => [label(key), rows.map((r) => cell(r, key, cells))])
		.filter(([, column]) => isThere(column));
	return el("table", { role: "table" }, caption && el("caption", label(caption)),
		el("thead", el("tr", columns.map(([name]) => el("th", name)))),
		el("tbody", rows.map((r, i) => el("tr." + (r.fresh || ""), { role: "row" },
			columns.map(([name, column]) =>
				el("td", { role: "cell", "data-label": name }, column[i]))))));
}

// Comes back with what close was called with, as text; "" on Escape. The focus returns.
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

// A form with buttons. check, if there is one, is made first and again when a control changes:
// it brings what to show, and whether the button may be pressed.
export function ask(key, children, work, { kind = "bad", submit = key, check } = {}) {
	const send = el("button." + kind, t(submit));
	const told = outlet();
	let turn = 0;
	const again = async () => {
		const mine = ++turn;
		send.disabled = true;
		const [shown, allowed] = await check().catch((e) => [problem(e)]);
		if (mine !== turn)
			return;
		fill(told, shown);
		send.disabled = !allowed;
	};
	if (check)
		again();
	return dialog(key, (close) => form(send, async () => {
		await work();
		announce(t("Done."));
		close(true);
	}, div({ onchange: check && again }, children), told,
	row(send, button("Cancel", () => close()))));
}

export function save(name, type, content) {
	const href = URL.createObjectURL(new Blob([content], { type }));
	el("a", { href, download: name }).click();
	setTimeout(() => URL.revokeObjectURL(href), 60000);
}

// A view: what is above, and what build makes, if anything, of what fetch brings: now, and
// whenever trust has changed, if it differs; one at a time, and after the last change. A failure
// is shown until it goes well again. Returns what updates it; fetch has it, too.
export async function live({ root, signal, on }, above, fetch, build) {
	const failed = div(), place = div();
	let last, turn, waiting;
	const once = async () => {
		waiting = undefined;
		try {
			const now = await fetch(update);
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
