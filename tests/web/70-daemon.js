#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// The daemon restarted under the page, away, and back; certprov-web itself away and back.
import { assert, begin, done, sh, tab, test, verify, url } from "./stage.js";

await begin();
await sh`make_certificate first`;
await sh`make_certificate second`;
await sh`make_certificate third`;
const row = (page, text) => page.getByRole("row").filter({ hasText: text });

await test("the daemon is restarted under the page, which goes on by itself", async ({ page }) => {
	await tab(page, "Unknown Certificates");
	await verify("first", "one.example.com");
	await row(page, "CN=first").waitFor();
	await sh`stop_daemon`;
	await page.getByRole("status").getByText("What helps").waitFor();
	await sh`start_daemon`;
	await page.getByRole("status").getByText("What helps").waitFor({ state: "detached" });
	await verify("second", "two.example.com");
	await row(page, "CN=second").waitFor();
	await row(page, "CN=first").waitFor();
}, { signedIn: "alice" });

await test("without the daemon the page says so and what helps, and does not lose the session", async ({ page }) => {
	await sh`stop_daemon`;
	await page.goto(url + "/#servers");
	await page.getByRole("status").getByText("What helps").first().waitFor();
	await page.getByText("alice (may change)").waitFor();
	await page.getByRole("main").getByText("What helps").first().waitFor();
	await sh`start_daemon`;
	await page.getByRole("main").getByText("There is nothing here.").waitFor();
	await tab(page, "Overview");
	await page.getByText("always on").waitFor();
}, { signedIn: "alice" });

await test("a change that the daemon never heard of is told as such", async ({ page }) => {
	await tab(page, "Unknown Certificates");
	await page.getByRole("button", { name: /^Remove: .*first/ }).click();
	await sh`stop_daemon`;
	const dialog = page.getByRole("dialog");
	await dialog.getByRole("button", { name: "Remove" }).click();
	await dialog.getByRole("alert").getByText("What helps").waitFor();
	await sh`start_daemon`;
	await dialog.getByRole("button", { name: "Remove" }).click();
	await dialog.waitFor({ state: "detached" });
	await row(page, "CN=first").waitFor({ state: "detached" });
}, { signedIn: "alice" });

await test("certprov-web is restarted under the page: it says so, and asks for the password again", async ({ page }) => {
	await tab(page, "Unknown Certificates");
	await sh`stop web`;
	await page.getByRole("status").getByText("The phone’s web server does not answer.")
		.or(page.getByRole("status").getByText("The phone's web server does not answer.")).waitFor();
	await sh`start_web`;
	await page.getByLabel("Password").waitFor();
}, { signedIn: "alice" });

await done();
