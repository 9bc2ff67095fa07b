/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/certprovd/store/store-fixture.h"

#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/certprovd/store/store-internal.h"

#define DER_BYTES 1000

struct store *store;
unsigned events[STORE_WRITE_FAILED + 1];
char event_sha256[SHA256_HEX_SIZE];

static void on_event(void *userdata, const struct store_event *event)
{
	(void)userdata;
	ck_assert_ptr_nonnull(event->text);
	events[event->kind]++;
	if (event->sha256)
		(void)snprintf(event_sha256, sizeof(event_sha256), "%s",
			event->sha256);
}

int open_store_with(struct store_options options)
{
	options.state_directory = scratch();
	if (!options.runtime_directory)
		options.runtime_directory = scratch();
	options.now = NOW;
	options.on_event = on_event;
	return store_open(&options, &store);
}

int open_store(void)
{
	return open_store_with((struct store_options){0});
}

void close_store(void)
{
	store = store_close(store);
}

void lose_wal(void)
{
	close_store();
	if (scratch_exists("trust.db-wal"))
		ck_assert_int_eq(unlink(scratch_path("trust.db-wal")), 0);
}

void reopen_store(void)
{
	close_store();
	memset(events, 0, sizeof(events));
	ck_assert_int_eq(open_store(), 0);
}

void store_setup(void)
{
	scratch_setup();
	store = NULL;
	ck_assert_int_eq(open_store(), 0);
	memset(events, 0, sizeof(events));
}

void store_teardown(void)
{
	close_store();
	scratch_teardown();
}

struct store_certificate certificate(unsigned n)
{
	static uint8_t der[8][DER_BYTES];
	static unsigned next;
	uint8_t *bytes = der[next++ % ARRAY_SIZE(der)];
	struct store_certificate c = {
		.der = bytes,
		.der_len = DER_BYTES,
		.origin = "provisioned-url",
		.url = "https://h.example/ca.der",
		.document = "https://h.example/phone.xml",
		.line = 17,
		.run = 3,
		.added = NOW,
		.authenticated = true,
	};

	memset(bytes, 'x', DER_BYTES);
	(void)snprintf((char *)bytes, DER_BYTES, "certificate %u.", n);
	(void)SHA256(bytes, DER_BYTES, c.sha256);
	return c;
}

void add_certificate(unsigned n)
{
	struct store_certificate c = certificate(n);
	bool added = false;

	ck_assert_int_eq(store_begin(store), 0);
	ck_assert_int_eq(store_add_certificate(store, &c, &added), 0);
	ck_assert(added);
	ck_assert_int_eq(store_commit(store), 0);
}

static int take_certificate(void *userdata, const struct store_certificate *c)
{
	struct store_certificate *expected = userdata;

	ck_assert_mem_eq(c->der, expected->der, expected->der_len);
	return 0;
}

bool has_certificate(unsigned n)
{
	struct store_certificate c = certificate(n);

	return store_find_certificate(store, c.sha256, take_certificate, &c) ==
		0;
}

unsigned count(enum store_table table)
{
	unsigned n = 0;

	ck_assert_int_eq(store_count(store, table, &n), 0);
	return n;
}

struct store_distrusted distrust(unsigned n)
{
	struct store_distrusted d = {
		.kind = n % 2 ? DISTRUST_PUBLIC_KEY : DISTRUST_CERTIFICATE,
		.reason = "stolen\tin a\nword: 100% ü",
		.added = NOW + n,
		.who = "uid:1000",
	};

	memset(d.sha256, (int)(n & 0xff), SHA256_BYTES);
	d.sha256[0] = (uint8_t)(n >> 8);
	return d;
}

void add_distrusted(unsigned n)
{
	struct store_distrusted d = distrust(n);
	bool added = false;

	ck_assert_int_eq(store_begin(store), 0);
	ck_assert_int_eq(store_add_distrusted(store, &d, &added), 0);
	ck_assert(added);
	ck_assert_int_eq(store_commit(store), 0);
}

void lift_distrusted(unsigned n)
{
	struct store_distrusted d = distrust(n);
	bool lifted = false;

	ck_assert_int_eq(store_begin(store), 0);
	ck_assert_int_eq(
		store_lift_distrusted(store, d.kind, d.sha256, &lifted), 0);
	ck_assert(lifted);
	ck_assert_int_eq(store_commit(store), 0);
}

static int take_distrusted(void *userdata, const struct store_distrusted *d)
{
	const struct store_distrusted *wanted = userdata;

	if (d->kind != wanted->kind ||
		memcmp(d->sha256, wanted->sha256, SHA256_BYTES) != 0)
		return 0;
	ck_assert_str_eq(d->reason, wanted->reason);
	ck_assert_str_eq(d->who, wanted->who);
	ck_assert_int_eq(d->added, wanted->added);
	return 1;
}

bool is_distrusted(unsigned n)
{
	struct store_distrusted d = distrust(n);
	int r = store_each_distrusted(store, take_distrusted, &d);

	ck_assert_int_ge(r, 0);
	return r == 1;
}

int in_child(int (*function)(void))
{
	pid_t child = fork();
	int status = 0;

	ck_assert_int_ge(child, 0);
	if (child == 0)
		_exit(function());
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

void backup(void)
{
	ck_assert_int_eq(store_backup(store), 0);
}

void zero_scratch_file(const char *name)
{
	off_t size = scratch_size(name);
	CLEANUP(free) char *zeroes = calloc(1, (size_t)size);

	scratch_patch(name, 0, zeroes, (size_t)size);
}

int commit_and_die(void)
{
	if (open_store() < 0)
		return 1;
	add_certificate(7);
	add_distrusted(7);
	return 0; /* by _exit: nothing is closed or checkpointed */
}
