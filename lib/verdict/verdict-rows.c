/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words of lib/verdict: nothing but its tables. Everything a fact goes
 * into stands in brackets, so that a sentence reads well without it; there is
 * no way to write a bracket or brace itself.
 */
#include "lib/verdict/verdict-words.h"
#include "lib/verdict/verdict.h"

#define TLS_SUPPORT "TLS Support, Uploading Server Certificates"
#define SERVER_AUTHENTICATION "TLS Support, Server Authentication"
#define CONFIGURATION_FILES "Desk Phone Configuration Files"

#define REDIRECTED "[, which redirects to {asked}]"
#define BUILT_IN "TLS Support, Built-in Certificates"

/* Markup to be written otherwise. */
#define INSTEAD "[Write {meant} instead of {wrong}. ]"
/* Tried with OpenSSL 3: what the key has signed stays valid below it. */
#define NEW_ROOT_COMMAND                                                       \
	"openssl x509 -x509toreq -in OLD.pem -signkey CA.key | openssl req "   \
	"-x509 -in /dev/stdin -key CA.key -days 3650 "                         \
	"-addext basicConstraints=critical,CA:TRUE "                           \
	"-addext keyUsage=critical,keyCertSign,cRLSign -out ca.pem"

const char verdict_remedy_no_names[] =
	"Have it issued again for this host[, with {wanted} in "
	"subjectAltName][, or {cure}]." ACCEPT_ANYWAY;
const char verdict_remedy_publish_itself[] =
	"Publish this certificate, or have a CA that the phone trusts issue "
	"another.";
const char verdict_remedy_new_root[] =
	"If you have its key, make a root that works, with the same key and "
	"subject, and publish it instead: " NEW_ROOT_COMMAND "; if not, have "
	"the server's certificate issued by another CA.";
const char verdict_remedy_issue_as_ca[] =
	"If it is meant to be a CA, have it issued again with basicConstraints "
	"CA:TRUE and key usage keyCertSign, or publish its issuer instead[: "
	"the certificate of {issuer}].";
const char verdict_remedy_new_authority[] =
	"If you have its key, make a root that works, with the same key and "
	"subject, and put it in its place where Authorities= of "
	"certprovd.conf leads: " NEW_ROOT_COMMAND "; if not, have the "
	"server's certificate issued by another CA.";
const char verdict_remedy_other_issuer[] =
	"Have the server's certificate issued by another CA, one below an "
	"authority of this firmware; certprovctl list authorities shows "
	"them.";
const char verdict_remedy_anchor_for_servers[] =
	"Have the CA's certificate issued again with serverAuth in its "
	"extended key usage or without extended key usage, and publish that; "
	"or have the server's certificate issued by another "
	"CA." ACCEPT_ANYWAY;
const char verdict_remedy_authority_for_servers[] =
	"Have the CA's certificate issued again with serverAuth in its "
	"extended key usage or without extended key usage, and put that in its "
	"place where Authorities= of certprovd.conf leads; or have the "
	"server's certificate issued by another CA." ACCEPT_ANYWAY;
const char verdict_remedy_ca_for_servers[] =
	"Have the CA's certificate issued again with serverAuth in its "
	"extended key usage or without extended key usage, and let the server "
	"send that; or have the server's certificate issued by another "
	"CA." ACCEPT_ANYWAY;

