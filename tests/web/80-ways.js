#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// Other ways to read and use the page: German, by keyboard alone, on a narrow screen, in
// another time zone.
import { PASSWORD, accessible, assert, begin, done, sh, signIn, tab, test, until, url, verify } from "./stage.js";

await begin();
await sh`make_certificate stranger`;
await verify("stranger", "pbx.example.com");

await test("a German browser is spoken to in German", async ({ page }) => {
	await page.goto(url);
	await page.getByLabel("Name").fill("alice");
	await page.getByLabel("Passwort").fill(PASSWORD);
	await page.getByRole("button", { name: "Anmelden" }).click();
	for (const name of ["Übersicht", "Zertifizierungsstellen", "Serverzertifikate", "Unbekannte Zertifikate", "Einstellungen", "Verlauf"])
		await tab(page, name);
	assert.equal(await page.getAttribute("html", "lang"), "de");
	await tab(page, "Unbekannte Zertifikate");
	await page.getByRole("button", { name: /^Ausnahme hinzufügen: .*stranger/ }).waitFor();
	// What the daemon says is English, and marked as such for a screen reader.
	await page.locator("[lang=en]").filter({ hasText: "CN=stranger" }).first().waitFor();
}, { locale: "de-AT" });

await test("neither German nor English: English", async ({ page }) => {
	await signIn(page);
	assert.equal(await page.getAttribute("html", "lang"), "en");
}, { locale: "fr-FR" });

// Presses Tab until what has the focus is this; fails when it never has.
async function tabTo(page, locator) {
	for (let presses = 0; presses < 60; presses++) {
		if (await locator.evaluate((e) => e === document.activeElement).catch(() => false))
			return;
		await page.keyboard.press("Tab");
	}
	assert.fail(`the keyboard does not reach ${locator}`);
}
const link = (page, name) => page.getByRole("navigation").getByRole("link", { name });

await test("an exception is made and ended by the keyboard alone", async ({ page }) => {
	await page.goto(url);
	await page.getByLabel("Name").waitFor();
	assert.ok(await page.getByLabel("Name").evaluate((e) => e === document.activeElement), "the first field has the focus");
	await page.keyboard.type("alice");
	await page.keyboard.press("Tab");
	await page.keyboard.type(PASSWORD);
	await page.keyboard.press("Enter");
	await link(page, "Unknown Certificates").waitFor();
	await tabTo(page, link(page, "Unknown Certificates"));
	await page.keyboard.press("Enter");
	const add = page.getByRole("button", { name: /^Add exception: .*stranger/ });
	await add.waitFor();
	await tabTo(page, add);
	await page.keyboard.press("Enter");
	const dialog = page.getByRole("dialog", { name: "Add exception" });
	await dialog.waitFor();
	await page.keyboard.press("Escape");
	await dialog.waitFor({ state: "detached" });
	// A dialog is closed a moment before its page is told.
	await add.and(page.locator(":not([aria-disabled])")).waitFor();
	assert.ok(await add.evaluate((e) => e === document.activeElement), "the focus is back where it was");
	await page.keyboard.press("Enter");
	await dialog.getByText("The exception lets all of this pass").waitFor();
	await tabTo(page, dialog.getByRole("button", { name: "Add exception" }));
	await page.keyboard.press("Space");
	await dialog.waitFor({ state: "detached" });
	assert.equal((await verify("stranger", "pbx.example.com")).result, "exception");
	await tabTo(page, link(page, "Server Certificates"));
	await page.keyboard.press("Enter");
	const end = page.getByRole("button", { name: /^End the exception/ });
	await end.waitFor();
	await tabTo(page, end);
	await page.keyboard.press("Enter");
	await tabTo(page, page.getByRole("dialog").getByRole("button", { name: "End the exception" }));
	await page.keyboard.press("Enter");
	await page.getByText("There is nothing here.").waitFor();
	await verify("stranger", "pbx.example.com");
});

