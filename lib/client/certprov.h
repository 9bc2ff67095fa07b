/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libcertprov: ask the trust daemon of this phone whom it trusts. For SIP
 * stacks, web and directory clients, displays: whatever connects to servers.
 * certprov(3) is the manual, with a complete example.
 *
 * Nothing here blocks for longer than the handle's time limit, whatever state
 * the daemon is in; nothing logs, exits, raises SIGPIPE, or keeps anything
 * outside the objects below. A handle and what came from it belong to one
 * thread at a time: one handle for each thread, see certprov_dup. What has a
 * _free takes NULL there and returns NULL.
 *
 * Functions return 0 or a negative errno; outputs are untouched on failure:
 *
 *	-ENOTCONN	the daemon is not there
 *	-ETIMEDOUT	it did not answer within the time limit
 *	-ECONNRESET	it went away in the middle, and did not come back
 *	-EACCES		this process may not connect to it
 *	-EBUSY		it has reached one of its limits
 *	-EOPNOTSUPP	it does not know this call: it is older than we are
 *	-EBADMSG	it does not keep to the protocol
 *	-EREMOTEIO	it could not, for a reason of its own
 *	-EINVAL		an argument is wrong
 *	-ENOMEM, -EMFILE and so on	this process has run out of it
 *
 * In text everything is UTF-8; fingerprints are the SHA-256 of the DER
 * encoding in 64 lower-case hex digits; times are seconds since the epoch.
 */
#ifndef CERTPROV_H
#define CERTPROV_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* --- a handle: settings and, when needed, a connection --- */

#define CERTPROV_SOCKET "/run/certprov/io.certprov.trust"
#define CERTPROV_TIMEOUT_MS 2000

struct certprov;

/* Never connects: that is left to the first call, and to the first one after
 * the daemon was restarted or this process has forked. */
int certprov_new(struct certprov **ret);
/* A handle of the same settings with no connection: for another thread. May
 * be called while another thread uses c. */
int certprov_dup(const struct certprov *c, struct certprov **ret);
struct certprov *certprov_free(struct certprov *c);

/* Where the daemon listens; NULL is CERTPROV_SOCKET. -EINVAL when it is too
 * long for a socket. */
int certprov_set_socket(struct certprov *c, const char *path);
/* How long one call may take in all, connecting and trying again included:
 * 1 to 3,600,000 ms. */
int certprov_set_timeout(struct certprov *c, int timeout_ms);

/* What a verdict is when the daemon cannot be asked. */
enum certprov_absent {
	/* a verdict: not trusted, result "daemon-unreachable" */
	CERTPROV_ABSENT_DENY = 0,
	/* an error of the call: the caller decides */
	CERTPROV_ABSENT_FAIL = 1,
	/* a verdict: trusted, result "daemon-unreachable". An attacker
	 * who can stop the daemon can then impersonate any server. */
	CERTPROV_ABSENT_ALLOW = 2,
};
int certprov_set_absent(struct certprov *c, enum certprov_absent absent);

/* --- verdicts --- */

enum certprov_purpose {
	CERTPROV_ANY = 0,
	CERTPROV_SIP = 1, /* RFC 5922: the host is the SIP domain */
	CERTPROV_HTTPS = 2,
	CERTPROV_PROVISIONING = 3,
	CERTPROV_LDAP = 4,
};

/* One certificate in DER, borrowed. */
struct certprov_der {
	const void *data;
	size_t size;
};

struct certprov_verdict;

/*
 * Is this chain, leaf first, as the server sent it, trusted for a connection
 * to this host? host is a DNS name or an address as the user's configuration
 * has it, never a name the server or DNS came up with; NULL only with
 * CERTPROV_ANY, and then no name is checked.
 *
 * Returns 0 and a verdict, good or bad, also for a chain that is nonsense;
 * certprov_set_absent says what happens without a daemon.
 */
int certprov_verify(struct certprov *c, const struct certprov_der *chain,
	size_t count, const char *host, enum certprov_purpose purpose,
	struct certprov_verdict **ret);
/* Drops a reference; the last one frees. NULL is fine; returns NULL. */
struct certprov_verdict *certprov_verdict_free(struct certprov_verdict *v);
/* One more reference, by which another may keep the same verdict: it never
 * changes, so any number of threads may read it. Returns v. */