#define ROW(id, identifier, ...)                                               \
	[VERDICT_##id] = {.name = (identifier), __VA_ARGS__}

const struct verdict_row verdict_rows[VERDICT__END] = {
	ROW(ACCEPTED, "accepted", .positive = true,
		.sentence = "The certificate[ of {subject}] is now trusted[ as "
			    "an {role}: it completes chains but is not an "
			    "anchor itself].",
		.source = TLS_SUPPORT),
	ROW(ALREADY_TRUSTED, "already-trusted", .positive = true,
		.sentence = "The certificate[ of {subject}] was already "
			    "trusted; nothing changed."),
	ROW(TRUSTED, "trusted", .positive = true,
		.sentence = "The server[ {host}] is trusted.",
		.clause = "RFC 5280 6.1"),
	ROW(NOT_VERIFIED, "not-verified", .positive = true,
		.sentence = "The server[ {host}] was not verified[: {detail}].",
		.remedy = "[Firmware {since} and later verifies servers when "
			  "tls_server_authentication is on; ]certprovctl "
			  "status shows what applies here.",
		.source = SERVER_AUTHENTICATION),
	ROW(EXCEPTION, "exception", .positive = true,
		.sentence = "The server[ {host}] presented a certificate for "
			    "which an administrator made an exception.",
		.source = "TLS Support, Unknown Certificates"),
	ROW(PROCESSED, "processed", .positive = true,
		.sentence = "The document was read to its end."),
	ROW(OPTIONAL_ABSENT, "optional-absent", .positive = true,
		.sentence = "The server[ {server}] has no such file, which is "
			    "fine: the phone asks for it by itself."),
	ROW(WITHDRAWN, "withdrawn", .positive = true,
		.sentence = "The files no longer have the certificate[ of "
			    "{subject}][, which {detail}]; this phone keeps "
			    "it.",
		.remedy = "If it is not needed any more, remove it[: "
			  "certprovctl remove servers {sha256}]"),
	ROW(REMOVED, "removed", .positive = true,
		.sentence = "The files no longer have the certificate[ of "
			    "{subject}][, which {detail}]; this phone removes "
			    "it (WithdrawMissing=yes).",
		.remedy = "If it is still needed, publish it again and "
			  "provision: certprovctl provision"),
	ROW(WOULD_LOCK_OUT, "would-lock-out", .positive = true,
		.sentence =
			"The files no longer have the certificate[ of "
			"{subject}][, which {detail}]; this phone keeps it, "
			"because it would no longer trust[ {host},] the "
			"server that it is provisioned from without it.",
		.remedy = "Publish it again, or give the server a certificate "
			  "of a CA that is in the files[. To remove it all the "
			  "same: certprovctl remove servers {sha256} --force]"),
	ROW(PENDING, "pending",
		.sentence = "The certificate[ of {subject}] is waiting for its "
			    "issuer[ {issuer}].",
		.remedy = "Offer the issuer's certificate in the same run.",
		.source = TLS_SUPPORT),
	ROW(AMBIGUOUS, "ambiguous",
		.sentence = "The element has its certificate in two ways, and "
			    "only one can be meant[: {detail}].",
		.remedy = "Write <certificate url=\"...\"/> or <certificate "
			  "type=\"base64\">...</certificate>, one element "
			  "for each certificate.",
		.source = TLS_SUPPORT),
	ROW(EMPTY, "empty",
		.sentence = "The element has neither a url attribute nor text "
			    "of its own[: {detail}].",
		.remedy =
			INSTEAD "A <certificate> has a url attribute, or "
				"the base64 of a DER certificate as its text; "
				"delete one that is not needed.",
		.source = TLS_SUPPORT),
	ROW(TYPE_UNKNOWN, "type-unknown",
		.sentence = "The type of the certificate element[ ({detail})] "
			    "is unknown.",
		.remedy = INSTEAD "Use <certificate type=\"base64\"> with the "
				  "base64 of the DER certificate, or "
				  "<certificate url=\"...\"/>.",
		.source = TLS_SUPPORT),
	ROW(MISPLACED, "misplaced",
		.sentence = "Certificates are not read in this place[: "
			    "{detail}].",
		.remedy = "[Put {around} around it. ][Move {wrong} out of "
			  "{parent}. ]<certificates> must be a child of "
			  "<settings> or the root of its own document, with a "
			  "<certificate> for each certificate in it.",
		.source = CONFIGURATION_FILES),
	ROW(UNKNOWN_ELEMENT, "unknown-element",
		.sentence = "The element is not recognised, so it is "
			    "ignored[: {detail}].",
		.remedy = "[Write {meant} instead of {wrong}. |If it is not "
			  "needed, delete it. ]Names are case-sensitive, and "
			  "have no prefix and no xmlns.",
		.source = CONFIGURATION_FILES),
	ROW(DUPLICATE_URL, "duplicate-url",
		.sentence = "The URL[ {url}] was listed before, and the result "
			    "of the first one applies[: {detail}].",
		.remedy = "List each URL once."),
	ROW(URL_NOT_SUPPORTED, "url-not-supported",
		.sentence = "The URL[ {url}] cannot be fetched[: {detail}].",
		.remedy = INSTEAD "Use a complete http:// or https:// URL.",
		.source = TLS_SUPPORT),
	ROW(BASE64_NOT_SUPPORTED, "base64-not-supported",
		.sentence = "The firmware[ {firmware}] does not support "
			    "certificates of type base64[ (rule {rule})].",
		.remedy = "Publish the certificate as a DER file and link to "
			  "it with <certificate url=\"...\"/>[, or update to "
			  "{since} or later]; certprovctl rules shows what "
			  "each version supports.",
		.source = TLS_SUPPORT),
	ROW(NOT_WELL_FORMED, "not-well-formed",
		.sentence = "The document is not well-formed XML[: {detail}].",
		.remedy = "Correct the line that is named; certprovctl check "
			  "FILE shows the error without a phone.",
		.clause = "XML 1.0 2.1"),
	ROW(NOT_XML, "not-xml",
		.sentence = "The document is not XML[: it is {detail}].",
		.remedy = "Let the server send the XML document under this "
			  "URL; curl -i with its URL shows what it sends.",
		.source = CONFIGURATION_FILES),
	ROW(DOCTYPE_REFUSED, "doctype-refused",
		.sentence = "The document has a document type declaration[, "
			    "{detail}], which is never processed.",
		.remedy = "Delete the declaration and write the text of "
			  "entities instead of their names.",
		.clause = "XML 1.0 2.8"),
	ROW(UNKNOWN_ROOT, "unknown-root",
		.sentence = "The root element of the document is unknown[: "
			    "{detail}].",
		.remedy = "The root must be <settings>, <setting-files>, "
			  "<certificates>, <phone-settings> or another "
			  "section of <settings>.",
		.source = CONFIGURATION_FILES),
	ROW(NO_ROOT, "no-root",
		.sentence =
			"The document has no root element[: it is {detail}].",
		.remedy = "Publish a document with <settings> as its root, "
			  "or answer 404 if there is none.",
		.source = CONFIGURATION_FILES),
	ROW(TEXT_FORMAT, "text-format",
		.sentence = "The document is in the text format of firmware "
			    "before 7, which cannot carry certificates.",
		.remedy = "Publish it as XML: <settings> with "
			  "<phone-settings> and <certificates>.",
		.source = CONFIGURATION_FILES),
	ROW(UNREADABLE, "unreadable",
		.sentence = "The file could not be read[: {detail}].",
		.remedy = "Check its path and its permissions."),
	ROW(HTTP_STATUS, "http-status",
		.sentence = "The server[ {server}] did not deliver the file[ "
			    "{url}]" REDIRECTED "[: {detail}][, to a phone "
			    "that showed the certificate {shown}].",
		.remedy = "[{advice}|Look in the server's log; curl -i with "
			  "this URL shows the same answer]."),
	ROW(AUTHENTICATION_REQUIRED, "authentication-required",
		.sentence = "The server[ {server}] wants a user and password[ "
			    "for {url}]" REDIRECTED "[: {detail}].",
		.remedy = "[{advice}|Put the right user and password into the "
			  "URL].",
		.clause = "RFC 9110 11"),
	ROW(TIMEOUT, "timeout",
		.sentence = "The download[ of {url}][ from {server}]" REDIRECTED
			    " took too long[: {detail}].",
		.remedy = "[{advice}|Check that the server answers in time and "
			  "that the phone's network reaches it], then: "
			  "certprovctl provision"),
	ROW(TLS_REJECTED, "tls-rejected",
		.sentence =
			"The server[ {server}] is not trusted, so nothing "
			"was fetched[ from {url}]" REDIRECTED "[: {detail}].",
		.remedy =
			"[{later} ][{peer_cure}|certprovctl "
			"verify --connect {server} shows what is wrong with its "
			"certificate.|certprovctl verify --connect HOST:PORT "
			"shows what is wrong with its certificate.]",
		.source = SERVER_AUTHENTICATION),
	ROW(CLIENT_CERTIFICATE_REQUIRED, "client-certificate-required",
		.sentence = "The server[ {server}] demands a client "
			    "certificate[ for {url}]" REDIRECTED ", and this "
			    "phone sent none[ ({detail})][: {withheld}].",
		.remedy = "[{advice}|Let the server deliver these files "
			  "without a client certificate (nginx: "
			  "ssl_verify_client, Apache: SSLVerifyClient)]."),
	ROW(CLIENT_CERTIFICATE_REFUSED, "client-certificate-refused",
		.sentence = "The server[ {server}] does not accept the phone's "
			    "certificate[ {shown}], so nothing was fetched[ "
			    "from {url}]" REDIRECTED "[: {detail}].",
		.remedy = "[{advice}|Import the CA of the phone's certificate "
			  "into the server's list for clients (nginx: "
			  "ssl_client_certificate, Apache: "
			  "SSLCACertificateFile)]."),
	ROW(PROTOCOL_VERSION, "protocol-version",
		.sentence = "The server[ {server}] and this phone have no TLS "
			    "version in common, so nothing was fetched[ from "
			    "{url}]" REDIRECTED "[: {detail}].",
		.remedy =
			"Let the server offer TLS 1.2 or TLS 1.3; MinimumVersion= "
			"in certprovd.conf is what the phone requires.",
		.clause = "RFC 9325 3.1.1"),
	ROW(NO_COMMON_CIPHER, "no-common-cipher",
		.sentence = "The server[ {server}] and this phone have no "
			    "cipher suite in common, so nothing was fetched[ "
			    "from {url}]" REDIRECTED "[: {detail}].",
		.remedy =
			"Let the server offer suites with ECDHE and AES-GCM, "
			"such as TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256; Ciphers= "
			"and CipherSuites= in certprovd.conf are what the "
			"phone offers.",
		.clause = "RFC 9325 4.2"),
	ROW(NOT_TLS, "not-tls",
		.sentence =
			"The server[ {server}] does not speak TLS on this "
			"port, so nothing was fetched[ from {url}]" REDIRECTED
			"[: {detail}].",
		.remedy =
			"Put the port of HTTPS into the URL (usually 443), or "
			"write http:// if the files are meant to be served "
			"without TLS."),
	ROW(HTTPS_REQUIRED, "https-required",
		.sentence =
			"The server[ {server}] speaks TLS on this port, and "
			"the URL[ {url}] is one of plain HTTP" REDIRECTED
			"[: {detail}].",
		.remedy = "Write https:// instead of http://, or the port of "
			  "plain HTTP."),
	ROW(HANDSHAKE_FAILED, "handshake-failed",
		.sentence =
			"The TLS handshake with the server[ {server}] "
			"failed, so nothing was fetched[ from {url}]" REDIRECTED
			"[: {detail}].",
		.remedy =
			"[{advice}.|Look in the server's log; openssl s_client "
			"-connect {server} shows the handshake.|Look in the "
			"server's log.]",
		.clause = "RFC 8446 6"),
	ROW(REDIRECT_REFUSED, "redirect-refused",
		.sentence = "A redirect[ from {url}] was not followed[: "
			    "{detail}].",
		.remedy = "Link to the final URL; at most five redirects are "
			  "followed, and none from https to http."),
	ROW(ADDRESS_REFUSED, "address-refused",
		.sentence = "The URL[ {url}] leads to an address that is never "
			    "contacted[: {detail}].",
		.remedy = "Use a server that is neither the phone itself nor "
			  "link-local; in a test setup, set AllowLocal=yes."),
	ROW(CONNECTION_FAILED, "connection-failed",
		.sentence = "There was no connection to the server[ "
			    "{server}][ for {url}]" REDIRECTED "[: {detail}].",
		.remedy = "[{advice}|Check host name, port and network], then: "
			  "certprovctl provision"),
	ROW(INCOMPLETE_TRANSFER, "incomplete-transfer",
		.sentence = "The server[ {server}] ended the transfer[ of "
			    "{url}]" REDIRECTED " too early[: {detail}].",
		.remedy = "Check the file on the server, and any cache or load "
			  "balancer before it, then: certprovctl provision",
		.clause = "RFC 9112 8"),
	ROW(TOO_LARGE, "too-large",
		.sentence = "It is larger than the limit[: {detail}].",
		.remedy = "A certificate may have at most 65,536 bytes; "
			  "publish exactly one. For documents, raise "
			  "DocumentBytes= of certprovd.conf."),
	ROW(ENCODING_REFUSED, "encoding-refused",
		.sentence = "The server used a content encoding that was not "
			    "requested[: {detail}].",
		.remedy = "Switch off compression for these files on the "
			  "server.",
		.clause = "RFC 9110 12.5.3"),
	ROW(LIMIT_EXCEEDED, "limit-exceeded",
		.sentence = "A limit was exceeded[: {detail}].",
		.remedy = "Split the document or make it smaller; or raise "
			  "the key of certprovd.conf, if the reason names "
			  "one."),
	ROW(NOT_ATTEMPTED, "not-attempted",
		.sentence =
			"The run ended before this was reached[: {detail}].",
		.remedy = "Fix what ended the run, then: certprovctl "
			  "provision"),
	ROW(FETCHER_LOST, "fetcher-lost",
		.sentence = "The fetching process ended before this was "
			    "finished[: {detail}].",
		.remedy = "Look for certprov-fetch in the journal, then: "
			  "certprovctl provision"),
	ROW(CANCELLED, "cancelled",
		.sentence = "The run was cancelled before this was finished.",
		.remedy = "certprovctl provision"),
	ROW(NOT_BASE64, "not-base64",
		.sentence = "The text is not base64[: it is {detail}].",
		.remedy = "Use the base64 of the DER certificate and nothing "
			  "else, as openssl base64 -A -in FILE.der prints "
			  "it; of a PEM file, that is the text between "
			  "-----BEGIN CERTIFICATE----- and -----END "
			  "CERTIFICATE-----.",
		.clause = "RFC 4648 4"),
	ROW(NOT_DER, "not-der",
		.sentence = "This is not a certificate in DER form[: it is "
			    "{detail}].",
		.remedy = "Publish the certificate in DER form[: {convert}].",
		.source = TLS_SUPPORT),
	ROW(TRAILING_DATA, "trailing-data",
		.sentence = "There is more data after the certificate[: "
			    "{detail}].",
		.remedy = "Publish exactly one certificate[: {convert}].",
		.source = TLS_SUPPORT),
	ROW(NOT_CANONICAL, "not-canonical",
		.sentence = "The certificate is not encoded in DER: encoding "
			    "it again gives different bytes.",
		.remedy = "Have it issued again by software that writes DER; "
			  "converting it would break its signature.",
		.clause = "RFC 5280 4.1"),
	ROW(MALFORMED, "malformed",
		.sentence = "This is not a certificate, or it is damaged[: "
			    "{detail}].",
		.remedy = "Publish it again from the original; openssl x509 "
			  "-inform DER -noout -text -in FILE must be able to "
			  "read it.",
		.clause = "RFC 5280 4.1"),
	ROW(INVALID_EXTENSION, "invalid-extension",
		.sentence = "An extension of the certificate[ of {subject}] is "
			    "invalid or contradicts another[: {detail}].",
		.remedy = "Have the certificate issued again.",
		.clause = "RFC 5280 4.2"),
	ROW(DIGEST_MISMATCH, "digest-mismatch",
		.sentence = "The certificate is not the one that the element "
			    "names[: its SHA-256 is {sha256}][, the element "
			    "says {detail}].",
		.remedy = "If this is the right file, correct the element[: "
			  "sha256=\"{sha256}\"]; if not, replace the file."),
	ROW(DISTRUSTED, "distrusted",
		.sentence = "The certificate[ of {subject}] or its key is "
			    "distrusted on this phone.",
		.remedy = "certprovctl distrusted shows the entry; if it is "
			  "a mistake: certprovctl lift[ {lift}]"),
	ROW(KEY_TOO_WEAK, "key-too-weak",
		.sentence = "The key[ of {subject}] is too weak[: {detail}].",
		.remedy = "Have the certificate issued again with an RSA key "
			  "of at least 2048 bits or an EC key of at least "
			  "256 bits.",
		.clause = "RFC 9325 4.5"),
	ROW(KEY_UNSUPPORTED, "key-unsupported",
		.sentence = "The key[ of {subject}] has a type or size that is "
			    "not supported[: {detail}].",
		.remedy = "Have the certificate issued again with an RSA key "
			  "of at most 4096 bits, an EC key on P-256, P-384 "
			  "or P-521, or an Ed25519 or Ed448 key.",
		.clause = "RFC 5280 4.1.2.7"),
	ROW(EXPIRED, "expired", .recoverable = true,
		.sentence = "The certificate[ of {subject}] expired[ on "
			    "{date}][, {apart} ago][; the phone's clock "
			    "says {now}][{clock}].",
		.remedy =
			"Have it renewed and publish the new one. Check "
			"the phone's clock with certprovctl status." ACCEPT_ANYWAY,
		.clause = "RFC 5280 4.1.2.5"),
	ROW(UNAUTHENTICATED_SOURCE, "unauthenticated-source",
		.sentence = "The certificate[ of {subject}] came from an "
			    "unauthenticated source, and Bootstrap= no longer "
			    "allows that.",
		.remedy = "Serve all files over HTTPS from a trusted server, "
			  "or pin the certificate in section bootstrap of "
			  "certprovd.conf[: Sha256={sha256}]."),
	ROW(ISSUER_NOT_TRUSTED, "issuer-not-trusted", .recoverable = true,
		.sentence = "The certificate[ of {subject}] is not signed by "
			    "anything this phone trusts[: {issuer} is "
			    "missing][: {detail}][; {known}][; {earlier}][ "
			    "(rule {rule})].",
		.remedy = "Publish its issuer first[: the certificate of "
			  "{issuer}][, as {element}]; certprovctl list shows "
			  "what is trusted.[ The server did not send the "
			  "certificate of {unsent}: if that is an "
			  "intermediate CA, have the server send its whole "
			  "chain, or publish it.][ The certificate says that "
			  "it can be had from {url}.]" ACCEPT_ANYWAY,
		.clause = "RFC 5280 6.1"),
	ROW(STORE_FULL, "store-full",
		.sentence = "The list of server certificates is full[: "
			    "{detail}].",
		.remedy = "Remove what is no longer needed: certprovctl "
			  "remove servers SHA256, or raise the limit in "
			  "certprovd.conf."),
	ROW(UNAUTHENTICATED_FULL, "unauthenticated-full",
		.sentence = "It came from an unauthenticated source, and the "
			    "limit for those is reached[: {detail}].",
		.remedy = "Provision it over HTTPS, put its SHA-256 into "
			  "Sha256= of certprovd.conf, or remove what is no "
			  "longer needed: certprovctl remove servers SHA256."),
	ROW(STORE_FAILED, "store-failed",
		.sentence = "The certificate[ of {subject}] is good but could "
			    "not be written to the trust store[: {detail}].",
		.remedy = "Check the free space and the health of the flash; "
			  "the next run tries again."),
	ROW(NOT_YET_VALID, "not-yet-valid", .recoverable = true,
		.sentence =
			"The certificate[ of {subject}] is not valid yet[, "
			"only from {date}][, {apart} from now][; the phone's "
			"clock says {now}][{clock}].",
		.remedy =
			"If the phone's clock is wrong (certprovctl status "
			"shows it), set it or let it be synchronised. If it is "
			"right, publish a certificate that is valid now, or "
			"wait until then." ACCEPT_ANYWAY,
		.clause = "RFC 5280 4.1.2.5"),
	ROW(NAME_MISMATCH, "name-mismatch", .recoverable = true,
		.sentence = "The certificate[ of {subject}] is not for the "
			    "requested host[, {host}][: {detail}][; its names "
			    "are {names}].",
		.remedy = "[Write {correct} if that leads to this server|"
			  "Connect to one of its names], or have it issued "
			  "for this one[, with {wanted} in subjectAltName][, "
			  "or {cure}]." ACCEPT_ANYWAY,
		.clause = "RFC 9525 6"),
	ROW(HOST_INVALID, "host-invalid",
		.sentence = "The requested host[, {host},] is neither a host "
			    "name nor an address.",
		.remedy = "Correct the host name in the phone's settings; "
			  "write an international name there as A-labels, "
			  "xn--...",
		.clause = "RFC 9525 6.2"),
	ROW(NOT_FOR_SERVERS, "not-for-servers", .recoverable = true,
		.sentence = "The certificate[ of {subject}] was not issued for "
			    "TLS servers[: {detail}].",
		.remedy = "Have it issued with extended key usage serverAuth "
			  "and key usage digitalSignature." ACCEPT_ANYWAY,
		.clause = "RFC 5280 4.2.1.12"),
	ROW(BAD_SIGNATURE, "bad-signature",
		.sentence =
			"The signature on the certificate[ of {subject}] "
			"was not made with the key of the issuer known "
			"here[, {issuer}][, {from}]: the certificate was changed "
			"after it was issued, or another CA of the same "
			"name issued it.",
		.remedy = "Publish it again from the original, or publish "
			  "its issuer if that has a new key; if neither "
			  "helps, somebody may be intercepting the "
			  "connection.",
		.clause = "RFC 5280 6.1.3"),
	ROW(WEAK_SIGNATURE, "weak-signature",
		.sentence = "The certificate[ of {subject}] is signed with a "
			    "digest that can be forged[: {detail}].",
		.remedy = "Have it issued again with SHA-256.",
		.clause = "RFC 8446 4.4.2.4"),
	ROW(NOT_A_CA, "not-a-ca",
		.sentence = "A certificate in the path[, {subject},] is not "
			    "allowed to issue certificates[: {detail}].",
		.remedy = "Have it issued again as a CA, with basicConstraints "
			  "CA:TRUE and key usage keyCertSign, or have the "
			  "server's certificate issued by another CA.",
		.clause = "RFC 5280 4.2.1.9"),
	ROW(PATH_TOO_LONG, "path-too-long",
		.sentence = "The path is longer than an issuer in it[, "
			    "{subject},] allows[: {detail}].",
		.remedy = "Have the certificate issued by a CA nearer to the "
			  "root, or that issuer's certificate issued again "
			  "with a larger pathlen.",
		.clause = "RFC 5280 4.2.1.9"),
	ROW(NAME_CONSTRAINTS, "name-constraints",
		.sentence = "The certificate[ of {subject}] violates the name "
			    "constraints of an issuer[: {detail}].",
		.remedy = "Have the certificate issued again[ without the "
			  "{unwanted}, or] by a CA that may issue it.",
		.clause = "RFC 5280 4.2.1.10"),
	ROW(UNHANDLED_CRITICAL, "unhandled-critical",
		.sentence = "The certificate[ of {subject}] requires something "
			    "that is not supported here[: {detail}].",
		.remedy = "Have it issued without that critical extension.",
		.clause = "RFC 5280 4.2"),
	ROW(POLICY_MISSING, "policy-missing",
		.sentence = "An issuer requires a certificate policy that the "
			    "certificate[ of {subject}] does not have[: "
			    "{detail}].",
		.remedy = "Have it issued with the policies of its issuer.",
		.clause = "RFC 5280 4.2.1.11"),
	ROW(PROFILE, "profile",
		.sentence = "The strict profile refuses the certificate[ of "
			    "{subject}][: {detail}].",
		.remedy = "Have it issued as RFC 5280 requires, or set "
			  "Profile=compatible in certprovd.conf.",
		.clause = "RFC 5280 4.2"),
	ROW(BUDGET, "budget",
		.sentence = "The chain is too costly to verify[: {detail}].",
		.remedy = "Send only the certificates of one path, with a "
			  "single copy of each issuer.",
		.clause = "RFC 5280 8"),
	ROW(IDENTITY_PEM_DAMAGED, "pem-damaged",
		.sentence = "The text is not in PEM form[: {detail}][ (line "
			    "{line})].",
		.remedy = "Write the certificate and its key in PEM form, one "
			  "after the other; openssl x509 -in FILE and openssl "
			  "pkey -in FILE must be able to read them.",
		.clause = "RFC 7468 2"),
	ROW(IDENTITY_TOO_MANY, "too-many",
		.sentence = "There is more in it than one identity has[: "
			    "{detail}][ (line {line})].",
		.remedy = "Write one certificate, the certificates above it, "
			  "and one private key."),
	ROW(IDENTITY_CERTIFICATE_MISSING, "certificate-missing",
		.sentence = "There is no certificate in it.",
		.remedy = "Write the certificate in PEM form beside its "
			  "private key."),
	ROW(IDENTITY_KEY_MISSING, "key-missing",
		.sentence = "There is no private key in it.",
		.remedy = "Write the private key of the certificate in PEM "
			  "form beside it."),
	ROW(IDENTITY_KEY_DAMAGED, "key-damaged",
		.sentence = "The private key[ that begins in line {line}] "
			    "cannot be read.",
		.remedy = "Write it again from the original; openssl pkey -in "
			  "FILE -noout must be able to read it.",
		.clause = "RFC 5958 2"),
	ROW(IDENTITY_KEY_ENCRYPTED, "key-encrypted",
		.sentence = "The private key[ that begins in line {line}] is "
			    "encrypted, and the phone has no password for it.",
		.remedy = "openssl pkey -in FILE -out PLAIN.pem, and protect "
			  "the way it travels: HTTPS with a password or a "
			  "client certificate."),
	ROW(IDENTITY_KEY_MISMATCH, "key-mismatch",
		.sentence = "The private key[ that begins in line {line}] "
			    "belongs to none of the certificates.",
		.remedy = "Put the certificate beside the key it was made "
			  "for; openssl x509 -in FILE -noout -pubkey and "
			  "openssl pkey -in FILE -pubout must print the same."),
	ROW(IDENTITY_SHARED_MODEL, "shared-model",
		.sentence = "All phones of this model[, {detail},] share one "
			    "certificate, and none can have a SHA-2 "
			    "certificate of its own.",
		.remedy = "Authorise this phone by a user and password, or "
			  "give it a certificate by webserver_cert.",
		.source = BUILT_IN),
	ROW(IDENTITY_SHA2_UNSUPPORTED, "sha2-not-supported",
		.sentence = "The firmware[ {firmware}] does not know the CA "
			    "of SHA-2 certificates[ (rule {rule})].",
		.remedy = "[Update to {since} or later first.]",
		.source = BUILT_IN),
	ROW(IDENTITY_NO_MAC, "mac-unknown",
		.sentence = "The MAC address of this phone is not known, and "
			    "it belongs into the certificate.",
		.remedy = "Set Mac= or MacInterface= in certprovd.conf."),
	ROW(IDENTITY_MAC_MISMATCH, "mac-mismatch",
		.sentence = "The common name of the certificate[ of {subject}] "
			    "does not hold the MAC address of this phone.",
		.remedy = "Have it issued from this phone's request: "
			  "certprovctl device csr"),
	ROW(IDENTITY_ISSUER_UNKNOWN, "issuer-unknown",
		.sentence = "The certificate[ of {subject}] was not issued by "
			    "a known device CA[, but by {issuer}].",
		.remedy = "Name the device CA in DeviceAuthorities= of "
			  "certprovd.conf, or have the certificate issued by "
			  "one that is named there."),
	ROW(IDENTITY_NO_REQUEST, "no-request",
		.sentence = "There is no key that waits for a certificate.",
		.remedy = "Make a request, and have the certificate issued "
			  "from it: certprovctl device csr"),
	ROW(IDENTITY_UNREADABLE, "file-unreadable",
		.sentence = "A file of it cannot be read[: {detail}].",
		.remedy = "Put the file there and let certprovd read it, then: "
			  "systemctl reload certprovd; if the configuration "
			  "named another file when certprovd started: "
			  "systemctl restart certprovd"),
	ROW(IDENTITY_KEY_EXPOSED, "key-exposed",
		.sentence = "[{detail} has a private key|A file has a private "
			    "key] that others than its owner may read or "
			    "change, so it is not used.",
		.remedy = "chmod 0600[ {names}], then: systemctl reload "
			  "certprovd; a key that others may have read has to "
			  "be replaced."),
	ROW(IDENTITY_NOT_REQUESTED, "not-requested",
		.sentence = "None of the certificates is for the key of the "
			    "phone's last request.",
		.remedy = "Have the certificate issued from that request, "
			  "which stays the same until it is installed: "
			  "certprovctl device csr"),
	ROW(IDENTITY_KEY_LOST, "key-lost",
		.sentence = "The private key of webserver_cert[, {detail},] "
			    "is no longer there.",
		.remedy = "Provision it again: certprovctl provision; if an "
			  "administrator had set it: certprovctl set "
			  "webserver_cert @FILE"),
};

#define WARNING(id, identifier, ...)                                           \
	[WARNING_##id] = {.name = (identifier), .sentence = __VA_ARGS__}

const struct warning_row warning_rows[WARNING__END] = {
	WARNING(NOT_YET_VALID, "not-yet-valid",
		"It is not valid yet[, only from {date}], or the phone's clock "
		"is wrong.",
		.remedy = "Check the phone's clock: certprovctl status"),
	WARNING(NOT_AUTHENTICATED, "not-authenticated",
		"It came from an unauthenticated source; compare its "
		"fingerprint[: {sha256}].",
		.remedy = "Serve the document over HTTPS from a server that "
			  "the phone trusts."),
	WARNING(NEITHER_CA_NOR_SERVER, "neither-ca-nor-server",
		"It is neither a CA nor meant for TLS servers, so it is "
		"unlikely to help any connection.",
		.remedy = "Publish the certificate of the CA that issues the "
			  "certificates of the servers instead."),
	WARNING(EXPIRES_SOON, "expires-soon",
		"It expires within 30 days[: on {date}].",
		.remedy = "Have it renewed, and use the new one before that "
			  "day."),
	WARNING(KEY_SHORT, "key-short",
		"Its key is short[ ({detail})]: RSA below 2048 or EC below 256 "
		"bits.",
		.remedy = "Have it issued again with an RSA key of at least "
			  "2048 bits or an EC key of at least 256 bits."),
	WARNING(CN_USED, "cn-used",
		"The host was found only in the common name, which newer "
		"software ignores.",
		.remedy = "Have it issued again[ with {wanted} in "
			  "subjectAltName]."),
	WARNING(NOT_RECORDED, "not-recorded",
		"It was not added to the list of unknown certificates: this "
		"user has added too many[: more than {detail}]."),
	WARNING(CA_NOT_FOR_SERVERS, "ca-not-for-servers",
		"It is a CA for uses other than TLS servers[: its extended key "
		"usage is {detail}]. No server certificate that it signs is "
		"trusted.",
		.remedy = "Have it issued again with serverAuth in its "
			  "extended key usage or without extended key usage, "
			  "or publish the CA of the servers instead."),
	WARNING(CA_MAY_NOT_SIGN, "ca-may-not-sign",
		"It is a CA whose key usage does not allow it to sign "
		"certificates: nothing that it signs is trusted.",
		.remedy = "Have it issued again with key usage keyCertSign."),
	WARNING(ISSUES_NOTHING, "issues-nothing",
		"It looks like a CA but is not one[: {detail}]. Nothing that "
		"it signs is trusted, only a server that presents this very "
		"certificate[, and it names no host that one could have: "
		"{names}].",
		.remedy = "If it is meant to be a CA and you have its key, "
			  "make a root that works, with the same key and "
			  "subject, and publish it instead: " NEW_ROOT_COMMAND),
	WARNING(SERVER_CERTIFICATE, "server-certificate",
		"It is the certificate of a server, not of a CA: only this one "
		"certificate is trusted, and only until it expires[ on "
		"{date}].",
		.remedy = "Publish its issuer instead[: the certificate of "
			  "{issuer}]; then a renewed one is trusted as well."),
	WARNING(NAMES_NO_HOST, "names-no-host",
		"It names no host[, only {names}]: no server that presents it "
		"is trusted where names are checked.",
		.remedy = "Have it issued again with the host of the server in "
			  "subjectAltName."),
	WARNING(ACCEPTED_LATE, "accepted-late",
		"A server of this run[, {host},] was rejected before, for want "
		"of a certificate of this name: this one counts from the next "
		"run on.",
		.remedy = "[{way}; to use it now: certprovctl provision|"
			  "certprovctl provision]"),
	WARNING(EXPIRED, "expired",
		"The certificate or one of its issuers has expired[: {subject} "
		"on {date}].",
		.remedy = "Have it renewed, and publish or trust the new one: "
			  "an exception is for the old one only."),
	WARNING(NAME_MISMATCH, "name-mismatch",
		"It is not for the requested host[, {host}][; its names are "
		"{names}].",
		.remedy = "Have it issued again[ with {wanted} in "
			  "subjectAltName]."),
	WARNING(ISSUER_NOT_TRUSTED, "issuer-not-trusted",
		"It is not signed by anything this phone trusts[: {issuer} is "
		"missing][: {detail}].",
		.remedy = "Publish its issuer[: the certificate of {issuer}]."),
	WARNING(NOT_FOR_SERVERS, "not-for-servers",
		"It, or one of its issuers, is not meant for TLS servers[: the "
		"extended key usage of {subject} is {detail}].",
		.remedy = "Have that issued again with extended key usage "
			  "serverAuth."),
	WARNING(PATH_REFUSED, "path-refused",
		"One of its issuers is refused, and not only for dates or "
		"names[: {detail} for {subject}].",
		.remedy = "Have the server's certificate issued by another "
			  "CA."),
	WARNING(IDENTITY_SHARED, "shared-certificate",
		"All phones of this model have the same certificate: servers "
		"cannot tell by it which phone this is, and a redirection "
		"service may forward it but not provision it.",
		.remedy = "Authorise this phone by a user and password, or "
			  "give it a certificate of its own by "
			  "webserver_cert."),
	WARNING(IDENTITY_WITHOUT_MAC, "without-mac",
		"The common name of its certificate holds no MAC address: "
		"servers cannot tell by it which phone this is."),
	WARNING(IDENTITY_OTHER_MAC, "other-mac",
		"The common name of its certificate holds the MAC address of "
		"another phone[: {detail}].",
		.remedy = "Install the certificate that was made for this "
			  "phone, or correct Mac= in certprovd.conf."),
	WARNING(IDENTITY_CHAIN_INCOMPLETE, "chain-incomplete",
		"The chain does not end with a root or with a known device "
		"CA[: the certificate of {issuer} is missing].",
		.remedy = "Append the missing certificate to the chain."),
	WARNING(IDENTITY_ISSUER_UNKNOWN, "issuer-unknown",
		"It was not issued by a known device CA[, but by {issuer}].",
		.remedy = "Install the certificate the device CA issued, or "
			  "name the CA in DeviceAuthorities= of "
			  "certprovd.conf."),
	WARNING(CLIENT_CERTIFICATE_WITHHELD, "client-certificate-withheld",
		"The server[ {server}] asked for the phone's certificate, and "
		"this phone sent none[: {withheld}].",
		.remedy = "[{advice}.]"),
	WARNING(KEY_UNAUTHENTICATED, "key-unauthenticated",
		"Its private key came over a connection that was not "
		"authenticated: others may have read or replaced it.",
		.remedy = "Serve the document over HTTPS from a server that "
			  "the phone trusts, with a new key and certificate."),
};
