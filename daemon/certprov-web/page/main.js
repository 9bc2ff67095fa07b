// SPDX-License-Identifier: Apache-2.0
// The frame: tabs by the hash, who is signed in, what is live.
import { bus, follow, loadSession, session, signIn, signOut, tell } from "/api.js";
import { authorities, servers, unknown } from "/certificates.js";
import { announce, at, button, choice, dialog, el, exact, field, fill, form, input, link,
	note, para, problem, row, say, t, title } from "/dom.js";
import { history, overview, settings } from "/phone.js";
import { language } from "/strings.js";

const views = { overview, authorities, servers, unknown, settings, history };
let leave = new AbortController(); // the view
let hangUp = new AbortController(); // the streams

// What a view gets: root, its element; arg, what is after "#tab/"; signal, aborted when it is
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

function signInForm(user, done) {
	const name = exact({ autocomplete: "username", autocapitalize: "none", required: true,
		value: user || "" });
	const password = input({ type: "password", autocomplete: "current-password", required: true });
	const send = el("button.main", t("signin"));
	const told = el("span");
	// Nothing is tried for as long as certprov-web would refuse it.
	const wait = (seconds) => {
		send.disabled = seconds > 0;
		told.textContent = seconds > 0 ? t("wait", { seconds }) : "";
		if (seconds > 0 && send.isConnected)
			setTimeout(wait, 1000, seconds - 1);
		else
			announce(t("again"));
	};
	setTimeout(() => (user ? password : name).focus());
	return form(send, async () => {
		try {
			await signIn(name.value, password.value);
			done?.();
		} catch (e) {
			if (e.after)
				setTimeout(wait, 0, e.after);
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
	// certprov-web says how to make a user.
	await signIn("nobody", "nothing").catch((e) =>
		root.append(problem(e, "warn"), para(button("again", loadSession))));
}

// The view stays, with what is half done in it, for who signs in again. Another begins anew.
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

let last, asking;
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
	fill(at("who"), signedIn && [user, " (", t(role), ")",
		!frontEnd && button("Sign out", signOut)]);
	fill(at("tabs"), signedIn && el("ul", Object.keys(views).map((name) =>
		el("li", link(name, t(name))))));
	listen();
	show();
}

const start = () => loadSession().then(frame,
	(e) => fill(at("main"), problem(e), para(button("again", start))));

document.documentElement.lang = language;
document.querySelector("h1").textContent = at("tabs").ariaLabel = t("title");
at("skip").textContent = t("skip");
at("skip").onclick = () => {
	at("main").focus();
	return false;
};
const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
document.querySelector("footer").append(choice("utc", { timeZone }));
onhashchange = async () => {
	await show();
	at("main").focus();
};
document.onvisibilitychange = listen;
bus.addEventListener("session", onSession);
bus.addEventListener("link", ({ detail }) => fill(at("link"), detail && problem(detail, "warn")));
start();
