/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/verbs.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprovctl/commands/commands.h"
#include "daemon/certprovctl/output/table.h"
#include "lib/base/util.h"

#define USUAL_SOCKET_DIR "/run/certprov"
#define MANY SIZE_MAX
#define O(option) OPTION_BIT(OPTION_##option)
#define COMMON (O(HELP) | O(VERSION) | O(JSON) | O(SOCKET_DIR) | O(TIMEOUT))

static const struct verb verbs[] = {
	{
		.name = "provision",
		.words = "[URL|FILE]",
		.summary = "provision now: from the configured server, a URL "
			   "or a document",
		.max_words = 1,
		.options = O(DRY_RUN) | O(FIRMWARE),
		.run = command_provision,
	},
	{
		.name = "check",
		.words = "FILE...",
		.summary = "what firmware versions make of documents; needs "
			   "no certprovd",
		.min_words = 1,
		.max_words = MANY,
		.options = O(FIRMWARE) | O(AUTHORITIES) | O(FOLLOW) |
			O(ALLOW_LOCAL) | O(MAC) | O(PHONE_TYPE),
		.run = command_check,
	},
	{
		.name = "rules",
		.summary = "the rules of a firmware version, the phone's own "
			   "when none is given",
		.options = O(FIRMWARE),
		.run = command_rules,
	},
	{
		.name = "status",
		.summary = "how certprovd is and what needs attention",
		.run = command_status,
	},
	{
		.name = "list",
		.words = "[authorities|servers|unknown|anchors]",
		.summary = "the certificates of a list, or of all",
		.max_words = 1,
		.run = command_list,
	},
	{
		.name = "show",
		.words = "SHA256",
		.summary = "one certificate: what it is, where it came from, "
			   "and when",
		.min_words = 1,
		.max_words = 1,
		.run = command_show,
	},
	{
		.name = "runs",
		.summary = "the last provisioning runs",
		.run = command_runs,
	},
	{
		.name = "report",
		.words = "[ID]",
		.summary = "the report of a run, of the last one when none "
			   "is given",
		.max_words = 1,
		.run = command_report,
	},
	{
		.name = "cancel",
		.words = "[ID]",
		.summary = "end the run that is under way",
		.max_words = 1,
		.run = command_cancel,
	},
	{
		.name = "remove",
		.words = "servers|unknown SHA256",
		.summary = "take a certificate, or its exception for a host, "
			   "out of a list",
		.min_words = 2,
		.max_words = 2,
		.options = O(FORCE) | O(HOST),
		.run = command_remove,
	},
	{
		.name = "unknown",
		.words = "[SHA256]",
		.summary = "the peers that were rejected: by whom, why, and "
			   "how to trust them",
		.max_words = 1,
		.run = command_unknown,
	},
	{
		.name = "trust",
		.words = "SHA256",
		.summary = "trust an unknown certificate itself, whoever has "
			   "signed it",
		.min_words = 1,
		.max_words = 1,
		.options = O(HOST) | O(EXPIRES),
		.run = command_trust,
	},
	{
		.name = "upload",
		.words = "FILE",
		.summary = "add a certificate to the servers, if it is signed "
			   "by what is trusted",
		.min_words = 1,
		.max_words = 1,
		.run = command_upload,
	},
	{
		.name = "distrust",
		.words = "SHA256",
		.summary = "never accept this certificate, or this public "
			   "key, again",
		.min_words = 1,
		.max_words = 1,
		.options = O(KIND) | O(REASON) | O(FORCE),
		.run = command_distrust,
	},
	{
		.name = "lift",
		.words = "SHA256",
		.summary = "take back a distrust",
		.min_words = 1,
		.max_words = 1,
		.options = O(KIND),
		.run = command_lift,
	},
	{
		.name = "distrusted",
		.summary = "what is distrusted, by whom and why",
		.run = command_distrusted,
	},
	{
		.name = "settings",
		.summary = "the settings certprovd acts on",
		.run = command_settings,
	},
	{
		.name = "set",
		.words = "NAME [VALUE]",
		.summary = "set a setting; without a value, back to its "
			   "default",
		.min_words = 1,
		.max_words = 2,
		.options = O(FORCE),
		.run = command_set,
	},
	{
		.name = "history",
		.summary = "who changed what, newest first",
		.options = O(LIMIT),
		.run = command_history,
	},
	{
		.name = "monitor",
		.summary = "say each change of trust and each rejected peer, "
			   "until interrupted",
		.run = command_monitor,
	},
	{
		.name = "verify",
		.words = "--chain FILE|--connect HOST[:PORT]",
		.summary = "is a peer trusted, and if not, why and what would "
			   "cure it",
		.options = O(HOST) | O(CHAIN) | O(CONNECT) | O(STARTTLS) |
			O(PURPOSE),
		.run = command_verify,
	},
	{
		.name = "clock",
		.words = "reset",
		.summary = "forget how late it has been: the clock's floor is "
			   "the build date again",
		.min_words = 1,
		.max_words = 1,
		.run = command_clock,
	},
};

static const struct {
	enum exit_status status;
	const char *meaning;
} statuses[] = {
	{EXIT_COMPLETE, "complete: all is as asked"},
	{EXIT_PARTIAL,
		"partial: not all could be fetched and judged; check and "
		"upload: something was refused; verify: not trusted"},
	{EXIT_FAILED, "the run failed or was cancelled"},
	{EXIT_REFUSED, "certprovd answered with an error"},
	{EXIT_NO_DAEMON, "certprovd cannot be reached, or does not answer"},
	{EXIT_TROUBLE,
		"trouble here: a file, memory, a peer that is not "
		"reached"},
	{EXIT_WRONG_USE, "the command line is wrong"},
};

