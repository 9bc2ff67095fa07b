// SPDX-License-Identifier: Apache-2.0
// What the tests of the page share. A test is a program NN-NAME.js:
//
//	import { begin, test } from "./stage.js";
//	await begin("phone", { users: { alice: "change" } });
//	await test("a sentence", async ({ page, sh, ask }) => { ... });
//
// begin makes the phone: a real certprovd, certprov-fetch and certprov-web, by the verbs of
// stage.sh. Each test has a browser context of its own. Nothing waits a fixed time: Playwright's
// locators wait until a deadline, and until() asks until something holds. What the page writes
// to its console as an error, or throws, fails the test.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { X509Certificate, createHash } from "node:crypto";
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

export { assert };
const here = path.dirname(fileURLToPath(import.meta.url));
const name = path.basename(process.argv[1], ".js");
export const built = path.join(here, "../../build/web");
const factor = Number(process.env.TEST_TIME_FACTOR || 1);
const TEST_MS = 60000 * factor; // of one test
const WAIT_MS = 10000 * factor; // of one wait in it
export const PASSWORD = "correct horse 7";

function skip(reason) {
	console.log(`SKIP ${name}.js: ${reason}`);
	process.exit(77);
}

function findChromium() {
	for (const program of ["chromium", "chromium-browser", "google-chrome"]) {
		for (const folder of process.env.PATH.split(":")) {
			const file = path.join(folder, program);
			if (fs.existsSync(file))
				return file;
		}
	}
	return skip("there is no Chromium");
}

const installed = createRequire(path.join(built, "here.js"));
function load(module) {
	try {
		return installed(module);
	} catch {
		return skip(`${module} is not installed (tests/web/install)`);
	}
}
const chromiumProgram = findChromium();
const { chromium } = load("playwright-core");
const axeSource = fs.readFileSync(installed.resolve("axe-core/axe.min.js"), "utf8");

// --- the phone ---

const quote = (text) => "'" + String(text).replaceAll("'", "'\\''") + "'";
let stage, browser;
let bytes = Buffer.alloc(0), hear;

function openStage() {
	stage = spawn(path.join(here, "stage.sh"), { stdio: ["pipe", "pipe", "inherit"] });
	stage.stdout.on("data", (data) => {
		bytes = Buffer.concat([bytes, data]);
		hear?.();
	});
	stage.ended = new Promise((done) => stage.on("close", (status) => {
		stage.status = status;
		done(status);
		hear?.();
	}));
	stage.stdin.on("error", () => {});
}

// What a condition on the bytes heard so far brings, once it brings something.
async function heard(take) {
	for (;;) {
		const got = take();
		if (got !== undefined)
			return got;
		if (stage.status !== undefined)
			throw new Error("the stage has ended: " + bytes);
		await new Promise((done) => (hear = done));
	}
}

function line() {
	const end = bytes.indexOf(10);
	if (end < 0)
		return undefined;
	const text = bytes.subarray(0, end).toString();
	bytes = bytes.subarray(end + 1);
	return text;
}

function exactly(size) {
	if (bytes.length < size)
		return undefined;
	const text = bytes.subarray(0, size).toString();
	bytes = bytes.subarray(size);
	return text;
}

let turn = Promise.resolve();
// Runs a command of stage.sh: its status and what it printed.
export function tried(command) {
	const mine = turn.then(async () => {
		stage.stdin.write(command + "\0");
		const [status, size] = (await heard(line)).split(" ").map(Number);
		return { status, out: (await heard(() => exactly(size))).trimEnd() };
	});
	turn = mine.catch(() => {});
	return mine;
}

// sh`make_certificate ${name}`: what goes in is one word each. Fails as the command does.
export async function sh(parts, ...words) {
	const command = parts.reduce((text, part, i) => text + quote(words[i - 1]) + part);
	const { status, out } = await tried(command);
	assert.equal(status, 0, `${command}: ${out}`);
	return out;
}

// Where the command fails, the test is skipped for lack of something.
export async function skipUnless(what, command) {
	if ((await tried(command)).status === 0)
		return;
	await end();
	skip(`there is no ${what}`);
}

// ask("trust.Status"), ask("admin.AddException", {...}): the reply's parameters
export const ask = async (method, parameters = {}) => JSON.parse(await sh`ask ${method} ${JSON.stringify(parameters)}`);
// What the daemon says to a client that met this chain ("server,intermediate") at a host.
export const verify = async (chain, host, purpose = "sip") => JSON.parse(await sh`verify ${chain} ${host} ${purpose}`).verdict;

