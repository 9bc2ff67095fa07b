/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The durable state: trusted certificates and where they came from,
 * exceptions, what is distrusted, unknown certificates, settings, runs and
 * their reports, history. What store_commit has answered with 0 survives a
 * power cut; what is damaged is noticed and never trusted. Decodes no
 * certificate, decides no trust, holds no private key, never logs: what an
 * operator must know comes as an event.
 *
 * Functions that change something are called between store_begin and
 * store_commit and return 0 or a negative errno: -ENOSPC the disk is full,
 * -EIO it fails, -EUCLEAN the database is damaged, -EROFS it cannot be
 * written, -EDQUOT a named maximum is reached. All but -EDQUOT and -EINVAL
 * end the transaction: store_commit then returns the same error, and nothing
 * of it remains.
 *
 * What iterators hand over is borrowed for the call; a callback that returns
 * other than 0 ends the iteration with that value, and calls no other
 * function of the store.
 */
#ifndef CERTPROVD_STORE_H
#define CERTPROVD_STORE_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/base/macros.h"
#include "lib/base/sha256-size.h"
#include "lib/trust/trust.h"

#define STORE_MAX_SERVERS 4096
#define STORE_MAX_UNKNOWN 200
#define STORE_MAX_DISTRUSTED TRUST_MAX_DISTRUSTED
/* Exceptions for one certificate: one message lists them all. */
#define STORE_MAX_EXCEPTIONS_EACH 64
/* The last runs, and besides them the last complete one. */
#define STORE_MAX_RUNS 10
/* A report's lines may take this many bytes in the file, and those of all
 * reports together this many. What does not fit is counted by kind and
 * result. */
#define STORE_MAX_REPORT_BYTES ((size_t)256 * 1024)
#define STORE_MAX_REPORTS_BYTES ((size_t)1024 * 1024)
/* What a line takes besides its text. */
#define STORE_REPORT_LINE_BYTES 160
#define STORE_MAX_CHANGES 1000
/* Each text of a change; longer ones are truncated. */
#define STORE_MAX_CHANGE_TEXT 512
/* The oldest goes; without one, a download is unconditional. */
#define STORE_MAX_VALIDATORS 4096
#define STORE_MAX_VALIDATOR_BYTES 512
/* Bytes that backups write in a day before there is no other one; later changes
 * are in the next day's. */
#define STORE_MAX_BACKUP_BYTES_A_DAY ((uint64_t)32 * 1024 * 1024)
#define STORE_MAX_BACKUPS 2
#define STORE_MAX_SET_ASIDE 2
/* Copies of the database as older versions had it. */
#define STORE_MAX_VERSIONS 2
/* Databases of newer versions that were put aside. */
#define STORE_MAX_NEWER 1
#define STORE_MAX_SCHEMA 64
/* The whole database may take this, and STORE_MAX_BYTES_EACH for each server
 * certificate it may hold. */
#define STORE_MAX_BYTES ((size_t)16 * 1024 * 1024)
#define STORE_MAX_BYTES_EACH 4096
/* A file that is given up so that a distrust, its end and a removal fit on a
 * full disk: this, and the size of the file of distrusts; and this many pages
 * that nothing else may take. */
#define STORE_RESERVE_BYTES ((size_t)128 * 1024)
#define STORE_RESERVE_PAGES 64
/* Free pages are given back to the file system when there are more. */
#define STORE_MAX_FREE_PAGES 256
#define STORE_PAGE_BYTES 4096 /* SQLite's default */
/* After a run with more pages than this in the WAL, and than in the file, there
 * is a backup and a new WAL; with twice as many at once. */
#define STORE_MAX_WAL_PAGES 256
/* After damage was met, nothing but the reserve's changes is taken when there
 * are so many and so many times those in the file. */
#define STORE_MAX_DAMAGED_WAL_PAGES (8 * STORE_MAX_WAL_PAGES)
#define STORE_MAX_DAMAGED_WAL_TIMES 4
/* When it is closed, with more than this, and than one such part of the file.
 */
