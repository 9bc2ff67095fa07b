#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// A phone that registers over TLS, with a registrar of a CA that it does not know: it refuses,
// the page shows the registrar as it is rejected, somebody makes an exception there, and the
// phone, told by the daemon, registers by itself. When the exception ends it stops.
import { assert, begin, done, sh, signIn, skipUnless, tab, test, until } from "./stage.js";

await begin();
await skipUnless("Kamailio, or no libre", "has_sip");
await sh`PKI_SUBJECT='/CN=Private PBX CA' pki_issue private root root`;
await sh`PKI_SUBJECT=/CN=pbx.example.com pki_issue pbx private server URI:sip:pbx.example.com,DNS:pbx.example.com`;
await sh`start_registrar`;
const said = () => sh`cat "$T/agent.log"`;
const registrations = async () => Number(await sh`registrations bob`);

await test("a rejected registrar is excepted on the page, and the phone registers", async ({ page }) => {
	await tab(page, "Unknown Certificates");
	await page.getByText("There is nothing here.").waitFor();
	await sh`start agent env "LD_LIBRARY_PATH=$B" "$AGENT" --socket "$TRUST" sip:bob@pbx.example.com "127.0.0.1:\${PORT[registrar]}"`;
	await until("the phone refuses the registrar", async () => /refused \(issuer-not-trusted/.test(await said()));
	await until("the registration fails", async () => /not registered/.test(await said()));
	assert.equal(await registrations(), 0);
	const row = page.getByRole("row").filter({ hasText: "CN=pbx.example.com" });
	await row.waitFor();
	assert.match(await row.textContent(), /CN=Private PBX CA is missing/);
	await row.getByRole("button", { name: /^Add exception/ }).click();
	const dialog = page.getByRole("dialog");
	await dialog.locator("button:enabled", { hasText: "Add exception" }).click();
	await dialog.waitFor({ state: "detached" });
	await until("the phone registers", async () => /^sip: registered: 200/m.test(await said()));
	assert.match(await said(), /trusted \(exception/);
	assert.ok(await registrations() > 0);
}, { signedIn: "alice" });

await test("the exception ends on the page, and the phone is refused again", async ({ page }) => {
	const before = (await said()).match(/refused \(/g).length;
	await tab(page, "Server Certificates");
	await page.getByRole("button", { name: /^End the exception: pbx/ }).click();
	await page.getByRole("dialog").getByRole("button", { name: "End the exception" }).click();
	await until("the phone refuses the registrar", async () => (await said()).match(/refused \(/g).length > before);
	await tab(page, "Unknown Certificates");
	await page.getByRole("row").filter({ hasText: "CN=pbx.example.com" }).waitFor();
}, { signedIn: "alice" });

await done();
