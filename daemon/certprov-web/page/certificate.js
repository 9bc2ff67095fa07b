// SPDX-License-Identifier: Apache-2.0
// A certificate in the three lists: its line, all that is known of it, and what may be done.
import { call, list, mayChange } from "/api.js";
import { ask, badge, button, checkbox, choice, div, el, facts, field, fill, heading, input, lines,
	link, live, mono, para, problem, row, said, save, span, time } from "/dom.js";
import { bytesOf, pemOf } from "/file.js";
import { t } from "/strings.js";

const badges = (c) => div(
	c.lists.includes("distrusted") && badge(t("distrusted"), "bad"),
	c.expiresIn <= 0 && badge(t("expired"), "bad"),
	c.expiresIn > 0 && badge(t("expiresIn", { when: span(c.expiresIn) }), "warn"),
	c.missingRun && badge(t("missing"), "warn"),
	c.firmwareRefuses && badge(t("firmwareRefuses", { result: c.firmwareRefuses }), "warn"));

// A link to all of it, and what there is to notice.
export const name = (tab, c) => [link(tab + "/" + c.sha256, c.subject || c.sha256), badges(c)];

export const origin = (c) => [
	t(c.origin), c.authenticated === false && [" (", t("unauthenticated"), ")"],
	div(mono(c.document), c.line > 0 && t("line", c)), div(mono(c.url))];

// A change that may lock the phone out of its own server is told, and made only when forced.
export async function change(method, parameters) {
	try {
		await call(method, parameters);
	} catch (e) {
		if (e.name !== "WouldLockOut" || !await ask("lockOut", [problem(e), para(t("lockOutText"))],
			() => call(method, { ...parameters, force: true }), { submit: "force" }))
			throw e;
	}
}

// Distrust, of the certificate or of its key.
export function distrust(c) {
	const reason = input({ maxLength: 200 });
	const key = checkbox();
	return ask("distrust", [para(t("distrustText", c)), field("reason", reason),
		c.keySha256 && choice(key, t("distrustKey"))], () => change("admin.Distrust", {
		...(key.checked ? { kind: "public-key", sha256: c.keySha256 }
			: { kind: "certificate", sha256: c.sha256 }),
		...(reason.value && { reason: reason.value }) }));
}

export const listed = (view, of) =>
	list("trust.ListCertificates", { list: of }, "certificate", view.signal);

const saves = (der, file) => row(
	button("PEM", () => save(file + ".pem", "application/x-pem-file", pemOf(der))),
	button("DER", () => save(file + ".der", "application/pkix-cert", bytesOf(der))));

// As older lists have it. Only a secure context has digests, and not every browser writes hex.
const sha1 = async (der) =>
	new Uint8Array(await globalThis.crypto.subtle?.digest("SHA-1", bytesOf(der))).toHex?.();

// Everything about one certificate; buttons(c) and more(c): what the tab has for it.
export async function details(view, tab, buttons, more) {
	const place = div();
	view.root.append(para(link(tab, "← ", t(tab))), place);
	await live(view, async () => {
		try {
			return (await call("trust.Get", { sha256: view.arg, withDer: true })).certificate;
		} catch (e) {
			fill(place);
			throw e;
		}
	}, async (c) => {
		const file = c.sha256.slice(0, 16);
		fill(place, el("h2", c.subject), badges(c), mayChange() && row(buttons(c)), more?.(c), facts({
			issuer: c.issuer, serial: mono(c.serial), notBefore: time(c.notBefore),
			notAfter: time(c.notAfter), names: lines(c.names), namesLeftOut: c.namesLeftOut,
			key: c.keyType + " " + c.keyBits, ca: t(c.ca ? "yes" : "no"),
			constraints: lines(c.constraints), "SHA-256": mono(c.sha256), "SHA-1": mono(await sha1(c.der)),
			keySha256: mono(c.keySha256), role: c.role && t(c.role), origin: origin(c),
			added: time(c.added), run: c.run && link("overview/" + c.run, c.run),
			missing: time(c.missingSince), hosts: c.hosts?.join(", "),
			purposes: c.purposes?.join(", "), results: c.results?.join(", "),
			newSince: c.newSince?.join(", "), reporters: c.reporters?.join(", "),
			firstSeen: time(c.firstSeen), lastSeen: time(c.lastSeen), seen: c.seen,
		}), heading("save"), saves(c.der, file), c.chain && [heading("chain"), el("ol",
			[c.der, ...c.chain].map((der, i) =>
				el("li", [c.subject, ...c.chainSubjects][i], saves(der, file + "-" + i))))]);
	});
}

// A verdict or an outcome: why, what helps, and what is wrong besides.
export const judged = (v) => [problem(v, v.trusted || v.accepted ? "good" : "bad"),
	v.warnings?.length > 0 && [para(t("besides")),
		el("ul", v.warnings.map((w) => el("li", said(w.sentence))))]];
