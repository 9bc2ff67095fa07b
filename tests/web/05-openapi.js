#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// The OpenAPI document is one: the OpenAPI Initiative's schema for 3.1 says so. What it has to
// say, and that its references lead somewhere, is for tests/integration/99-web-openapi.sh.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "../..");
const installed = createRequire(path.join(root, "build/web/here.js"));
let file;
try {
	file = installed.resolve("@seriousme/openapi-schema-validator");
} catch {
	console.log("SKIP 05-openapi.js: openapi-schema-validator is not installed (tests/web/install)");
	process.exit(77);
}
const { Validator } = await import(file);

// What is wrong with it, or what is not; changed is what a test makes of it first.
async function faults(change = () => {}) {
	const document = JSON.parse(execFileSync(path.join(process.env.B || path.join(root, "build/release"), "certprov-web"), ["--print-openapi"]));
	change(document);
	const validator = new Validator();
	const { valid, errors } = await validator.validate(document);
	if (!valid)
		return errors;
	assert.equal(validator.version, "3.1");
	return undefined;
}

assert.equal(await faults(), undefined);
console.log("ok: the document is OpenAPI 3.1");
assert.ok(await faults((d) => delete d.paths["/call/io.certprov.trust.Status"].post.responses["200"].description));
assert.ok(await faults((d) => d.components.securitySchemes.token.in = "body"));
console.log("ok: and would not be with an answer that says nothing, or a token that is nowhere");
