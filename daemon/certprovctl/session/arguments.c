/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/session/arguments.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "lib/base/util.h"

static const struct option_info options[OPTION__END] = {
	[OPTION_HELP] =
		{
			.name = "help",
			.letter = 'h',
			.help = "say what a command does and which options it has",
		},
	[OPTION_VERSION] =
		{
			.name = "version",
			.help = "print the version of certprovctl",
		},
	[OPTION_JSON] =
		{
			.name = "json",
			.letter = 'j',
			.help = "print replies as they are on the wire, one JSON "
				"object a line",
		},
	[OPTION_SOCKET_DIR] =
		{
			.name = "socket-dir",
			.value = "DIR",
			.help = "where the sockets of certprovd are "
				"(CERTPROV_RUNTIME_DIR, else /run/certprov)",
		},
	[OPTION_TIMEOUT] =
		{
			.name = "timeout",
			.value = "SECONDS",
			.help = "how long to wait for each reply",
		},
	[OPTION_DRY_RUN] =
		{
			.name = "dry-run",
			.letter = 'n',
			.help = "judge everything and change nothing",
		},
	[OPTION_FIRMWARE] =
		{
			.name = "firmware",
			.letter = 'f',
			.value = "VERSION",
			.help = "judge as this firmware version does",
		},
	[OPTION_AUTHORITIES] =
		{
			.name = "authorities",
			.letter = 'a',
			.value = "PATH",
			.help = "file or directory of the firmware's authorities",
		},
	[OPTION_FOLLOW] =
		{
			.name = "follow",
			.help = "fetch the documents that are linked as well",
		},
	[OPTION_ALLOW_LOCAL] =
		{
			.name = "allow-local",
			.help = "fetch from this machine's own addresses, too",
		},
	[OPTION_MAC] =
		{
			.name = "mac",
			.letter = 'm',
			.value = "MAC",
			.help = "what {mac} in URLs stands for: 12 hex digits",
		},
	[OPTION_PHONE_TYPE] =
		{
			.name = "phone-type",
			.letter = 't',
			.value = "TYPE",
			.help = "what {phone_type} in URLs stands for: snomD785",
		},
	[OPTION_KIND] =
		{
			.name = "kind",
			.letter = 'k',
			.value = "KIND",
			.help = "what the digest is of: certificate (the default) or "
				"public-key",
		},
	[OPTION_REASON] =
		{
			.name = "reason",
			.letter = 'r',
			.value = "TEXT",
			.help = "why, for the list and the history",
		},
	[OPTION_FORCE] =
		{
			.name = "force",
			.help = "also when the provisioning server is not trusted "
				"any more then",
		},
	[OPTION_LIMIT] =
		{
			.name = "limit",
			.letter = 'l',
			.value = "COUNT",
			.help = "the newest COUNT only",
		},
	[OPTION_HOST] =
		{
			.name = "host",
			.letter = 'H',
			.value = "HOST",
			.help = "the host name or address that is meant",
		},
	[OPTION_EXPIRES] =
		{
			.name = "expires",
			.letter = 'e',
			.value = "WHEN",
			.help = "until then: 2027-01-31T12:00:00Z, 2027-01-31, "
				"or from now 30d, 12h, 2w",
		},
	[OPTION_CHAIN] =
		{
			.name = "chain",
			.letter = 'c',
			.value = "FILE",
			.help = "the certificates of a peer, its own first: PEM, or "
				"one in DER; - is standard input",
		},
	[OPTION_CONNECT] =
		{
			.name = "connect",
			.letter = 'C',
			.value = "HOST[:PORT]",
			.help = "take what this server presents",
		},
	[OPTION_STARTTLS] =
		{
			.name = "starttls",
			.letter = 's',
			.value = "PROTOCOL",
			.help = "ask for TLS first, in imap, ldap, pop3 or smtp",
		},
	[OPTION_PURPOSE] =
		{
			.name = "purpose",
			.letter = 'p',
			.value = "PURPOSE",
			.help = "sip, https, provisioning, ldap or any (the default)",
		},
};

/* The parser's place in the command line. */
struct arguments_reading {
	char **argv;
	size_t count;
	size_t at;
	struct arguments arguments;
	char **problem;
};

const struct option_info *option_get(enum option_id id)
{
	assert(id < OPTION__END);
	return &options[id];
}

static int arguments_complain(
	struct arguments_reading *in, const char *which, const char *what)
{
	int r = format_string(in->problem, "%s %s", which, what);

	return r < 0 ? r : -EINVAL;
}

/* A name of this length; OPTION__END when there is none. */
static enum option_id arguments_find_name(const char *name, size_t len)
{
	enum option_id id = 0;

	for (; id < OPTION__END; id++)
		if (strlen(options[id].name) == len &&
			strncmp(options[id].name, name, len) == 0)
			break;
	return id;
}

static enum option_id arguments_find_letter(char letter)
{
	enum option_id id = 0;

	for (; id < OPTION__END; id++)
		if (options[id].letter == letter)
			break;
	return id;
}

static int arguments_keep(
	struct arguments_reading *in, enum option_id id, const char *value)
{
	struct arguments *a = &in->arguments;

	a->given |= OPTION_BIT(id);
	a->value[id] = value;
	if (id != OPTION_FIRMWARE)
		return 0;
	if (a->firmware_count == ARGUMENTS_MAX_FIRMWARE)
		return arguments_complain(
			in, "--firmware", "is given too often");
	a->firmware[a->firmware_count++] = value;
	return 0;
}

/* An option and, where it has one, its value: attached behind '=', or the
 * next word. */
static int arguments_take_option(struct arguments_reading *in,
	enum option_id id, const char *spelled, const char *attached)
{
	if (id == OPTION__END)
		return arguments_complain(in, spelled, "is no option");
	if (!options[id].value && attached)
		return arguments_complain(in, spelled, "takes no value");
	if (options[id].value && !attached) {
		if (in->at == in->count)
			return arguments_complain(in, spelled, "needs a value");
		attached = in->argv[in->at++];
	}
	return arguments_keep(in, id, attached);
}

static int arguments_take_long(
	struct arguments_reading *in, const char *spelled)
{
	const char *name = spelled + strlen("--");
	const char *value = strchr(name, '=');
	size_t len = value ? (size_t)(value - name) : strlen(name);

	return arguments_take_option(in, arguments_find_name(name, len),
		spelled, value ? value + 1 : NULL);
}

static int arguments_take_short(
	struct arguments_reading *in, const char *spelled)
{
	if (spelled[2])
		return arguments_complain(in, spelled, "is not one letter");
	return arguments_take_option(
		in, arguments_find_letter(spelled[1]), spelled, NULL);
}

int arguments_parse(
	int argc, char **argv, struct arguments *ret, char **ret_problem)
{
	struct arguments_reading in = {
		.argv = argv,
		.count = argc > 0 ? (size_t)argc : 0,
		.at = 1,
		.problem = ret_problem,
	};
	bool only_words = false;
	size_t words = 0;
	int r = 0;

	/* Words are gathered at the front: they are never behind at. */
	while (r == 0 && in.at < in.count) {
		char *word = argv[in.at++];

		if (only_words || word[0] != '-' || !word[1])
			argv[words++] = word;
		else if (strcmp(word, "--") == 0)
			only_words = true;
		else
			r = word[1] == '-' ? arguments_take_long(&in, word)
					   : arguments_take_short(&in, word);
	}
	if (r < 0)
		return r;
	in.arguments.words = argv;
	in.arguments.word_count = words;
	*ret = in.arguments;
	return 0;
}
