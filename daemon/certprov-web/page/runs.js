// SPDX-License-Identifier: Apache-2.0
// Provisioning runs: the list, a report, and one that is watched.
import { call, mayChange, stream } from "/api.js";
import { announce, badge, button, div, el, facts, fill, link, mono, note, para, problem, remedy,
	said, soft, t, table } from "/dom.js";

const ROWS = 25; // at first; then twice as many each time
const kinds = { complete: "good", partial: "warn", failed: "bad", cancelled: "warn" };

export const runResult = ({ result }) => badge(t(result || "underWay"), kinds[result]);
export const runLink = (id) => link("overview/" + id, t("runId", { id }));
const found = (run) => t("counts", run);
const cancel = ({ id }) =>
	mayChange() && button("Cancel the run", () => call("admin.CancelRun", { id }));

// --- a report ---

const isGone = (o) => ["withdrawn", "removed", "would-lock-out"].includes(o.result);
const filters = {
	all: () => true,
	refused: (o) => !o.accepted,
	warned: (o) => o.accepted && (o.warnings?.length > 0 || isGone(o)),
	accepted: (o) => o.accepted,
};

const outcomeCells = {
	what(o) {
		const name = o.name || o.subject || o.url || mono(o.sha256);
		return [(o.kind !== "certificate" || !name) && soft(t(o.kind)), name,
			o.value !== undefined && div(mono(o.value),
				o.former !== undefined && [" ", t("instead of"), " ", mono(o.former)])];
	},
	where: (o) => [mono(o.document || o.url), o.line && t("line", o)],
	result: (o) =>
		badge(o.result, filters.refused(o) ? "bad" : filters.warned(o) ? "warn" : "good"),
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
		fill(place, table("outcomes", "what where result why", rows.slice(0, count), outcomeCells),
			rows.length > count && button("more", () => show(2 * count)));
	};
	const choice = el("select", { ariaLabel: t("filter"), onchange: () => show(ROWS) },
		choices.map(([text, rows], value) => el("option", { value }, `${text} (${rows.length})`)));
	show(ROWS);
	return [para(choice), place];
}

const runCells = {
	run: (r) => [runLink(r.id), r.lastComplete && [" ", badge(t("lastCompleteRun"))]],
	result: (r) => [runResult(r), !r.result && cancel(r)],
	source: (r) => r.source && t(r.source),
	cause: (r) => r.cause && [t(r.cause), r.previous && [", ", runLink(r.previous)]],
	found,
	next: (r) => said(r.next),
};

export async function report(id, signal) {
	const all = [];
	await stream("admin.GetRun", { id }, (r) => all.push(r), signal);
	const { run } = all.find((r) => r.run);
	const outcomes = all.flatMap((r) => r.outcome || []);
	return [run.reason ? problem(run, kinds[run.result]) : "",
		facts(run, "result url source cause chain started finished firmware found next omitted",
			runCells),
		outcomes.length ? div(reportLines(outcomes)) : ""];
}

export const runTable = ({ runs }) =>
	table("runs", "run started result found url source", runs, runCells);

// --- run now ---

function progress() {
	const bar = el("progress", { ariaLabel: t("progress") });
	const text = el("span"), sum = soft(), stop = el("span");
	const seen = { accepted: 0, refused: 0 };
	let phase;
	return {
		root: el("div.card", para(text), bar, sum, stop),
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
			sum.textContent = t("soFar", seen);
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
	const text = `${t("ended", run)} ${t(run.result)}. ${found(run)}`;
	announce(text);
	fill(place, note(kinds[run.result], para(text), para(said(run.reason))));
}
