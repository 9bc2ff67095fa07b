/* SPDX-License-Identifier: Apache-2.0 */
/* check: judges documents as firmware versions do, without a daemon. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/certprovctl/check/check-file.h"
#include "daemon/certprovctl/check/check-json.h"
#include "daemon/certprovctl/check/check-junit.h"
#include "daemon/certprovctl/check/check-list.h"
#include "daemon/certprovctl/check/check-map.h"
#include "daemon/certprovctl/check/check-pool.h"
#include "daemon/certprovctl/check/check-sarif.h"
#include "daemon/certprovctl/check/check-summary.h"
#include "daemon/certprovctl/check/fetcher-process.h"
#include "daemon/certprovctl/commands/commands.h"
#include "daemon/certprovctl/output/progress.h"
#include "lib/base/string.h"
#include "lib/net/url-names.h"
#include "lib/trust/authorities.h"

/* Debian's copy of Mozilla's list, which phones are shipped with. */
#define USUAL_AUTHORITIES "/etc/ssl/certs/ca-certificates.crt"

/* The versions on both sides of the thresholds that matter to documents, and a
 * current one. */
static const char *const usual_versions[] = {
	"8.7.5.51", "8.7.5.52", "8.9.3.40", "8.9.3.41", "10.1.33.33"};

_Static_assert(CHECK_MAX_VERSIONS == ARGUMENTS_MAX_FIRMWARE,
	"room for each --firmware");

enum check_format {
	CHECK_TEXT,
	CHECK_JSON,
	CHECK_JUNIT,
	CHECK_SARIF,
	CHECK_FORMAT__END,
};
static const char *const formats[CHECK_FORMAT__END] = {
	[CHECK_TEXT] = "text",
	[CHECK_JSON] = "json",
	[CHECK_JUNIT] = "junit",
	[CHECK_SARIF] = "sarif",
};

struct check_command {
	struct session *session;
	enum check_format format;
	size_t at_once;
	struct check_plan plan;
	char *fetcher;
	struct anchors *authorities;
	struct check_phone phone; /* of the command line */
	struct check_map map;
	struct check_phone *mapped; /* of each file, if there is a map */
	struct check_list list;
	struct check_file *files;
	size_t file_count; /* that have begun to be made */
	bool *over;
	size_t over_count;
	size_t printed; /* files, in their order */
	struct progress progress;
};

static void check_done(struct check_command *c)
{
	for (size_t i = 0; i < c->file_count; i++)
		check_file_done(&c->files[i]);
	free(c->files);
	free(c->over);
	for (size_t i = 0; c->mapped && i < c->list.count; i++)
		check_phone_done(&c->mapped[i]);
	free(c->mapped);
	check_list_done(&c->list);
	check_map_done(&c->map);
	check_phone_done(&c->phone);
	anchors_free(c->authorities);
	free(c->fetcher);
}
DEFINE_CLEANUP_EMBEDDED(struct check_command, check_done);

/* --- what is asked for --- */

static enum exit_status check_read_versions(struct check_command *c)
{
	const struct arguments *a = &c->session->arguments;
	bool given = a->firmware_count > 0;
	const char *const *texts = given ? a->firmware : usual_versions;
	size_t count = given ? a->firmware_count : ARRAY_SIZE(usual_versions);

	for (size_t i = 0; i < count; i++)
		if (check_versions_add(&c->phone.versions, texts[i]) < 0)
			return session_wrong_use(c->session,
				"\"%s\" is not a firmware version such as 10.1.33.33",
				texts[i]);
	return EXIT_COMPLETE;
}

static enum exit_status check_read_phone(struct check_command *c)
{
	const struct arguments *a = &c->session->arguments;
	const char *mac = a->value[OPTION_MAC];
	int r = string_replace(&c->phone.type, a->value[OPTION_PHONE_TYPE]);

	if (r < 0)
		return session_trouble(c->session, "check", r);
	if (mac && url_normalise_mac(mac, c->phone.mac) < 0)
		return session_wrong_use(c->session,
			"\"%s\" is not a MAC address of 12 hex digits", mac);
	return EXIT_COMPLETE;
}