// What a mouse can use in the view.
const USABLE = "main :is(a, button, input, select, summary):not([tabindex='-1'])";
await test("in every tab the keyboard reaches all that a mouse does, and shows where it is", async ({ page }) => {
	for (const name of ["Overview", "Certificate Authorities", "Server Certificates", "Unknown Certificates", "Settings", "History"]) {
		await tab(page, name);
		await page.locator("main table, main .soft, main dl").first().waitFor();
		const all = await page.locator(USABLE).filter({ visible: true }).count();
		const reached = new Set();
		for (let presses = 0; presses < 2 * all + 20 && reached.size < all; presses++) {
			await page.keyboard.press("Tab");
			const at = await page.evaluate((usable) => {
				const now = document.activeElement;
				const { outlineStyle } = getComputedStyle(now);
				return now.matches(usable) ? { index: [...document.querySelectorAll(usable)].indexOf(now), outlineStyle } : null;
			}, USABLE);
			if (!at)
				continue;
			assert.equal(at.outlineStyle, "solid", `${name}: nobody sees where the keyboard is`);
			reached.add(at.index);
		}
		assert.equal(reached.size, all, name);
	}
}, { signedIn: "alice" });

for (const [reducedMotion, animation] of [["reduce", "none"], ["no-preference", "fresh"]]) {
	await test(`a row that is new ${animation === "none" ? "does not move for who wants no motion" : "shows itself to others"}`, async ({ page }) => {
		await tab(page, "Unknown Certificates");
		await page.getByRole("row").filter({ hasText: "CN=stranger" }).waitFor();
		await page.waitForLoadState();
		const fresh = page.locator("tr.fresh");
		await until("it is seen as it is rejected", async () => {
			await verify("stranger", "pbx.example.com");
			return await fresh.count() > 0;
		});
		assert.equal(await fresh.evaluate((e) => getComputedStyle(e).animationName), animation);
	}, { signedIn: "alice", reducedMotion });
}

await test("with forced colours the current tab and the badges are still told apart", async ({ page }) => {
	await page.getByRole("heading", { level: 2, name: "Overview" }).waitFor();
	const border = (locator) => locator.evaluate((e) => getComputedStyle(e).borderBottomColor);
	const current = await border(page.locator("nav a[aria-current]"));
	assert.notEqual(current, await border(page.locator("nav a:not([aria-current])").first()));
	await page.locator(".badge").first().waitFor();
	assert.equal(await page.locator(".badge").first().evaluate((e) => getComputedStyle(e).borderBottomStyle), "solid");
	await accessible(page, "forced colours");
}, { signedIn: "alice", forcedColors: "active" });

await test("the first key leads past the tabs", async ({ page }) => {
	await page.reload();
	await page.getByRole("heading", { level: 2, name: "Overview" }).waitFor();
	await page.keyboard.press("Tab");
	const skip = page.getByRole("link", { name: "Skip to the content" });
	assert.ok(await skip.evaluate((e) => e === document.activeElement));
	await page.keyboard.press("Enter");
	assert.equal(await page.evaluate(() => document.activeElement.id), "main");
}, { signedIn: "alice" });

for (const width of [320, 390, 768, 940, 1024]) {
	await test(`on a screen of ${width} pixels nothing has to be scrolled sideways`, async ({ page }) => {
		for (const name of ["Overview", "Certificate Authorities", "Server Certificates", "Unknown Certificates", "Settings", "History"]) {
			await tab(page, name);
			await page.locator("main table, main .soft, main dl").first().waitFor();
			const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
			assert.equal(over, 0, `${name} is ${over} pixels too wide`);
		}
		await tab(page, "Unknown Certificates");
		await page.getByRole("link", { name: "CN=stranger" }).click();
		await page.getByRole("heading", { level: 2, name: "CN=stranger" }).waitFor();
		assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), 0);
	}, { signedIn: "alice", viewport: { width, height: 700 } });
}

await test("times are those of the reader's zone, with UTC at hand", async ({ page }) => {
	await tab(page, "Certificate Authorities");
	const time = page.getByRole("row").filter({ hasText: "Test Root CA" }).locator("time");
	const utc = new Date(await time.getAttribute("datetime"));
	const text = () => time.evaluate((e) => e.innerText);
	const there = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short", timeZone: "Pacific/Auckland" }).format(utc);
	assert.equal((await text()).replace(/\s/g, " "), there.replace(/\s/g, " "));
	await page.getByLabel(/Show times in UTC/).check();
	assert.equal(await text(), utc.toISOString().slice(0, 19).replace("T", " ") + " UTC");
}, { signedIn: "alice", timezoneId: "Pacific/Auckland" });

await done();