#define STORE_MAX_WAL_PAGES_AT_START 32
#define STORE_MAX_WAL_PART_AT_START 4
/* One after the other; the next one is flushed. */
#define STORE_MAX_LAZY_COMMITS 4
#define STORE_MAX_QUARANTINED 100
/* Of one text or byte string; longer ones are -EINVAL. */
#define STORE_MAX_VALUE_BYTES ((size_t)256 * 1024)

/* The origin of a certificate that is stored only for an exception: it is
 * listed, but is an anchor for nobody. */
#define STORE_ORIGIN_EXCEPTION "exception"
#define STORE_ORIGIN_UPLOADED "uploaded"
#define STORE_ORIGIN_BASE64 "provisioned-base64"

/* What a certificate is to trust. NONE: it is there for an exception alone, or
 * was accepted before there were roles and is to be judged again. */
enum store_role {
	STORE_ROLE_NONE,
	STORE_ROLE_ANCHOR,
	STORE_ROLE_INTERMEDIATE,
	STORE_ROLE__END
};

enum store_event_kind {
	STORE_CREATED,       /* first start: there was nothing */
	STORE_MIGRATED,      /* an older version was brought up to date */
	STORE_DAMAGED,       /* a database or backup did not pass its check */
	STORE_RESTORED,      /* from a backup; path says which */
	STORE_STARTED_EMPTY, /* damaged, and no good backup */
	STORE_STEPPED_BACK,  /* a newer version wrote it: a copy was taken up */
	STORE_TAKEN_AGAIN,   /* what a newer version wrote can be read now */
	STORE_READ_ONLY,     /* served from a copy */
	STORE_REFUSED,       /* in use by another program, or too new */
	STORE_QUARANTINED,   /* a certificate; sha256 says which */
	STORE_DISTRUSTED_DAMAGED, /* the file of distrusts; what is legible
				     counts */
	STORE_RUN_INTERRUPTED,    /* a run was under way at the last stop */
	STORE_WRITE_FAILED,       /* a backup or upkeep; nothing is lost */
};

struct store_event {
	enum store_event_kind kind;
	int error;          /* negative errno or 0 */
	const char *path;   /* or NULL */
	const char *sha256; /* or NULL */
	const char *text;   /* one sentence */
};

struct store_options {
	const char *state_directory;   /* exists */
	const char *runtime_directory; /* for the copy of a read-only store */
	unsigned max_servers;          /* 0: STORE_MAX_SERVERS */
	unsigned max_unknown;          /* 0: STORE_MAX_UNKNOWN */
	unsigned max_distrusted;       /* 0: STORE_MAX_DISTRUSTED */
	int64_t now;                   /* for what opening has to date */
	void (*on_event)(void *userdata, const struct store_event *event);
	void *userdata;
};

struct store;

/*
 * Open, check and if need be recover the store. Only one process can: -EBUSY
 * otherwise; -EMEDIUMTYPE when a newer version wrote it and there is no copy
 * of what was before. Every failure but -ENOMEM comes with an event that says
 * why.
 */
int store_open(const struct store_options *options, struct store **ret);
/* Ends an open transaction unfinished; returns NULL. */
struct store *store_close(struct store *s);
DEFINE_CLEANUP(struct store, store_close);

/* Give back what is kept of pages that were read, and of statements that are
 * not being run; they are read and prepared again when they are needed. */
void store_release_memory(struct store *s);

const char *store_id(const struct store *s); /* 32 hex digits */
/* Grows with each commit that changed trust. */
uint64_t store_generation(const struct store *s);
bool store_read_only(const struct store *s);
/* Whether a database of a newer version was put aside and is still there. */
bool store_has_newer(const struct store *s);
/* The maximum it was opened with. */
unsigned store_max_servers(const struct store *s);

/* A group commit: one flush for whatever lies between. Not nested. */
int store_begin(struct store *s);
/* The same without the flush, for what nobody is told to be kept, and no change
 * of trust: a power cut may undo it as long as no flush followed. Of several in
 * a row one is flushed now and then: see STORE_MAX_LAZY_COMMITS. */
