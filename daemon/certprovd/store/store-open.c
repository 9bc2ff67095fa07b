/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a store comes up: lock, open, check, and recover when the check fails.
 * The lock comes first: a database that another process has open can look
 * damaged.
 */
#include "daemon/certprovd/store/store-internal.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include "lib/base/fd.h"
#include "lib/base/string.h"

/* Open the database, whatever it takes. */
static int store_open_take_up(struct store *s, bool *ret_restored)
{
	int r = store_try_open(s);

	if (r == 0)
		return 0;
	if (r == -ENOENT && !store_has_backup(s) && !store_wal_is_there(s)) {
		r = store_create(s);
		return r < 0 ? r
			     : store_say(s, STORE_CREATED, 0, s->path,
				       "A new trust database was created.");
	}
	if (r == -EMEDIUMTYPE) {
		*ret_restored = true;
		return store_step_back(s);
	}
	if (r == -ENOENT)
		(void)store_say(s, STORE_DAMAGED, r, s->path,
			"The trust database is missing, although there was "
			"one.");
	else if (r == -EUCLEAN)
		(void)store_say(s, STORE_DAMAGED, r, s->path,
			"The trust database is damaged and was set aside.");
	else
		return r;
	return store_recover(s, ret_restored);
}

/* A crash may have cut a run short. */
static int store_open_end_interrupted_runs(struct store *s)
{
	int64_t count = 0;
	int r = store_query_integer(
		s, SQL_RUN_UNFINISHED, STORE_NO_VALUES, &count);

	if (r < 0 || count == 0)
		return r;
	r = store_begin(s);
	if (r < 0)
		return r;
	r = store_end(s,
		store_execute(s, SQL_RUN_INTERRUPT,
			STORE_VALUES(store_integer(s->options.now))));
	if (r < 0)
		return r;
	return store_say(s, STORE_RUN_INTERRUPTED, 0, s->path,
		"The daemon stopped before its last run was finished.");
}

static int store_open_lock(struct store *s)
{
	s->lock_fd =
		open(s->state_directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->lock_fd < 0)
		return store_say(s, STORE_REFUSED, -errno, s->state_directory,
			"The state directory cannot be opened.");
	if (flock(s->lock_fd, LOCK_EX | LOCK_NB) < 0)
		return store_say(s, STORE_REFUSED,
			errno == EWOULDBLOCK ? -EBUSY : -errno,
			s->state_directory,
			"Another certprovd uses this state directory; only "
			"one can.");
	return 0;
}

static bool store_open_writable(const struct store *s)
{
	if (faccessat(s->lock_fd, ".", W_OK, AT_EACCESS) < 0)
		return false;
	return faccessat(s->lock_fd, "trust.db", W_OK, AT_EACCESS) == 0 ||
		errno == ENOENT;
}

/* Serve a copy of what there is, and change nothing. */
static int store_open_serve_copy(struct store *s, int reason)
{
	int r = 0;

	free(s->path);
	s->path = NULL;
	s->read_only = true;
	r = string_format(
		&s->path, "%s/trust-read-only.db", s->runtime_directory);
	if (r == 0)
		r = store_copy_read_only(s);
	if (r < 0)
		return r;
	(void)store_say(s, STORE_READ_ONLY, reason, s->state_directory,
		"The state directory cannot be written: the trust database is "
		"served from a copy and cannot change.");
	return 0;
}

static int store_open_choose_place(struct store *s)
{
	if (!store_open_writable(s))
		return store_open_serve_copy(s, -EROFS);
	return string_format(&s->path, "%s/trust.db", s->state_directory);
}

/* A disk that is full just when there is something to recover must not keep
 * the daemon from serving what can be read. */
static bool store_open_cannot_write(const struct store *s, int r)
{
	return !s->read_only && (r == -ENOSPC || r == -EIO || r == -EROFS);
}

static int store_open_explain(struct store *s, int r)
{
	if (r == -EBUSY)
		return store_say(s, STORE_REFUSED, r, s->path,
			"Another program has the trust database open.");
	if (r == -EMEDIUMTYPE)
		return store_say(s, STORE_REFUSED, r, s->path,
			"A newer version of certprovd wrote the trust "
			"database, and there is no copy that this one can "
			"read.");
	if (r != -ENOMEM)
		return store_say(s, STORE_REFUSED, r, s->path,
			"The trust database cannot be opened.");
	return r;
}

static int store_open_take_up_all(struct store *s)
{
	bool restored = false;
	int r = store_open_take_up(s, &restored);

	if (r == 0)
		r = store_take_newer_again(s);
	if (r == 0)
		r = store_merge_distrusted(s, restored);
	return r < 0 ? r : store_note_step(s);
}

static int store_open_bring_up(struct store *s)
{
	int r = store_open_choose_place(s);

	s->suspect = store_is_suspect(s);
	if (r == 0)
		r = store_open_take_up_all(s);
	if (store_open_cannot_write(s, r)) {
		store_close_database(s);
		r = store_open_serve_copy(s, r);
		if (r == 0)
			r = store_open_take_up_all(s);
	}
	if (r < 0)
		return store_open_explain(s, r);

	store_clear_suspicion(s);
	store_keep_reserve(s);
	r = store_open_end_interrupted_runs(s);
	if (r < 0)
		(void)store_say(s, STORE_WRITE_FAILED, r, s->path,
			"The interrupted run could not be marked as failed.");
	return 0;
}

static int store_open_copy_options(
	struct store *s, const struct store_options *o)
{
	int r = string_replace(&s->state_directory, o->state_directory);

	if (r == 0)
		r = string_replace(&s->runtime_directory, o->runtime_directory);
	if (r == 0)
		r = string_format(&s->distrusted_path, "%s/distrusted",
			s->state_directory);
	s->options = *o;
	s->options.state_directory = s->state_directory;
	s->options.runtime_directory = s->runtime_directory;
	if (o->max_servers == 0)
		s->options.max_servers = STORE_MAX_SERVERS;
	if (o->max_unknown == 0)
		s->options.max_unknown = STORE_MAX_UNKNOWN;
	if (o->max_distrusted == 0)
		s->options.max_distrusted = STORE_MAX_DISTRUSTED;
	return r;
}

int store_open(const struct store_options *options, struct store **ret)
{
	CLEANUP(store_close) struct store *s = NULL;
	int r = 0;

	assert(options->state_directory && options->runtime_directory);
	store_configure_sqlite();

	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->lock_fd = -1;
	s->opening = true;
	r = store_open_copy_options(s, options);
	if (r == 0)
		r = store_open_lock(s);
	if (r == 0)
		r = store_open_bring_up(s);
	if (r < 0)
		return r;

	s->opening = false;
	*ret = TAKE_PTR(s);
	return 0;
}

struct store *store_close(struct store *s)
{
	if (!s)
		return NULL;
	if (s->db)
		store_rollback(s);
	if (s->db && !s->opening)
		store_shorten_wal(s);
	store_close_database(s);
	s->lock_fd = fd_close(s->lock_fd);
	free(s->state_directory);
	free(s->runtime_directory);
	free(s->path);
	free(s->distrusted_path);
	free(s);
	return NULL;
}