struct certprov_verdict *certprov_verdict_ref(struct certprov_verdict *v);

/* Everything a verdict says lives as long as it does. NULL, no verdict at
 * all, is not trusted; its result is "no-verdict". */
int certprov_verdict_trusted(const struct certprov_verdict *v); /* 0 or 1 */
/* An identifier that stays: "trusted", "not-verified", "exception", or why
 * not: "issuer-not-trusted", "expired", "name-mismatch", ... */
const char *certprov_verdict_result(const struct certprov_verdict *v);
/* One sentence for a person, and what would cure it (NULL: nothing). */
const char *certprov_verdict_reason(const struct certprov_verdict *v);
const char *certprov_verdict_remedy(const struct certprov_verdict *v);
/* 1 when an administrator could make an exception. */
int certprov_verdict_recoverable(const struct certprov_verdict *v);
/* Fingerprints from the leaf to the anchor; none when no path was found.
 * NULL past the end, or without an anchor. */
size_t certprov_verdict_path_count(const struct certprov_verdict *v);
const char *certprov_verdict_path(
	const struct certprov_verdict *v, size_t index);
const char *certprov_verdict_anchor(const struct certprov_verdict *v);
/* What is said beside it. NULL past the end. */
struct certprov_warning {
	const char *identifier; /* stays: "expires-soon" */
	const char *sentence;
	const char *remedy; /* NULL: nothing is to be done */
};
size_t certprov_verdict_warning_count(const struct certprov_verdict *v);
const struct certprov_warning *certprov_verdict_warning(
	const struct certprov_verdict *v, size_t index);
/* The state of trust it rests on; "" and 0 without a daemon. */
const char *certprov_verdict_store(const struct certprov_verdict *v);
uint64_t certprov_verdict_generation(const struct certprov_verdict *v);
/* 0 when the phone's clock is known to be wrong. */
int certprov_verdict_clock_trusted(const struct certprov_verdict *v);

/* A verdict of your own, for programs that verify by other means and pass on
 * verdicts. Copied; size is sizeof(struct certprov_verdict_parts). */
struct certprov_verdict_parts {
	size_t size;
	int trusted;
	const char *result; /* required, like reason and store */
	const char *reason;
	const char *remedy;
	int recoverable;
	const char *const *path;
	size_t path_count;
	const struct certprov_warning *warnings;
	size_t warning_count;
	const char *store;
	uint64_t generation;
	int clock_trusted;
};
int certprov_verdict_new(const struct certprov_verdict_parts *parts,
	struct certprov_verdict **ret);
/* What certprov_verify makes of an error by certprov_set_absent: 0 and a
 * verdict, or the error itself. */
int certprov_verdict_absent(
	const struct certprov *c, int error, struct certprov_verdict **ret);

/*
 * Tell the daemon of a peer that was rejected without asking it; result is
 * the verdict's. Best effort: sent when that needs no waiting, and nobody
 * answers.
 */
int certprov_report_rejection(struct certprov *c,
	const struct certprov_der *chain, size_t count, const char *host,
	enum certprov_purpose purpose, const char *result);

/* --- certificates --- */

enum certprov_list {
	CERTPROV_AUTHORITIES = 1, /* of the firmware */
	CERTPROV_SERVERS = 2,     /* provisioned, uploaded, excepted */
	CERTPROV_UNKNOWN = 4,     /* rejected on a connection */
	CERTPROV_DISTRUSTED = 8,  /* never accepted again */
	/* To ask for: what a program may use as trust anchors without asking
	 * certprov_verify; nothing distrusted, excepted, or intermediate. */
	CERTPROV_ANCHORS = 16,
};

struct certprov_certificate;

/* By fingerprint; with its DER encoding. -ENODATA when there is none. */
int certprov_get(struct certprov *c, const char *sha256,
	struct certprov_certificate **ret);
struct certprov_certificate *certprov_certificate_free(
	struct certprov_certificate *certificate);

/*
 * All certificates of one list, or of all for 0; with their DER encodings if
 * with_der. The callback borrows the certificate, may use the handle, and
 * ends the listing by returning anything but 0, which is returned then. The
 * time limit does not count what the callback takes.
 */
typedef int certprov_list_callback(
	const struct certprov_certificate *certificate, void *userdata);
