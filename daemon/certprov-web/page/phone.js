// SPDX-License-Identifier: Apache-2.0
// The phone: its state and runs, its settings, and its history.
import { call, list, stream } from "/api.js";
import { cells, change, savePem } from "/certificates.js";
import { act, announce, ask, back, badge, button, choice, div, el, exact, facts, field,
	fill, heading, input, link, live, mono, note, options, para, problem, remedy, runLink, said,
	say, soft, t, table, time, title } from "/dom.js";

const SWITCH = "tls_server_authentication";
const OFTEN = 2000, SELDOM = 30000; // while a run is under way, and otherwise
const ROWS = 25; // at first; then twice as many each time
const MAX_CHANGES = 1000; // STORE_MAX_CHANGES: what the daemon keeps

const kinds = { complete: "good", partial: "warn", failed: "bad", cancelled: "warn" };
const runResult = (result) => badge(result || "in progress", kinds[result]);
const cancel = ({ id }) => act("Cancel the run", () => call("admin.CancelRun", { id }));
const counts = (of, keys) => keys.split(" ").map((key) => t(key) + ": " + of[key]).join(", ");
const found = (run) => counts(run, "documents certificates accepted refused");

const runCells = {
	run: (r) => [runLink(r.id), r.lastComplete && [" ", badge("lastCompleteRun")]],
	result: (r) => [runResult(r.result), !r.result && cancel(r)],
	cause: (r) => r.cause && [t(r.cause), r.previous && [", ", runLink(r.previous)]],
	found,
};
const runTable = ({ runs }) =>
	table("run started result found url source", runs, runCells, "runs");

const filters = {
	all: () => true,
	refused: (o) => !o.accepted,
	warned: (o) => o.accepted && (o.warnings?.length > 0
		|| ["withdrawn", "removed", "would-lock-out"].includes(o.result)),
	accepted: (o) => o.accepted,
};

