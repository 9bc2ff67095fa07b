// SPDX-License-Identifier: Apache-2.0
// A certificate in the three lists: its line, all that is known of it, and what may be done.
import { call, list, mayChange } from "/api.js";
import { announce, ask, badge, button, el, facts, field, fill, mono, problem, said, save, span, time } from "/dom.js";
import { bytesOf, digest, pemOf, read } from "/der.js";
import { live } from "/live.js";
import { t } from "/strings.js";

export { live };

// A link to all of it, and what there is to notice.
export const title = (tab, c) => [el("a", { href: "#" + tab + "/" + c.sha256 }, c.subject || c.sha256), " ", badges(c)];

export const badges = (c) => el("span", null,
	c.lists.includes("distrusted") && badge(t("distrusted"), "bad"),
	c.expiresIn !== undefined && badge(c.expiresIn < 0 ? t("expired") : t("expiresIn", { when: span(c.expiresIn) }), c.expiresIn < 0 ? "bad" : "warn"),
	c.missingRun && badge(t("missing"), "warn"),
	c.firmwareRefuses && badge(t("firmwareRefuses", { result: c.firmwareRefuses }), "warn"));

export const origin = (c) => [t("origin." + c.origin), c.authenticated === false && [" (", t("unauthenticated"), ")"],
	c.document && el("div", { class: "mono" }, c.line ? t("documentLine", c) : c.document), c.url && el("div", { class: "mono" }, c.url)];

// A change that may lock the phone out of its own server is told, and made only when forced.
// parameters(): those of the call, when it is made.
export async function change(label, text, method, parameters, more) {
	const done = await ask(label, [el("p", null, text), more], label, async () => {
		try {
			await call(method, parameters());
		} catch (e) {
			const forced = e.name === "WouldLockOut" && await ask(t("lockOut"), [problem(e), el("p", null, t("lockOutText"))], t("force"),
				() => call(method, { ...parameters(), force: true }), true);
			if (!forced)
				throw e;
		}
	}, true);
	if (done)
		announce(t("done"));
	return done;
}

// Distrust, of the certificate or of its key; c.key: that of details().
export function distrust(c) {
	const reason = el("input", { maxlength: "200" });
	const key = el("input", { type: "checkbox" });
	return change(t("distrust"), t("distrustText", { subject: c.subject }), "admin.Distrust", () => ({
		...(key.checked ? { kind: "public-key", sha256: c.key } : { kind: "certificate", sha256: c.sha256 }),
		...(reason.value && { reason: reason.value }),
	}), [field(t("reason"), reason), c.key && el("label", { class: "choice" }, key, t("distrustKey"))]);
}

export const listed = (view, of) => list("trust.ListCertificates", { list: of }, "certificate", view.signal);

function saves(c, name) {
	return [button("PEM", () => save(name + ".pem", "application/x-pem-file", pemOf(c.der))),
		button("DER", () => save(name + ".der", "application/pkix-cert", bytesOf(c.der)))];
}

async function inDer(c) {
	try {
		const der = bytesOf(c.der);
		const { key, constraints } = read(der);
		c.key = await digest("SHA-256", key);
		return { constraints, sha1: await digest("SHA-1", der) };
	} catch {
		return { constraints: [] };
	}
}

function sent(c) {
	return c.chain && [el("h3", null, t("chain")), el("ol", null, [c.der, ...c.chain].map((der, i) => {
		let subject = t("unreadable");
		try {
			({ subject } = read(bytesOf(der)));
		} catch { /* said so */ }
		return el("li", null, subject, el("div", { class: "row" }, saves({ der }, c.sha256.slice(0, 16) + "-" + i)));
	}))];
}

const lines = (items) => items?.map((item) => el("div", null, item));

// Everything about one certificate; buttons(c) and more(c): what the tab has for it.
export const details = (view, tab, buttons, more) => live(view,
	() => call("trust.Get", { sha256: view.arg, withDer: true }).catch((e) => ({ e: { ...e, message: e.message } })),
	async ({ certificate: c, e }) => {
		const back = el("p", null, el("a", { href: "#" + tab }, "← ", t("tab." + tab)));
		if (!c)
			return fill(view.root, back, problem(e));
		const { constraints, sha1 } = await inDer(c);
		fill(view.root, back, el("h2", null, c.subject), el("p", null, badges(c)),
			mayChange() && el("div", { class: "row" }, buttons(c)), more?.(c),
			facts([t("issuer"), c.issuer], [t("serial"), mono(c.serial)],
				[t("validFrom"), time(c.notBefore)], [t("validUntil"), time(c.notAfter)], [t("names"), lines(c.names)],
				[t("namesLeftOut"), c.namesLeftOut], [t("key"), c.keyType + " " + c.keyBits], [t("ca"), t(c.ca ? "yes" : "no")],
				[t("constraints"), lines(constraints)], ["SHA-256", mono(c.sha256)], ["SHA-1", mono(sha1)], [t("keyDigest"), mono(c.key)],
				[t("role"), c.role && t("role." + c.role)], [t("origin"), origin(c)], [t("added"), c.added && time(c.added)],
				[t("run"), c.run], [t("missing"), c.missingSince && time(c.missingSince)],
				[t("hosts"), c.hosts?.join(", ")], [t("purposes"), c.purposes?.join(", ")],
				[t("results"), c.results?.join(", ")], [t("newSince"), c.newSince?.join(", ")], [t("reporters"), c.reporters?.join(", ")],
				[t("firstSeen"), c.firstSeen && time(c.firstSeen)], [t("lastSeen"), c.lastSeen && time(c.lastSeen)], [t("seen"), c.seen]),
			el("h3", null, t("save")), el("div", { class: "row" }, saves(c, c.sha256.slice(0, 16))), sent(c));
	});

// A verdict or an outcome: why, what helps, and what is wrong besides.
export const judged = (v) => [problem(v, v.trusted || v.accepted ? "good" : "bad"), v.warnings?.length > 0 && [el("p", null, t("besides")),
	el("ul", null, v.warnings.map((w) => el("li", null, said(w.sentence))))]];
