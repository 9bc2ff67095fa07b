// SPDX-License-Identifier: Apache-2.0
// What the page asks of certprov-web: sessions, calls and streams.
import { has, t } from "/strings.js";

// session: who is signed in has changed; trust: the state of trust; rejection: detail is
// the reply of MonitorRejections; link: detail is why certprov-web does not answer, or null.
export const bus = new EventTarget();
export const tell = (name, detail) => bus.dispatchEvent(new CustomEvent(name, { detail }));

const nobody = { usersConfigured: true, signedIn: false };
export let session = nobody;
export const mayChange = () => session.signedIn && session.role === "change";

function sessionIs(now) {
	const who = (s) => [s.usersConfigured, s.signedIn, s.user, s.role].join();
	const before = who(session);
	session = now;
	if (who(now) !== before)
		tell("session");
}

// What is thrown. after: how many seconds to wait; used: the token that it was asked with, in
// whose place another has come, perhaps.
function failure({ error, parameters = {} }, used, after = 0) {
	const name = error.split(".").pop();
	if (name === "NotSignedIn" && session.csrf === used)
		sessionIs({ ...nobody, expired: session.signedIn });
	const { sentence, remedy, reason } = parameters;
	const why = reason || [name, ...Object.values(parameters)].join(" ");
	const key = "e." + name.replace(/^(NoSuch).*/, "$1");
	const text = sentence || t(has(key) ? key : "e.other", { ...parameters, why });
	return Object.assign(new Error(text), { name, remedy, after, ours: !sentence });
}

const unreachable = (e) => {
	throw e?.name === "AbortError" ? e : failure({ error: "Unreachable" });
};

async function ask(method, path, content, { signal, ...headers } = {}) {
	const used = session.csrf;
	if (used)
		headers["X-CSRF-Token"] = used;
	if (content)
		headers["Content-Type"] = "application/json";
	const reply = await fetch(path, { method, headers, signal, body: JSON.stringify(content),
		cache: "no-store", redirect: "error" }).catch(unreachable);
	if (reply.ok)
		return reply;
	const answer = await reply.json().catch(() => ({ error: "HTTP " + reply.status }));
	throw failure(answer, used, reply.headers.get("Retry-After"));
}

async function askSession(method, content) {
	const reply = await ask(method, "/session", content);
	sessionIs(method === "DELETE" ? nobody : await reply.json());
}
export const loadSession = () => askSession("GET");
export const signIn = (user, password) => askSession("POST", { user, password });
export const signOut = () => askSession("DELETE");

// When the session has ended, it is asked again for the same user who signs in again:
// session.again, a promise of whether somebody does.
async function post(method, parameters, more) {
	try {
		return await ask("POST", "/call/io.certprov." + method, parameters, more);
	} catch (e) {
		if (e.name !== "NotSignedIn" || !await session.again)
			throw e;
		return post(method, parameters, more);
	}
}

// call("trust.Get", { sha256 }): the parameters of the reply.
export const call = async (method, parameters = {}) => (await post(method, parameters)).json();

// Every reply in its turn; comes back at the end.
export async function stream(method, parameters, onReply, signal) {
	const reply = await post(method, parameters, { Accept: "text/event-stream", signal });
	const used = session.csrf;
	const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
	for (let rest = ""; ;) {
		const { value, done } = await reader.read().catch(unreachable);
		if (done)
			unreachable(); // without event: end
		const events = (rest + value).split("\n\n");
		rest = events.pop();
		for (const text of events) {
			const [, name, data] = /^(?:event: (.*)\n)?data: (.*)/.exec(text) || [];
			if (name === "end")
				return;
			if (name === "error")
				throw failure(JSON.parse(data), used);
			if (data)
				onReply(JSON.parse(data));
		}
	}
}

export async function list(method, parameters, member, signal) {
	const all = [];
	await stream(method, parameters, (r) => all.push(r[member] ?? []), signal);
	return all.flat();
}

// A stream without an end: asked again, ever more slowly, until the signal.
export async function follow(method, onReply, signal) {
	for (let wait = 1; !signal.aborted; wait = Math.min(wait * 2, 30)) {
		try {
			await stream(method, {}, (r) => {
				wait = 1;
				tell("link", null);
				onReply(r);
			}, signal);
		} catch (e) {
			if (signal.aborted || e.name === "NotSignedIn")
				return;
			tell("link", e);
		}
		await new Promise((done) => {
			setTimeout(done, wait * 1000);
			signal.addEventListener("abort", done);
		});
	}
}
