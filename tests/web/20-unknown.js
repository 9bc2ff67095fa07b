#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// A server that was rejected: it appears as it happens, says why and what would cure it, and
// is excepted, or the CA of its chain trusted. What strangers write stays text.
import { assert, ask, begin, done, sh, tab, test, until, verify } from "./stage.js";

await begin();
const row = (page, text) => page.getByRole("row").filter({ hasText: text });
const heading = (page, name) => page.getByRole("heading", { level: 2, name });

// A server of a CA that this phone does not know, with that CA in its chain.
await sh`PKI_SUBJECT='/CN=Private PBX CA' pki_issue private root root`;
await sh`PKI_SUBJECT=/CN=pbx.example.com pki_issue pbx private server DNS:pbx.example.com`;
await sh`PKI_SUBJECT=/CN=gate.example.com pki_issue gate private server DNS:gate.example.com`;

await test("a rejected server appears as it is rejected, is excepted for its host, and trusted there alone", async ({ page }) => {
	await tab(page, "Unknown Certificates");
	await page.getByText("There is nothing here.").waitFor();
	const rejected = await verify("pbx", "pbx.example.com");
	assert.equal(rejected.result, "issuer-not-trusted");
	await row(page, "CN=pbx.example.com").waitFor();
	const text = await row(page, "CN=pbx.example.com").textContent();
	for (const told of [rejected.reason, "pbx.example.com", "sip", `uid:${process.getuid()}`])
		assert.ok(text.includes(told), `${told} in: ${text}`);
	await row(page, rejected.remedy).getByText("(here: Add exception)").waitFor();
	await page.getByText("A server was rejected: pbx.example.com").waitFor({ state: "attached" });

	await page.getByRole("button", { name: /^Add exception: .*pbx.example.com/ }).click();
	const dialog = page.getByRole("dialog", { name: "Add exception" });
	await dialog.getByText("The exception lets all of this pass").waitFor();
	await dialog.getByText(rejected.reason).waitFor();
	assert.equal(await dialog.getByLabel("Host", { exact: true }).inputValue(), "pbx.example.com");
	assert.match(await dialog.textContent(), new RegExp(await sh`pki_sha256 pbx`));
	await dialog.getByRole("button", { name: "Add exception" }).click();
	await dialog.waitFor({ state: "detached" });
	await page.getByText("There is nothing here.").waitFor();

	assert.equal((await verify("pbx", "pbx.example.com")).result, "exception");
	assert.equal((await verify("pbx", "other.example.com")).trusted, false);
	const { certificate } = await ask("trust.Get", { sha256: await sh`pki_sha256 pbx` });
	const days = (new Date(certificate.exceptions[0].expires) - Date.now()) / 86400000;
	assert.ok(days > 29 && days < 31, `ends in ${days} days`);
	assert.equal(certificate.exceptions[0].host, "pbx.example.com");
	assert.match(await sh`ask admin.History '{"limit": 1}' -m`, /for alice at 127\.0\.0\.1/);
}, { signedIn: "alice" });

await test("an exception is shown with its host and its end, and ended", async ({ page }) => {
	await tab(page, "Server Certificates");
	const excepted = row(page, "CN=pbx.example.com");
	assert.match(await excepted.textContent(), /exceptions only.*exception.*pbx\.example\.com, until .*issuer-not-trusted/s);
	await excepted.getByRole("button", { name: /^End the exception: pbx/ }).click();
	await page.getByRole("dialog").getByRole("button", { name: "End the exception" }).click();
	await page.getByText("There is nothing here.").waitFor();
	assert.equal((await verify("pbx", "pbx.example.com")).result, "issuer-not-trusted");
}, { signedIn: "alice" });

