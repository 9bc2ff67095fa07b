#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// Provisioning runs, watched: one to its end, with its report filtered; one that fails; one
// that is cancelled.
import fs from "node:fs";
import { T, assert, begin, done, sh, tab, test, until } from "./stage.js";

let www;
await begin({ before: async () => {
	await sh`make_certificate one`;
	await sh`mkdir "$T/www"`;
	await sh`start_nginx www <<<"server { listen 127.0.0.1:@PORT@; root @T@/www; location /slow { limit_rate 1k; } }"`;
	www = "http://127.0.0.1:" + await sh`echo \${PORT[www]}`;
} });
fs.writeFileSync(`${T}/www/000413AABBCC.xml`, `<?xml version="1.0"?>
<settings><certificates>
${await sh`certificates_in one | grep '<certificate '`}
<certificate url="${www}/missing.der"/>
<certificate type="base64">bm8gY2VydGlmaWNhdGU=</certificate>
</certificates></settings>
`);
fs.writeFileSync(`${T}/www/slow.xml`, `<?xml version="1.0"?><settings><certificates></certificates></settings>${" ".repeat(200000)}`);
const server = async (path) => sh`ask admin.SetSetting ${JSON.stringify({ name: "setting_server", value: www + path })}`;
const run = (page) => page.getByRole("button", { name: "Run now" }).click();
const report = (page) => page.getByRole("table", { name: "What the run found" }).locator("tbody tr");

await test("without a server the page says so", async ({ page }) => {
	await run(page);
	await page.getByText("The phone knows no server to be provisioned from.").waitFor();
}, { signedIn: "alice" });

await test("a run is watched to its end, and its report filtered by outcome", async ({ page }) => {
	await server("/000413AABBCC.xml");
	await run(page);
	// The daemon may have made one by itself, for the new setting.
	const told = page.getByRole("main").getByText(/^Run \d+: (partial|complete)/);
	await told.waitFor();
	const number = /^Run (\d+)/.exec(await told.textContent())[1];
	await page.getByText("The last run and its report").waitFor();
	const filter = page.getByLabel("Which lines to show");
	await filter.waitFor();
	const all = await report(page).count();
	const labels = await filter.locator("option").allTextContents();
	const shown = async (start) => {
		const label = labels.find((l) => l.startsWith(start + " ("));
		await filter.selectOption({ label });
		const count = Number(/\((\d+)\)$/.exec(label)[1]);
		assert.equal(await report(page).count(), count, label);
		return [count, await report(page).allTextContents()];
	};
	const [refused, refusals] = await shown("refused");
	assert.equal(refused, 2);
	assert.ok(refusals.some((r) => r.includes("missing.der")), String(refusals));
	const [accepted, acceptances] = await shown("accepted");
	assert.equal(accepted + refused, all);
	assert.ok(acceptances.some((a) => a.includes("CN=one")), String(acceptances));
	await tab(page, "Server Certificates");
	assert.match(await page.getByRole("row").filter({ hasText: "CN=one" }).textContent(), /000413AABBCC\.xml, line 3/);
	await page.goBack();
	await page.getByRole("link", { name: `run ${number}` }).first().click();
	await page.getByRole("heading", { name: `Run ${number}` }).waitFor();
	await report(page).filter({ hasText: "CN=one" }).waitFor();
}, { signedIn: "alice" });

await test("a run can be begun as soon as its button is there", async ({ page }) => {
	let release;
	const released = new Promise((done) => { release = done; });
	await page.route(/trust\.Status$/, async (route) => {
		await released;
		await route.continue();
	});
	await page.reload();
	await run(page);
	await page.getByRole("main").getByText(/^Run \d+: (partial|complete)/).waitFor();
	release();
	await page.getByText("The last run and its report").waitFor();
	assert.equal(await page.getByRole("dialog").count(), 0);
}, { signedIn: "alice" });

await test("a run that fails says why", async ({ page }) => {
	await sh`stop www`;
	await run(page);
	await page.getByRole("main").getByText(/^Run \d+: failed/).waitFor();
	await page.getByRole("main").getByText(/127\.0\.0\.1/).first().waitFor();
	await sh`start www nginx -p "$T" -e "$T/www.log" -c "$T/www.conf"`;
	await until("the server is back", async () => (await sh`listening \${PORT[www]} && echo yes || :`) === "yes");
}, { signedIn: "alice" });

await test("a run under way is shown with its progress, and cancelled", async ({ page }) => {
	await server("/slow.xml");
	await run(page);
	await page.getByRole("progressbar", { name: "Progress of the run" }).waitFor();
	await page.getByRole("button", { name: "Cancel the run" }).first().click();
	await page.getByRole("main").getByText(/^Run \d+: cancelled/).waitFor();
}, { signedIn: "alice" });

await test("what the files no longer have is marked so, and what ends soon says when", async ({ page }) => {
	await sh`PKI_UNTIL=$(date -u -d '239 hours' +%Y%m%d%H%M%SZ) PKI_SUBJECT=/CN=soon pki_issue soon root root`;
	const soon = `<certificate type="base64">${await sh`pki_base64 soon`}</certificate>`;
	const one = await sh`certificates_in one | grep '<certificate '`;
	const told = page.getByRole("main").getByText(/^Run \d+: complete/);
	let last;
	const runWith = async (...certificates) => {
		fs.writeFileSync(`${T}/www/kept.xml`, `<?xml version="1.0"?><settings><certificates>${certificates.join("")}</certificates></settings>`);
		if (!last)
			await server("/kept.xml");
		await run(page);
		await until("it has ended", async () => await told.count() && await told.textContent() !== last);
		last = await told.textContent();
	};
	await runWith(one, soon);
	await tab(page, "Server Certificates");
	const row = (name) => page.getByRole("row").filter({ hasText: `CN=${name}` });
	await row("soon").getByText("expires in 9 days").waitFor();
	assert.equal(await page.getByText("no longer in the files").count(), 0);
	await tab(page, "Overview");
	last = "another page";
	await runWith(soon);
	await tab(page, "Server Certificates");
	await row("one").getByText("no longer in the files", { exact: true }).waitFor();
	assert.equal(await page.getByText("no longer in the files").count(), 1);
}, { signedIn: "alice" });

await done();