int certprov_list(struct certprov *c, enum certprov_list list, int with_der,
	certprov_list_callback *callback, void *userdata);

/* Everything a certificate says lives as long as it does. */
const char *certprov_certificate_sha256(const struct certprov_certificate *c);
/* Bits of enum certprov_list, except CERTPROV_ANCHORS. */
unsigned certprov_certificate_lists(const struct certprov_certificate *c);
/* "firmware", "provisioned-base64", "provisioned-url", "uploaded",
 * "exception", "connection" */
const char *certprov_certificate_origin(const struct certprov_certificate *c);
/* "anchor"; "intermediate": it completes chains, but is not an anchor; NULL:
 * neither. */
const char *certprov_certificate_role(const struct certprov_certificate *c);
const char *certprov_certificate_subject(const struct certprov_certificate *c);
const char *certprov_certificate_issuer(const struct certprov_certificate *c);
const char *certprov_certificate_serial(const struct certprov_certificate *c);
int64_t certprov_certificate_not_before(const struct certprov_certificate *c);
int64_t certprov_certificate_not_after(const struct certprov_certificate *c);
const char *certprov_certificate_key_type(const struct certprov_certificate *c);
int certprov_certificate_key_bits(const struct certprov_certificate *c);
int certprov_certificate_is_ca(const struct certprov_certificate *c);
/* "DNS:...", "IP:...", "URI:...", "CN:..."; NULL past the end. */
size_t certprov_certificate_name_count(const struct certprov_certificate *c);
const char *certprov_certificate_name(
	const struct certprov_certificate *c, size_t index);
/* Why an unknown certificate was rejected; NULL past the end. */
size_t certprov_certificate_result_count(const struct certprov_certificate *c);
const char *certprov_certificate_result(
	const struct certprov_certificate *c, size_t index);
/* NULL when it was not asked for. */
const void *certprov_certificate_der(
	const struct certprov_certificate *c, size_t *ret_size);

/* --- what changes --- */

/*
 * A monitor says when trust has changed, or which peers are rejected as it
 * happens. It has a connection of its own, goes on after restarts of the
 * daemon, and never blocks. It does not need the handle after it was made.
 *
 *	struct pollfd p = {
 *		.fd = certprov_monitor_fd(m),
 *		.events = certprov_monitor_events(m),
 *	};
 *	if (poll(&p, 1, -1) > 0)
 *		certprov_monitor_process(m);
 *
 * The descriptor stays the same as long as the monitor lives, is never
 * written to, and becomes readable also when it is time to connect again: no
 * other timer is needed. Works with select, poll, epoll in either mode.
 */
struct certprov_monitor;
struct certprov_event;

enum certprov_what {
	CERTPROV_MONITOR_TRUST = 0,
	CERTPROV_MONITOR_REJECTIONS = 1,
};

enum certprov_event_kind {
	/* The state of trust: at the beginning, after each change, and after
	 * the daemon came back. Read it again; changes may be left out. */
	CERTPROV_EVENT_TRUST = 0,
	/* A peer was rejected. */
	CERTPROV_EVENT_REJECTION = 1,
	/* The daemon listens, nothing was rejected yet. */
	CERTPROV_EVENT_CONNECTED = 2,
	/* The daemon has gone; once, until it is there again. */
	CERTPROV_EVENT_LOST = 3,
};

/* Borrows the event. May do anything but process or free this monitor. */
typedef void certprov_event_callback(
	const struct certprov_event *event, void *userdata);

/* Connects at the first certprov_monitor_process, for which the descriptor is
 * readable from the beginning. */
int certprov_monitor_new(const struct certprov *c, enum certprov_what what,
	certprov_event_callback *callback, void *userdata,
	struct certprov_monitor **ret);
struct certprov_monitor *certprov_monitor_free(struct certprov_monitor *m);
int certprov_monitor_fd(const struct certprov_monitor *m);
short certprov_monitor_events(const struct certprov_monitor *m);
/* Do what is due and call back for what happened. Returns 0; a
 * negative errno only when this process has run out of something, and then it
 * is tried again as after a loss. */
int certprov_monitor_process(struct certprov_monitor *m);

