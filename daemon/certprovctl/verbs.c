/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/verbs.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprovctl/commands/commands.h"
#include "daemon/certprovctl/output/table.h"

#define USUAL_SOCKET_DIR "/run/certprov"
#define MANY SIZE_MAX
#define O(option) OPTION_BIT(OPTION_##option)
#define COMMON (O(HELP) | O(VERSION) | O(JSON) | O(SOCKET_DIR) | O(TIMEOUT))

static const struct verb verbs[] = {
	{"provision", "[URL|FILE]", 0, 1, O(DRY_RUN) | O(FIRMWARE),
		command_provision,
		"provision now: from the configured server, a URL or a document"},
	{"check", "FILE...", 1, MANY,
		O(FIRMWARE) | O(AUTHORITIES) | O(FOLLOW) | O(ALLOW_LOCAL) |
			O(MAC) | O(PHONE_TYPE),
		command_check,
		"show what firmware versions make of documents; needs no certprovd"},
	{"rules", NULL, 0, 0, O(FIRMWARE), command_rules,
		"show the rules of a firmware version, by default the phone's own"},
	{"status", NULL, 0, 0, 0, command_status,
		"show the state of certprovd and what needs attention"},
	{"list", "[authorities|servers|unknown|anchors]", 0, 1, 0, command_list,
		"list the certificates of one list, or of all"},
	{"show", "SHA256", 1, 1, 0, command_show,
		"show all that is known of a certificate"},
	{"runs", NULL, 0, 0, 0, command_runs,
		"list the last provisioning runs"},
	{"report", "[ID]", 0, 1, 0, command_report,
		"show the report of a run, by default the last one"},
	{"cancel", "[ID]", 0, 1, 0, command_cancel,
		"cancel a run, by default the one in progress"},
	{"remove", "servers|unknown SHA256", 2, 2, O(FORCE) | O(HOST),
		command_remove,
		"remove a certificate, or its exception for a host, from a list"},
	{"unknown", "[SHA256]", 0, 1, 0, command_unknown,
		"show rejected peers: why, who reported them, how to trust them"},
	{"trust", "SHA256", 1, 1, O(HOST) | O(EXPIRES), command_trust,
		"trust an unknown certificate itself, whoever signed it"},
	{"upload", "FILE", 1, 1, 0, command_upload,
		"add a certificate to the servers if a trusted one signed it"},
	{"distrust", "SHA256", 1, 1, O(KIND) | O(REASON) | O(FORCE),
		command_distrust,
		"never accept this certificate, or this public key, again"},
	{"lift", "SHA256", 1, 1, O(KIND), command_lift, "lift a distrust"},
	{"distrusted", NULL, 0, 0, 0, command_distrusted,
		"list what is distrusted, by whom and why"},
	{"settings", NULL, 0, 0, 0, command_settings,
		"list the settings certprovd acts on"},
	{"set", "NAME [VALUE]", 1, 2, O(FORCE), command_set,
		"set a setting, or reset it to its default"},
	{"history", NULL, 0, 0, O(LIMIT), command_history,
		"list who changed what, newest first"},
	{"monitor", NULL, 0, 0, 0, command_monitor,
		"print changes of trust and rejected peers until interrupted"},
	{"verify", "--chain FILE|--connect HOST[:PORT]", 0, 0,
		O(HOST) | O(CHAIN) | O(CONNECT) | O(STARTTLS) | O(PURPOSE),
		command_verify,
		"ask whether a peer is trusted; if not, why and what helps"},
	{"clock", "reset", 1, 1, 0, command_clock,
		"set the clock's floor back to the build date"},
};

static const struct {
	enum exit_status status;
	const char *meaning;
} statuses[] = {
	{EXIT_COMPLETE, "complete: everything was done"},
	{EXIT_PARTIAL,
		"partial: not everything could be fetched and judged; check and "
		"upload: something was refused; verify: not trusted"},
	{EXIT_FAILED, "the run failed or was cancelled"},
	{EXIT_REFUSED, "certprovd answered with an error"},
	{EXIT_NO_DAEMON, "certprovd cannot be reached or does not answer"},
	{EXIT_TROUBLE,
		"something failed here: a file, memory, reaching a peer"},
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

static void verbs_put_verbs(struct table *t, uint32_t which)
{
	(void)which;
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		verbs_put(
			t, "", verbs[i].name, verbs[i].words, verbs[i].summary);
}

static void verbs_put_options(struct table *t, uint32_t which)
{
	for (enum option_id id = 0; id < OPTION__END; id++) {
		const struct option_info *o = argument_option(id);
		char before[] = {'-', o->letter, ',', ' ', '-', '-', 0};

		if (which & OPTION_BIT(id))
			verbs_put(t, o->letter ? before : "    --", o->name,
				o->value, o->help);
	}
}

static void verbs_put_statuses(struct table *t, uint32_t which)
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
	const char *title, void (*put)(struct table *t, uint32_t which),
	uint32_t which)
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
	uint32_t strange = s->arguments.given & ~(COMMON | v->options);

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