// until("it is so", async () => ...): asks until what it brings is true; brings that.
export async function until(sentence, holds) {
	const deadline = Date.now() + WAIT_MS;
	for (;;) {
		const got = await holds();
		if (got)
			return got;
		assert.ok(Date.now() < deadline, `not in time: ${sentence}`);
		await new Promise((done) => setTimeout(done, 30));
	}
}

// --- the browser ---

export let url; // of the page
export let T; // of the test's files

async function openBrowser() {
	const pem = fs.readFileSync(path.join(T, "ec.leaf.pem"));
	const key = new X509Certificate(pem).publicKey.export({ type: "spki", format: "der" });
	const pin = createHash("sha256").update(key).digest("base64");
	browser = await chromium.launch({
		executablePath: chromiumProgram, chromiumSandbox: process.getuid() !== 0,
		// That very key is trusted, so the page is known to be served with the phone's own.
		args: [`--ignore-certificate-errors-spki-list=${pin}`, "--disable-quic"],
		env: { ...process.env, HOME: T, XDG_CONFIG_HOME: T, XDG_CACHE_HOME: T },
	});
}

// begin({ config: lines of certprovd.conf, web: lines of [web], users: { name: role }, before: command })
export async function begin({ config = [], web, users = { alice: "change" }, before } = {}) {
	openStage();
	const first = await heard(line);
	if (first.startsWith("SKIP"))
		skip(first.replace(/^SKIP [^:]*: /, ""));
	[T] = first.split(" ");
	for (const [user, role] of Object.entries(users))
		await sh`user ${user} ${role} ${PASSWORD}`;
	if (web)
		await tried("web_config " + web.map(quote).join(" "));
	if (before)
		await before();
	const { status, out } = await tried("phone " + config.map(quote).join(" "));
	assert.equal(status, 0, out);
	url = "https://localhost:" + await sh`echo \${PORT[web]}`;
	await openBrowser();
}

const options = { locale: "en-GB", timezoneId: "Europe/Berlin", colorScheme: "light", viewport: { width: 1280, height: 900 } };

// What the page takes of one address: so many at once, and then a second (http-limits.h). A
// quick machine would start browsers faster than that, and a page without its scripts is empty.
const limits = fs.readFileSync(path.join(here, "../../daemon/certprov-web/http/http-limits.h"), "utf8");
function budget(what) {
	const [atOnce, aSecond] = ["AT_ONCE", "A_SECOND"].map((of) => Number(new RegExp(`#define HTTP_${what}_${of} (\\d+)`).exec(limits)[1]));
	let used = 0, counted = Date.now();
	const refill = () => {
		const now = Date.now();
		used = Math.max(0, used - aSecond * (now - counted) / 1000);
		counted = now;
		return used;
	};
	return {
		take: (count) => { used = Math.min(atOnce, refill() + count); },
		room: async (count) => {
			while (refill() > atOnce - count)
				await new Promise((done) => setTimeout(done, 1000 * (used + count - atOnce) / aSecond));
		},
	};
}
const connections = budget("CONNECTIONS"), requests = budget("REQUESTS");
// Of a browser that has just begun, and what it may ask for in a row before it is done.
const CONNECTIONS = 8, REQUESTS = 30, ROOM = 60;

// A browser of somebody: context({ colorScheme: "dark" }); what its pages complain of is in complaints.
export async function context(more = {}) {
	await connections.room(CONNECTIONS);
	connections.take(CONNECTIONS);
	await requests.room(ROOM);
	requests.take(REQUESTS);
	const c = await browser.newContext({ ...options, ...more });
	let asked = 0;
	c.on("request", () => ++asked > REQUESTS && requests.take(1));
	c.setDefaultTimeout(WAIT_MS);
	c.complaints = [];
	c.on("weberror", (e) => c.complaints.push(String(e.error())));
	c.on("console", (m) => {
		// A status that is an error is written by the browser itself.
		if (m.type() === "error" && !m.text().startsWith("Failed to load resource"))
			c.complaints.push(m.text());
	});
	return c;
}

// Signs in on a page, as a person does.
export async function signIn(page, user = "alice", password = PASSWORD) {
	await page.goto(url);
	await page.getByLabel("Name").fill(user);
	await page.getByLabel("Password").fill(password);
	await page.getByRole("button", { name: "Sign in" }).click();
	await page.getByRole("navigation").getByRole("link", { name: "Overview" }).waitFor();
}

