// SPDX-License-Identifier: Apache-2.0
// The frame: tabs by the hash, who is signed in, what is live.
import { bus, follow, loadSession, session, signOut, tell } from "/api.js";
import { announce, button, checkbox, choice, el, fill, link, para, problem, t } from "/dom.js";
import { signInAgain } from "/signin.js";
import { language } from "/strings.js";

const tabs = ["overview", "authorities", "servers", "unknown", "settings", "history"];
const at = (id) => document.getElementById(id);
let leave = new AbortController(); // the view
let hangUp = new AbortController(); // the streams

// Each view is a module with open(view): view.root, an element of its own; view.arg, what
// stands after "#tab/"; view.signal, aborted when it is left; view.on(event, f) of the bus.
async function show() {
	const [name, arg] = location.hash.slice(1).split("/");
	const tab = !session.signedIn ? "signin" : tabs.includes(name) ? name : tabs[0];
	leave.abort();
	leave = new AbortController();
	const { signal } = leave;
	const on = (event, f) => bus.addEventListener(event, f, { signal });
	const root = el("section");
	for (const a of document.querySelectorAll("nav a"))
		a.ariaCurrent = a.hash === "#" + tab ? "page" : null;
	document.title = t(tab) + " – " + t("title");
	fill(at("main"), root);
	try {
		const { open } = await import(`/${tab}.js`);
		if (!signal.aborted)
			await open({ root, arg, signal, on });
	} catch (e) {
		if (!signal.aborted)
			root.append(problem(e));
	}
}

// Browsers have few connections for each server: a hidden page has no streams.
function listen() {
	hangUp.abort();
	if (!session.signedIn || document.hidden)
		return;
	hangUp = new AbortController();
	follow("trust.Monitor", (r) => tell("trust", r.generation), hangUp.signal);
	follow("trust.MonitorRejections", (r) => {
		if (!r.certificate)
			return tell("trust"); // from now on; what came before is in the list
		tell("rejection", r);
		announce(t("rejected", { host: r.host || r.certificate.subject }));
	}, hangUp.signal);
}

// The session ended under the view: it stays, with what is half done in it, for who signs
// in again. Another user begins anew.
async function onExpired({ user, role }) {
	listen();
	await signInAgain(user);
	const same = session.user === user && session.role === role;
	if (!same) {
		document.querySelectorAll("dialog").forEach((d) => d.close());
		frame();
	}
	listen();
	return same;
}

let last = session;
let asking;
async function onSession() {
	if (asking)
		return;
	if (session.expired) {
		asking = session.again = onExpired(last);
		await asking;
		asking = undefined;
	} else {
		frame();
	}
	last = session;
}

function frame() {
	const { signedIn, user, role, frontEnd } = session;
	fill(at("who"), signedIn && [el("span", user, " (", t(role), ")"),
		!frontEnd && button("Sign out", signOut)]);
	fill(at("tabs"), signedIn && el("ul", tabs.map((name) => el("li", link(name, t(name))))));
	listen();
	show();
}

async function start() {
	try {
		await loadSession();
		frame();
	} catch (e) {
		fill(at("main"), problem(e), para(button("again", start)));
	}
}

document.documentElement.lang = language;
document.querySelector("h1").textContent = at("tabs").ariaLabel = t("title");
at("skip").textContent = t("skip");
at("skip").onclick = (event) => {
	event.preventDefault();
	at("main").focus();
};
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
const inUtc = checkbox({ onchange: () => document.body.classList.toggle("utc", inUtc.checked) });
fill(document.querySelector("footer"), choice(inUtc, t("utc", { zone })));
onhashchange = async () => {
	await show();
	at("main").focus();
};
document.onvisibilitychange = listen;
bus.addEventListener("session", onSession);
bus.addEventListener("link", ({ detail }) => fill(at("link"), detail && problem(detail, "warn")));
start();
