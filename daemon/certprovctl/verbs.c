/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/verbs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprovctl/output/table.h"
#include "daemon/certprovctl/session/session.h"

#define USUAL_SOCKET_DIR "/run/certprov"
#define COMMON                                                                 \
	(TAKES(HELP) | TAKES(VERSION) | TAKES(JSON) | TAKES(SOCKET_DIR) |      \
		TAKES(TIMEOUT))

/* Each command stands beside its function. */
static const struct verb *const tables[] = {
	certificates_verbs,
	changes_verbs,
	check_verbs,
	device_verbs,
	expiring_verbs,
	metrics_verbs,
	monitor_verbs,
	runs_verbs,
	state_verbs,
	verify_verbs,
	web_password_verbs,
};

static const struct {
	enum exit_status status;
	const char *meaning;
} statuses[] = {
	{EXIT_COMPLETE, "complete: everything was done"},
	{EXIT_PARTIAL,
		"partial: not everything could be fetched and judged; check and "
		"upload: something was refused; verify: not trusted; expiring: "
		"something does"},
	{EXIT_FAILED,
		"the run failed or was cancelled; expiring: whatever failed; "
		"factory-reset: nobody agreed"},
	{EXIT_REFUSED, "certprovd answered with an error"},
	{EXIT_NO_DAEMON, "certprovd cannot be reached or does not answer"},
	{EXIT_TROUBLE,
		"something failed here: a file, memory, reaching a peer"},
	{EXIT_WRONG_USE, "the command line is wrong"},
};

const struct verb *verbs_next(const struct verb *last)
{
	const struct verb *next = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		for (const struct verb *v = tables[i]; v->name; v++)
			if ((!last || v->place > last->place) &&
				(!next || v->place < next->place))
				next = v;
	return next;
}

uint64_t verbs_common_options(void)
{
	return COMMON;
}

static const struct verb *verbs_find(const char *name)
{
	const struct verb *v = NULL;

	while ((v = verbs_next(v)) && strcmp(v->name, name) != 0)
		;
	return v;
}

/* --- help --- */

/* Adds a row: a word with its arguments, and what it means. */
static void verbs_put(struct table *t, const char *before, const char *word,
	const char *takes, const char *meaning)
{
	char text[80];

	(void)snprintf(text, sizeof(text), "  %s%s%s%s", before, word,
		takes ? " " : "", takes ? takes : "");
	table_put(t, STYLE_PLAIN, text);
	table_put(t, STYLE_PLAIN, meaning);
}

static void verbs_put_verbs(struct table *t, uint64_t which)
{
	const struct verb *v = NULL;

	(void)which;
	while ((v = verbs_next(v)))
		verbs_put(t, "", v->name, v->words, v->summary);
}

static void verbs_put_options(struct table *t, uint64_t which)
{
	for (enum option_id id = 0; id < OPTION__END; id++) {
		const struct option_info *o = argument_option(id);
		char before[] = {'-', o->letter, ',', ' ', '-', '-', 0};

		if (which & OPTION_BIT(id))
			verbs_put(t, o->letter ? before : "    --", o->name,
				o->value, o->help);
	}
}

static void verbs_put_statuses(struct table *t, uint64_t which)
{
	(void)which;
	for (size_t i = 0; i < ARRAY_SIZE(statuses); i++) {
		char number[12];

		(void)snprintf(
			number, sizeof(number), "%d", (int)statuses[i].status);
		verbs_put(t, "", number, NULL, statuses[i].meaning);
	}
}

static enum exit_status verbs_print_section(const struct session *s,
	const char *title, void (*put)(struct table *t, uint64_t which),
	uint64_t which)
{
	const struct column columns[] = {
		{.title = title, .fit = FIT_WHOLE},
		{.title = "", .fit = FIT_WRAP, .least = 20},
	};
	CLEANUP(table_free) struct table *t = NULL;
	int r = table_new(columns, ARRAY_SIZE(columns), &t);

	if (r < 0)
		return session_trouble(s, "help", r);
	put(t, which);
	(void)fputc('\n', s->screen.out);
	return session_printed(s, table_print(t, &s->screen));
}

static enum exit_status verbs_print_help(const struct session *s)
{
	enum exit_status status = EXIT_COMPLETE;