int store_begin_lazily(struct store *s);
int store_commit(struct store *s);
void store_rollback(struct store *s);

/* Of the database, in bytes: what is in its WAL included. 0 or a negative
 * errno. */
int store_size(struct store *s, uint64_t *ret);

/* What was written to the flash so far by commits, in bytes: whole pages,
 * into the WAL and from there into the file. */
uint64_t store_bytes_written(const struct store *s);

/*
 * Forget everything but what is distrusted, as at the first start:
 * certificates, settings, runs, history, facts but STORE_RESET_UNFINISHED,
 * which is set, and all copies of the database. With the commit the store has a
 * new id. The copies are gone also when there is no commit. store_reset_done
 * afterwards: nothing of what was forgotten stays legible in the file.
 */
int store_reset(struct store *s);
int store_reset_done(struct store *s);

/*
 * A change that must not fail for lack of room, after it did with -ENOSPC: give
 * up the reserve on the disk and among the pages, and change it again.
 * store_end_reserve takes back what there is room for.
 */
void store_use_reserve(struct store *s);
void store_end_reserve(struct store *s);

/* After a run: a backup when there is none that the WAL continues, or that has
 * grown long; free room goes back to the file system. A failure loses nothing
 * and is an event besides. */
int store_after_run(struct store *s);

/* When there is time after it was opened: a backup when there is none that the
 * WAL continues, as after a recovery or an update. A failure loses nothing and
 * is an event besides. */
int store_after_start(struct store *s);

enum store_table {
	STORE_CERTIFICATES,
	STORE_EXCEPTIONS,
	STORE_DISTRUSTED,
	STORE_UNKNOWN,
	STORE_RUNS,
	STORE_QUARANTINE,
	STORE_MISSING, /* server certificates that runs no longer find */
	STORE_REFUSED_CERTIFICATES, /* that the firmware would refuse now */
	STORE_TABLE__END
};
int store_count(struct store *s, enum store_table table, unsigned *ret);

/* --- certificates (the list servers) --- */

struct store_certificate {
	uint8_t sha256[SHA256_BYTES]; /* of der */
	const uint8_t *der;
	size_t der_len;
	const char *origin; /* provisioned-base64, provisioned-url, ... */
	const char *url;    /* of the download, or NULL */
	const char *document;
	int64_t line;
	int64_t run; /* 0: none */
	int64_t added;
	bool authenticated;
	enum store_role role;
	/* Set when it is read: the run that no longer found it, 0: none; then
	 * also the one that found it last, 0: not known. */
	int64_t missing_run;
	int64_t missing_since;
	int64_t found_run;
	int64_t found_at;
	const char *refused; /* by store_set_refused, or NULL */
};
typedef int store_certificate_fn(
	void *userdata, const struct store_certificate *c);

/*
 * One that is there stays as it is, with its first origin: *ret_added is
 * false. But one that is there for an exception alone gets this origin,
 * unless that is the same, and its exceptions stay: *ret_added is true; the
 * same for an intermediate that is now an anchor.
 * -EINVAL when the digest is not that of the bytes; -EDQUOT past the maximum.
 */
int store_add_certificate(
	struct store *s, const struct store_certificate *c, bool *ret_added);
/* For one without a role. */
int store_set_role(struct store *s, const uint8_t sha256[SHA256_BYTES],
	enum store_role role);
/* The result by which the rules of this firmware would refuse it now; NULL:
 * they would not. No change of trust: it stays what it is. */
int store_set_refused(struct store *s, const uint8_t sha256[SHA256_BYTES],
	const char *result);
/* With its exceptions and validators. */
int store_remove_certificate(
	struct store *s, const uint8_t sha256[SHA256_BYTES], bool *ret_removed);
/* In order of addition. Rows whose bytes do not have their digest are left
 * out, moved to quarantine and reported: outside a transaction that is a
 * commit of its own. */
int store_each_certificate(
	struct store *s, store_certificate_fn *fn, void *userdata);
/* Those that were accepted before there were roles: the same. */
int store_each_without_role(
	struct store *s, store_certificate_fn *fn, void *userdata);
