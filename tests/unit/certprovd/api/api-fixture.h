/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A daemon without sockets: a real store, state and event loop in the scratch
 * directory, its two interfaces, callers that remember what they were
 * answered, and a provisioning that does what a test says.
 */
#ifndef CERTPROV_TESTS_API_FIXTURE_H
#define CERTPROV_TESTS_API_FIXTURE_H

#include <cjson/cJSON.h>
#include <systemd/sd-event.h>

#include "daemon/certprovd/api/api.h"
#include "daemon/certprovd/identity/identities.h"
#include "lib/base/macros.h"
#include "lib/varlink/varlink-service.h"
#include "tests/unit/certprovd/scratch.h"
#include "tests/unit/pki.h"
#include "tests/unit/runner.h"

#define MAX_REPLIES 512
/* What the daemon is configured to hold. */
#define API_MAX_DISTRUSTED 140
#define API_REJECTIONS_PER_MINUTE 5

/* One connection with one call. */
struct caller {
	char *method;                /* full name */
	cJSON *parameters;           /* of the call, or NULL */
	cJSON *replies[MAX_REPLIES]; /* whole messages */
	size_t count;
	size_t unread;  /* since it last read */
	size_t room;    /* backlogged when so many are unread; 0: never */
	size_t fds;     /* that came with replies */
	int fd;         /* the last of them; the test's */
	int failure;    /* of sending from now on */
	char *acts_for; /* said by ActFor; freed with it */
	bool wants_turn;
	unsigned work;               /* charged beyond messages */
	struct varlink_request *req; /* under way */
};

extern struct api the_api;       /* under test */
extern struct config the_config; /* and what it names */
extern struct phone the_phone;
extern struct identities the_identities; /* none, unless a test has some */
extern struct clock the_clock;
extern struct timekeeping the_timekeeping;
extern struct unknown_saver the_saver;
extern sd_event *the_event;
extern struct anchors_used the_anchors_used;
extern struct endings_sources the_endings;
extern const struct pki_cert *authority; /* in the authorities' file */
extern int64_t rejections_now_ms;        /* what limits the callers' pace */

void api_setup(void);
void api_teardown(void);

/* Make what the test has written to the store count. */
void refresh(void);
/* Put a certificate into the store, and into what is trusted. */
void add_server(const struct pki_cert *cert, const char *url);
/* Into what is trusted alone. */
void add_intermediate(const struct pki_cert *cert);
void add_unknown(const struct pki_cert *cert, const char *host);

/*
 * Call a method ("Get" of the trust interface, "admin.Remove") with
 * parameters as printf text in JSON, with ' for ". Continues in the event
 * loop until all is answered that can be without reading.
 */
struct caller *call(const char *method, const char *format, ...)
	PRINTF_LIKE(2, 3);
/* The same with "more". */
struct caller *call_more(const char *method, const char *format, ...)
	PRINTF_LIKE(2, 3);
struct caller *call_as(const struct caller *prepared, bool more,
	const char *method, const char *parameters);
/* With a descriptor, which becomes the callee's. */
struct caller *call_with_fd(int fd, const char *method, const char *parameters);
/* It has read everything. */
void read_all_replies(struct caller *c);
/* The connection ends. */
void hang_up(struct caller *c);
/* Run the event loop until nothing is left to do. */
void turn(void);

/* Of the n-th reply, or the last with -1. */
const cJSON *reply(const struct caller *c, int n);
const char *error_of(const struct caller *c);
bool continues(const struct caller *c, int n);
/* A member by path ("certificate.sha256"); as text, number; NULL and -1. */
const cJSON *member(const cJSON *object, const char *path);
const char *text(const cJSON *object, const char *path);
int64_t number(const cJSON *object, const char *path);
/* One of the texts begins so. */
bool has_text(const cJSON *array, const char *wanted);
bool has_warning(const cJSON *warnings, const char *identifier);
/* The fingerprint in hex; one of four buffers in turn. */
const char *hex(const struct pki_cert *cert);

/* --- a clock that says what it is told (clock-double.c) --- */

/* From now on this is the time; until clock_unset() or the next fixture. */
void clock_set(const struct clock_reading *now);
void clock_unset(void);

/* --- a provisioning that does what it is told --- */

struct provision_double {
	int result; /* of starting */
	int64_t id;
	bool busy; /* there is a current run */
	struct run_summary current;
	int64_t next;
	uint64_t finished[RUN_RESULT__END];
	const char *learnt; /* borrowed */
	enum run_source source;
	const char *loop; /* borrowed */
	enum provisioning_source offered;
	/* What was asked of it. */
	unsigned starts;
	char *url;
	char *document;
	char *firmware;
	int document_fd;
	bool dry_run;
	const struct run_watcher *watcher; /* NULL: nobody watches */
	void *userdata;
	unsigned unwatched;
	int64_t cancelled;
};
extern struct provision_double provisioning;
void provisioning_reset(void);
/* The object to put where a struct provision is expected. */
struct provision *provision_stand_in(void);

#endif