await test("an exception for every host says what that means, and has no end when none is given", async ({ page }) => {
	await tab(page, "Unknown Certificates");
	await page.getByRole("button", { name: /^Add exception: .*pbx.example.com/ }).click();
	const dialog = page.getByRole("dialog");
	await dialog.getByLabel("every host").check();
	await dialog.getByText("Whoever has its key can then pose as any server.").waitFor();
	await dialog.getByLabel("Until").fill("");
	await dialog.locator("button:enabled", { hasText: "Add exception" }).click();
	await dialog.waitFor({ state: "detached" });
	assert.equal((await verify("pbx", "other.example.com")).result, "exception");
	const { certificate } = await ask("trust.Get", { sha256: await sh`pki_sha256 pbx` });
	assert.deepEqual([certificate.exceptions[0].host, certificate.exceptions[0].expires], [undefined, undefined]);
}, { signedIn: "alice" });

await test("the CA of its chain is trusted instead, and so are its other servers", async ({ page }) => {
	await verify("gate,private", "gate.example.com");
	await tab(page, "Unknown Certificates");
	await page.getByRole("link", { name: "CN=gate.example.com" }).click();
	await heading(page, "CN=gate.example.com").waitFor();
	await page.getByText("The chain it was sent with").waitFor();
	await page.getByRole("button", { name: "Trust its CA" }).click();
	const dialog = page.getByRole("dialog", { name: "Trust its CA" });
	await dialog.getByText(await sh`pki_sha256 private`).waitFor();
	await dialog.locator("button:enabled", { hasText: "Trust its CA" }).click();
	await dialog.waitFor({ state: "detached" });
	assert.equal((await verify("gate,private", "gate.example.com")).result, "trusted");
	await tab(page, "Server Certificates");
	await row(page, "CN=Private PBX CA").getByText("trust anchor").waitFor();
	await tab(page, "History");
	await row(page, "CN=Private PBX CA").getByText(/^run \d+ begun by .* for alice at 127\.0\.0\.1$/).waitFor();
}, { signedIn: "alice" });

await test("an exception for what is wrong in several ways names all of them first", async ({ page }) => {
	await sh`PKI_FROM=20250101000000Z PKI_UNTIL=20260101000000Z PKI_SUBJECT=/CN=many.example.com pki_issue many root server DNS:other.example.com`;
	await verify("many", "many.example.com");
	await tab(page, "Unknown Certificates");
	await page.getByRole("button", { name: /^Add exception: CN=many/ }).click();
	const dialog = page.getByRole("dialog", { name: "Add exception" });
	await dialog.getByText("The exception lets all of this pass").waitFor();
	const text = await dialog.textContent();
	for (const wrong of [/expired on 2026-01-01/, /not for the requested host, many\.example\.com/])
		assert.match(text, wrong);
	await page.keyboard.press("Escape");
	await page.getByRole("button", { name: /^Remove: CN=many/ }).click();
	await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
	await page.getByRole("dialog").waitFor({ state: "detached" });
}, { signedIn: "alice" });

await test("what is distrusted bears its name in the list, and is trusted again where it was distrusted", async ({ page }) => {
	await tab(page, "Server Certificates");
	await page.getByRole("link", { name: "CN=Private PBX CA" }).click();
	await page.getByRole("button", { name: "Distrust" }).click();
	await page.getByRole("dialog").getByRole("button", { name: "Distrust" }).click();
	await page.getByRole("dialog").waitFor({ state: "detached" });
	assert.equal((await verify("gate,private", "gate.example.com")).trusted, false);
	await tab(page, "Certificate Authorities");
	await row(page, await sh`pki_sha256 private`).getByRole("link", { name: "CN=Private PBX CA" }).click();
	await page.getByRole("button", { name: "Lift the distrust" }).click();
	await page.getByRole("dialog").getByRole("button", { name: "Lift the distrust" }).click();
	await page.getByRole("button", { name: "Distrust", exact: true }).waitFor();
	assert.equal((await verify("gate,private", "gate.example.com")).result, "trusted");
	await tab(page, "Unknown Certificates");
	await page.getByRole("button", { name: /^Remove: CN=gate/ }).click();
	await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
	await page.getByRole("dialog").waitFor({ state: "detached" });
}, { signedIn: "alice" });

