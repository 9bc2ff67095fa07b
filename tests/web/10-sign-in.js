#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// Who gets in: no users yet, the first of them, sessions, roles, passwords that are wrong.
import { PASSWORD, assert, ask, begin, context, done, sh, signIn, tab, test, url } from "./stage.js";

await begin({ users: {} });

const heading = (page, name) => page.getByRole("heading", { level: 2, name });

await test("without users the page says how to make one, and shows nothing else", async ({ page }) => {
	await page.goto(url);
	await page.getByText("certprovctl web-password").waitFor();
	assert.equal(await page.getByRole("navigation").getByRole("link").count(), 0);
	assert.equal(await page.getByLabel("Password").count(), 0);
	const status = await page.evaluate(async () => (await fetch("/call/io.certprov.trust.Status",
		{ method: "POST", body: "{}", headers: { "Content-Type": "application/json" } })).status);
	assert.ok([401, 503].includes(status), String(status));
});

await test("the first user signs in as soon as there is one", async ({ page }) => {
	await page.goto(url);
	await page.getByText("certprovctl web-password").waitFor();
	await sh`user alice change ${PASSWORD}`;
	await page.getByRole("button", { name: "Try again" }).click();
	await page.getByLabel("Name").fill("alice");
	await page.getByLabel("Password").fill(PASSWORD);
	await page.getByLabel("Password").press("Enter");
	await heading(page, "Overview").waitFor();
	await page.getByText("alice (may change)").waitFor();
});

await test("the session is a cookie that no script reads and no other site sends", async ({ page, context: c }) => {
	await signIn(page);
	const [cookie, ...others] = await c.cookies();
	assert.deepEqual(others, []);
	assert.deepEqual([cookie.name, cookie.httpOnly, cookie.secure, cookie.sameSite], ["certprov_session", true, true, "Strict"]);
	assert.equal(await page.evaluate(() => document.cookie), "");
});

await sh`user lookout look ${PASSWORD}`;
await test("who may look is offered no change, and is refused one", async ({ page }) => {
	await sh`make_certificate unrelated`;
	await sh`verify unrelated pbx.example.com`;
	await signIn(page, "lookout");
	await page.getByText("lookout (may look)").waitFor();
	for (const name of ["Overview", "Certificate Authorities", "Server Certificates", "Unknown Certificates", "Settings", "History"]) {
		await tab(page, name);
		await page.locator("main table, main h3, main .soft").first().waitFor();
		assert.deepEqual(await page.getByRole("main").getByRole("button").allTextContents(), name === "Overview" ? [await page.getByRole("button", { name: /^Save its chain/ }).textContent()] : [], name);
	}
	await tab(page, "Unknown Certificates");
	await page.getByRole("row").getByText("What helps").waitFor();
	assert.equal(await page.getByText("(here: ").count(), 0);
	await page.getByRole("link", { name: "unrelated" }).click();
	await heading(page, "unrelated").waitFor();
	assert.deepEqual(await page.getByRole("main").getByRole("button").allTextContents(), ["PEM", "DER"]);
	const answer = await page.evaluate(async () => {
		const { csrf } = await (await fetch("/session")).json();
		const reply = await fetch("/call/io.certprov.admin.ResetClock",
			{ method: "POST", body: "{}", headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf } });
		return [reply.status, (await reply.json()).error];
	});
	assert.deepEqual(answer, [403, "org.varlink.service.PermissionDenied"]);
});

await test("two sessions see each other's changes, and end apart", async ({ page, context: c }) => {
	const other = await context();
	const second = await other.newPage();
	await signIn(page);
	await signIn(second);
	await tab(page, "Unknown Certificates");
	await tab(second, "Unknown Certificates");
	await second.getByRole("button", { name: /^Remove: .*unrelated/ }).click();
	await second.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
	for (const p of [page, second])
		await p.getByText("There is nothing here.").waitFor();
	await second.getByRole("button", { name: "Sign out" }).click();
	await heading(second, "Sign in").waitFor();
	await tab(page, "History");
	await page.getByText("alice at 127.0.0.1").first().waitFor();
	await other.close();
	assert.deepEqual(other.complaints, []);
	assert.equal((await c.cookies()).length, 1);
});

await test("a session that was signed out is worth nothing any more", async ({ page, context: c }) => {
	await signIn(page);
	const kept = await c.cookies();
	await page.getByRole("button", { name: "Sign out" }).click();
	await heading(page, "Sign in").waitFor();
	await c.addCookies(kept);
	await page.reload();
	await heading(page, "Sign in").waitFor();
});

// The last, as a name that was tried too often has to wait.
await test("a wrong password is told, and after some the page has to wait", async ({ page }) => {
	await page.goto(url);
	await page.getByLabel("Name").fill("alice");
	for (let tries = 0; ; tries++) {
		assert.ok(tries < 20, "never has to wait");
		await page.getByLabel("Password").fill("wrong");
		await page.getByRole("button", { name: "Sign in" }).click();
		await page.getByRole("alert").waitFor();
		if (await page.getByRole("main").getByText(/^Wait \d+ seconds/).isVisible())
			break;
		await page.locator("button:enabled", { hasText: "Sign in" }).waitFor();
	}
	assert.ok(await page.getByRole("button", { name: "Sign in" }).isDisabled());
	assert.equal(await page.getByRole("navigation").getByRole("link").count(), 0);
	assert.equal((await ask("trust.Status")).servers, 0);
});

await done();
