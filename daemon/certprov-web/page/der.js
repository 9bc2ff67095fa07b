// SPDX-License-Identifier: Apache-2.0
// What the daemon does not say of a certificate is read from its DER, to be shown: nothing
// is decided by it.
import { t } from "/strings.js";

export const bytesOf = (base64) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
const base64Of = (bytes) => btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join(""));
const hex = (bytes) => Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
// Control and format characters could turn the text around.
const text = (bytes) => new TextDecoder().decode(bytes).replace(/\p{C}/gu, "\ufffd");

export const pemOf = (base64) => "-----BEGIN CERTIFICATE-----\n" + base64.replace(/.{64}(?=.)/g, "$&\n") + "\n-----END CERTIFICATE-----\n";
// The base64 of a file with one certificate; what is not PEM goes as it is, for the daemon to judge.
export function fromFile(bytes) {
	const file = new TextDecoder().decode(bytes);
	if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(file))
		throw Object.assign(new Error(t("privateKey")), { ours: true }); // and stays where it is
	const [pem, more] = file.matchAll(/-----BEGIN (?:TRUSTED )?CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END/g);
	if (more)
		throw Object.assign(new Error(t("oneByOne")), { ours: true });
	return pem ? pem[1].replace(/\s/g, "") : base64Of(bytes);
}

// Only a secure context has digests: not one behind plain HTTP.
export const digest = async (algorithm, bytes) => (globalThis.crypto?.subtle ? hex(new Uint8Array(await crypto.subtle.digest(algorithm, bytes))) : undefined);

function node(b, at) {
	let from = at + 2, size = b[at + 1];
	if (size > 127)
		for (let n = size - 128, _ = (size = 0); n--;)
			size = size * 256 + b[from++];
	if (!(from + size <= b.length))
		throw new RangeError("DER");
	const n = { tag: b[at], all: b.subarray(at, from + size), content: b.subarray(from, from + size) };
	Object.defineProperty(n, "in", { get: () => {
		const nodes = [];
		for (let i = 0; i < n.content.length; i += nodes.at(-1).all.length)
			nodes.push(node(n.content, i));
		return nodes;
	} });
	return n;
}

const nameOf = (n) => n.in.flatMap((set) => set.in).map(({ in: [type, value] }) => {
	const known = { "550403": "CN", "55040a": "O", "55040b": "OU", "550406": "C" }[hex(type.content)];
	return known && known + "=" + text(value.content);
}).filter(Boolean).reverse().join(",");

function subtree({ in: [base] }) {
	if (base.tag === 0x87) // address and mask
		return hex(base.content).length === 16 ? base.content.join(".").replace(/^((?:\d+\.){3}\d+)\./, "$1/") : hex(base.content);
	return base.tag === 0xa4 ? nameOf(base.in[0]) : text(base.content);
}

const usages = ["digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment", "keyAgreement", "keyCertSign", "cRLSign", "encipherOnly", "decipherOnly"];
const purposes = { "2b06010505070301": "serverAuth", "2b06010505070302": "clientAuth", "2b06010505070303": "codeSigning",
	"2b06010505070304": "emailProtection", "2b06010505070308": "timeStamping", "2b06010505070309": "OCSPSigning", "551d2500": "any" };
// By the last byte of their identifiers, 2.5.29.x.
const extensions = {
	19: (n) => n.in[1] && t("pathLength", { n: n.in[1].content[0] }),
	15: (n) => t("keyUsage", { list: usages.filter((_, i) => n.content[1 + (i >> 3)] & (128 >> (i & 7))).join(", ") }),
	37: (n) => t("extendedKeyUsage", { list: n.in.map((o) => purposes[hex(o.content)] || hex(o.content)).join(", ") }),
	30: (n) => n.in.map((part) => t(part.tag === 0xa0 ? "permitted" : "excluded", { list: part.in.map(subtree).join(", ") })),
};

// { subject, key: the bytes of its public key, constraints: sentences }; throws for what is no certificate.
export function read(der) {
	const fields = node(der, 0).in[0].in;
	const first = fields[0].tag === 0xa0 ? 1 : 0;
	const wrapped = fields.find((f) => f.tag === 0xa3);
	return { subject: nameOf(fields[first + 4]), key: fields[first + 5].all, constraints: !wrapped ? [] : wrapped.in[0].in.flatMap(({ in: parts }) => {
		const id = parts[0].content;
		const say = hex(id.subarray(0, 2)) === "551d" && extensions[id[2]];
		return (say && say(node(parts.at(-1).content, 0))) || [];
	}) };
}
