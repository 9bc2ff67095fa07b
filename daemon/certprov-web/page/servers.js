// SPDX-License-Identifier: Apache-2.0
// Server Certificates: what was provisioned, uploaded or excepted.
import { mayChange } from "/api.js";
import { badge, button, el, fill, span, table, time } from "/dom.js";
import { change, details, distrust, listed, live, origin, title } from "/certificate.js";
import { except } from "/exception.js";
import { t } from "/strings.js";

const remove = (c, host) => change(t(host ? "endException" : "remove"), t(host ? "endText" : "removeText", { subject: c.subject, host }),
	"admin.Remove", () => ({ list: "servers", sha256: c.sha256, ...(host && { host }) }));

const exceptions = (c) => c.exceptions?.map((e) => el("div", { class: "row" }, el("span", null,
	e.host || t("everyHost"), ", ", e.expires ? [t("until"), " ", time(e.expires)] : t("forGood"), ": ", e.results.join(", ")),
mayChange() && button(t("endException"), () => remove(c, e.host || "*"), { "aria-label": t("endException") + ": " + (e.host || t("everyHost")) + ", " + c.subject })));

const ends = (c) => [c.exceptionExpiresIn !== undefined && badge(c.exceptionExpiresIn < 0 ? t("exceptionEnded")
	: t("exceptionEnds", { when: span(c.exceptionExpiresIn) }), "warn"),
c.newSince && badge(t("newSince") + ": " + c.newSince.join(", "), "warn")];

const buttons = (c) => [button(t("addException"), () => except(c)),
	button(t("remove"), async () => {
		if (await remove(c))
			location.hash = "#servers";
	}),
	button(t("distrust"), () => distrust(c), { class: "danger" })];

export async function open(view) {
	if (view.arg)
		return details(view, "servers", buttons, (c) => c.exceptions && [el("h3", null, t("exceptions")), ends(c), exceptions(c)]);
	const rows = el("div");
	fill(view.root, el("h2", null, t("tab.servers")), el("p", { class: "soft" }, t("serversText")), rows);
	await live(view, () => listed(view, "servers"), (all) => fill(rows, table(null, [
		[t("subject"), (c) => [title("servers", c), ends(c)]], [t("role"), (c) => t("role." + (c.role || "none"))],
		[t("origin"), origin], [t("validUntil"), (c) => time(c.notAfter)], [t("exceptions"), exceptions],
		mayChange() && [null, (c) => button(t("remove"), () => remove(c), { "aria-label": t("remove") + ": " + c.subject })]], all)));
}
