#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// How the page is served: with the phone's own certificate, which alone the browser of these
// tests accepts, and with headers that keep it from other sites.
import fs from "node:fs";
import { T, assert, begin, done, sh, test, until, url } from "./stage.js";

await begin({ users: {} });
await sh`mkdir "$T/www"`;
await sh`start_nginx foreign <<<"server { listen 127.0.0.1:@PORT@ ssl; ssl_certificate @T@/device/ec.pem; ssl_certificate_key @T@/device/ec.key; root @T@/www;
	types { text/html html; } }"`;
const foreign = "https://localhost:" + await sh`echo \${PORT[foreign]}`;

await test("another site cannot show the page in a frame, nor read it", async ({ page, context: c }) => {
	fs.writeFileSync(`${T}/www/frame.html`, `<iframe src="${url}/"></iframe>`);
	await page.goto(foreign + "/frame.html");
	await until("the frame is refused", () => c.complaints.some((m) => /frame-ancestors|X-Frame-Options/i.test(m)));
	const read = await page.evaluate((to) => fetch(to + "/session", { credentials: "include" }).then((r) => r.status, (e) => e.name), url);
	assert.equal(read, "TypeError");
	c.complaints.length = 0;
});

await test("the answers forbid what a page of this kind has no use for", async ({ context: c }) => {
	const headers = (await c.request.get(url, { ignoreHTTPSErrors: true })).headers();
	const csp = headers["content-security-policy"];
	assert.match(csp, /default-src 'none'/);
	assert.match(csp, /frame-ancestors 'none'/);
	assert.ok(!/unsafe/.test(csp), csp);
	assert.equal(headers["x-content-type-options"], "nosniff");
	assert.equal(headers["referrer-policy"], "no-referrer");
	assert.equal(headers["strict-transport-security"], undefined);
});

await test("a new identity of the phone is served from the next connection on", async () => {
	const before = await sh`served`;
	assert.equal(before, await sh`openssl x509 -in "$T/ec.leaf.pem" -noout -fingerprint -sha256`);
	await sh`device other device-ca EC -pkeyopt ec_paramgen_curve:P-256`;
	await sh`phone_has other && stop_daemon && start_daemon`;
	assert.equal(await sh`wait_for 10 serves other.leaf.pem && served`, await sh`openssl x509 -in "$T/other.leaf.pem" -noout -fingerprint -sha256`);
});

await done();
