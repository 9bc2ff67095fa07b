// SPDX-License-Identifier: Apache-2.0
// Certificates as files.
import { fault } from "/dom.js";

export const bytesOf = (base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
const base64Of = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));

export const pemOf = (base64) => `-----BEGIN CERTIFICATE-----
${base64.replace(/.{64}(?=.)/g, "$&\n")}
-----END CERTIFICATE-----
`;

// The base64 of a file with one certificate; what is not PEM goes as it is, for the daemon to
// judge. A private key stays where it is.
export function fromFile(bytes) {
	const text = new TextDecoder().decode(bytes);
	if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text))
		throw fault("privateKey");
	const pem = /-----BEGIN (?:TRUSTED )?CERTIFICATE-----([\w+/=\s]+)-----END/g;
	const [first, more] = text.matchAll(pem);
	if (more)
		throw fault("oneByOne");
	return first ? first[1].replace(/\s/g, "") : base64Of(bytes);
}