const struct verb *verb_at(size_t index)
{
	return index < ARRAY_SIZE(verbs) ? &verbs[index] : NULL;
}

uint32_t verbs_common_options(void)
{
	return COMMON;
}

static const struct verb *verbs_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

/* --- help --- */

static int verbs_print_pairs(const struct screen *s, struct table *t)
{
	int r = 0;

	(void)fputc('\n', s->out);
	r = table_print(t, s);
	return r;
}

static enum exit_status verbs_print_options(
	const struct session *s, uint32_t which)
{
	static const struct column columns[] = {
		{.title = "Options", .fit = FIT_WHOLE},
		{.title = "", .fit = FIT_WRAP, .least = 20},
	};
	CLEANUP(table_free) struct table *t = NULL;
	int r = table_new(columns, ARRAY_SIZE(columns), &t);

	for (enum option_id id = 0; r == 0 && id < OPTION__END; id++) {
		const struct option_info *o = option_get(id);
		char letter[] = {'-', o->letter, ',', ' ', 0};
		CLEANUP(free) char *text = NULL;

		if (!(which & OPTION_BIT(id)))
			continue;
		r = format_string(&text, "  %s--%s%s%s",
			o->letter ? letter : "    ", o->name,
			o->value ? " " : "", o->value ? o->value : "");
		if (r < 0)
			break;
		table_put(t, STYLE_PLAIN, text);
		table_put(t, STYLE_PLAIN, o->help);
	}
	if (r == 0)
		r = verbs_print_pairs(&s->screen, t);
	return session_printed(s, r);
}

static enum exit_status verbs_print_statuses(const struct session *s)
{
	static const struct column columns[] = {
		{.title = "Exit status", .fit = FIT_WHOLE, .right = true},
		{.title = "", .fit = FIT_WRAP, .least = 20},
	};
	CLEANUP(table_free) struct table *t = NULL;
	int r = table_new(columns, ARRAY_SIZE(columns), &t);

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(statuses); i++) {
		char number[12];

		(void)snprintf(
			number, sizeof(number), "%d", (int)statuses[i].status);
		table_put(t, STYLE_PLAIN, number);
		table_put(t, STYLE_PLAIN, statuses[i].meaning);
	}
	if (r == 0)
		r = verbs_print_pairs(&s->screen, t);
	return session_printed(s, r);
}

static int verbs_fill_verbs(struct table *t)
{
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
		const struct verb *v = &verbs[i];
		CLEANUP(free) char *text = NULL;
		int r = format_string(&text, "  %s%s%s", v->name,
			v->words ? " " : "", v->words ? v->words : "");

		if (r < 0)
			return r;
		table_put(t, STYLE_PLAIN, text);
		table_put(t, STYLE_PLAIN, v->summary);
	}
	return 0;
}

static enum exit_status verbs_print_help(const struct session *s)
{
	static const struct column columns[] = {
		{.title = "Commands", .fit = FIT_WHOLE},
		{.title = "", .fit = FIT_WRAP, .least = 20},
	};
	CLEANUP(table_free) struct table *t = NULL;
	enum exit_status status = EXIT_COMPLETE;
	int r = table_new(columns, ARRAY_SIZE(columns), &t);

	(void)fputs("certprovctl COMMAND [OPTION]... [WORD]...\n"
		    "Ask certprovd, the trust daemon of an IP desk phone.\n",
		s->screen.out);
	if (r == 0)
		r = verbs_fill_verbs(t);
	if (r == 0)
		r = verbs_print_pairs(&s->screen, t);
	if (r < 0)
		return session_trouble(s, "help", r);
	status = verbs_print_options(s, COMMON);
	return status ? status : verbs_print_statuses(s);
}

static enum exit_status verbs_print_verb_help(
	const struct session *s, const struct verb *v)
{
	(void)fprintf(s->screen.out, "certprovctl %s%s%s [OPTION]...\n",
		v->name, v->words ? " " : "", v->words ? v->words : "");
	(void)fprintf(s->screen.out, "%s%c%s.\n", "", v->summary[0] - 'a' + 'A',
		v->summary + 1);
	return verbs_print_options(s, COMMON | v->options);
}

/* --- dispatch --- */

static enum exit_status verbs_check_words(
	const struct session *s, const struct verb *v)
{
	size_t count = s->arguments.word_count - 1;
	uint32_t strange = s->arguments.given & ~(COMMON | v->options);

	for (enum option_id id = 0; id < OPTION__END; id++)
		if (strange & OPTION_BIT(id))
			return session_wrong_use(s, "%s has no option --%s",
				v->name, option_get(id)->name);
	if (count < v->min_words)
		return session_wrong_use(s, "%s needs %s", v->name, v->words);
	if (count > v->max_words)
		return session_wrong_use(s, "%s takes %s", v->name,
			v->words ? v->words : "no words");
	return EXIT_COMPLETE;
}

static enum exit_status verbs_run_verb(struct session *s)
{
	const char *name = s->arguments.words[0];
	const struct verb *v = verbs_find(name);
	enum exit_status status = EXIT_COMPLETE;

	if (!v)
		return session_wrong_use(s, "there is no command \"%s\"", name);
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
		return session_wrong_use(s, "which command?");
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
