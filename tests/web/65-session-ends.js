#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// A session that ends by itself, under a page that is open.
import { PASSWORD, assert, begin, done, tab, test, until } from "./stage.js";

await begin({ web: ["SessionEnd=4s"] });

await test("after its absolute end a session is over, however busy it was, and the page goes on after the password", async ({ page, context: c }) => {
	const start = Date.now();
	const dialog = page.getByRole("dialog", { name: "Sign in" });
	await until("the session ends", async () => {
		for (const name of ["Settings", "History"]) {
			if (await dialog.isVisible())
				return true;
			await page.getByRole("navigation").getByRole("link", { name }).click({ timeout: 500 }).catch(() => {});
		}
		return false;
	});
	assert.ok(Date.now() - start > 2000, "not before its time");
	await dialog.getByText("The session has ended").waitFor();
	const kept = await c.cookies();
	const refused = await page.evaluate(async () => (await fetch("/call/io.certprov.trust.Status",
		{ method: "POST", body: "{}", headers: { "Content-Type": "application/json" } })).status);
	assert.equal(refused, 401);
	await dialog.getByLabel("Password").fill(PASSWORD);
	await dialog.getByRole("button", { name: "Sign in" }).click();
	await dialog.waitFor({ state: "detached" });
	await tab(page, "Settings");
	assert.notDeepEqual((await c.cookies()).map((k) => k.value), kept.map((k) => k.value));
}, { signedIn: "alice" });

await done();
