#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// Every tab with something in it, light and dark, wide and narrow: axe-core finds nothing that
// is serious or critical, and pictures are kept in build/web/screenshots for a person to look
// at.
// time limit: 240
import path from "node:path";
import { accessible, begin, built, done, furnish, picture, tab, test, url } from "./stage.js";

await begin();
await furnish();

const TABS = ["Overview", "Certificate Authorities", "Server Certificates", "Unknown Certificates", "Settings", "History"];
const file = (name) => name.toLowerCase().replace(/\W+/g, "-");
const settled = (page) => page.waitForFunction(() => document.querySelector("main table tbody tr, main dl, main .note") && !document.querySelector("tr.fresh"));

for (const colorScheme of ["light", "dark"]) {
	for (const [width, screen] of [[1280, "wide"], [390, "narrow"]]) {
		const options = { signedIn: "alice", colorScheme, viewport: { width, height: 900 } };
		const keep = (page, name, fullPage = true) =>
			picture(page, path.join(built, "screenshots", `${file(name)}-${colorScheme}-${screen}.png`), { fullPage });
		await test(`every tab, ${colorScheme}, ${screen}`, async ({ page }) => {
			for (const name of TABS) {
				await tab(page, name);
				await settled(page);
				await accessible(page, name);
				await keep(page, name);
			}
		}, options);
		await test(`a certificate, a dialog and a report, ${colorScheme}, ${screen}`, async ({ page }) => {
			await tab(page, "Unknown Certificates");
			await page.getByRole("link", { name: "CN=pbx.example.com" }).click();
			await page.getByText("The chain it was sent with").waitFor();
			await accessible(page, "a certificate");
			await keep(page, "certificate");
			await page.getByRole("button", { name: "Add exception" }).click();
			await page.getByText("The exception lets all of this pass").waitFor();
			await accessible(page, "a dialog");
			await keep(page, "exception", false);
			await page.keyboard.press("Escape");
			await tab(page, "Overview");
			await page.getByRole("link", { name: "run 1" }).first().click();
			await page.getByRole("table", { name: "What the run found" }).waitFor();
			await accessible(page, "a report");
			await keep(page, "report");
		}, options);
		await test(`signing in, ${colorScheme}, ${screen}`, async ({ page }) => {
			await page.goto(url);
			await page.getByLabel("Password").waitFor();
			await accessible(page, "signing in");
			await keep(page, "sign-in");
		}, { ...options, signedIn: undefined });
	}
}
await done();
