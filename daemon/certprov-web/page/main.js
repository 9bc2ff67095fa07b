// SPDX-License-Identifier: Apache-2.0
// The frame: tabs by the hash, who is signed in, what is live.
import { bus, follow, loadSession, session, signIn, signOut, tell } from "/api.js";
import { authorities, servers } from "/certificates.js";
import { announce, at, button, checkbox, choice, dialog, el, field, fill, form, input, link, note,
	para, problem, row, say, t, title } from "/dom.js";
import { overview } from "/overview.js";
import { history, settings } from "/settings.js";
import { language } from "/strings.js";
import { unknown } from "/unknown.js";

// A view is a function of what show() makes.
const views = { overview, authorities, servers, unknown, settings, history };
let leave = new AbortController(); // the view
let hangUp = new AbortController(); // the streams

// view: root, an element of its own; arg, what stands after "#tab/"; signal, aborted when it is
// left; on(event, f) of the bus.
async function show() {
	const [name, arg] = location.hash.slice(1).split("/");
	const tab = !session.signedIn ? "signin" : Object.hasOwn(views, name) ? name : "overview";
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
		await (views[tab] || signin)({ root, arg, signal, on });
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

// --- signing in ---

// Nothing is tried for as long as certprov-web would refuse it.
function holdBack(send, told, seconds) {
	const ends = Date.now() + seconds * 1000;
	const tick = () => {
		const left = Math.ceil((ends - Date.now()) / 1000);
		send.disabled = left > 0;
		told.textContent = left > 0 ? t("wait", { seconds: left }) : "";
		if (left > 0 && send.isConnected)
			setTimeout(tick, 1000);
		else
			announce(t("again"));
	};
	announce(t("wait", { seconds }));
	tick();
}

function signInForm(user, done) {
	const name = input({ autocomplete: "username", autocapitalize: "none", spellcheck: false,
		required: true, value: user || "" });
	const password = input({ type: "password", autocomplete: "current-password", required: true });
	const send = el("button.main", t("signin"));
	const told = el("span");
	setTimeout(() => (user ? password : name).focus());
	return form(send, async () => {
		try {
			await signIn(name.value, password.value);
			done?.();
		} catch (e) {
			if (e.after)
				setTimeout(holdBack, 0, send, told, e.after);
			throw e;
		} finally {
			password.value = "";
			password.focus();
		}
	}, field("name", name), field("password", password), row(send, told));
}

async function signin({ root }) {
	root.append(title("signin"));
	if (session.usersConfigured)
		return root.append(signInForm());
	// certprov-web says itself how to make a user.
	await signIn("nobody", "nothing").catch((e) =>
		root.append(problem(e, "warn"), para(button("again", loadSession))));
}

// The session ended under the view: it stays, with what is half done in it, for who signs
// in again. Another user begins anew.
async function onExpired({ user, role }) {
	listen();
	await dialog("signin", (close) =>
		[note("warn", say("e.NotSignedIn")), signInForm(user, () => close(true))]);
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

// --- the frame ---

function frame() {
	const { signedIn, user, role, frontEnd } = session;
	fill(at("who"), signedIn && [el("span", user, " (", t(role), ")"),
		!frontEnd && button("Sign out", signOut)]);
	fill(at("tabs"), signedIn && el("ul", Object.keys(views).map((name) =>
		el("li", link(name, t(name))))));
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
fill(document.querySelector("footer"), choice(inUtc, "utc", { zone }));
onhashchange = async () => {
	await show();
	at("main").focus();
};
document.onvisibilitychange = listen;
bus.addEventListener("session", onSession);
bus.addEventListener("link", ({ detail }) => fill(at("link"), detail && problem(detail, "warn")));
start();