/* One of them; -ENOENT. */
int store_find_certificate(struct store *s, const uint8_t sha256[SHA256_BYTES],
	store_certificate_fn *fn, void *userdata);
/* The last run whose report mentions it, and when; -ENOENT. */
int store_certificate_seen(struct store *s, const uint8_t sha256[SHA256_BYTES],
	int64_t *ret_run, int64_t *ret_time);

/* A run found a certificate. */
struct store_finding {
	uint8_t sha256[SHA256_BYTES];
	uint8_t source[SHA256_BYTES]; /* digest of the URL of the run */
	bool authenticated;
};
/* Of a provisioned one that is stored, else nothing. Nothing is written when
 * that was known. No change of trust. */
int store_note_found(struct store *s, const struct store_finding *f);
/* A complete run did not find it. The first one is kept, and what the reports
 * tell of the last finding. No change of trust. */
int store_note_missing(struct store *s, const uint8_t sha256[SHA256_BYTES],
	int64_t run, int64_t when);

/* A server certificate that a run brought, and where it was found. */
struct store_provisioned {
	uint8_t sha256[SHA256_BYTES];
	const char *document; /* that brought it, or NULL */
	const char *url;      /* of its download, or NULL */
	bool authenticated;   /* it was found so at least once */
	bool has_source;
	uint8_t source[SHA256_BYTES];
	int64_t missing_run; /* 0: it is not */
	/* The last finding, as far as it is known. */
	int64_t found_run;
	int64_t found_at;
	const char *found_document;
	int64_t found_line;
};
typedef int store_provisioned_fn(
	void *userdata, const struct store_provisioned *p);
/* In order of addition. */
int store_each_provisioned(
	struct store *s, store_provisioned_fn *fn, void *userdata);
/* One of them; -ENOENT. */
int store_find_provisioned(struct store *s, const uint8_t sha256[SHA256_BYTES],
	store_provisioned_fn *fn, void *userdata);

struct store_exception {
	uint8_t sha256[SHA256_BYTES]; /* of a stored certificate */
	const char *host;             /* NULL: every host */
	int64_t expires;              /* INT64_MAX: never */
	const char *results;          /* JSON array: the reasons seen */
	int64_t added;
	const char *who;
};
typedef int store_exception_fn(void *userdata, const struct store_exception *e);
/* Replaces one for the same certificate and host; -ENOENT when the
 * certificate is not stored; -EDQUOT past TRUST_MAX_EXCEPTIONS, or past
 * STORE_MAX_EXCEPTIONS_EACH for one certificate. */
int store_put_exception(struct store *s, const struct store_exception *e);
/* host NULL: that for every host. A certificate that was there for it alone
 * goes with its last exception. */
int store_remove_exception(struct store *s, const uint8_t sha256[SHA256_BYTES],
	const char *host, bool *ret_removed);
/* The same for all that ended before now. */
int store_drop_expired_exceptions(
	struct store *s, int64_t now, unsigned *ret_dropped);
int store_each_exception(
	struct store *s, store_exception_fn *fn, void *userdata);
/* Those for one certificate. */
int store_exceptions_of(struct store *s, const uint8_t sha256[SHA256_BYTES],
	store_exception_fn *fn, void *userdata);

/* ETag and Last-Modified of a url that a stored certificate came from. */
struct store_validator {
	uint8_t url[SHA256_BYTES];    /* digest of the url */
	uint8_t sha256[SHA256_BYTES]; /* of the certificate */
	const char *value;
};
typedef int store_validator_fn(void *userdata, const struct store_validator *v);
/* -ENOENT when the certificate is not stored; not a change of trust. A value
 * longer than STORE_MAX_VALIDATOR_BYTES is not kept. */
int store_put_validator(struct store *s, const struct store_validator *v);
int store_each_validator(
	struct store *s, store_validator_fn *fn, void *userdata);

/* --- distrusted --- */

struct store_distrusted {
	enum distrust_kind kind;
	uint8_t sha256[SHA256_BYTES];
	const char *reason; /* or NULL */
	int64_t added;
	const char *who; /* or NULL */
};
typedef int store_distrusted_fn(
	void *userdata, const struct store_distrusted *d);
