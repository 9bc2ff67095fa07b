/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What went wrong: an errno for the caller, an event for the operator. Damage
 * leaves a mark beside the database, so that the next start checks all of it.
 */
#include "daemon/certprovd/store/store-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/certprovd/sys/durable-file.h"
#include "lib/base/fd.h"
#include "lib/base/string.h"

static const struct {
	int result;
	int error;
} errors[] = {
	{SQLITE_NOMEM, -ENOMEM},
	{SQLITE_FULL, -ENOSPC},
	{SQLITE_CORRUPT, -EUCLEAN},
	{SQLITE_NOTADB, -EUCLEAN},
	{SQLITE_BUSY, -EBUSY},
	{SQLITE_LOCKED, -EBUSY},
	{SQLITE_READONLY, -EROFS},
	{SQLITE_PERM, -EACCES},
	{SQLITE_TOOBIG, -EINVAL},
	{SQLITE_CONSTRAINT, -EEXIST},
};

void store_tell(struct store *s, const struct store_event *event)
{
	if (s->options.on_event)
		s->options.on_event(s->options.userdata, event);
}

int store_say(struct store *s, enum store_event_kind kind, int error,
	const char *path, const char *text)
{
	store_tell(s,
		&(struct store_event){.kind = kind,
			.error = error,
			.path = path,
			.text = text});
	return error;
}

static int store_suspect_name(const struct store *s, char **ret)
{
	return string_format(ret, "%s/trust.db.suspect", s->state_directory);
}

/* Without the mark, damage is found again when it is read again. */
static void store_mark_suspect(const struct store *s)
{
	CLEANUP(free) char *name = NULL;
	CLEANUP(fd_close) int fd = -1;

	if (s->read_only || store_suspect_name(s, &name) < 0)
		return;
	fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd >= 0)
		(void)durable_file_sync_directory(name);
}

bool store_is_suspect(const struct store *s)
{
	CLEANUP(free) char *name = NULL;

	return store_suspect_name(s, &name) < 0 || access(name, F_OK) == 0;
}

void store_clear_suspicion(const struct store *s)
{
	CLEANUP(free) char *name = NULL;

	if (s->suspect && !s->read_only && store_suspect_name(s, &name) == 0)
		(void)unlink(name);
}

static int store_error_of(sqlite3 *db, int result)
{
	int extended = db ? sqlite3_extended_errcode(db) : result;
	int reason = db ? sqlite3_system_errno(db) : 0;

	if (extended == SQLITE_IOERR_NOMEM)
		return -ENOMEM;
	/* A block that cannot be read is lost, whichever layer reports it. */
	if (extended == SQLITE_IOERR_READ ||
		extended == SQLITE_IOERR_SHORT_READ ||
		extended == SQLITE_IOERR_CORRUPTFS)
		return -EUCLEAN;
	/* SQLite reports only some kinds of full disk as such. */
	if ((result & 0xff) == SQLITE_IOERR &&
		(reason == ENOSPC || reason == EDQUOT || reason == EFBIG))
		return -ENOSPC;
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++)
		if (errors[i].result == (result & 0xff))
			return errors[i].error;
	return -EIO;
}

int store_error(struct store *s, int result)
{
	int r = 0;

	if (result == SQLITE_OK || result == SQLITE_DONE)
		return 0;
	r = store_error_of(s->db, result);
	if (r == -EUCLEAN && !s->damage_reported && !s->opening) {
		s->damage_reported = true;
		store_mark_suspect(s);
		(void)store_say(s, STORE_DAMAGED, r, s->path,
			"The trust database is damaged; the next start "
			"recovers what it can.");
	}
	return r;
}
