// SPDX-License-Identifier: Apache-2.0
// How the phone is: what needs attention, what is in force, and the last run.
import { call, mayChange } from "/api.js";
import { ask, badge, button, el, facts, fill, mono, note, problem, said, save, time } from "/dom.js";
import { pemOf } from "/der.js";
import { live } from "/live.js";
import { report, runNow, runResult, runTable } from "/runs.js";
import { setSetting } from "/settings.js";
import { t, word } from "/strings.js";

const SWITCH = "tls_server_authentication";
const OFTEN = 2000, SELDOM = 30000; // while a run is under way, and otherwise

const isOn = (status) => status.verification === "on" || status.verification === "forced";

// --- what needs attention ---

function concern(c) {
	const n = problem(c, "warn");
	n.append(el("p", { class: "soft" }, c.since && [t("since"), " ", time(c.since), " · "], el("code", null, c.identifier)));
	return n;
}

const concerns = ({ status }) => [
	el("h3", null, t("concerns")),
	status.concerns.length ? status.concerns.map(concern) : note("good", el("p", null, t("concerns.none"))),
];

// --- verification ---

async function turn(on) {
	const set = () => setSetting(SWITCH, on ? "on" : "off");
	return on ? set() : ask(t("verify.turnOff"), note("bad", el("p", null, t("verify.danger"))), t("verify.turnOff"), set, true);
}

function verification({ status, rules, settings }, update) {
	const row = settings.find((s) => s.name === SWITCH);
	const rule = rules.find((r) => r.name === (status.verification === "forced" ? "verification-forced" : "verification-setting"));
	const free = status.verification === "on" || status.verification === "off";
	const on = isOn(status);
	return [
		el("h3", null, t("verify")),
		el("p", null, badge(word("verified." + status.verification), on ? "good" : "warn"), " ", t("verify." + status.verification)),
		!status.firmwareUnderstood && el("p", { class: "warn" }, t("verify.unknown")),
		free && mayChange() && el("p", null, button(t("verify.switch"), async () => {
			await turn(!on);
			await update();
		}, { role: "switch", "aria-checked": String(on) })),
		facts([t("firmware"), status.firmware], [t("verify.rule"), rule && [el("code", null, rule.name), " ",
			t(rule.until ? "verify.sinceUntil" : "verify.since", rule), " ", el("span", { class: "soft" }, said(rule.source))]],
			[el("code", null, SWITCH), row.isSet && [mono(row.value), " (", word("origin." + row.origin), ")"]],
			[t("set.note"), said(row.note)]),
	];
}

// --- bootstrap, clock, counts ---

const bootstrap = ({ status: s }) => [
	el("h3", null, t("bootstrap")),
	el("p", null, badge(word("bootstrap." + s.bootstrap), s.bootstrap === "open" ? "warn" : "good"), " ",
		t(s.bootstrap === "open" ? "bootstrap.isOpen" : "bootstrap.isClosed")),
	facts([t("bootstrap.by"), s.bootstrapClosedBy && [el("a", { href: "#overview/" + s.bootstrapClosedBy }, t("run.n", { id: s.bootstrapClosedBy })), " "]],
		[t("bootstrap.when"), s.bootstrapClosed && time(s.bootstrapClosed)], [t("bootstrap.waits"), said(s.bootstrapWaitsFor)]),
];

const resetClock = () => ask(t("clock.reset"), el("p", null, t("clock.resetHint")), t("clock.reset"), () => call("admin.ResetClock"), true);

const clock = ({ status: s }, update) => [
	el("h3", null, t("clock")),
	el("p", null, badge(t(s.clockTrusted ? "clock.trusted" : "clock.untrusted"), s.clockTrusted ? "good" : "bad"),
		badge(t(s.clockSynchronised ? "clock.synchronised" : "clock.free"), s.clockSynchronised ? "good" : "warn")),
	!s.clockTrusted && el("p", null, t("clock.early")),
	facts([t("clock.now"), time(s.clockNow)], [t("since"), s.clockSince && time(s.clockSince)],
		[t("clock.floor"), time(s.clockFloor)], [t("clock.raised"), s.clockFloorRaised && time(s.clockFloorRaised)],
		[t("clock.lowered"), s.clockFloorLowered && time(s.clockFloorLowered)]),
	mayChange() && el("p", null, button(t("clock.reset"), async () => await resetClock() && update())),
];

const link = (tab, text) => el("a", { href: "#" + tab }, text);
const counts = ({ status: s }) => [
	el("h3", null, t("counts")),
	facts([t("tab.authorities"), [link("authorities", s.authorities), s.authoritiesLost ? " " + t("counts.lost", { n: s.authoritiesLost }) : ""]],
		[t("tab.servers"), [link("servers", s.servers), s.withdrawn ? " " + t("counts.withdrawn", { n: s.withdrawn }) : ""]],
		[t("tab.unknown"), link("unknown", s.unknown)],
		[t("counts.distrusted"), String(s.distrusted)], [t("counts.quarantined"), String(s.quarantined)],
		[t("counts.expired"), String(s.expired)], [t("counts.expiring"), String(s.expiring)],
		[t("counts.next"), s.nextExpiry && time(s.nextExpiry)],
		[t("phone"), [s.phoneType, s.mac].filter(Boolean).join(", ")],
		["TLS", t("counts.tls", { version: s.tls.minimumVersion })], [t("counts.profile"), s.profile],
		["certprovd", s.version], [t("counts.store"), [mono(s.store), " ", s.generation]]),
];