/* What certprovd logs about them, in the same words. */
static int check_tell_authorities(const struct screen *screen, const char *path,
	const struct authorities_report *report)
{
	static const enum authorities_kind kinds[] = {
		AUTHORITIES_LOST, AUTHORITIES_SECRET};
	int r = 0;

	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++)
		for (size_t i = 0;
			r == 0 && i < authorities_kept(report, kinds[k]); i++) {
			CLEANUP(free) char *text = NULL;

			r = authorities_finding_text(
				&report->findings[kinds[k]].items[i], NULL,
				&text);
			if (r == 0)
				screen_complain(screen, text, NULL);
		}
	if (r == 0 && report->lost > 0)
		screen_complainf(screen, NULL,
			"%zu of %zu certificates were read from %s",
			authorities_read_count(report),
			authorities_found_count(report), path);
	return r;
}

static enum exit_status check_read_format(struct check_command *c)
{
	const char *name = c->session->arguments.value[OPTION_FORMAT];
	bool json = session_json(c->session);
	enum check_format f = json ? CHECK_JSON : CHECK_TEXT;

	for (size_t i = 0; name && i < CHECK_FORMAT__END; i++)
		if (strcmp(name, formats[i]) == 0) {
			f = (enum check_format)i;
			name = NULL;
		}
	c->format = f;
	if (name)
		return session_wrong_use(c->session,
			"\"%s\" is not a format: text, json, junit or sarif",
			name);
	if (json && f != CHECK_JSON)
		return session_wrong_use(c->session,
			"--json is --format=json, and there is "
			"another --format");
	return EXIT_COMPLETE;
}

static enum exit_status check_read_jobs(struct check_command *c)
{
	const char *text = c->session->arguments.value[OPTION_JOBS];
	char *end = NULL;
	long n = 0;

	c->at_once = check_pool_usual_jobs();
	if (!text)
		return EXIT_COMPLETE;
	errno = 0;
	n = strtol(text, &end, 10);
	if (errno || end == text || *end || n < 1 || n > CHECK_POOL_MAX_JOBS)
		return session_wrong_use(c->session,
			"--jobs takes a number from 1 to %d",
			CHECK_POOL_MAX_JOBS);
	c->at_once = (size_t)n;
	return EXIT_COMPLETE;
}

static enum exit_status check_read_map(struct check_command *c)
{
	const char *path = c->session->arguments.value[OPTION_MAP];
	CLEANUP(free) char *problem = NULL;
	int r = path ? check_map_read(path, &c->map, &problem) : 0;

	if (r == -EINVAL && problem)
		return session_wrong_use(c->session, "%s", problem);
	return r < 0 ? session_trouble(c->session, path, r) : EXIT_COMPLETE;
}

static enum exit_status check_read_authorities(struct check_command *c)
{
	const char *path = c->session->arguments.value[OPTION_AUTHORITIES];
	const struct screen *screen = &c->session->screen;
	CLEANUP(authorities_report_done)
	struct authorities_report report = {0};
	int r = anchors_new(&c->authorities);

	if (r < 0)
		return session_trouble(c->session, "check", r);
	r = authorities_load(
		path ? path : USUAL_AUTHORITIES, c->authorities, &report);
	if (r == -ENOENT && !path) {
		screen_complain(screen,
			"no authorities were found: what they have signed will "
			"be refused",
			"Give those of the firmware with --authorities PATH.");
		return EXIT_COMPLETE;
	}
	if (r < 0)
		return session_trouble(
			c->session, path ? path : USUAL_AUTHORITIES, r);
	r = check_tell_authorities(
		screen, path ? path : USUAL_AUTHORITIES, &report);
	if (r < 0)
		return session_trouble(c->session, "check", r);
	return EXIT_COMPLETE;
}

static enum exit_status check_find_fetcher(struct check_command *c)
{
	int r = fetcher_find(&c->fetcher);

	if (r == -ENOENT) {
		screen_complain(&c->session->screen,
			"certprov-fetch is neither beside this program nor in " CERTPROV_LIBEXECDIR,
			"It reads the documents: install certprov, or build it "
			"with make.");
		return EXIT_TROUBLE;
	}
	c->plan.fetcher = c->fetcher;
	return r < 0 ? session_trouble(c->session, "check", r) : EXIT_COMPLETE;
}

static enum exit_status check_list_words(struct check_command *c)
{
	const char *word = NULL;
	int r = 0;

