// SPDX-License-Identifier: Apache-2.0
// Server Certificates: what was provisioned, uploaded or excepted.
import { mayChange } from "/api.js";
import { change, details, distrustOrLift, except, listed, name, origin } from "/certificate.js";
import { ask, badge, button, div, el, goTo, heading, live, para, row, soft, span, t, table, time,
	title } from "/dom.js";

const hostOf = (exception) => exception.host || t("every host");

// The certificate, or an exception for it.
const remove = ({ sha256, subject }, exception) => {
	const [key, text] = exception ? ["endException", "endText"] : ["remove", "removeText"];
	const host = exception && (exception.host || "*");
	return ask(key, para(t(text, { subject, host: exception && hostOf(exception) })),
		() => change("admin.Remove", { list: "servers", sha256, host }));
};

const exceptions = (c) => c.exceptions?.map((e) => row(
	el("span", hostOf(e), ", ", e.expires ? [t("until"), " ", time(e.expires)] : t("for good"),
		": ", e.results.join(", ")),
	mayChange() && button("endException", () => remove(c, e),
		{ about: hostOf(e) + ", " + c.subject })));

const ends = ({ exceptionExpiresIn: left, newSince }) => div(
	left <= 0 && badge(t("exception has ended"), "warn"),
	left > 0 && badge(t("exceptionEnds", { when: span(left) }), "warn"),
	newSince && badge(t("newSince") + ": " + newSince.join(", "), "warn"));

const buttons = (c) => [
	button("addException", () => except(c)),
	button("remove", async () => await remove(c) && goTo("servers")),
	distrustOrLift(c)];

export async function open(view) {
	if (view.arg)
		return details(view, "servers", buttons,
			(c) => c.exceptions && [heading("exceptions"), ends(c), exceptions(c)]);
	const cells = {
		subject: (c) => [name("servers", c), ends(c)],
		role: (c) => t(c.role || "exceptionsOnly"),
		origin, exceptions,
		actions: mayChange() && ((c) => button("remove", () => remove(c), { about: c.subject })),
	};
	await live(view, [title("servers"), soft(t("serversText"))], () => listed(view, "servers"),
		(all) => table("", "subject role origin notAfter exceptions actions", all, cells));
}
