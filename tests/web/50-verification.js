#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// The switch of 8.x for the verification of servers, and settings.
import { assert, ask, begin, done, sh, tab, test, until, verify } from "./stage.js";

await begin({ config: ["[phone]", "Firmware=8.9.3.41"] });
await sh`make_certificate stranger`;

await test("on 8.x servers are verified when the switch is on, and off after a warning", async ({ page }) => {
	const onOff = page.getByRole("switch", { name: "Verify servers" });
	await onOff.waitFor();
	if (await onOff.getAttribute("aria-checked") === "false")
		await onOff.click();
	await page.getByRole("switch", { name: "Verify servers", checked: true }).waitFor();
	assert.equal((await ask("trust.Status")).verification, "on");
	assert.equal((await verify("stranger", "host.example.com")).trusted, false);
	await onOff.click();
	const dialog = page.getByRole("dialog");
	await dialog.getByText("The phone then accepts every server").waitFor();
	await dialog.getByRole("button", { name: "Cancel" }).click();
	assert.equal((await ask("trust.Status")).verification, "on");
	await onOff.click();
	await dialog.getByRole("button", { name: "Stop verifying servers" }).click();
	await page.getByRole("switch", { name: "Verify servers", checked: false }).waitFor();
	assert.equal((await verify("stranger", "host.example.com")).result, "not-verified");
	await onOff.press("Enter");
	await page.getByRole("switch", { name: "Verify servers", checked: true }).waitFor();
	assert.equal((await verify("stranger", "host.example.com")).trusted, false);
}, { signedIn: "alice" });

await test("a setting is changed, refused with its reason, and put back to its default", async ({ page }) => {
	await tab(page, "Settings");
	const row = page.getByRole("row").filter({ has: page.getByText("setting_server", { exact: true }) });
	await row.getByRole("button", { name: "Change: setting_server" }).click();
	const dialog = page.getByRole("dialog", { name: "setting_server" });
	await dialog.getByLabel("Value").fill("no url at all");
	await dialog.getByRole("button", { name: "Save" }).click();
	await dialog.getByRole("alert").waitFor();
	await dialog.getByLabel("Value").fill("https://provisioning.example.com/{mac}.xml");
	await dialog.getByRole("button", { name: "Save" }).click();
	await dialog.waitFor({ state: "detached" });
	await row.getByText("https://provisioning.example.com/{mac}.xml").first().waitFor();
	await tab(page, "History");
	await page.getByRole("row").filter({ hasText: "setting_server" }).filter({ hasText: "for alice at 127.0.0.1" }).first().waitFor();
	await tab(page, "Settings");
	await row.getByRole("button", { name: "Back to the default: setting_server" }).click();
	await page.getByRole("dialog").getByRole("button", { name: "Back to the default" }).click();
	await until("it is gone", async () => !(await ask("admin.ListSettings")).settings.find((s) => s.name === "setting_server").isSet);
}, { signedIn: "alice" });

await sh`write_config '[identity]' "Sha2Certificate=$T/device/ec.pem" "Sha2Key=$T/device/ec.key"`;
await sh`stop_daemon && start_daemon`;
await test("on 10.x verification is forced, the page says by which rule, and has no switch", async ({ page }) => {
	await page.getByText("always on").waitFor();
	await page.getByText("This firmware always verifies servers").waitFor();
	await page.getByText("verification-forced").waitFor();
	assert.equal(await page.getByRole("switch").count(), 0);
}, { signedIn: "alice" });

await done();
