/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The job of a run as the daemon hands it to the fetcher: what GetJob is
 * answered, encoded and decoded from one table. Decides nothing. A job holds
 * credentials: it is never printed.
 */
#ifndef CERTPROV_FETCH_JOB_H
#define CERTPROV_FETCH_JOB_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/base/bytes.h"

struct fetch_limits {
	unsigned documents;      /* 256 */
	unsigned depth;          /* 8 */
	uint64_t document_bytes; /* 32 MiB */
	unsigned certificates;   /* 20,000 offered */
	unsigned parallel;       /* 8 */
	unsigned per_host;       /* 2 */
	unsigned seconds;        /* 600 */
};
#define FETCH_LIMITS_DEFAULT                                                   \
	((struct fetch_limits){.documents = 256,                               \
		.depth = 8,                                                    \
		.document_bytes = 32ULL << 20,                                 \
		.certificates = 20000,                                         \
		.parallel = 8,                                                 \
		.per_host = 2,                                                 \
		.seconds = 600})

/*
 * How often a run may call Progress: as each of its documents and certificates
 * is done and ahead of its first exchange, and for so many redirects and
 * retries.
 */
#define FETCH_PROGRESS_SPARE 65536
unsigned fetch_limits_progress(const struct fetch_limits *limits);

/* What the settings leave a run to fetch: decided by the daemon, and sent with
 * the job and with every answer about a setting. */
enum fetch_scope {
	FETCH_SCOPE_ALL,
	FETCH_SCOPE_DOCUMENTS, /* no certificates */
	FETCH_SCOPE_FIRST,     /* nor documents that others link */
	FETCH_SCOPE_NOTHING,
	FETCH_SCOPE__END
};
extern const char *const fetch_scope_names[FETCH_SCOPE__END + 1];

/* Maxima of what a job can hold. */
#define FETCH_JOB_MAX_URLS 16
#define FETCH_JOB_MAX_VALIDATORS 4096
#define FETCH_JOB_MAX_IDENTITY 16
/* What validators, identity and the inline document may take of the message
 * together; a url whose validator does not fit is asked for unconditionally. */
#define FETCH_JOB_MAX_VALIDATOR_BYTES ((size_t)192 * 1024)
/* How many descriptors come with GetJob's reply. */
#define FETCH_JOB_MAX_FDS 2

struct fetch_pair {
	char *name;
	char *value;
};

/* A list of texts with names. Zeroed is empty. */
struct fetch_pairs {
	struct fetch_pair *pairs;
	size_t count;
};
void fetch_pairs_done(struct fetch_pairs *p);
/* Copies both; 0, -ENOSPC past max, -ENOMEM. */
int fetch_pairs_add(
	struct fetch_pairs *p, const char *name, const char *value, size_t max);
/* Borrowed; NULL when there is none. */
const char *fetch_pairs_find(const struct fetch_pairs *p, const char *name);

/* The job of one run. Owns all of it; the descriptors travel beside. */
struct fetch_job {
	char **urls; /* whole, with userinfo: the one place on the wire */
	size_t url_count;
	char *document; /* inline, when there are no urls and no descriptor */
	char *mac_address;
	char *phone_type;
	char *user_agent;
	struct fetch_pairs validators; /* SHA-256 of the url: validator */
	struct bytes *identity;        /* DER, leaf first */
	size_t identity_count;
	struct fetch_limits limits;
	char *proxy;
	bool allow_local;
	bool offline; /* nothing is fetched, whatever the scope */
	/* Once finished, GetJob may be called again, for the same documents
	 * judged by other rules: what was fetched need not be fetched again.
	 * Never from the daemon. */
	bool another;
	enum fetch_scope scope;
	char *local_origin; /* scheme://host:port exempt from address-refused */
	/* http_client_user and http_client_pass, for the origin of the first
	 * url, or NULL; withheld: they are set, but not for this server. */
	char *user;
	char *password;
	bool user_withheld;
	unsigned retries;
	char *store;
	uint64_t generation;
};
/* A job with the default limits; fetch_job_done() it. */
#define FETCH_JOB_INIT                                                         \
	((struct fetch_job){.limits = FETCH_LIMITS_DEFAULT, .retries = 3})
void fetch_job_done(struct fetch_job *job);
DEFINE_CLEANUP_EMBEDDED(struct fetch_job, fetch_job_done);
/* Copies the url; 0, -ENOSPC past FETCH_JOB_MAX_URLS, -ENOMEM. */
int fetch_job_add_url(struct fetch_job *job, const char *url);
/* Copies the certificate; likewise. */
int fetch_job_add_identity(struct fetch_job *job, const void *der, size_t len);

/* The parameters of GetJob's reply in new memory; 0 or -ENOMEM. */
int fetch_job_encode(const struct fetch_job *job, cJSON **ret);
/* 0; -EINVAL when they are none, -ENOSPC past a maximum, -ENOMEM. */
int fetch_job_decode(const cJSON *parameters, struct fetch_job *ret);

#endif
