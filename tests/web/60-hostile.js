#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// Another web site in the same browser, a wrong token, a session that has ended: nothing of
// it changes anything. The hostile site is on the same host, by TLS with the same key, where
// cookies are sent along: only its port differs.
import fs from "node:fs";
import { PASSWORD, T, assert, ask, begin, done, sh, signIn, tab, test, url } from "./stage.js";

await begin();
await sh`make_certificate stranger`;
await sh`mkdir "$T/www" && cp "$T/stranger.pem" "$T/www/"`;
await sh`start_nginx foreign <<<"server { listen 127.0.0.1:@PORT@ ssl; ssl_certificate @T@/device/ec.pem; ssl_certificate_key @T@/device/ec.key; root @T@/www;
	types { text/html html; } }"`;
const foreign = "https://localhost:" + await sh`echo \${PORT[foreign]}`;
const generation = async () => (await ask("trust.Status")).generation;
const CALL = "/call/io.certprov.admin.Distrust";
const BODY = JSON.stringify({ kind: "certificate", sha256: "0".repeat(64) });

// From within a page: what became of a change.
const change = (page, headers) => page.evaluate(async ([path, body, more]) => {
	const reply = await fetch(path, { method: "POST", body, headers: { "Content-Type": "application/json", ...more } });
	return [reply.status, (await reply.json()).error];
}, [CALL, BODY, headers]);
const token = (page) => page.evaluate(async () => (await (await fetch("/session")).json()).csrf);

await test("a change without the session's token, or with another's, is refused", async ({ page, context: c }) => {
	const before = await generation();
	for (const headers of [{}, { "X-CSRF-Token": "" }, { "X-CSRF-Token": "0".repeat(32) }])
		assert.deepEqual(await change(page, headers), [403, "io.certprov.web.TokenMissing"]);
	const mine = await token(page);
	await c.clearCookies();
	await signIn(page);
	assert.notEqual(await token(page), mine);
	assert.deepEqual(await change(page, { "X-CSRF-Token": mine }), [403, "io.certprov.web.TokenMissing"]);
	assert.equal(await generation(), before);
	assert.equal((await change(page, { "X-CSRF-Token": await token(page) }))[0], 200);
	assert.equal(await generation(), before + 1);
}, { signedIn: "alice" });

await test("another site's forms and scripts change nothing, though the cookie is sent along", async ({ page, context: c }) => {
	const before = await generation();
	const csrf = await token(page);
	fs.writeFileSync(`${T}/www/form.html`, `<form method=post enctype=text/plain action="${url}${CALL}"><input name='{"kind": "certificate", "sha256": "${"1".repeat(64)}", "reason": "' value='"}'><button>Win</button></form>`);
	const other = await c.newPage();
	await other.goto(foreign + "/form.html");
	const answered = other.waitForResponse((r) => r.url().endsWith(CALL));
	await other.getByRole("button", { name: "Win" }).click();
	const answer = await answered;
	assert.ok((await answer.request().allHeaders()).cookie?.includes("certprov_session"), "the cookie is not sent: the test shows nothing");
	assert.ok([403, 415].includes(answer.status()), String(answer.status()));
	await other.goto(foreign + "/form.html");
	const tried = await other.evaluate(async ([to, body, stolen]) => {
		const results = [];
		for (const [mode, headers] of [["no-cors", { "Content-Type": "text/plain" }], ["cors", { "Content-Type": "application/json", "X-CSRF-Token": stolen }]])
			results.push(await fetch(to, { method: "POST", mode, body, headers, credentials: "include" }).then((r) => r.type + r.status, (e) => e.name));
		return results;
	}, [url + CALL, BODY.replaceAll("0", "2"), csrf]);
	// Cross-Origin-Resource-Policy keeps even the opaque answer from it.
	assert.deepEqual(tried, ["TypeError", "TypeError"]);
	assert.equal(await generation(), before);
	c.complaints.length = 0; // the browser's, of the other site
}, { signedIn: "alice" });

await test("a request that names a foreign origin is refused, whatever else is right", async ({ page, context: c }) => {
	const before = await generation();
	const csrf = await token(page);
	for (const origin of [foreign, "null", "https://localhost.example", url.replace("https", "http")]) {
		const reply = await c.request.post(url + CALL, { data: BODY, ignoreHTTPSErrors: true,
			headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf, Origin: origin } });
		assert.deepEqual([reply.status(), (await reply.json()).error], [403, "io.certprov.web.ForeignOrigin"], origin);
	}
	assert.equal(await generation(), before);
}, { signedIn: "alice" });

await test("when the session has ended the page asks for the password, and goes on with what was asked", async ({ page, context: c }) => {
	await sh`verify stranger pbx.example.com`;
	await tab(page, "Unknown Certificates");
	const remove = page.getByRole("button", { name: /^Remove: .*stranger/ });
	await remove.click();
	// As if it had expired just then: nothing else is to ask for the password before.
	await page.route("**/io.certprov.admin.Remove", async (route) => {
		await c.clearCookies();
		await route.continue();
	}, { times: 1 });
	await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
	const dialog = page.getByRole("dialog", { name: "Sign in" });
	await dialog.getByText("The session has ended").waitFor();
	await dialog.getByLabel("Password").fill(PASSWORD);
	await dialog.getByRole("button", { name: "Sign in" }).click();
	await page.getByText("There is nothing here.").waitFor();
	await page.getByRole("dialog").waitFor({ state: "detached" });
}, { signedIn: "alice" });

await done();