export const tab = async (page, label) => {
	await page.getByRole("navigation").getByRole("link", { name: label }).click();
	await page.getByRole("heading", { level: 2, name: label }).waitFor();
};

// --- accessibility and pictures ---

// What axe-core finds that is serious or critical: nothing.
export async function accessible(page, where) {
	await page.evaluate(axeSource + ";0");
	const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
	const bad = violations.filter((v) => ["serious", "critical"].includes(v.impact))
		.map((v) => `${v.impact} ${v.id}: ${v.help}\n` + v.nodes.slice(0, 5).map((n) => `  ${n.html}\n  ${n.failureSummary}`).join("\n"));
	assert.deepEqual(bad, [], `${where}: ${bad.join("\n")}`);
	return violations.map((v) => v.id);
}

export async function picture(page, file, more = {}) {
	fs.mkdirSync(path.dirname(file), { recursive: true });
	await page.screenshot({ path: file, animations: "disabled", caret: "hide", ...more });
}

// A phone that has been in use: provisioned, with exceptions, a distrusted CA, rejected servers.
export async function furnish() {
	await sh`furnish`;
	const certificate = (name) => sh`pki_sha256 ${name}`;
	await verify("gate", "gate.example.com");
	await ask("admin.AddException", { sha256: await certificate("gate"), host: "gate.example.com",
		expires: new Date(Date.now() + 20 * 86400000).toISOString().slice(0, 19) + "Z" });
	await ask("admin.Distrust", { kind: "certificate", sha256: await certificate("withdrawn"), reason: "its key was stolen" });
	await verify("pbx,private", "pbx.example.com");
	await verify("late", "directory.example.com", "ldap");
}

// --- tests ---

let failed = false;

function bounded(work) {
	let timer;
	const late = new Promise((_, refuse) => {
		timer = setTimeout(() => refuse(new Error(`not done after ${TEST_MS / 1000} s`)), TEST_MS);
	});
	return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

async function showFailure(c, sentence) {
	const file = path.join(built, "failed", name + "-" + sentence.replace(/\W+/g, "-").slice(0, 60));
	fs.mkdirSync(path.dirname(file), { recursive: true });
	for (const [i, page] of c.pages().entries()) {
		await page.screenshot({ path: `${file}-${i}.png`, fullPage: true, timeout: 5000 }).catch(() => {});
		console.log(`  the page ${page.url()} (${file}-${i}.png):`);
		console.log((await page.locator("body").ariaSnapshot({ timeout: 5000 }).catch((e) => String(e))).replace(/^/gm, "  > "));
	}
}

// test(sentence, work, { signedIn: "alice", ...options of a context })
export async function test(sentence, work, { signedIn, ...more } = {}) {
	if (process.env.ONLY && !sentence.includes(process.env.ONLY))
		return;
	const start = Date.now();
	const c = await context(more);
	try {
		await bounded((async () => {
			const page = await c.newPage();
			if (signedIn)
				await signIn(page, signedIn);
			await work({ page, context: c });
			assert.deepEqual(c.complaints, [], "the page complains");
		})());
		console.log(`LOG ok ${sentence} ${((Date.now() - start) / 1000).toFixed(1)} s`);
	} catch (e) {
		failed = true;
		console.log(`FAILED: ${sentence}: ${e.stack}`);
		if (c.complaints.length)
			console.log("  " + c.complaints.join("\n  "));
		await showFailure(c, sentence);
	} finally {
		await Promise.race([c.close(), new Promise((done) => setTimeout(done, 5000))]);
	}
}

async function end() {
	await browser?.close().catch(() => {});
	if (!stage)
		return;
	if (failed)
		console.log((await tried("tail -n 20 \"$T\"/*.log").catch((e) => ({ out: String(e) }))).out);
	stage.stdin.end();
	if (await stage.ended !== 0) {
		failed = true;
		console.log("the stage ended with status " + stage.status + ": " + bytes);
	}
}

let ending = false;
async function quit(status) {
	if (ending)
		return;
	ending = true;
	await end();
	process.exit(status ?? (failed ? 1 : 0));
}
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"])
	process.on(signal, () => quit(1));
process.on("uncaughtException", (e) => {
	failed = true;
	console.log(e.stack);
	quit(1);
});
// The last test is done when nothing is left to do but what begin began.
export const done = () => quit();