// --- the phone's own certificate ---

const identity = (i) => [
	el("p", null, badge(t(i.inForce ? "device.inForce" : i.usable ? "device.usable" : "device.unusable"), i.inForce ? "good" : i.usable ? "" : "bad"),
		" ", said(i.why)),
	!i.usable && i.reason && problem(i, "warn"),
	i.warnings?.map((w) => problem(w, "warn")),
	facts([t("device.source"), word("device." + i.source)], [t("subject"), i.subject], [t("issuer"), i.issuer],
		[t("device.servers"), i.usable && t(i.perDevice ? "device.perDevice" : "device.shared")], [t("device.mac"), mono(i.mac)],
		[t("validFrom"), i.notBefore && time(i.notBefore)], [t("validUntil"), i.notAfter && time(i.notAfter)],
		[t("key"), i.keyType && `${i.keyType}, ${i.keyBits} bits`], ["SHA-256", mono(i.sha256)]),
	i.chain?.length > 0 && el("p", null, button(t("device.save", { n: i.chain.length }),
		() => save(i.source + "-chain.pem", "application/x-pem-file", i.chain.map(pemOf).join("")))),
];

const others = (all) => all.filter((i) => !i.inForce);
const device = ({ identities }) => [
	el("h3", null, t("device")),
	identities.filter((i) => i.inForce).map(identity),
	!identities.some((i) => i.inForce) && note("warn", el("p", null, t("device.none"))),
	others(identities).length > 0 && el("details", null, el("summary", null, t("device.others", { n: others(identities).length })),
		others(identities).map((i) => el("div", { class: "card" }, identity(i)))),
];

// --- provisioning ---

const provisioning = ({ status: s }) => facts(
	[t("prov.server"), s.settingServer && [mono(s.settingServer), " (", word("origin." + s.settingServerSource), ")"]],
	[t("prov.last"), s.lastRun && [time(s.lastRun), " ", runResult({ result: s.lastRunResult })]],
	[t("prov.lastComplete"), s.lastCompleteRun && [time(s.lastCompleteRun), " ", el("a", { href: "#overview/" + s.lastCompleteRunId }, t("run.n", { id: s.lastCompleteRunId }))]],
	[t("prov.next"), s.nextRun ? time(s.nextRun) : t("prov.never")]);

async function load() {
	const [status, { rules }, { settings }, { identities }, { runs }] = await Promise.all([call("trust.Status"), call("trust.Rules"),
		call("admin.ListSettings"), call("identity.ListIdentities"), call("admin.ListRuns")]);
	return { status, rules, settings, identities, runs };
}

// Made anew only when what it shows has changed.
function part(attributes, facts, build) {
	const place = el("section", attributes);
	let shown;
	return {
		place,
		show(all, update) {
			const now = JSON.stringify(facts(all));
			if (now !== shown)
				fill(place, build(all, update));
			shown = now;
		},
	};
}

async function openReport({ root, signal, arg }) {
	root.append(el("p", null, link("overview", t("run.back"))), el("h2", null, t("run.report", { id: arg })),
		el("div", null, await report(Number(arg), signal)));
}

// Without what changes by itself.
const still = ({ status, rules, settings }) => [{ ...status, clockNow: "" }, rules, settings];

export async function open(view) {
	if (view.arg)
		return openReport(view);
	const { root, signal } = view;
	const card = (build, facts) => part({ class: "card" }, facts, build);
	const first = part(null, (all) => all.status.concerns, concerns);
	const cards = [card(verification, still), card(device, (all) => all.identities), card(bootstrap, still), card(clock, (all) => all.status), card(counts, still)];
	const prov = part(null, still, provisioning);
	const runs = part(null, (all) => all.runs, (all) => runTable(all.runs));
	const parts = [first, ...cards, prov, runs];
	const watched = el("div"), last = el("section");
	let reported, timer;
	const showLast = async ([run]) => {
		const now = JSON.stringify(run);
		if (run && now !== reported)
			fill(last, el("h3", null, t("run.last")), await report(run.id, signal));
		reported = now;
	};
	root.append(el("h2", null, t("tab.overview")), first.place, el("div", { class: "cards" }, cards.map((p) => p.place)),
		el("h3", null, t("prov")), prov.place,
		mayChange() ? el("p", null, button(t("run.now"), () => runNow(watched, signal).finally(() => update()), { class: "main" })) : "",
		watched, last, runs.place);
	const fetch = async () => {
		let often = false;
		clearTimeout(timer);
		try {
			const all = await load();
			often = all.runs.some((r) => !r.finished);
			return all;
		} finally { // a hidden page asks again when it is seen
			timer = setTimeout(() => !signal.aborted && !document.hidden && update(), often ? OFTEN : SELDOM);
		}
	};
	const update = await live(view, fetch, async (all) => {
		parts.forEach((p) => p.show(all, () => update()));
		await showLast(all.runs);
	});
}
