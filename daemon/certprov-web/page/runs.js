// SPDX-License-Identifier: Apache-2.0
// Provisioning runs: the list, a report, and one that is watched.
import { call, mayChange, stream } from "/api.js";
import { announce, badge, button, el, facts, fill, mono, note, option, problem, said, table, time } from "/dom.js";
import { t, word } from "/strings.js";

const ROWS = 25; // at first; then twice as many each time
const kinds = { complete: "good", partial: "warn", failed: "bad", cancelled: "warn" };

export const runResult = (run) => badge(word("ran." + (run.result || "none")), kinds[run.result]);
const counts = (run) => t("run.counts", run);
const runLink = (id) => el("a", { href: "#overview/" + id }, t("run.n", { id }));
const cancel = (id) => mayChange() && button(t("run.cancel"), () => call("admin.CancelRun", { id }));

export const runFacts = (run) => [
	problemOfRun(run),
	facts([t("run.result"), runResult(run)],
		[t("run.from"), mono(run.url)], [t("run.source"), run.source && word("origin." + run.source)],
		[t("run.cause"), run.cause && [word("cause." + run.cause), run.previous ? [", ", runLink(run.previous)] : ""]],
		[t("run.chain"), run.chain?.map((url) => el("div", null, mono(url)))],
		[t("run.started"), time(run.started)], [t("run.finished"), run.finished && time(run.finished)],
		[t("firmware"), run.firmware], [t("run.found"), counts(run)],
		[t("run.next"), said(run.next)], [t("run.omitted"), run.omitted]),
];
const problemOfRun = (run) => run.reason && problem(run, kinds[run.result]);

// --- a report ---

const isGone = (o) => ["withdrawn", "removed", "would-lock-out"].includes(o.result);
const isWarned = (o) => o.accepted && (o.warnings?.length > 0 || isGone(o));
const outcomeKind = (o) => (o.accepted ? (isWarned(o) ? "warn" : "good") : "bad");
const filters = { all: () => true, refused: (o) => !o.accepted, warned: isWarned, accepted: (o) => o.accepted };

const place = (o) => [mono(o.document || o.url), o.line ? t("run.line", o) : ""];
const named = (o) => o.name || o.subject || o.url || mono(o.sha256);
const what = (o) => [
	(o.kind !== "certificate" || !named(o)) && el("div", { class: "soft" }, word("kind." + o.kind)), named(o),
	o.value !== undefined && el("div", null, mono(o.value), o.former !== undefined && [" ", t("run.former"), " ", mono(o.former)]),
];
const helps = (p) => p.remedy && el("p", { class: "soft" }, t("remedy"), ": ", said(p.remedy));
const why = (o) => [said(o.reason), helps(o),
	o.warnings?.map((w) => [el("p", null, badge(w.identifier, "warn"), said(w.sentence)), helps(w)])];

const outcomes = (rows) => table(t("run.outcomes"), [
	[t("run.what"), what], [t("run.where"), place],
	[t("run.outcome"), (o) => badge(o.result, outcomeKind(o))], [t("run.why"), why]], rows);

// The lines that are chosen, some at a time.
function reportLines(all) {
	const results = [...new Set(all.map((o) => o.result))].sort();
	const choices = [...Object.entries(filters).map(([name, f]) => [name, t("filter." + name), f]),
		...results.map((r) => ["=" + r, r, (o) => o.result === r])].map(([...c]) => [...c, all.filter(c[2])]);
	const choice = el("select", { "aria-label": t("run.filter"), onchange: () => show(ROWS) },
		choices.map(([name, label, , rows]) => option(name, `${label} (${rows.length})`)));
	const lines = el("div");
	const show = (count) => {
		const rows = choices.find(([name]) => name === choice.value)[3];
		fill(lines, outcomes(rows.slice(0, count)), rows.length > count && button(t("more"), () => show(2 * count)));
	};
	show(ROWS);
	return [el("p", null, choice), lines];
}

export async function report(id, signal) {
	let run;
	const all = [];
	await stream("admin.GetRun", { id }, (r) => {
		run = r.run || run;
		if (r.outcome)
			all.push(r.outcome);
	}, signal);
	return [runFacts(run), !run.finished && cancel(id), all.length > 0 && reportLines(all)];
}

// --- all of them ---

export const runTable = (runs) => table(t("run.caption"), [
	[t("run"), (r) => [runLink(r.id), r.lastComplete && [" ", badge(t("run.lastComplete"))]]],
	[t("run.started"), (r) => time(r.started)],
	[t("run.result"), (r) => [runResult(r), !r.result && cancel(r.id)]],
	[t("run.found"), counts],
	[t("run.from"), (r) => [mono(r.url), r.source && el("div", { class: "soft" }, word("origin." + r.source))]],
], runs);

// --- run now ---

function progress() {
	const bar = el("progress", { "aria-label": t("run.progress") });
	const text = el("span"), found = el("p", { class: "soft" }), stop = el("span");
	const seen = { accepted: 0, refused: 0 };
	let phase;
	return {
		root: el("div", { class: "card" }, el("p", null, text), bar, found, stop),
		show(r) {
			if (r.run?.id && !stop.firstChild)
				fill(stop, cancel(r.run.id));
			if (r.outcome)
				seen[r.outcome.accepted ? "accepted" : "refused"]++;
			if (r.phase !== phase)
				announce(word("phase." + r.phase));
			phase = r.phase;
			if (r.total > 0) {
				bar.max = r.total;
				bar.value = r.done;
			} else {
				bar.removeAttribute("value");
			}
			text.textContent = word("phase." + phase) + (r.total > 0 ? ` (${r.done}/${r.total})` : "");
			found.textContent = t("run.seen", seen);
		},
	};
}

// Watches it in place, to its end. It goes on when the view is left.
export async function runNow(place, signal) {
	const p = progress();
	let run;
	fill(place, p.root);
	try {
		await stream("admin.Provision", {}, (r) => {
			run = r.run || run;
			p.show(r);
		}, signal);
	} catch (e) {
		fill(place);
		throw e;
	}
	const text = [t("run.ended", { id: run.id }), " ", word("ran." + run.result), ". ", counts(run)];
	announce(text.join(""));
	fill(place, note(kinds[run.result], el("p", null, text), run.reason && el("p", null, said(run.reason))));
}