	for (size_t i = 0; r == 0 && (word = session_word(c->session, i));
		i++) {
		r = check_list_add(&c->list, word);
		if (r == -ENOSPC)
			return session_wrong_use(c->session,
				"%s: there are more than %d files to check",
				word, CHECK_LIST_MAX_FILES);
		if (r == -E2BIG)
			return session_wrong_use(c->session,
				"%s: there are more than %d names in a directory",
				word, CHECK_LIST_MAX_NAMES);
		if (r < 0)
			return session_trouble(c->session, word, r);
	}
	if (c->list.count > 0)
		return EXIT_COMPLETE;
	screen_complain(&c->session->screen,
		"there is nothing to check: no file there ends in .xml",
		"Name files of other names one by one.");
	return EXIT_TROUBLE;
}

static enum exit_status check_prepare(struct check_command *c)
{
	static enum exit_status (*const steps[])(struct check_command *) = {
		check_read_versions,
		check_read_phone,
		check_read_format,
		check_read_jobs,
		check_read_map,
		check_list_words,
		check_find_fetcher,
		check_read_authorities,
	};
	const struct arguments *a = &c->session->arguments;
	enum exit_status status = EXIT_COMPLETE;

	for (size_t i = 0; !status && i < ARRAY_SIZE(steps); i++)
		status = steps[i](c);
	c->plan.authorities = c->authorities;
	c->plan.now = (int64_t)time(NULL);
	c->plan.follow = arguments_has(a, OPTION_FOLLOW);
	c->plan.allow_local = arguments_has(a, OPTION_ALLOW_LOCAL);
	c->plan.offline = arguments_has(a, OPTION_OFFLINE);
	c->plan.limits = FETCH_LIMITS_DEFAULT;
	c->progress.screen = &c->session->screen;
	return status;
}

/* --- the phone of a file --- */

static int check_apply_rule(const struct check_command *c,
	const struct check_rule *rule, struct check_phone *ret)
{
	const struct check_phone *own = rule ? &rule->phone : &c->phone;
	const char *type = own->type ? own->type : c->phone.type;
	const char *mac = *own->mac ? own->mac : c->phone.mac;

	memcpy(ret->mac, mac, sizeof(ret->mac));
	ret->versions =
		own->versions.count > 0 ? own->versions : c->phone.versions;
	return string_replace(&ret->type, type);
}

/* The names of versions are texts beside them, so they are set where the
 * versions stay. */
static void check_name_versions(struct check_versions *v)
{
	for (size_t i = 0; i < v->count; i++)
		v->names[i] = v->texts[i];
}

static int check_map_files(struct check_command *c)
{
	int r = 0;

	check_name_versions(&c->phone.versions);
	if (c->map.count == 0)
		return 0;
	c->mapped = calloc(c->list.count, sizeof(*c->mapped));
	if (!c->mapped)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < c->list.count; i++) {
		r = check_apply_rule(c,
			check_map_find(&c->map, c->list.names[i]),
			&c->mapped[i]);
		check_name_versions(&c->mapped[i].versions);
	}
	for (size_t i = 0; r == 0 && i < c->map.count; i++)
		if (!c->map.rules[i].used)
			screen_complainf(&c->session->screen, NULL,
				"%s:%zu: no checked file is for this line",
				c->session->arguments.value[OPTION_MAP],
				c->map.rules[i].line);
	return r;
}

static int check_make_files(struct check_command *c)
{
	int r = check_map_files(c);

	if (r < 0)
		return r;
	c->files = calloc(c->list.count, sizeof(*c->files));
	c->over = calloc(c->list.count, sizeof(*c->over));
	if (!c->files || !c->over)
		return -ENOMEM;
	while (r == 0 && c->file_count < c->list.count) {
		size_t i = c->file_count++;

		r = check_file_init(&c->files[i], &c->plan, c->list.names[i],
			c->mapped ? &c->mapped[i] : &c->phone);
	}
	return r;
}

/* --- the runs --- */

static int check_begin(void *userdata, size_t index, struct check_run **ret)
{
	struct check_command *c = userdata;

	return check_file_begin(&c->files[index], ret);
}

