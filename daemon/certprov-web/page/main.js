// SPDX-License-Identifier: Apache-2.0
// The frame: tabs by the hash, who is signed in, what is live.
import { bus, follow, loadSession, session, signOut, tell } from "/api.js";
import { busy, button, announce, el, fill, problem } from "/dom.js";
import { signInAgain } from "/signin.js";
import { language, t } from "/strings.js";

const tabs = ["overview", "authorities", "servers", "unknown", "settings", "history"];
const at = (id) => document.getElementById(id);
let leave = new AbortController(); // the view
let hangUp = new AbortController(); // the streams

// Each view is a module with open(view): view.root, an element of its own; view.arg, what
// stands after "#tab/"; view.signal, aborted when it is left; view.on(event, f) of the bus.
async function show() {
	const [name, ...arg] = decodeURIComponent(location.hash.slice(1)).split("/");
	const tab = session.signedIn ? (tabs.includes(name) ? name : tabs[0]) : "signin";
	leave.abort();
	leave = new AbortController();
	const { signal } = leave;
	const root = el("section");
	for (const a of document.querySelectorAll("nav a"))
		a.hash === "#" + tab ? a.setAttribute("aria-current", "page") : a.removeAttribute("aria-current");
	document.title = t("tab." + tab) + " – " + t("title");
	fill(at("main"), root);
	try {
		const { open } = await import("/" + tab + ".js");
		if (signal.aborted)
			return;
		await open({ root, arg: arg.join("/"), signal, on: (event, f) => bus.addEventListener(event, f, { signal }) });
	} catch (e) {
		if (!signal.aborted && e.name !== "AbortError")
			root.append(problem(e));
	}
}

// Browsers have few connections for each server: a hidden page has no streams.
function listen() {
	hangUp.abort();
	if (!session.signedIn || document.hidden)
		return;
	hangUp = new AbortController();
	follow("trust.Monitor", () => tell("trust"), hangUp.signal);
	follow("trust.MonitorRejections", (r) => {
		if (!r.certificate)
			return tell("trust"); // from now on; what came before is in the list
		tell("rejection", r);
		announce(t("rejected", { host: r.host || r.certificate.subject }));
	}, hangUp.signal);
}

// The session ended under the view: it stays, with what is half done in it, for who signs
// in again. Another user begins anew.
async function onExpired() {
	const { user, role } = last;
	listen();
	await signInAgain(user);
	const same = session.user === user && session.role === role;
	if (same) {
		listen();
	} else if (session.signedIn) {
		location.reload();
	} else {
		document.querySelectorAll("dialog").forEach((d) => d.close());
		frame();
	}
	return same;
}

let last = session;
let asking = null;
async function onSession({ detail }) {
	if (asking)
		return;
	if (detail.expired) {
		asking = session.again = onExpired();
		await asking;
		asking = null;
	} else {
		frame();
	}
	last = session;
}

function frame() {
	fill(at("who"), session.signedIn && [
		el("span", null, session.user, " (", t("role." + session.role), ")"), button(t("signOut"), signOut)]);
	fill(at("tabs"), session.signedIn && el("ul", null, tabs.map((name) => el("li", null, el("a", { href: "#" + name }, t("tab." + name))))));
	listen();
	show();
}

function begin() {
	document.documentElement.lang = language;
	document.querySelector("h1").textContent = t("title");
	at("tabs").setAttribute("aria-label", t("title"));
	at("skip").textContent = t("skip");
	at("skip").addEventListener("click", (event) => {
		event.preventDefault();
		at("main").focus();
	});
	const inUtc = el("input", { type: "checkbox", onchange: () => document.body.classList.toggle("utc", inUtc.checked) });
	fill(document.querySelector("footer"), el("label", { class: "choice" }, inUtc,
		t("utc", { zone: Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC" })));
	addEventListener("hashchange", async () => {
		await show();
		at("main").focus();
	});
	document.addEventListener("visibilitychange", listen);
	bus.addEventListener("session", onSession);
	bus.addEventListener("link", ({ detail }) => fill(at("link"), detail && problem(detail, "warn")));
}

async function start() {
	try {
		await loadSession();
		fill(at("main"));
		frame();
	} catch (e) {
		const again = button(t("again"), () => busy(again, start));
		fill(at("main"), problem(e), el("p", null, again));
	}
}

begin();
start();
