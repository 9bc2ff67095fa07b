#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// pictures.js DIRECTORY - the pictures of the page in README.md, from a phone that has been in
// use: PNGs, small as they are in the repository.
import fs from "node:fs";
import path from "node:path";
import zlib from "node:zlib";
import { begin, done, furnish, picture, tab, test } from "./stage.js";

const directory = process.argv[2];
const options = { signedIn: "alice", viewport: { width: 900, height: 560 } };
const COLOURS = 48;

// --- a picture with a palette: a third of the size ---

// The pixels of a PNG as Chromium writes it: RGB or RGBA of 8 bits, not interlaced.
function pixels(png) {
	const width = png.readUInt32BE(16), height = png.readUInt32BE(20), size = png[25] === 6 ? 4 : 3;
	const parts = [];
	for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at)) {
		if (png.toString("latin1", at + 4, at + 8) === "IDAT")
			parts.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
	}
	const raw = zlib.inflateSync(Buffer.concat(parts)), row = width * size, out = Buffer.alloc(row * height);
	for (let y = 0; y < height; y++) {
		const filter = raw[y * (row + 1)];
		for (let x = 0; x < row; x++) {
			const left = x < size ? 0 : out[y * row + x - size], up = y ? out[(y - 1) * row + x] : 0;
			const corner = x < size || !y ? 0 : out[(y - 1) * row + x - size], guess = left + up - corner;
			const [dl, du, dc] = [left, up, corner].map((v) => Math.abs(guess - v));
			const paeth = dl <= du && dl <= dc ? left : du <= dc ? up : corner;
			out[y * row + x] = raw[y * (row + 1) + 1 + x] + [0, left, up, (left + up) >> 1, paeth][filter];
		}
	}
	return { width, height, colours: Array.from({ length: width * height }, (_, i) => out.readUIntBE(i * size, 3)) };
}

const parted = (c) => [c >> 16, (c >> 8) & 255, c & 255];
const distance = (a, b) => a.reduce((sum, v, i) => sum + (v - b[i]) ** 2, 0);

// The colours that are there most, none of them close to another.
function palette(colours) {
	const count = new Map();
	for (const c of colours)
		count.set(c, (count.get(c) || 0) + 1);
	const chosen = [];
	for (const [c] of [...count].sort((a, b) => b[1] - a[1])) {
		if (chosen.length < COLOURS && chosen.every((other) => distance(parted(c), other) > 300))
			chosen.push(parted(c));
	}
	const nearest = new Map([...count.keys()].map((c) =>
		[c, chosen.reduce((best, p, i) => (distance(parted(c), p) < distance(parted(c), chosen[best]) ? i : best), 0)]));
	return { chosen, nearest };
}

function chunk(type, data) {
	const body = Buffer.concat([Buffer.from(type, "latin1"), data]), ends = Buffer.alloc(8);
	let crc = ~0;
	for (const byte of body) {
		crc ^= byte;
		for (let bit = 0; bit < 8; bit++)
			crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
	}
	ends.writeUInt32BE(data.length, 0);
	ends.writeInt32BE(~crc, 4);
	return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}

function small(png) {
	const { width, height, colours } = pixels(png);
	const { chosen, nearest } = palette(colours);
	const rows = Buffer.alloc((width + 1) * height);
	colours.forEach((c, i) => (rows[i + Math.floor(i / width) + 1] = nearest.get(c)));
	const head = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 3, 0, 0, 0]);
	head.writeUInt32BE(width, 0);
	head.writeUInt32BE(height, 4);
	return Buffer.concat([png.subarray(0, 8), chunk("IHDR", head), chunk("PLTE", Buffer.from(chosen.flat())),
		chunk("IDAT", zlib.deflateSync(rows, { level: 9, memLevel: 9 })), chunk("IEND", Buffer.alloc(0))]);
}

async function keep(page, name) {
	const file = path.join(directory, name + ".png");
	await picture(page, file);
	fs.writeFileSync(file, small(fs.readFileSync(file)));
}

await begin();
await furnish();
await test("the overview", async ({ page }) => {
	await page.getByText("always on").waitFor();
	await keep(page, "overview");
}, options);
await test("an exception for a server that was rejected", async ({ page }) => {
	await tab(page, "Unknown Certificates");
	await page.getByRole("button", { name: /^Add exception: .*pbx/ }).click();
	await page.getByText("The exception lets all of this pass").waitFor();
	await keep(page, "exception");
}, options);
await test("server certificates, in the dark", async ({ page }) => {
	await tab(page, "Server Certificates");
	await page.getByRole("link", { name: /gate.example.com/ }).waitFor();
	await keep(page, "servers-dark");
}, { ...options, viewport: { width: 1024, height: 560 }, colorScheme: "dark" });
await done();