/* One that is there stays as it is. -EDQUOT past the maximum. */
int store_add_distrusted(
	struct store *s, const struct store_distrusted *d, bool *ret_added);
int store_lift_distrusted(struct store *s, enum distrust_kind kind,
	const uint8_t sha256[SHA256_BYTES], bool *ret_lifted);
int store_each_distrusted(
	struct store *s, store_distrusted_fn *fn, void *userdata);

/* --- unknown: no change of trust --- */

struct store_unknown {
	uint8_t sha256[SHA256_BYTES]; /* of the leaf */
	const uint8_t *chain; /* DER one after the other, leaf first; NULL to
				 put what is counted only */
	size_t chain_len;
	const char *results; /* JSON arrays */
	const char *hosts;
	const char *purposes;
	const char *reporters;
	int64_t first_seen;
	int64_t last_seen;
	int64_t seen; /* how often */
};
typedef int store_unknown_fn(void *userdata, const struct store_unknown *u);
/* Add or replace; a chain that is there stays. Past the maximum the least
 * recently seen goes. */
int store_put_unknown(struct store *s, const struct store_unknown *u);
int store_remove_unknown(
	struct store *s, const uint8_t sha256[SHA256_BYTES], bool *ret_removed);
/* Those that are there, in no order. */
typedef int store_key_fn(void *userdata, const uint8_t sha256[SHA256_BYTES]);
int store_each_unknown_key(struct store *s, store_key_fn *fn, void *userdata);
/* The least recently seen first. */
int store_each_unknown(struct store *s, store_unknown_fn *fn, void *userdata);

/* --- settings --- */

struct store_setting {
	const char *name;
	const char *value; /* or NULL */
	const char *origin;
	const char *permission; /* or NULL */
	bool admin_set;
};
typedef int store_setting_fn(void *userdata, const struct store_setting *v);
/* Writes nothing when it is so already, or when an admin set it and this one
 * is not the admin's; trust says whether verdicts depend on it, so that the
 * generation grows. */
int store_put_setting(struct store *s, const struct store_setting *v,
	bool trust, bool *ret_changed);
int store_remove_setting(
	struct store *s, const char *name, bool trust, bool *ret_removed);
int store_each_setting(struct store *s, store_setting_fn *fn, void *userdata);

/* Small facts; 0 until set. No change of trust. */
enum store_fact {
	STORE_WAS_AUTHENTICATED, /* one complete authenticated run happened */
	/* the document that set setting_server was authenticated */
	STORE_SETTING_SERVER_AUTHENTICATED,
	/* the document that set http_client_pass was */
	STORE_HTTP_PASSWORD_AUTHENTICATED,
	/* the run that ended the bootstrap, and when */
	STORE_BOOTSTRAP_CLOSED_BY,
	STORE_BOOTSTRAP_CLOSED_AT,
	STORE_AUTHORITIES_SEEN, /* how many, and one more; 0: never */
	STORE_ENDINGS_TOLD,     /* up to when expiry dates were logged */
	STORE_RESET_UNFINISHED, /* a reset has files to remove */
	STORE_FACT__END
};
int store_set_fact(struct store *s, enum store_fact fact, int64_t value);
int store_get_fact(struct store *s, enum store_fact fact, int64_t *ret);
/* Why the bootstrap is still open, a sentence part; NULL until set. The caller
 * frees it. */
int store_set_bootstrap_reason(struct store *s, const char *text);
int store_get_bootstrap_reason(struct store *s, char **ret);

/* The last good provisioning servers, a text of lib/provisioning/guard; NULL
 * until set. No change of trust. */
int store_set_last_servers(struct store *s, const char *text);
int store_get_last_servers(struct store *s, char **ret);

/* The version of the firmware when it was seen last; NULL until set. No change
 * of trust. */
int store_set_firmware(struct store *s, const char *text);
int store_get_firmware(struct store *s, char **ret);

/* The firmware's authorities when they were seen last, in no order: for what is
 * told, no change of trust. */
