// SPDX-License-Identifier: Apache-2.0
// Provisioning runs: the list, a report, and one that is watched.
import { call, mayChange, stream } from "/api.js";
import { announce, badge, button, div, el, facts, fill, lines, link, mono, note, para, problem,
	remedy, said, soft, table, time } from "/dom.js";
import { t } from "/strings.js";

const ROWS = 25; // at first; then twice as many each time
const kinds = { complete: "good", partial: "warn", failed: "bad", cancelled: "warn" };

export const runResult = ({ result }) => badge(t(result || "underWay"), kinds[result]);
export const runLink = (id) => link("overview/" + id, t("runId", { id }));
const counts = (run) => t("counts", run);
const cancel = ({ id }) => mayChange() && button("cancelRun", () => call("admin.CancelRun", { id }));

// --- a report ---

const isGone = (o) => ["withdrawn", "removed", "would-lock-out"].includes(o.result);
const filters = {
	all: () => true,
	refused: (o) => !o.accepted,
	warned: (o) => o.accepted && (o.warnings?.length > 0 || isGone(o)),
	accepted: (o) => o.accepted,
};
const outcomeKind = (o) => (filters.refused(o) ? "bad" : filters.warned(o) ? "warn" : "good");

function what(o) {
	const name = o.name || o.subject || o.url || mono(o.sha256);
	return [(o.kind !== "certificate" || !name) && soft(t(o.kind)), name,
		o.value !== undefined && div(mono(o.value),
			o.former !== undefined && [" ", t("insteadOf"), " ", mono(o.former)])];
}

const columns = {
	what,
	where: (o) => [mono(o.document || o.url), o.line > 0 && t("line", o)],
	result: (o) => badge(o.result, outcomeKind(o)),
	why: (o) => [said(o.reason), remedy(o), o.warnings?.map((w) =>
		[para(badge(w.identifier, "warn"), said(w.sentence)), remedy(w)])],
};

// The lines that are chosen, some at a time.
function reportLines(all) {
	const choices = Object.entries(filters).map(([key, f]) => [t(key), all.filter(f)]);
	for (const result of new Set(all.map((o) => o.result).sort()))
		choices.push([result, all.filter((o) => o.result === result)]);
	const place = div();
	const show = (count) => {
		const [, rows] = choices[choice.value];
		fill(place, table("outcomes", columns, rows.slice(0, count)),
			rows.length > count && button("more", () => show(2 * count)));
	};
	const choice = el("select", { ariaLabel: t("filter"), onchange: () => show(ROWS) },
		choices.map(([text, rows], value) => el("option", { value }, `${text} (${rows.length})`)));
	show(ROWS);
	return [para(choice), place];
}

export async function report(id, signal) {
	let run;
	const all = [];
	await stream("admin.GetRun", { id }, (r) => {
		run = r.run || run;
		all.push(r.outcome || []);
	}, signal);
	const outcomes = all.flat();
	return [run.reason && problem(run, kinds[run.result]), facts({
		result: runResult(run), from: mono(run.url), namedBy: run.source && t(run.source),
		cause: run.cause && [t(run.cause), run.previous > 0 && [", ", runLink(run.previous)]],
		after: lines(run.chain?.map(mono)), started: time(run.started), finished: time(run.finished),
		firmware: run.firmware, foundThere: counts(run), next: said(run.next), omitted: run.omitted,
	}), !run.finished && cancel(run), outcomes.length > 0 && reportLines(outcomes)];
}

// --- all of them ---

export const runTable = (runs) => table("runs", {
	run: (r) => [runLink(r.id), r.lastComplete && [" ", badge(t("lastComplete"))]],
	started: (r) => time(r.started),
	result: (r) => [runResult(r), !r.result && cancel(r)],
	foundThere: counts,
	from: (r) => [mono(r.url), r.source && soft(t(r.source))],
}, runs);

// --- run now ---

function progress() {
	const bar = el("progress", { ariaLabel: t("progress") });
	const text = el("span"), found = soft(), stop = el("span");
	const seen = { accepted: 0, refused: 0 };
	let phase;
	return {
		root: el("div.card", para(text), bar, found, stop),
		show(r) {
			if (r.run?.id && !stop.firstChild)
				fill(stop, cancel(r.run));
			if (r.outcome)
				seen[r.outcome.accepted ? "accepted" : "refused"]++;
			if (r.phase !== phase)
				announce(t(r.phase));
			phase = r.phase;
			if (r.total > 0)
				Object.assign(bar, { max: r.total, value: r.done });
			else
				bar.removeAttribute("value");
			text.textContent = t(phase) + (r.total > 0 ? ` (${r.done}/${r.total})` : "");
			found.textContent = t("soFar", seen);
		},
	};
}

// Watches it in place, to its end. It goes on when the view is left.
export async function runNow(place, signal) {
	const { root, show } = progress();
	let run;
	fill(place, root);
	try {
		await stream("admin.Provision", {}, (r) => {
			run = r.run || run;
			show(r);
		}, signal);
	} catch (e) {
		fill(place);
		throw e;
	}
	const text = `${t("ended", run)} ${t(run.result)}. ${counts(run)}`;
	announce(text);
	fill(place, note(kinds[run.result], para(text), run.reason && para(said(run.reason))));
}