const outcomeCells = {
	what(o) {
		const name = o.name || o.subject || o.url || mono(o.sha256);
		return [(o.kind !== "certificate" || !name) && soft(t(o.kind)), name,
			div(mono(o.value), o.former && [" ", t("instead of"), " ", mono(o.former)])];
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
	const show = (count = ROWS) => {
		const [, rows] = choices[choice.value];
		fill(place, table("what where result why", rows.slice(0, count), outcomeCells, "outcomes"),
			rows.length > count && button("more", () => show(2 * count)));
	};
	const choice = el("select", { ariaLabel: t("filter"), onchange: () => show() },
		options(choices.map(([text, rows]) => `${text} (${rows.length})`)));
	show();
	return [para(choice), place];
}

async function report(id, signal) {
	const all = [];
	await stream("admin.GetRun", { id }, (r) => all.push(r), signal);
	const [{ run }] = all;
	const outcomes = all.flatMap((r) => r.outcome || []);
	return div(run.reason && problem(run, kinds[run.result]), facts(run,
		"result url source cause chain started finished firmware found next omitted", runCells),
		outcomes.length > 0 && reportLines(outcomes));
}

// Watches one in place, to its end. It goes on when the view is left.
async function runNow(place, signal) {
	const bar = el("progress", { ariaLabel: t("progress") });
	const text = para(), sum = soft(), stop = div();
	const seen = { accepted: 0, refused: 0 };
	let run, phase;
	fill(place, el("div.card", text, bar, sum, stop));
	try {
		await stream("admin.Provision", {}, (r) => {
			run = r.run || run;
			if (run?.id && !stop.firstChild)
				fill(stop, cancel(run));
			if (r.outcome)
				seen[r.outcome.accepted ? "accepted" : "refused"]++;
			if (r.phase !== phase)
				announce(t(r.phase));
			phase = r.phase;
			Object.assign(bar, { max: r.total || 1, value: r.done });
			text.textContent = `${t(phase)} (${r.done}/${r.total})`;
			sum.textContent = counts(seen, "accepted refused");
		}, signal);
	} catch (e) {
		fill(place);
		throw e;
	}
	const end = `${t("runId", run)}: ${t(run.result)}. ${found(run)}`;
	announce(end);
	fill(place, note(kinds[run.result], para(end), para(said(run.reason))));
}

const named = (value, by) => value && [mono(value), " (", t(by), ")"];

const concerns = ({ concerns: all }) => [heading("concerns"), all.length
	? all.map((c) => problem(c, "warn",
		soft(c.since && [t("clockSince"), " ", time(c.since), " · "], el("code", c.identifier))))
	: note("good", say("noConcerns"))];

function verification(s, update) {
	const { verification: now, settings, rules } = s;
	const setting = settings.find(({ name }) => name === SWITCH);
	const rule = now === "forced" ? "verification-forced" : "verification-setting";
	const on = now === "on", safe = on || now === "forced";
	const turn = (value) => change("SetSetting", { name: SWITCH, value });
	return [heading("switch"),
		para(badge(now, safe ? "good" : "warn"), !safe && [" ", t("acceptsAll")]),
		(on || now === "off") && para(act("switch", async () => {
			await (on ? ask("turnOff", say("turnOffText"), () => turn("off")) : turn("on"));
			await update();
		}, { role: "switch", ariaChecked: String(on) })),
		facts({ ...s, ...rules.find(({ name }) => name === rule), rule, note: setting.note },
			"firmware rule since until source setting note",
			{ setting: () => setting.isSet && named(setting.value, setting.origin) })];
}

const bootstrap = (s) => [heading("Bootstrap"),
	para(badge(s.bootstrap, s.bootstrap === "closed" ? "good" : "warn"), " ",
		t("bootstrap." + s.bootstrap)),
	facts(s, "bootstrapClosedBy bootstrapClosed bootstrapWaitsFor")];

const clock = (s, update) => [heading("Clock"),
	facts(s, "clockTrusted clockSynchronised clockNow clockSince clockFloor clockFloorRaised "
		+ "clockFloorLowered"),
	para(act("resetClock", async () =>
		await ask("resetClock", say("resetText"), () => change("ResetClock")) && update()))];

const figures = (s) => [heading("In figures"),
	facts({ ...s, ...s.tls, missingSince: s.withdrawn }, "authorities authoritiesLost servers "
		+ "missingSince unknown distrusted quarantined expired expiring nextExpiry phoneType mac "
		+ "minimumVersion profile version store generation",
	Object.fromEntries(["authorities", "servers", "unknown"].map((tab) =>
		[tab, () => link(tab, s[tab])])))];

const identity = (i) => [para(said(i.why)),
	!i.usable && i.reason && problem(i, "warn"),
	i.warnings?.map((w) => problem(w, "warn")),
	facts(i, "inForce usable source subject issuer perDevice mac notBefore notAfter key sha256",
		cells),
	i.chain?.length && para(button("saveChain", () => savePem(i.source + "-chain", ...i.chain)))];

function device({ identities }) {
	const used = identities.filter((i) => i.inForce), others = identities.filter((i) => !i.inForce);
	return [heading("device"), used.length ? used.map(identity) : note("warn", say("nothing")),
		others.length > 0 && el("details", el("summary", t("others", { n: others.length })),
			others.map((i) => el("div.card", identity(i))))];
}

const provisioning = (s) => [heading("Provisioning"),
	facts(s, "settingServer lastRun lastCompleteRun nextRun", {
		settingServer: () => named(s.settingServer, s.settingServerSource),
		lastRun: () => s.lastRun && [time(s.lastRun), " ", runResult(s.lastRunResult)],
		lastCompleteRun: () => s.lastCompleteRun
			&& [time(s.lastCompleteRun), " ", runLink(s.lastCompleteRunId)],
		nextRun: () => time(s.nextRun) || t("never"),
	})];

const load = async () => Object.assign({}, ...await Promise.all(["trust.Status", "trust.Rules",
	"admin.ListSettings", "identity.ListIdentities", "admin.ListRuns"].map((of) => call(of))));

export async function overview(view) {
	const { arg: id, root, signal } = view;
	if (id)
		return root.append(back("overview"), title("runId", { id }),
			await report(Number(id), signal));
	const parts = [concerns, provisioning, runTable,
		verification, device, bootstrap, clock, figures];
	const places = parts.map((_, i) => el(i < 3 ? "div" : "div.card"));
	const [first, server, runs, ...cards] = places;
	const watched = div(), last = div();
	let reported, timer, update;
	const now = act("Run now", () => runNow(watched, signal).finally(() => update()),
		{ kind: "main" });
	await live(view, [title("overview"), first, el("div.cards", cards), server,
		para(now), watched, last, runs], async (again) => {
		let wait = SELDOM;
		update = again;
		clearTimeout(timer);
		try {
			const all = await load();
			if (all.runs.some((r) => !r.finished))
				wait = OFTEN;
			return all;
		} finally { // a hidden page asks again when it is seen
			timer = setTimeout(() => !signal.aborted && !document.hidden && update(), wait);
		}
	}, async (all) => {
		places.forEach((place, i) => {
			const made = div(parts[i](all, update));
			if (made.textContent !== place.textContent)
				fill(place, ...made.childNodes);
		});
		const text = JSON.stringify(all.runs[0]);
		if (text && text !== reported)
			fill(last, heading("lastReport"), await report(all.runs[0].id, signal));
		reported = text;
	});
}

// One that is read only takes a value by force alone, which the reader has to give.
const isFixed = (s) => s.permission === "read-only";
const set = ({ name, ...s }, value) =>
	change("SetSetting", { name, value, force: isFixed(s) });
const overrule = (s) => isFixed(s)
	&& note("warn", choice("overrule", {}, { required: true }));

const control = ({ name, secret, value, effective }) => (name === "webserver_cert"
	? el("textarea", { rows: 8, spellcheck: false })
	: secret ? input({ type: "password", autocomplete: "new-password" })
		: exact({ value: value ?? effective ?? "" }));

function edit(s) {
	const value = control(s);
	return ask(s.name, [field("value", value, "valueHint"), para(said(s.note)), overrule(s)],
		() => set(s, value.value), { submit: "Save", kind: "main" });
}

const toDefault = (s) => ask("toDefault", [say("defaultText", s), overrule(s)], () => set(s),
	{ kind: "main" });

export async function settings(view) {
	const button = (key, s, work) =>
		act(key, async () => await work(s) && update(), { about: s.name });
	const update = await live(view, [title("settings")], () => call("admin.ListSettings"), (all) =>
		table("name value effective origin note actions", all.settings, {
			value: (s) => mono(s.value) || (s.isSet && badge(s.secret ? "secret" : "empty")),
			origin: (s) => [t(s.origin), s.permission && soft(t(s.permission))],
			actions: (s) =>
				[button("Change", s, edit), s.isSet && button("toDefault", s, toDefault)],
		}));
}

export async function history(view) {
	let limit = ROWS;
	const more = para(button("more", () => {
		limit = Math.min(2 * limit, MAX_CHANGES);
		return update();
	}));
	const fetch = () => list("admin.History", { limit }, "change", view.signal);
	const update = await live(view, [title("history")], fetch, (all) => [
		table("when who what about run generation", all, {
			about: (c) => [div(c.name), c.sha256
				&& el("span.mono", { title: c.sha256 }, c.sha256.slice(0, 16) + "…")],
		}),
		all.length === limit && limit < MAX_CHANGES && more]);
}