	(void)fputs("certprovctl COMMAND [OPTION]... [ARGUMENT]...\n"
		    "Ask certprovd, the trust daemon of an IP desk phone.\n",
		s->screen.out);
	status = verbs_print_section(s, "Commands", verbs_put_verbs, 0);
	if (!status)
		status = verbs_print_section(
			s, "Options", verbs_put_options, COMMON);
	return status
		? status
		: verbs_print_section(s, "Exit status", verbs_put_statuses, 0);
}

static enum exit_status verbs_print_verb_help(
	const struct session *s, const struct verb *v)
{
	(void)fprintf(s->screen.out, "certprovctl %s%s%s [OPTION]...\n",
		v->name, v->words ? " " : "", v->words ? v->words : "");
	(void)fprintf(s->screen.out, "%c%s.\n", v->summary[0] - 'a' + 'A',
		v->summary + 1);
	return verbs_print_section(
		s, "Options", verbs_put_options, COMMON | v->options);
}

/* --- dispatch --- */

static enum exit_status verbs_check_words(
	const struct session *s, const struct verb *v)
{
	size_t count = s->arguments.word_count - 1;
	uint64_t strange = s->arguments.given & ~(COMMON | v->options);

	for (enum option_id id = 0; id < OPTION__END; id++)
		if (strange & OPTION_BIT(id))
			return session_wrong_use(s, "%s has no option --%s",
				v->name, argument_option(id)->name);
	if (count < v->min_words)
		return session_wrong_use(s, "%s needs %s", v->name, v->words);
	if (count > v->max_words)
		return session_wrong_use(s, "%s takes %s", v->name,
			v->words ? v->words : "no arguments");
	return EXIT_COMPLETE;
}

static enum exit_status verbs_run_verb(struct session *s)
{
	const char *name = s->arguments.words[0];
	const struct verb *v = verbs_find(name);
	enum exit_status status = EXIT_COMPLETE;

	if (!v)
		return session_wrong_use(s, "unknown command \"%s\"", name);
	if (arguments_has(&s->arguments, OPTION_HELP))
		return verbs_print_verb_help(s, v);
	status = verbs_check_words(s, v);
	return status ? status : v->run(s);
}

/* "certprovctl help" and "certprovctl help COMMAND". */
static bool verbs_wants_help(struct session *s)
{
	struct arguments *a = &s->arguments;

	if (a->word_count == 0)
		return arguments_has(a, OPTION_HELP);
	if (strcmp(a->words[0], "help") != 0)
		return false;
	a->given |= OPTION_BIT(OPTION_HELP);
	a->words++;
	a->word_count--;
	return a->word_count == 0;
}

static enum exit_status verbs_run(struct session *s)
{
	if (arguments_has(&s->arguments, OPTION_VERSION)) {
		(void)fprintf(
			s->screen.out, "certprovctl %s\n", CERTPROV_VERSION);
		return EXIT_COMPLETE;
	}
	if (verbs_wants_help(s))
		return verbs_print_help(s);
	if (s->arguments.word_count == 0)
		return session_wrong_use(s, "no command given");
	return verbs_run_verb(s);
}

static const char *verbs_socket_dir(const struct arguments *a)
{
	const char *dir = a->value[OPTION_SOCKET_DIR];

	if (!dir)
		dir = getenv("CERTPROV_RUNTIME_DIR");
	return dir && *dir ? dir : USUAL_SOCKET_DIR;
}

int verbs_main(int argc, char **argv, FILE *out, FILE *err)
{
	CLEANUP(free) char *problem = NULL;
	struct session s = {0};
	enum exit_status status = EXIT_COMPLETE;
	int r = 0;

	screen_init(&s.screen, out, err);
	r = arguments_parse(argc, argv, &s.arguments, &problem);
	if (r == -EINVAL)
		return (int)session_wrong_use(&s, "%s", problem);
	if (r < 0)
		return (int)session_trouble(&s, "the command line", r);
	s.socket_dir = verbs_socket_dir(&s.arguments);
	status = verbs_run(&s);
	/* A full disk or a closed pipe must not look like success. */
	if (fflush(out) != 0 || ferror(out)) {
		r = -errno;
		return (int)(status ? status
				    : session_trouble(&s, "writing", r));
	}
	return (int)status;
}
