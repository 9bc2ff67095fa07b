/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/verdict/verdict-rows.h"

#define TLS_SUPPORT "TLS Support, Uploading Server Certificates"
#define CONFIGURATION_FILES "Desk Phone Configuration Files"

const struct verdict_row verdict_rows[VERDICT__END] = {
	[VERDICT_ACCEPTED] =
		{
			.name = "accepted",
			.positive = true,
			.sentence =
				"The certificate[ of {subject}] is trusted now[, "
				"as an {role}: it completes chains up to what "
				"is trusted and begins no trust itself].",
			.clause = TLS_SUPPORT,
		},
	[VERDICT_ALREADY_TRUSTED] =
		{
			.name = "already-trusted",
			.positive = true,
			.sentence =
				"The certificate[ of {subject}] was trusted "
				"before; nothing changes.",
		},
	[VERDICT_TRUSTED] =
		{
			.name = "trusted",
			.positive = true,
			.sentence = "The server[ {host}] is trusted.",
			.clause = "RFC 5280 6.1",
		},
	[VERDICT_NOT_VERIFIED] =
		{
			.name = "not-verified",
			.positive = true,
			.sentence = "The server[ {host}] was not verified[: "
				    "{detail}].",
			.remedy =
				"Firmware 8.2.30 and later verifies servers once "
				"tls_server_authentication is on; certprovctl "
				"status says what holds here.",
			.clause = "TLS Support, Server Authentication",
		},
	[VERDICT_EXCEPTION] =
		{
			.name = "exception",
			.positive = true,
			.sentence =
				"The server[ {host}] shows a certificate for "
				"which an administrator made an exception.",
			.clause = "TLS Support, Unknown Certificates",
		},
	[VERDICT_PROCESSED] =
		{
			.name = "processed",
			.positive = true,
			.sentence = "The document was read to its end.",
		},
	[VERDICT_PENDING] =
		{
			.name = "pending",
			.sentence =
				"The certificate[ of {subject}] waits for its "
				"issuer[ {issuer}].",
			.remedy =
				"Offer the issuer's certificate in the same run.",
			.clause = TLS_SUPPORT,
		},
	[VERDICT_AMBIGUOUS] =
		{
			.name = "ambiguous",
			.sentence =
				"The element has both a url and a text; only one "
				"of them can be meant.",
			.remedy =
				"Write <certificate url=\"...\"/> or <certificate "
				"type=\"base64\">...</certificate>, one element for "
				"each certificate.",
			.clause = TLS_SUPPORT,
		},
	[VERDICT_EMPTY] =
		{
			.name = "empty",
			.sentence =
				"The element is empty: it has neither a url nor a "
				"text.",
			.remedy =
				"Put the base64 of the DER certificate into it, "
				"give it a url, or delete it.",
			.clause = TLS_SUPPORT,
		},
	[VERDICT_TYPE_UNKNOWN] =
		{
			.name = "type-unknown",
			.sentence =
				"Certificates of this type[ ({detail})] are not "
				"known.",
			.remedy =
				"Use <certificate type=\"base64\"> with the base64 "
				"of the DER certificate, or <certificate "
				"url=\"...\"/>.",
			.clause = TLS_SUPPORT,
		},
	[VERDICT_MISPLACED] =
		{
			.name = "misplaced",
			.sentence = "Certificates are not read at this place[: "
				    "{detail}].",
			.remedy =
				"Move <certificates> out of <phone-settings>, as a "
				"child of <settings> or as the root of a document "
				"of its own.",
			.clause = CONFIGURATION_FILES,
		},
	[VERDICT_DUPLICATE_URL] =
		{
			.name = "duplicate-url",
			.sentence =
				"The same URL[ {url}] was listed before; what "
				"became of the first one holds[: {detail}].",
			.remedy = "List each URL once.",
		},
	[VERDICT_URL_NOT_SUPPORTED] =
		{
			.name = "url-not-supported",
			.sentence =
				"The URL[ {url}] cannot be fetched[: {detail}].",
			.remedy = "Use a complete http:// or https:// URL.",
			.clause = TLS_SUPPORT,
		},
	[VERDICT_BASE64_NOT_SUPPORTED] =
		{
			.name = "base64-not-supported",
			.sentence =
				"The firmware[ {firmware}] does not know "
				"certificates of type base64[ (rule {rule})].",
			.remedy =
				"Publish the certificate as a DER file and link it "
				"by <certificate url=\"...\"/>, or update to "
				"8.7.5.52, 8.9.3.41 or later; certprovctl rules "
				"says what a version can do.",
			.clause = TLS_SUPPORT,
		},
	[VERDICT_NOT_WELL_FORMED] =
		{
			.name = "not-well-formed",
			.sentence =
				"The document is not well-formed XML[: {detail}].",
			.remedy =
				"Correct it at the line named; xmllint --noout FILE "
				"shows the place.",
			.clause = "XML 1.0 2.1",
		},
	[VERDICT_DOCTYPE_REFUSED] =
		{
			.name = "doctype-refused",
			.sentence =
				"The document declares a document type, which is "
				"never processed.",
			.remedy =
				"Delete the <!DOCTYPE ...> line and write entities "
				"out.",
			.clause = "XML 1.0 2.8",
		},
	[VERDICT_UNKNOWN_ROOT] =
		{
			.name = "unknown-root",
			.sentence = "The document's root element[ {detail}] is "
				    "none that is read here.",
			.remedy =
				"The root has to be <settings>, <setting-files>, "
				"<certificates> or <phone-settings>.",
			.clause = CONFIGURATION_FILES,
		},
	[VERDICT_NO_ROOT] =
		{
			.name = "no-root",
			.sentence =
				"The document has no root element: it is empty or "
				"only comments.",
			.remedy =
				"Publish a document with <settings> as its root, or "
				"answer 404 where there is none.",
			.clause = CONFIGURATION_FILES,
		},
	[VERDICT_TEXT_FORMAT] =
		{
			.name = "text-format",
			.sentence =
				"The document is in the text format of firmware "
				"before 7, which cannot carry certificates.",
			.remedy = "Publish it as XML: <settings> with "
				  "<phone-settings> and <certificates>.",
			.clause = CONFIGURATION_FILES,
		},
	[VERDICT_HTTP_STATUS] =
		{
			.name = "http-status",
			.sentence =
				"The server did not deliver[ {url}][: {detail}].",
			.remedy =
				"Look into the server's log; curl -i[ {url}] shows "
				"the same answer.",
		},
	[VERDICT_TIMEOUT] =
		{
			.name = "timeout",
			.sentence = "The download[ of {url}] took too long[: "
				    "{detail}].",
			.remedy =
				"See that the server answers in time and that the "
				"phone's network reaches it, then: certprovctl "
				"provision",
		},
	[VERDICT_TLS_REJECTED] =
		{
			.name = "tls-rejected",
			.sentence = "The server[ of {url}] is not trusted, so "
				    "nothing was fetched[: {detail}].",
			.remedy =
				"Offer the server's CA as <certificate "
				"type=\"base64\"> in an earlier document; "
				"certprovctl list unknown shows what the server "
				"presented.",
			.clause = "TLS Support, Server Authentication",
		},
	[VERDICT_REDIRECT_REFUSED] =
		{
			.name = "redirect-refused",
			.sentence =
				"A redirect[ from {url}] was not followed[: "
				"{detail}].",
			.remedy =
				"Link the final URL; redirects are followed at most "
				"five times and never from https to http.",
		},
	[VERDICT_ADDRESS_REFUSED] =
		{
			.name = "address-refused",
			.sentence =
				"The URL[ {url}] leads to an address that is "
				"never asked[: {detail}].",
			.remedy =
				"Use a server that is neither the phone itself nor "
				"link-local; for a test setup, AllowLocal=yes.",
		},
	[VERDICT_CONNECTION_FAILED] =
		{
			.name = "connection-failed",
			.sentence = "There was no connection to the server[ of "
				    "{url}][: {detail}].",
			.remedy = "Check host name, port and network, then: "
				  "certprovctl provision",
		},
	[VERDICT_TOO_LARGE] =
		{
			.name = "too-large",
			.sentence =
				"There is more of it than is read[: {detail}].",
			.remedy =
				"A certificate has at most 65,536 bytes; publish "
				"exactly one, or raise the limit of documents in "
				"certprovd.conf.",
		},
	[VERDICT_ENCODING_REFUSED] =
		{
			.name = "encoding-refused",
			.sentence =
				"The server sent a content encoding nobody asked "
				"for[: {detail}].",
			.remedy =
				"Switch compression off on the server for these "
				"files.",
			.clause = "RFC 9110 12.5.3",
		},
	[VERDICT_LIMIT_EXCEEDED] =
		{
			.name = "limit-exceeded",
			.sentence =
				"A limit of the run was reached[: {detail}].",
			.remedy = "Split the files, or raise the limit in "
				  "certprovd.conf.",
		},
	[VERDICT_NOT_ATTEMPTED] =
		{
			.name = "not-attempted",
			.sentence = "The run ended before this was reached[: "
				    "{detail}].",
			.remedy = "Cure what ended the run, then: certprovctl "
				  "provision",
		},
	[VERDICT_FETCHER_LOST] =
		{
			.name = "fetcher-lost",
			.sentence =
				"The fetching process ended before this was "
				"finished[: {detail}].",
			.remedy =
				"Look for certprov-fetch in the journal, then: "
				"certprovctl provision",
		},
	[VERDICT_CANCELLED] =
		{
			.name = "cancelled",
			.sentence =
				"The run was cancelled before this was finished.",
			.remedy = "certprovctl provision",
		},
	[VERDICT_NOT_BASE64] =
		{
			.name = "not-base64",
			.sentence = "The text is not base64[: it is {detail}].",
			.remedy =
				"Put in the base64 of the DER certificate and "
				"nothing else: [{convert}, then ]openssl base64 -A -in FILE.der",
			.clause = "RFC 4648 4",
		},
	[VERDICT_NOT_DER] =
		{
			.name = "not-der",
			.sentence =
				"This is not a certificate in DER form[: it is "
				"{detail}].",
			.remedy =
				"Publish the certificate in DER form[: {convert}].",
			.clause = TLS_SUPPORT,
		},
	[VERDICT_TRAILING_DATA] =
		{
			.name = "trailing-data",
			.sentence =
				"Something follows the certificate[: {detail}].",
			.remedy =
				"Publish exactly one certificate[: {convert}].",
			.clause = TLS_SUPPORT,
		},
	[VERDICT_NOT_CANONICAL] =
		{
			.name = "not-canonical",
			.sentence =
				"The certificate is not encoded in DER: encoding "
				"it again gives other bytes.",
			.remedy =
				"Have it issued again by software that writes DER; "
				"converting it would break its signature.",
			.clause = "RFC 5280 4.1",
		},
	[VERDICT_MALFORMED] =
		{
			.name = "malformed",
			.sentence =
				"The certificate is damaged or was never one[: "
				"{detail}].",
			.remedy =
				"Publish it again from the original; openssl x509 "
				"-inform DER -noout -text -in FILE has to show it.",
			.clause = "RFC 5280 4.1",
		},
	[VERDICT_INVALID_EXTENSION] =
		{
			.name = "invalid-extension",
			.sentence =
				"An extension of the certificate[ of {subject}] "
				"is invalid or contradicts another[: {detail}].",
			.remedy = "Have the certificate issued again.",
			.clause = "RFC 5280 4.2",
		},
	[VERDICT_DIGEST_MISMATCH] =
		{
			.name = "digest-mismatch",
			.sentence =
				"The certificate is not the one the element "
				"names[: its SHA-256 is {sha256}][, the element "
				"says {detail}].",
			.remedy =
				"If the file is the right one[ set "
				"sha256=\"{sha256}\"], else replace the file.",
		},
	[VERDICT_DISTRUSTED] =
		{
			.name = "distrusted",
			.sentence =
				"The certificate[ of {subject}] or its key is "
				"distrusted on this phone.",
			.remedy =
				"certprovctl distrusted shows by what; if that "
				"was a mistake: certprovctl lift[ {lift}]",
		},
	[VERDICT_KEY_TOO_WEAK] =
		{
			.name = "key-too-weak",
			.sentence =
				"The key[ of {subject}] is too weak[: {detail}].",
			.remedy =
				"Have the certificate issued again for an RSA key "
				"of 2048 bits or an EC key of 256 bits.",
			.clause = "RFC 9325 4.5",
		},
	[VERDICT_KEY_UNSUPPORTED] =
		{
			.name = "key-unsupported",
			.sentence =
				"The key[ of {subject}] is of a kind that is not "
				"used for TLS here[: {detail}].",
			.remedy =
				"Have the certificate issued again for an RSA key "
				"of up to 4096 bits, an EC key on P-256, P-384 or "
				"P-521, or an Ed25519 or Ed448 key.",
			.clause = "RFC 5280 4.1.2.7",
		},
	[VERDICT_EXPIRED] =
		{
			.name = "expired",
			.recoverable = true,
			.sentence =
				"The certificate[ of {subject}] expired[ on "
				"{date}][; the phone's clock says {now}].",
			.remedy =
				"Have it renewed and publish the new one; see that "
				"the phone's clock is right: certprovctl status"
				"[. To let exactly this certificate pass: "
				"{exception}]",
			.clause = "RFC 5280 4.1.2.5",
		},
	[VERDICT_UNAUTHENTICATED_SOURCE] =
		{
			.name = "unauthenticated-source",
			.sentence =
				"The certificate[ of {subject}] came from where "
				"anybody could have changed it, and Bootstrap= "
				"does not allow that any more.",
			.remedy =
				"Serve all files over HTTPS from a trusted server, "
				"or pin the certificate in certprovd.conf, section "
				"bootstrap[: Sha256={sha256}].",
		},
	[VERDICT_ISSUER_NOT_TRUSTED] =
		{
			.name = "issuer-not-trusted",
			.recoverable = true,
			.sentence =
				"The certificate[ of {subject}] is not signed by "
				"anything this phone trusts[: {issuer} is "
				"missing][: {detail}][ (rule {rule})].",
			.remedy =
				"Publish its issuer first[: the certificate of "
				"{issuer}][, as {element}]; certprovctl list shows "
				"what is trusted.[ To let exactly this certificate "
				"pass: {exception}]",
			.clause = "RFC 5280 6.1",
		},
	[VERDICT_STORE_FULL] =
		{
			.name = "store-full",
			.sentence = "The list of server certificates is full[: "
				    "{detail}].",
			.remedy =
				"Remove what is no longer needed: certprovctl "
				"remove servers SHA256, or raise the limit in "
				"certprovd.conf.",
		},
	[VERDICT_UNAUTHENTICATED_FULL] =
		{
			.name = "unauthenticated-full",
			.sentence = "It came from where anybody on the way "
				    "could have changed it, and no more of "
				    "such are taken[: {detail}].",
			.remedy = "Provision it over HTTPS, put its SHA-256 "
				  "into Sha256= of certprovd.conf, "
				  "or remove what is no longer needed: "
				  "certprovctl remove servers SHA256.",
		},
	[VERDICT_STORE_FAILED] =
		{
			.name = "store-failed",
			.sentence = "It was judged good[: {subject}] but "
				    "could not be written to the trust "
				    "store[: {detail}].",
			.remedy = "Look at the space left and the health of "
				  "the flash; the next run tries again.",
		},
	[VERDICT_NOT_YET_VALID] =
		{
			.name = "not-yet-valid",
			.recoverable = true,
			.sentence =
				"The certificate[ of {subject}] is not valid "
				"yet[, only from {date} on][; the phone's clock "
				"says {now}].",
			.remedy =
				"See that the phone's clock is right: certprovctl "
				"status[. To let exactly this certificate pass: "
				"{exception}]",
			.clause = "RFC 5280 4.1.2.5",
		},
	[VERDICT_NAME_MISMATCH] =
		{
			.name = "name-mismatch",
			.recoverable = true,
			.sentence =
				"The certificate[ of {subject}] is not for "
				"the host asked for[: {host} is not among its "
				"names][ ({names})][; {detail}].",
			.remedy =
				"Connect by one of its names, or have it issued for "
				"this one; an address has to stand in it as an IP "
				"address.[ To let exactly this certificate pass: "
				"{exception}]",
			.clause = "RFC 9525 6",
		},
	[VERDICT_HOST_INVALID] =
		{
			.name = "host-invalid",
			.sentence =
				"What was asked for[, {host},] is neither a host "
				"name nor an address.",
			.remedy =
				"Correct the host name in the phone's settings; an "
				"international name is written there as A-labels, "
				"xn--...",
			.clause = "RFC 9525 6.2",
		},
	[VERDICT_NOT_FOR_SERVERS] =
		{
			.name = "not-for-servers",
			.recoverable = true,
			.sentence =
				"The certificate[ of {subject}] was not issued "
				"for TLS servers.",
			.remedy =
				"Have it issued with extended key usage serverAuth "
				"and key usage digitalSignature.[ To let exactly "
				"this certificate pass: {exception}]",
			.clause = "RFC 5280 4.2.1.12",
		},
	[VERDICT_BAD_SIGNATURE] =
		{
			.name = "bad-signature",
			.sentence =
				"The signature on the certificate[ of {subject}] is "
				"not by the key of the issuer known here[, "
				"{issuer}]: it was changed after it was issued, or "
				"another CA of the same name issued it.",
			.remedy =
				"Publish it again from the original, or its issuer "
				"if that has a new key; if neither helps, somebody "
				"is in between.",
			.clause = "RFC 5280 6.1.3",
		},
	[VERDICT_WEAK_SIGNATURE] =
		{
			.name = "weak-signature",
			.sentence =
				"The certificate[ of {subject}] is signed with a "
				"digest that can be forged[: {detail}].",
			.remedy = "Have it issued again with SHA-256.",
			.clause = "RFC 8446 4.4.2.4",
		},
	[VERDICT_NOT_A_CA] =
		{
			.name = "not-a-ca",
			.sentence =
				"A certificate in the path[, {subject},] may not "
				"issue certificates.",
			.remedy =
				"Have it issued again as a CA, or use another "
				"issuer.",
			.clause = "RFC 5280 4.2.1.9",
		},
	[VERDICT_PATH_TOO_LONG] =
		{
			.name = "path-too-long",
			.sentence =
				"The path is longer than an issuer in it allows[: "
				"{subject}].",
			.remedy =
				"Have the certificate issued by a CA nearer to the "
				"root.",
			.clause = "RFC 5280 4.2.1.9",
		},
	[VERDICT_NAME_CONSTRAINTS] =
		{
			.name = "name-constraints",
			.sentence =
				"The certificate[ of {subject}] lies outside of what "
				"its issuers may issue for[: {detail}].",
			.remedy =
				"Have the certificate issued by a CA that may.",
			.clause = "RFC 5280 4.2.1.10",
		},
	[VERDICT_UNHANDLED_CRITICAL] =
		{
			.name = "unhandled-critical",
			.sentence =
				"The certificate[ of {subject}] demands something "
				"that is not understood here[: {detail}].",
			.remedy =
				"Have it issued without that critical extension.",
			.clause = "RFC 5280 4.2",
		},
	[VERDICT_POLICY_MISSING] =
		{
			.name = "policy-missing",
			.sentence =
				"An issuer demands a certificate policy, and the "
				"certificate[ of {subject}] has none that fits[: "
				"{detail}].",
			.remedy =
				"Have it issued with the policies of its issuer.",
			.clause = "RFC 5280 4.2.1.11",
		},
	[VERDICT_PROFILE] =
		{
			.name = "profile",
			.sentence =
				"The strict profile asks for more than the "
				"certificate[ of {subject}] gives[: {detail}].",
			.remedy = "Have it issued as RFC 5280 demands, or set "
				  "Profile=compatible in certprovd.conf.",
			.clause = "RFC 5280 4.2",
		},
	[VERDICT_BUDGET] =
		{
			.name = "budget",
			.sentence =
				"The chain asks for more work than an answer may "
				"cost[: {detail}].",
			.remedy =
				"Send only the certificates of one path, without "
				"several copies of an issuer.",
			.clause = "RFC 5280 8",
		},
};
