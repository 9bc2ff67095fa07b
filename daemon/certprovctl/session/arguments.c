/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/session/arguments.h"

#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "lib/base/string.h"

static const struct option_info options[OPTION__END] = {
	[OPTION_HELP] = {"help", 'h', NULL,
		"print help for a command and its options"},
	[OPTION_VERSION] = {"version", 0, NULL,
		"print the version of certprovctl"},
	[OPTION_JSON] = {"json", 'j', NULL,
		"print certprovd's replies as JSON, one object per line"},
	[OPTION_SOCKET_DIR] = {"socket-dir", 0, "DIR",
		"directory of certprovd's sockets (default: "
		"CERTPROV_RUNTIME_DIR, or /run/certprov)"},
	[OPTION_TIMEOUT] = {"timeout", 0, "SECONDS",
		"how long to wait for each reply"},
	[OPTION_DRY_RUN] = {"dry-run", 'n', NULL,
		"judge everything, change nothing"},
	[OPTION_FIRMWARE] = {"firmware", 'f', "VERSION",
		"judge as this firmware version does"},
	[OPTION_AUTHORITIES] = {"authorities", 'a', "PATH",
		"the firmware's authorities: a file or a directory"},
	[OPTION_FOLLOW] = {"follow", 0, NULL, "fetch linked documents as well"},
	[OPTION_ALLOW_LOCAL] = {"allow-local", 0, NULL,
		"fetch from this machine's own addresses as well"},
	[OPTION_MAC] = {"mac", 'm', "MAC",
		"MAC address for {mac} in URLs: 12 hex digits"},
	[OPTION_PHONE_TYPE] = {"phone-type", 't', "TYPE",
		"phone type for {phone_type} in URLs, such as snomD785"},
	[OPTION_KIND] = {"kind", 'k', "KIND",
		"what the digest is of: certificate (default) or public-key"},
	[OPTION_REASON] = {"reason", 'r', "TEXT",
		"why; shown in the list and in the history"},
	[OPTION_FORCE] = {"force", 0, NULL,
		"even if the provisioning server is then no longer trusted"},
	[OPTION_LIMIT] = {"limit", 'l', "COUNT", "print only the newest COUNT"},
	[OPTION_HOST] = {"host", 'H', "HOST",
		"host name or address the certificate is for"},
	[OPTION_EXPIRES] = {"expires", 'e', "WHEN",
		"when the exception ends: 2027-01-31T12:00:00Z, 2027-01-31, "
		"or a time from now such as 30d, 12h, 2w"},
	[OPTION_CHAIN] = {"chain", 'c', "FILE",
		"the peer's certificates, its own first: PEM, or one in DER; "
		"- is standard input"},
	[OPTION_CONNECT] = {"connect", 'C', "HOST[:PORT]",
		"connect to this server and take what it presents"},
	[OPTION_STARTTLS] = {"starttls", 's', "PROTOCOL",
		"start TLS in a plain connection: imap, ldap, pop3 or smtp"},
	[OPTION_PURPOSE] = {"purpose", 'p', "PURPOSE",
		"sip, https, provisioning, ldap or any (default)"},
	[OPTION_COMPLETE] = {"complete", 0, NULL,
		"the last run that was complete, whatever failed after it"},
	[OPTION_OFFLINE] = {"offline", 0, NULL,
		"fetch nothing: judge what is in the files"},
	[OPTION_JOBS] = {"jobs", 0, "COUNT",
		"how many files to check at once (default: one for each "
		"processor)"},
	[OPTION_MAP] = {"map", 0, "FILE",
		"which phone type, MAC address and firmware each file is for"},
	[OPTION_ONLY_PROBLEMS] = {"only-problems", 0, NULL,
		"print only what was refused or has a warning"},
	[OPTION_VERBOSE] = {"verbose", 'v', NULL,
		"print all elements of all files"},
	[OPTION_FORMAT] = {"format", 0, "FORMAT",
		"text (default), json, junit or sarif"},
	[OPTION_DAYS] = {"days", 0, "DAYS",
		"what ends within so many days, or has ended (default: 28)"},
	[OPTION_OUTPUT] = {"output", 'o', "FILE",
		"replace this file, as a whole, instead of printing"},
	[OPTION_YES] = {"yes", 'y', NULL, "do not ask"},
	[OPTION_ROLE] = {"role", 0, "ROLE",
		"what the user may do: look, or change things as well"},
	[OPTION_KEY_TYPE] = {"key-type", 0, "TYPE",
		"ec (P-256, default) or rsa (2048 bits)"},
};

