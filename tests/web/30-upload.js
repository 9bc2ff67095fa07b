#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// A file that is uploaded: accepted, or refused with the daemon's reason; and files saved.
import fs from "node:fs";
import { T, assert, begin, done, sh, tab, test, verify } from "./stage.js";

await begin();
await sh`PKI_SUBJECT='/CN=Test Intermediate CA' pki_issue intermediate root ca`;
await sh`PKI_SUBJECT=/CN=host.example.com pki_issue host intermediate server DNS:host.example.com`;
await sh`make_certificate stranger`;

async function upload(page, file) {
	if (!await page.getByLabel("File").isVisible()) {
		await tab(page, "Unknown Certificates");
		await page.getByText("Upload a certificate").first().click();
	}
	await page.getByLabel("File").setInputFiles(file);
	await page.getByRole("button", { name: "Upload a certificate" }).click();
}

for (const kind of ["pem", "der"]) {
	await test(`an intermediate signed by an authority is accepted, as ${kind.toUpperCase()}, and completes chains`, async ({ page }) => {
		await upload(page, `${T}/pki/intermediate.${kind}`);
		await page.getByText(kind === "pem" ? /Test Intermediate CA is now/ : /Test Intermediate CA/).first().waitFor();
		await page.getByRole("main").getByRole("link", { name: "CN=Test Intermediate CA" }).click();
		await page.getByRole("heading", { level: 2, name: "CN=Test Intermediate CA" }).waitFor();
		await page.getByRole("definition").filter({ hasText: /^uploaded/ }).waitFor();
		await page.getByRole("definition").filter({ hasText: /^intermediate$/ }).waitFor();
		assert.equal((await verify("host", "host.example.com")).result, "trusted");
		if (kind === "pem") {
			await page.getByRole("button", { name: "Remove" }).click();
			await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
			await page.getByText("There is nothing here.").waitFor();
			assert.equal((await verify("host", "host.example.com")).trusted, false);
		}
	}, { signedIn: "alice" });
}

await test("one that nobody signed is refused, with the daemon's reason and what helps", async ({ page }) => {
	await upload(page, `${T}/stranger.pem`);
	await page.getByRole("alert").getByText(/CN=stranger/).waitFor();
	await page.getByRole("alert").getByText("What helps").waitFor();
	await tab(page, "Server Certificates");
	assert.equal(await page.getByRole("main").getByText("CN=stranger").count(), 0);
}, { signedIn: "alice" });

await test("a file that is no certificate, or a key, is refused and says so", async ({ page }) => {
	await upload(page, { name: "letter.pem", mimeType: "text/plain", buffer: Buffer.from("Dear phone, please trust me.") });
	await page.getByRole("alert").waitFor();
	await upload(page, `${T}/pki/root.key`);
	await page.getByRole("alert").getByText(/private key/).waitFor();
}, { signedIn: "alice" });

await test("an authority is shown with its fingerprints, and saved as PEM and DER, byte for byte", async ({ page }) => {
	// Browsers of before 2025 have no such function.
	await page.addInitScript("delete Uint8Array.prototype.toHex");
	await page.reload();
	await tab(page, "Certificate Authorities");
	await page.getByLabel("Search").fill("no such name");
	await page.getByText("0 of 1").or(page.getByText("There is nothing here.").first()).first().waitFor();
	await page.getByLabel("Search").fill("test root");
	await page.getByRole("link", { name: "CN=Test Root CA" }).click();
	await page.getByText(await sh`pki_sha256 root`).waitFor();
	await page.getByText(await sh`openssl x509 -in "$PKI/root.pem" -outform DER | sha1sum | cut -d ' ' -f 1`).waitFor();
	for (const kind of ["PEM", "DER"]) {
		const coming = page.waitForEvent("download");
		await page.getByRole("button", { name: kind }).click();
		const saved = await (await coming).path();
		assert.equal(await sh`openssl x509 -in ${saved} -inform ${kind} -outform DER | sha256sum | cut -d ' ' -f 1`, await sh`pki_sha256 root`);
	}
}, { signedIn: "alice" });

await test("the phone's own certificate is saved with its chain", async ({ page }) => {
	const coming = page.waitForEvent("download");
	await page.getByRole("button", { name: /^Save its chain/ }).click();
	const saved = fs.readFileSync(await (await coming).path(), "utf8");
	assert.deepEqual(saved.match(/-----BEGIN CERTIFICATE-----[^-]*/g).map((s) => s.replace(/\s/g, "")),
		fs.readFileSync(`${T}/device/ec.pem`, "utf8").match(/-----BEGIN CERTIFICATE-----[^-]*/g).map((s) => s.replace(/\s/g, "")));
}, { signedIn: "alice" });

await done();
