// SPDX-License-Identifier: Apache-2.0
// How the phone is: what needs attention, what is in force, and the last run.
import { call, mayChange } from "/api.js";
import { change } from "/certificate.js";
import { ask, badge, button, div, el, facts, fill, heading, link, live, mono, note, para, problem,
	said, save, soft, time, title } from "/dom.js";
import { pemOf } from "/file.js";
import { report, runLink, runNow, runResult, runTable } from "/runs.js";
import { t } from "/strings.js";

const SWITCH = "tls_server_authentication";
const OFTEN = 2000, SELDOM = 30000; // while a run is under way, and otherwise

const state = (good, text, bad = "warn") => badge(t(text), good ? "good" : bad);
const named = (value, by) => value && [mono(value), " (", t(by), ")"];

// Each part of the view: from all that load() brings to its children.

const concerns = ({ status }) => [heading("concerns"),
	status.concerns.length ? status.concerns.map((c) => problem(c, "warn", soft(
		c.since && [t("since"), " ", time(c.since), " · "], el("code", c.identifier))))
		: note("good", t("noConcerns"))];

async function turn(value) {
	const set = () => change("admin.SetSetting", { name: SWITCH, value });
	return value === "on" ? set() : ask("turnOff", note("bad", t("turnOffText")), set);
}

function verification({ status: { verification: now, firmware, firmwareUnderstood }, rules, settings },
	update) {
	const setting = settings.find((s) => s.name === SWITCH);
	const by = now === "forced" ? "verification-forced" : "verification-setting";
	const rule = rules.find((r) => r.name === by);
	const on = now === "on";
	return [
		heading("verify"),
		para(state(on || now === "forced", now), " ", t("verify." + now)),
		!firmwareUnderstood && el("p.warn", t("firmwareUnknown")),
		["on", "off"].includes(now) && mayChange() && para(button("switch", async () => {
			await turn(on ? "off" : "on");
			await update();
		}, { role: "switch", ariaChecked: String(on) })),
		facts({
			firmware, rule: rule && [el("code", rule.name), " ", t(rule.until ? "ruleUntil" : "ruleSince",
				rule), " ", el("span.soft", said(rule.source))],
			[SWITCH]: setting.isSet && named(setting.value, setting.origin), note: said(setting.note),
		})];
}

const bootstrap = ({ status: s }) => [
	heading("bootstrap"),
	para(state(s.bootstrap === "closed", s.bootstrap), " ", t("bootstrap." + s.bootstrap)),
	facts({ closedBy: s.bootstrapClosedBy && runLink(s.bootstrapClosedBy),
		closedOn: time(s.bootstrapClosed), waitsFor: said(s.bootstrapWaitsFor) })];

const clock = ({ status: s }, update) => [
	heading("clock"),
	para(state(s.clockTrusted, s.clockTrusted ? "trusted" : "untrusted", "bad"),
		state(s.clockSynchronised, s.clockSynchronised ? "synchronised" : "unsynchronised")),
	!s.clockTrusted && para(t("early")),
	facts({ clockNow: time(s.clockNow), since: time(s.clockSince), clockFloor: time(s.clockFloor),
		raised: time(s.clockFloorRaised), lowered: time(s.clockFloorLowered) }),
	mayChange() && para(button("resetClock", async () => await ask("resetClock", para(t("resetText")),
		() => call("admin.ResetClock")) && update()))];

const figures = ({ status: s }) => [heading("figures"), facts({
	authorities: [link("authorities", s.authorities),
		s.authoritiesLost > 0 && t("lost", { n: s.authoritiesLost })],
	servers: [link("servers", s.servers), s.withdrawn > 0 && t("withdrawn", { n: s.withdrawn })],
	unknown: link("unknown", s.unknown), distrusted: s.distrusted, quarantined: s.quarantined,
	expired: s.expired, expiring: s.expiring, nextExpiry: time(s.nextExpiry),
	phone: [s.phoneType, s.mac].filter(Boolean).join(", "), TLS: t("tls", s.tls), profile: s.profile,
	certprovd: s.version, store: [mono(s.store), " ", s.generation] })];

const identity = (i) => [
	para(state(i.inForce, i.inForce ? "inForce" : i.usable ? "usable" : "unusable", i.usable ? "" : "bad"),
		" ", said(i.why)),
	!i.usable && i.reason && problem(i, "warn"),
	i.warnings?.map((w) => problem(w, "warn")),
	facts({ source: t(i.source), subject: i.subject, issuer: i.issuer,
		clients: i.usable && t(i.perDevice ? "perDevice" : "shared"), mac: mono(i.mac),
		notBefore: time(i.notBefore), notAfter: time(i.notAfter),
		key: i.keyType && i.keyType + " " + i.keyBits, "SHA-256": mono(i.sha256) }),
	i.chain?.length > 0 && para(button(t("saveChain", { n: i.chain.length }), () => save(
		i.source + "-chain.pem", "application/x-pem-file", i.chain.map(pemOf).join(""))))];

function device({ identities }) {
	const others = identities.filter((i) => !i.inForce);
	const used = identities.filter((i) => i.inForce).map(identity);
	return [heading("device"), used.length ? used : note("warn", t("noDevice")),
		others.length > 0 && el("details", el("summary", t("others", { n: others.length })),
			others.map((i) => el("div.card", identity(i))))];
}

const provisioning = ({ status: s }) => [heading("provisioning"), facts({
	settingServer: named(s.settingServer, s.settingServerSource),
	lastRun: s.lastRun && [time(s.lastRun), " ", runResult({ result: s.lastRunResult })],
	lastComplete: s.lastCompleteRun && [time(s.lastCompleteRun), " ", runLink(s.lastCompleteRunId)],
	nextRun: time(s.nextRun) || t("never") })];

async function load() {
	const [status, { rules }, { settings }, { identities }, { runs }] = await Promise.all(["trust.Status",
		"trust.Rules", "admin.ListSettings", "identity.ListIdentities", "admin.ListRuns"].map((m) => call(m)));
	return { status, rules, settings, identities, runs };
}

// Made anew only when what it shows has changed, which the clock does by itself.
function part(place, build) {
	let shown;
	return { place, show(all, update) {
		const made = div(build(all, update));
		const now = build === clock ? JSON.stringify({ ...all.status, clockNow: "" }) : made.innerText;
		if (now !== shown)
			fill(place, ...made.childNodes);
		shown = now;
	} };
}

async function openReport({ root, signal, arg }) {
	root.append(para(link("overview", "← ", t("overview"))), el("h2", t("report", { id: arg })),
		div(await report(Number(arg), signal)));
}

export async function open(view) {
	if (view.arg)
		return openReport(view);
	const { root, signal } = view;
	const cards = [verification, device, bootstrap, clock, figures].map((b) => part(el("div.card"), b));
	const parts = [part(div(), concerns), ...cards, part(div(), provisioning),
		part(div(), ({ runs }) => runTable(runs))];
	const places = parts.map((p) => p.place);
	const watched = div(), last = div();
	let reported, timer;
	root.append(title("overview"), places[0], el("div.cards", places.slice(1, 6)), places[6],
		mayChange() ? para(button("runNow", () => runNow(watched, signal).finally(update), { kind: "main" })) : "",
		watched, last, places[7]);
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
	const update = await live(view, fetch, async (all) => {
		parts.forEach((p) => p.show(all, () => update()));
		const now = JSON.stringify(all.runs[0]);
		if (now && now !== reported)
			fill(last, heading("lastReport"), await report(all.runs[0].id, signal));
		reported = now;
	});
}