/* What getopt returns for a long option; letters are below. */
#define LONG_CODE 256

const struct option_info *argument_option(enum option_id id)
{
	assert(id < OPTION__END);
	return &options[id];
}

/* What getopt is told, from the table. */
struct arguments_syntax {
	struct option names[OPTION__END + 1];
	char letters[2 * OPTION__END + 2];
};

static void arguments_make_syntax(struct arguments_syntax *ret)
{
	char *letter = ret->letters;

	/* First a colon: what is wrong is said here, not by getopt. */
	*letter++ = ':';
	for (int id = 0; id < OPTION__END; id++) {
		const struct option_info *o = &options[id];

		ret->names[id] = (struct option){
			.name = o->name,
			.has_arg = o->value ? required_argument : no_argument,
			.val = LONG_CODE + id,
		};
		if (!o->letter)
			continue;
		*letter++ = o->letter;
		if (o->value)
			*letter++ = ':';
	}
	*letter = 0;
	ret->names[OPTION__END] = (struct option){0};
}

/* OPTION__END when getopt does not know it either. */
static enum option_id arguments_id_of(int code)
{
	enum option_id id = 0;

	if (code >= LONG_CODE)
		return (enum option_id)(code - LONG_CODE);
	for (; id < OPTION__END; id++)
		if (code && options[id].letter == code)
			break;
	return id;
}

/* getopt returned '?' or ':', and optopt is the code of the option, or 0 for
 * a long name that is unknown or the beginning of several. */
static int arguments_complain(int code, char *const *argv, char **ret_problem)
{
	enum option_id id = arguments_id_of(optopt);
	const char *what = code == ':' ? "needs a value" : "takes no value";
	int r = 0;

	if (id == OPTION__END && optopt)
		r = string_format(ret_problem, "unknown option -%c", optopt);
	else if (id == OPTION__END)
		/* Not what else is in the word: it may be a key. */
		r = string_format(ret_problem, "unknown option %.*s",
			(int)strcspn(argv[optind - 1], " \t\r\n"),
			argv[optind - 1]);
	else if (optopt < LONG_CODE)
		r = string_format(ret_problem, "-%c %s", optopt, what);
	else
		r = string_format(
			ret_problem, "--%s %s", options[id].name, what);
	return r < 0 ? r : -EINVAL;
}

static int arguments_keep(
	struct arguments *a, enum option_id id, char **ret_problem)
{
	a->given |= OPTION_BIT(id);
	a->value[id] = optarg;
	if (id != OPTION_FIRMWARE)
		return 0;
	if (a->firmware_count == ARGUMENTS_MAX_FIRMWARE) {
		int r = string_format(ret_problem,
			"--firmware can be given %d times at most",
			ARGUMENTS_MAX_FIRMWARE);

		return r < 0 ? r : -EINVAL;
	}
	a->firmware[a->firmware_count++] = optarg;
	return 0;
}

int arguments_parse(
	int argc, char **argv, struct arguments *ret, char **ret_problem)
{
	struct arguments a = {0};
	struct arguments_syntax syntax = {0};
	int code = 0;
	int r = 0;

	arguments_make_syntax(&syntax);
	optind = 0; /* getopt begins anew */
	while (r == 0 &&
		(code = getopt_long(
			 argc, argv, syntax.letters, syntax.names, NULL)) >= 0)
		r = code == '?' || code == ':'
			? arguments_complain(code, argv, ret_problem)
			: arguments_keep(
				  &a, arguments_id_of(code), ret_problem);
	if (r < 0)
		return r;
	a.words = argv + optind;
	a.word_count = (size_t)(argc - optind);
	*ret = a;
	return 0;
}