typedef int store_authority_fn(void *userdata,
	const uint8_t sha256[SHA256_BYTES], const char *subject);
int store_each_authority(
	struct store *s, store_authority_fn *fn, void *userdata);
int store_put_authority(struct store *s, const uint8_t sha256[SHA256_BYTES],
	const char *subject);
int store_remove_authority(struct store *s, const uint8_t sha256[SHA256_BYTES]);
int store_clear_authorities(struct store *s);

/* --- runs, reports, history --- */

struct store_run {
	int64_t id;
	const char *url; /* without userinfo, or NULL */
	int64_t started;
	int64_t finished;   /* 0: not yet */
	const char *result; /* complete, partial, failed, cancelled */
	const char *reason; /* or NULL */
	bool dry_run;
	int64_t documents;
	int64_t certificates;
	int64_t accepted;
	int64_t refused;
	int64_t bytes;
	const char *firmware;
	int64_t omitted;    /* lines of its report that are counted only */
	bool last_complete; /* the newest that was complete */
	/* Who named its url, and why it began: identifiers; NULL of a run of an
	 * older version. */
	const char *source;
	const char *cause;
	int64_t previous;   /* the run that led to it at once; 0: none */
	const cJSON *chain; /* URLs of those that did, oldest first; or NULL */
	const char *next;   /* what followed at once, or why nothing; or NULL */
};
typedef int store_run_fn(void *userdata, const struct store_run *run);
typedef int store_outcome_fn(void *userdata, const char *json);

/* A new run gets the next id; the last STORE_MAX_RUNS are kept, and the last
 * complete one. To make room for a whole report, the lines of the oldest
 * become counts; those of the last complete run come last. */
int store_run_start(
	struct store *s, const struct store_run *run, int64_t *ret_id);
/* A line of its report: Outcome of io.certprov.admin as JSON. */
struct store_line {
	const char *kind; /* both as in the JSON */
	const char *result;
	const char *sha256; /* hex, when it is about a certificate, else NULL */
	const char *json;
};
/* A line past STORE_MAX_REPORT_BYTES is only counted, and
 * store_certificate_seen does not see its certificate. */
int store_run_outcome(
	struct store *s, int64_t run, const struct store_line *line);
/* So many lines of this kind and result are only counted. */
int store_run_omit(struct store *s, int64_t run, const struct store_line *line,
	int64_t lines);
/* How many lines of each kind and result a report lacks; most first. */
typedef int store_omitted_fn(
	void *userdata, const char *kind, const char *result, int64_t lines);
int store_each_omitted(
	struct store *s, int64_t run, store_omitted_fn *fn, void *userdata);
/* result, reason, finished and the counts of the run with this id. */
int store_run_finish(struct store *s, const struct store_run *run);
/* Newest first. */
int store_each_run(struct store *s, store_run_fn *fn, void *userdata);
/* -ENOENT. */
int store_find_run(
	struct store *s, int64_t id, store_run_fn *fn, void *userdata);
/* In order, at most limit of them, those behind the one numbered after (0:
 * from the first): for sending a long report piece by piece. */
typedef int store_numbered_outcome_fn(
	void *userdata, int64_t number, const char *json);
int store_next_outcomes(struct store *s, int64_t run, int64_t after,
	unsigned limit, store_numbered_outcome_fn *fn, void *userdata);
/* In order. */
int store_each_outcome(
	struct store *s, int64_t run, store_outcome_fn *fn, void *userdata);

struct store_change {
	int64_t when;
	const char *who;
	const char *what;
	const char *sha256;  /* hex, or NULL */
	const char *name;    /* or NULL */
	int64_t run;         /* 0: none */
	uint64_t generation; /* that its commit led to; set by the store */
};
typedef int store_change_fn(void *userdata, const struct store_change *change);
/* The last STORE_MAX_CHANGES are kept; a text past STORE_MAX_CHANGE_TEXT is
 * truncated. */
int store_add_change(struct store *s, const struct store_change *change);
/* Newest first, at most limit. */
int store_each_change(
	struct store *s, unsigned limit, store_change_fn *fn, void *userdata);

#endif
