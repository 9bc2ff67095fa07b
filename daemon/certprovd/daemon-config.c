/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the configuration for the daemon: logs its problems, and checks that
 * the files it names can still be read.
 */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "daemon/certprovd/daemon-internal.h"
#include "daemon/certprovd/sys/log.h"
#include "lib/base/fd.h"

static void daemon_log_problem(
	enum log_event event, const struct config_problem *p)
{
	log_event(event,
		LOG_FIELDS(LOG_FIELD_FILE(p->file),
			LOG_FIELD_LINE(LOG_NUMBER(p->line))),
		"%s:%d: %s", p->file, p->line, p->text);
}

static void daemon_log_problems(const struct config_report *report)
{
	for (size_t i = 0; i < report->warning_count && i < CONFIG_MAX_PROBLEMS;
		i++)
		daemon_log_problem(LOG_CONFIG_WARNING, &report->warnings[i]);
	for (size_t i = 0; i < report->error_count && i < CONFIG_MAX_PROBLEMS;
		i++)
		daemon_log_problem(LOG_CONFIG_REFUSED, &report->errors[i]);
}

/* Looked up once, because a directory of users may be slow. */
static uid_t daemon_find_uid(const char *name)
{
	const struct passwd *user = name ? getpwnam(name) : NULL;

	return user ? user->pw_uid : (uid_t)-1;
}

/* A file that was not named at the start cannot be read any more, which must
 * not look as if it were missing. */
static bool daemon_is_out_of_reach(const struct daemon *d, const char *path)
{
	CLEANUP(fd_close) int fd = -1;

	if (!d->confined || !path)
		return false;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd >= 0 || errno != EACCES)
		return false;
	log_message(LOG_ERR,
		"%s cannot be read: certprovd has given up all files but those "
		"that its configuration named when it started; restart it",
		path);
	return true;
}

int daemon_read_config(struct daemon *d)
{
	CLEANUP(config_report_done) struct config_report report = {0};
	CLEANUP(config_done) struct config config = {0};
	CLEANUP(phone_done) struct phone phone = {0};
	int r = config_load(d->config_path, &config, &report);

	daemon_log_problems(&report);
	if (r == 0 &&
		(daemon_is_out_of_reach(d, config.authorities) ||
			daemon_is_out_of_reach(d, config.firmware_file)))
		r = -EACCES;
	if (r == 0)
		r = phone_read(&config, PHONE_INTERFACES, &phone);
	if (r < 0)
		return r;
	if (phone.problem)
		log_message(LOG_WARNING, "%s", phone.problem);
	SWAP(d->config, config);
	SWAP(d->phone, phone);
	d->fetch_uid = daemon_find_uid(d->config.fetch_user);
	d->api.page_uid = daemon_find_uid(API_PAGE_USER);
	key_groups_find(&d->config.hand_out_key_to, &d->key_groups);
	return 0;
}
