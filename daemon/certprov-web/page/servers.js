// SPDX-License-Identifier: Apache-2.0
// Server Certificates: what was provisioned, uploaded or excepted.
import { mayChange } from "/api.js";
import { change, details, distrust, listed, name, origin } from "/certificate.js";
import { ask, badge, button, div, el, fill, heading, live, para, row, soft, span, table, time,
	title } from "/dom.js";
import { except } from "/exception.js";
import { t } from "/strings.js";

// The certificate, or its exception for one host.
const remove = (c) => ask("remove", para(t("removeText", c)),
	() => change("admin.Remove", { list: "servers", sha256: c.sha256 }));
const end = (c, host) => ask("endException",
	para(t("endText", { subject: c.subject, host: host || t("everyHost") })),
	() => change("admin.Remove", { list: "servers", sha256: c.sha256, host: host || "*" }));

const exceptions = (c) => c.exceptions?.map(({ host, expires, results }) => row(el("span",
	host || t("everyHost"), ", ", expires ? [t("until"), " ", time(expires)] : t("forGood"), ": ",
	results.join(", ")), mayChange() && button("endException", () => end(c, host),
	{ about: (host || t("everyHost")) + ", " + c.subject })));

const ends = ({ exceptionExpiresIn: left, newSince }) => div(
	left <= 0 && badge(t("exceptionEnded"), "warn"),
	left > 0 && badge(t("exceptionEnds", { when: span(left) }), "warn"),
	newSince && badge(t("newSince") + ": " + newSince.join(", "), "warn"));

const buttons = (c) => [
	button("addException", () => except(c)),
	button("remove", async () => {
		if (await remove(c))
			location.hash = "#servers";
	}),
	button("distrust", () => distrust(c), { kind: "danger" })];

export async function open(view) {
	if (view.arg)
		return details(view, "servers", buttons,
			(c) => c.exceptions && [heading("exceptions"), ends(c), exceptions(c)]);
	const rows = div();
	view.root.append(title("servers"), soft(t("serversText")), rows);
	await live(view, () => listed(view, "servers"), (all) => fill(rows, table(null, {
		subject: (c) => [name("servers", c), ends(c)], role: (c) => t(c.role || "exceptionsOnly"),
		origin, notAfter: (c) => time(c.notAfter), exceptions,
		"": mayChange() && ((c) => button("remove", () => remove(c), { about: c.subject })),
	}, all)));
}
