// SPDX-License-Identifier: Apache-2.0
// How the phone is: what needs attention, what is in force, and the last run.
import { call, mayChange } from "/api.js";
import { change, savePem } from "/certificate.js";
import { ask, badge, button, div, el, facts, fill, heading, link, live, mono, note, para, problem,
	said, soft, t, time, title } from "/dom.js";
import { report, runLink, runNow, runResult, runTable } from "/runs.js";

const SWITCH = "tls_server_authentication";
const OFTEN = 2000, SELDOM = 30000; // while a run is under way, and otherwise

const state = (key, good, bad = "warn") => badge(t(key), good ? "good" : bad);
const named = (value, by) => value && [mono(value), " (", t(by), ")"];

// --- the parts: from all that load() brings to what is shown ---

const concern = (c) => problem(c, "warn",
	soft(c.since && [t("clockSince"), " ", time(c.since), " · "], el("code", c.identifier)));
const concerns = ({ concerns: all }) => [heading("concerns"),
	all.length ? all.map(concern) : note("good", t("noConcerns"))];

async function turn(value) {
	const set = () => change("admin.SetSetting", { name: SWITCH, value });
	return value === "on" ? set() : ask("turnOff", note("bad", t("turnOffText")), set);
}

function verification(s, update) {
	const { verification: now, settings, rules } = s;
	const setting = settings.find(({ name }) => name === SWITCH);
	const by = now === "forced" ? "verification-forced" : "verification-setting";
	const on = now === "on";
	const toggle = async () => {
		await turn(on ? "off" : "on");
		await update();
	};
	return [heading("verify"),
		para(state(now, on || now === "forced"), " ", t("verify." + now)),
		!s.firmwareUnderstood && el("p.warn", t("firmwareUnknown")),
		(on || now === "off") && mayChange()
			&& para(button("switch", toggle, { role: "switch", ariaChecked: String(on) })),
		facts(s, "firmware rule setting note", {
			rule: () => rules.filter(({ name }) => name === by).map((r) => [el("code", r.name), " ",
				t(r.until ? "ruleUntil" : "ruleSince", r), " ", el("span.soft", said(r.source))]),
			setting: () => setting.isSet && [el("code", SWITCH), " ",
				named(setting.value, setting.origin)],
			note: () => said(setting.note),
		})];
}

const bootstrap = (s) => [heading("Bootstrap"),
	para(state(s.bootstrap, s.bootstrap === "closed"), " ", t("bootstrap." + s.bootstrap)),
	facts(s, "bootstrapClosedBy bootstrapClosed bootstrapWaitsFor", {
		bootstrapClosedBy: (of) => of.bootstrapClosedBy && runLink(of.bootstrapClosedBy),
		bootstrapWaitsFor: (of) => said(of.bootstrapWaitsFor),
	})];

const resetClock = () =>
	ask("resetClock", para(t("resetText")), () => call("admin.ResetClock"));
const clock = (s, update) => [heading("Clock"),
	para(state(s.clockTrusted ? "trusted" : "untrusted", s.clockTrusted, "bad"),
		state(s.clockSynchronised ? "synchronised" : "unsynchronised", s.clockSynchronised)),
	!s.clockTrusted && para(t("early")),
	facts(s, "clockNow clockSince clockFloor clockFloorRaised clockFloorLowered"),
	mayChange() && para(button("resetClock", async () => await resetClock() && update()))];

const figures = (s) => [heading("In figures"),
	facts(s, "authorities servers unknown distrusted quarantined expired expiring nextExpiry phone "
		+ "tls profile version store", {
		authorities: () => [link("authorities", s.authorities), s.authoritiesLost && t("lost", s)],
		servers: () => [link("servers", s.servers), s.withdrawn && t("withdrawn", s)],
		unknown: () => link("unknown", s.unknown),
		phone: () => [s.phoneType, " ", s.mac],
		tls: () => t("orLater", s.tls),
		store: () => [mono(s.store), " ", s.generation],
	})];

const identity = (i) => [
	para(state(i.inForce ? "inForce" : i.usable ? "usable" : "unusable", i.inForce,
		i.usable ? "" : "bad"), " ", said(i.why)),
	!i.usable && i.reason && problem(i, "warn"),
	i.warnings?.map((w) => problem(w, "warn")),
	facts(i, "source subject issuer clients mac notBefore notAfter key sha256", {
		source: () => t(i.source),
		clients: () => i.usable && t(i.perDevice ? "perDevice" : "shared"),
		key: () => i.keyType && i.keyType + " " + i.keyBits,
	}),
	i.chain?.length && para(button(t("saveChain", { n: i.chain.length }),
		() => savePem(i.source + "-chain", ...i.chain)))];

function device({ identities }) {
	const used = identities.filter((i) => i.inForce), others = identities.filter((i) => !i.inForce);
	return [heading("device"), used.length ? used.map(identity) : note("warn", t("noDevice")),
		others.length > 0 && el("details", el("summary", t("others", { n: others.length })),
			others.map((i) => el("div.card", identity(i))))];
}

const provisioning = (s) => [heading("Provisioning"),
	facts(s, "settingServer lastRun lastCompleteRun nextRun", {
		settingServer: () => named(s.settingServer, s.settingServerSource),
		lastRun: () => s.lastRun && [time(s.lastRun), " ", runResult({ result: s.lastRunResult })],
		lastCompleteRun: () => s.lastCompleteRun
			&& [time(s.lastCompleteRun), " ", runLink(s.lastCompleteRunId)],
		nextRun: () => time(s.nextRun) || t("never"),
	})];

// --- all of it ---

const ASKED = ["trust.Status", "trust.Rules", "admin.ListSettings", "identity.ListIdentities",
	"admin.ListRuns"];
const load = async () =>
	Object.assign({}, ...await Promise.all(ASKED.map((method) => call(method))));

// Made anew only when what it shows has changed.
function part(build, kind) {
	const place = el("div." + kind);
	let text;
	return { place, show(all, update) {
		const made = div(build(all, update));
		if (made.textContent !== text)
			fill(place, ...made.childNodes);
		text = made.textContent;
	} };
}

export async function open(view) {
	const { arg: id, root, signal } = view;
	if (id)
		return root.append(para(link("overview", "← " + t("overview"))), title("report", { id }),
			...await report(Number(id), signal));
	const cards = [verification, device, bootstrap, clock, figures].map((b) => part(b, "card"));
	const first = part(concerns), server = part(provisioning), runs = part(runTable);
	const watched = div(), last = div();
	let reported, timer;
	const now = button("Run now", () => runNow(watched, signal).finally(update), { kind: "main" });
	const fetch = async () => {
		let wait = SELDOM;
		clearTimeout(timer);
		try {
			const all = await load();
			if (all.runs.some((r) => !r.finished))
				wait = OFTEN;
			return all;
		} finally { // a hidden page asks again when it is seen
			timer = setTimeout(() => !signal.aborted && !document.hidden && update(), wait);
		}
	};
	const update = await live(view, [title("overview"), first.place,
		el("div.cards", cards.map((p) => p.place)), server.place,
		mayChange() ? para(now) : "", watched, last, runs.place], fetch, async (all) => {
		[first, ...cards, server, runs].forEach((p) => p.show(all, () => update()));
		const text = JSON.stringify(all.runs[0]);
		if (text && text !== reported)
			fill(last, heading("lastReport"), await report(all.runs[0].id, signal));
		reported = text;
	});
}