enum certprov_event_kind certprov_event_kind(const struct certprov_event *e);
/* Of CERTPROV_EVENT_TRUST; "" and 0 otherwise. */
const char *certprov_event_store(const struct certprov_event *e);
uint64_t certprov_event_generation(const struct certprov_event *e);
/* Of CERTPROV_EVENT_REJECTION; NULL otherwise. Host and purpose may be NULL
 * there as well. */
const struct certprov_certificate *certprov_event_certificate(
	const struct certprov_event *e);
const char *certprov_event_host(const struct certprov_event *e);
const char *certprov_event_purpose(const struct certprov_event *e);
const char *certprov_event_result(const struct certprov_event *e);
const char *certprov_event_reason(const struct certprov_event *e);

/* --- the daemon --- */

struct certprov_status;

int certprov_get_status(struct certprov *c, struct certprov_status **ret);
struct certprov_status *certprov_status_free(struct certprov_status *s);
const char *certprov_status_version(const struct certprov_status *s);
/* NULL when it is not known. */
const char *certprov_status_firmware(const struct certprov_status *s);
const char *certprov_status_store(const struct certprov_status *s);
uint64_t certprov_status_generation(const struct certprov_status *s);
/* "unsupported", "off", "on", "forced" */
const char *certprov_status_verification(const struct certprov_status *s);
const char *certprov_status_profile(const struct certprov_status *s);
/*
 * What a TLS client of this phone should offer: the lowest version, "1.0" to
 * "1.3", and lists for SSL_CTX_set_cipher_list and SSL_CTX_set_ciphersuites.
 * NULL from a daemon that does not say it.
 */
const char *certprov_status_tls_minimum(const struct certprov_status *s);
const char *certprov_status_tls_ciphers(const struct certprov_status *s);
const char *certprov_status_tls_ciphersuites(const struct certprov_status *s);
int certprov_status_clock_trusted(const struct certprov_status *s);
/* How many certificates are in one list. */
uint64_t certprov_status_count(
	const struct certprov_status *s, enum certprov_list list);
/* What an operator should look at. NULL past the end. */
struct certprov_concern {
	const char *identifier; /* stays: "clock-not-trusted" */
	const char *sentence;
	const char *remedy; /* NULL: nothing is to be done */
	/* Seconds since the epoch; 0: not known. */
	int64_t since;
};
size_t certprov_status_concern_count(const struct certprov_status *s);
const struct certprov_concern *certprov_status_concern(
	const struct certprov_status *s, size_t index);

/*
 * A sealed memory file with everything a verdict depends on, for
 * libcertprov-openssl's local mode; what is in it is between the daemon and
 * that library. The descriptor is the caller's, close-on-exec.
 */
int certprov_get_snapshot(struct certprov *c, int *ret_fd);
/* The same of the memory by which that mode learns of changes; -EOPNOTSUPP:
 * this daemon, or its kernel, has none. */
int certprov_get_change_counter(struct certprov *c, int *ret_fd);

/* --- the phone's own certificate; certprov_set_socket names this socket --- */

#define CERTPROV_IDENTITY_SOCKET "/run/certprov/io.certprov.identity"

/* What this phone is to servers, and to clients of its web server. */
#define CERTPROV_ROLE_CLIENT "client"
#define CERTPROV_ROLE_WEB_SERVER "web-server"

struct certprov_identity;

/* -ENODATA when the phone has none for this role. */
int certprov_get_identity(
	struct certprov *c, const char *role, struct certprov_identity **ret);
struct certprov_identity *certprov_identity_free(struct certprov_identity *i);
/* The DER of its chain, leaf first; NULL past the end. Lives as long as it. */
size_t certprov_identity_chain_count(const struct certprov_identity *i);
const void *certprov_identity_chain(
	const struct certprov_identity *i, size_t index, size_t *ret_len);

/*
 * Sign a digest with its key, which stays in the daemon. scheme: a name of
 * RFC 8446 4.2.3 that signs digests, as "rsa_pss_rsae_sha256". *size: the room
 * at signature, and how much of it was written; -ENOSPC when it is too little.
 * -EPROTONOSUPPORT when the key cannot use the scheme, -ENODATA without a key.
 */
int certprov_sign(struct certprov *c, const char *role, const char *scheme,
	const void *digest, size_t digest_len, void *signature, size_t *size);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