/* JSON is printed as files get done, in their order. */
static int check_finish_in_order(struct check_command *c)
{
	int r = 0;

	while (r == 0 && c->printed < c->list.count && c->over[c->printed]) {
		struct check_file *f = &c->files[c->printed++];

		if (c->format == CHECK_JSON)
			r = check_json_print(f, &c->session->screen);
		if (r == 0)
			r = check_file_arrange(f);
	}
	return r;
}

static int check_end(void *userdata, size_t index, int error)
{
	struct check_command *c = userdata;
	int r = check_file_end(&c->files[index], error);

	if (r < 0)
		return r;
	c->over[index] = true;
	c->over_count++;
	if (c->session->screen.live && c->list.count > 1)
		progress_show(&c->progress, "files", (int64_t)c->over_count,
			(int64_t)c->list.count);
	return check_finish_in_order(c);
}

static int check_run_all(struct check_command *c, int *ret_signal)
{
	const struct check_jobs jobs = {
		.count = c->list.count,
		.begin = check_begin,
		.end = check_end,
		.userdata = c,
	};
	int r = check_pool_run(&jobs, c->at_once, ret_signal);

	progress_end(&c->progress);
	return r;
}

/* --- the end --- */

static enum check_rows check_rows_wanted(const struct arguments *a)
{
	if (arguments_has(a, OPTION_VERBOSE))
		return CHECK_ROWS_ALL;
	return arguments_has(a, OPTION_ONLY_PROBLEMS) ? CHECK_ROWS_PROBLEMS
						      : CHECK_ROWS_USUAL;
}

static int check_print(const struct check_command *c)
{
	const struct screen *s = &c->session->screen;
	const struct check_report report = {
		.files = c->files,
		.count = c->list.count,
		.list = &c->list,
		.one = c->list.count == 1 && !c->list.has_directory,
		.has_phones = c->mapped != NULL,
		.rows = check_rows_wanted(&c->session->arguments),
	};

	switch (c->format) {
	case CHECK_JSON:
		return check_json_print_skipped(&c->list, s);
	case CHECK_JUNIT:
		return check_junit_print(c->files, c->list.count, s->out);
	case CHECK_SARIF:
		return check_sarif_print(c->files, c->list.count, s);
	case CHECK_TEXT:
	case CHECK_FORMAT__END:
		break;
	}
	return check_summary_print(&report, s);
}

/* The worst of all files. */
static enum exit_status check_status(const struct check_command *c)
{
	enum exit_status status = EXIT_COMPLETE;

	for (size_t i = 0; i < c->list.count; i++) {
		if (c->files[i].unread)
			return EXIT_FAILED;
		if (c->files[i].counts.refused > 0)
			status = EXIT_PARTIAL;
	}
	return status;
}

/* As any program that a signal ends, once the fetchers are gone. */
static _Noreturn void check_die(const struct check_command *c, int sig)
{
	screen_complainf(&c->session->screen, NULL,
		"interrupted: %zu of %zu files were checked", c->over_count,
		c->list.count);
	(void)fflush(c->session->screen.out);
	(void)signal(sig, SIG_DFL);
	(void)raise(sig);
	abort();
}

static enum exit_status command_check(struct session *s)
{
	CLEANUP(check_done) struct check_command c = {.session = s};
	enum exit_status status = check_prepare(&c);
	int sig = 0;
	int r = 0;

	if (status)
		return status;
	r = check_make_files(&c);
	if (r == 0)
		r = check_run_all(&c, &sig);
	if (r == -EINTR && sig)
		check_die(&c, sig);
	if (r == 0)
		r = check_print(&c);
	if (r < 0)
		return r == -ENOSPC ? session_printed(s, r)
				    : session_trouble(s, "check", r);
	return check_status(&c);
}

const struct verb check_verbs[] = {
	{20, "check", "FILE...", 1, COMMAND_MANY_WORDS,
		TAKES(FIRMWARE) | TAKES(AUTHORITIES) | TAKES(FOLLOW) |
			TAKES(ALLOW_LOCAL) | TAKES(MAC) | TAKES(PHONE_TYPE) |
			TAKES(OFFLINE) | TAKES(JOBS) | TAKES(MAP) |
			TAKES(ONLY_PROBLEMS) | TAKES(VERBOSE) | TAKES(FORMAT),
		command_check,
		"show what firmware versions make of documents; needs no certprovd"},
	{0},
};