await test("a server that is rejected again and again is not explained each time, and keeps what helps", async ({ page }) => {
	await sh`make_certificate busy`;
	await tab(page, "Unknown Certificates");
	await page.getByText("There is nothing here.").waitFor();
	let asked = 0;
	page.on("request", (r) => { asked += r.url().endsWith("trust.Explain"); });
	const { remedy } = await verify("busy", "busy.example.com");
	await row(page, remedy).waitFor();
	for (let times = 2; times <= 6; times++) {
		await verify("busy", "busy.example.com");
		await row(page, remedy).getByText(`(${times} ×)`).waitFor();
	}
	// Once more when the page hears of the state of trust for the first time.
	assert.ok(asked <= 2, `asked ${asked} times`);
	await page.getByRole("button", { name: /^Remove: .*busy/ }).click();
	await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
	await page.getByText("There is nothing here.").waitFor();
}, { signedIn: "alice" });

await test("a remedy names the button that does what its command does, where there is one", async ({ page }) => {
	const buttons = await page.evaluate(async (texts) => {
		const { remedy } = await import("/dom.js");
		return texts.map((text) => /\(here: (.*)\)$/.exec(remedy({ remedy: text }).textContent)?.[1]);
	}, ["Publish it, then: certprovctl provision", "certprovctl provision URL", "certprovctl clock reset", "certprovctl set x on", "Ask the CA."]);
	assert.deepEqual(buttons, ["Run now", undefined, "Reset the last known time", "Change", undefined]);
}, { signedIn: "alice" });

const EVIL = "<img src=x onerror=document.title=1><b>bold</b>{host}"; // 64 letters at most
const SHOWN = EVIL.replace(/[<>]/g, "\\$&"); // as RFC 4514 writes a name
await test("markup in what strangers send stays text, wherever it is shown", async ({ page }) => {
	await sh`PKI_SUBJECT=${"/CN=" + EVIL.replaceAll("/", "\\/")} pki_issue evil root root`;
	await tab(page, "Unknown Certificates");
	await verify("evil", "evil.example.com");
	await row(page, SHOWN).waitFor();
	const clean = async () => {
		assert.equal(await page.locator("img, b, script:not([src])").count(), 0);
		assert.match(await page.title(), /Certificates$/);
	};
	await clean();
	await page.getByRole("button", { name: `Add exception: CN=${SHOWN}` }).click();
	await page.getByRole("dialog").getByText("The exception lets all of this pass").waitFor();
	await clean();
	await page.keyboard.press("Escape");
	await page.getByRole("link", { name: SHOWN }).click();
	await page.getByRole("heading", { name: SHOWN }).waitFor();
	await clean();
	await page.getByRole("button", { name: "Distrust" }).click();
	await page.getByRole("dialog").getByLabel("Reason").fill(EVIL);
	await page.getByRole("dialog").getByRole("button", { name: "Distrust" }).click();
	await page.getByRole("dialog").waitFor({ state: "detached" });
	await clean();
	await tab(page, "Certificate Authorities");
	await row(page, EVIL).waitFor();
	await clean();
	await tab(page, "History");
	await row(page, SHOWN).first().waitFor();
	await clean();
}, { signedIn: "alice" });

// The last: it asks for more than the page takes of one address.
await test("however many servers are rejected while the page is open, it shows as many as the phone keeps", async ({ page }) => {
	await tab(page, "Unknown Certificates");
	const rows = await page.evaluate(async () => {
		const { tell } = await import("/api.js");
		for (let i = 0; i < 210; i++) {
			tell("rejection", { reason: "none", certificate: { sha256: String(i).padStart(64, "0"), subject: `CN=flood${i}`,
				lists: ["unknown"], lastSeen: `2099-01-01T00:00:00.${1000 + i}Z`, seen: 1 } });
		}
		return [...document.querySelectorAll("tbody tr")].map((row) => row.textContent);
	});
	assert.equal(rows.length, 200);
	assert.match(rows[0], /CN=flood209/);
}, { signedIn: "alice" });

await done();
