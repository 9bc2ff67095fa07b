// SPDX-License-Identifier: Apache-2.0
// What the page asks of certprov-web: sessions, calls and streams.
import { t, has } from "/strings.js";

// session: who is signed in has changed; trust: the state of trust; rejection: detail is
// the reply of MonitorRejections; link: detail is whether certprov-web answers.
export const bus = new EventTarget();
export const tell = (name, detail) => bus.dispatchEvent(new CustomEvent(name, { detail }));

export let session = { usersConfigured: true, signedIn: false };
export const mayChange = () => session.signedIn && session.role === "change";

// error: "io.certprov.trust.NoSuchCertificate"; name: its last part; parameters as Varlink
// has them; message and remedy are for people; after: how many seconds to wait.
export class CallError extends Error {
	constructor(error, parameters = {}) {
		const name = error.split(".").pop();
		super(parameters.sentence || t(has("e." + name) ? "e." + name : "e.other", { ...parameters, error }));
		Object.assign(this, { error, name, parameters, remedy: parameters.remedy });
		this.ours = !parameters.sentence; // in the reader's language
	}
}

function sessionIs(now) {
	const changed = ["usersConfigured", "signedIn", "user", "role"].some((k) => now[k] !== session[k]);
	session = now;
	if (changed)
		tell("session", session);
}

function failed(error, parameters, asked) {
	const e = new CallError(error, parameters);
	if (e.name === "NotSignedIn" && session.csrf === asked)
		sessionIs({ usersConfigured: true, signedIn: false, expired: session.signedIn });
	return e;
}

async function ask(method, path, body, headers = {}, signal = undefined) {
	let reply;
	try {
		reply = await fetch(path, { method, signal, cache: "no-store",
			credentials: "same-origin", redirect: "error", body: body && JSON.stringify(body),
			headers: { ...(body && { "Content-Type": "application/json" }), ...headers } });
	} catch (e) {
		throw e.name === "AbortError" ? e : new CallError("Unreachable");
	}
	if (reply.ok)
		return reply;
	const answer = await reply.json().catch(() => ({}));
	const e = failed(answer.error || "HTTP " + reply.status, answer.parameters, headers["X-CSRF-Token"]);
	throw Object.assign(e, { after: Number(reply.headers.get("Retry-After")) });
}

const json = async (reply) => (reply.status === 204 ? {} : reply.json());
const token = () => (session.csrf ? { "X-CSRF-Token": session.csrf } : {});
const path = (method) => "/call/io.certprov." + method;

export async function loadSession() {
	sessionIs(await json(await ask("GET", "/session")));
	return session;
}
export async function signIn(user, password) {
	sessionIs(await json(await ask("POST", "/session", { user, password })));
}
export async function signOut() {
	await ask("DELETE", "/session", undefined, token());
	sessionIs({ usersConfigured: true, signedIn: false });
}

// When the session has ended, it is asked again for the same user who signs in again:
// session.again, a promise of whether somebody does.
async function post(method, parameters, headers, signal) {
	try {
		return await ask("POST", path(method), parameters, { ...headers, ...token() }, signal);
	} catch (e) {
		if (e.name !== "NotSignedIn" || !await session.again)
			throw e;
		return post(method, parameters, headers, signal);
	}
}

// call("trust.Get", { sha256 }): the parameters of the reply. Throws a CallError.
export const call = async (method, parameters = {}) => json(await post(method, parameters));

// "event: error\ndata: {...}": the name of an event, and what came with it.
function event(text) {
	let name = "message", data = "";
	for (const line of text.split("\n")) {
		if (line.startsWith("event:"))
			name = line.slice(6).trim();
		else if (line.startsWith("data:"))
			data += line.slice(5);
	}
	return [name, data && JSON.parse(data)];
}

// Every reply in its turn; comes back at the end. Throws a CallError, or an AbortError.
export async function stream(method, parameters, onReply, signal) {
	const reply = await post(method, parameters || {}, { Accept: "text/event-stream" }, signal);
	const asked = session.csrf;
	const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
	for (let rest = ""; ;) {
		const { value, done } = await reader.read().catch((e) => {
			throw e.name === "AbortError" ? e : new CallError("Unreachable");
		});
		if (done)
			throw new CallError("Unreachable"); // without event: end
		const events = (rest + value.replaceAll("\r", "")).split("\n\n");
		rest = events.pop();
		for (const text of events) {
			const [name, data] = event(text);
			if (name === "end")
				return;
			if (name === "error")
				throw failed(data.error, data.parameters, asked);
			if (name === "message" && data)
				onReply(data);
		}
	}
}

// The member of every reply of a stream that has it.
export async function list(method, parameters, member, signal) {
	const all = [];
	await stream(method, parameters, (r) => r[member] && all.push(r[member]), signal);
	return all;
}

const pause = (ms, signal) => new Promise((done) => {
	const timer = setTimeout(done, ms);
	signal.addEventListener("abort", () => (clearTimeout(timer), done()), { once: true });
});

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
		await pause(wait * 1000, signal);
	}
}
