/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/peer/starttls.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "lib/base/string.h"

/* One turn: what is sent, how a good answer begins, and how the lines begin
 * that may come before it. */
struct starttls_turn {
	const char *send;
	const char *good;
	const char *more;
};

#define MAX_TURNS 3

struct starttls {
	const char *name;
	const char *port;
	struct starttls_turn turns[MAX_TURNS];
	/* Instead of turns, for a protocol without lines. */
	int (*ask)(const struct peer_connection *peer, char **ret_answer);
};

/* --- lines --- */

static bool starttls_begins(const char *line, const char *with)
{
	return with && strncasecmp(line, with, strlen(with)) == 0;
}

static int starttls_refused(const char *what, char **ret_answer)
{
	int r = string_replace(ret_answer, what);

	return r < 0 ? r : -EPROTO;
}

static int starttls_take_turn(const struct starttls_turn *t,
	const struct peer_connection *peer, char **ret_answer)
{
	char line[CONNECTION_LINE_SIZE];
	int r = t->send ? peer_connection_send(peer, t->send, strlen(t->send))
			: 0;

	for (size_t i = 0; r == 0 && i < STARTTLS_MAX_LINES; i++) {
		r = peer_connection_receive_line(peer, line);
		if (r < 0)
			return r == -EMSGSIZE
				? starttls_refused(
					  "an endless line", ret_answer)
				: r;
		if (starttls_begins(line, t->more))
			continue;
		return starttls_begins(line, t->good)
			? 0
			: starttls_refused(line, ret_answer);
	}
	return r < 0 ? r : starttls_refused("too many lines", ret_answer);
}

/* --- LDAP, RFC 4511 4.14 --- */

#define LDAP_SEQUENCE 0x30
#define LDAP_INTEGER 0x02
#define LDAP_ENUMERATED 0x0a
#define LDAP_EXTENDED_RESPONSE 0x78

/* Message 1: an ExtendedRequest for 1.3.6.1.4.1.1466.20037. */
static const uint8_t ldap_request[] = {0x30, 0x1d, 0x02, 0x01, 0x01, 0x77, 0x18,
	0x80, 0x16, '1', '.', '3', '.', '6', '.', '1', '.', '4', '.', '1', '.',
	'1', '4', '6', '6', '.', '2', '0', '0', '3', '7'};

/* What is left of a message. */
struct ber {
	const uint8_t *p;
	size_t len;
};

/* Directories write the long form even for short lengths. */
static bool starttls_take_length(struct ber *in, size_t *ret)
{
	size_t count = 0;
	size_t len = 0;

	if (in->len == 0)
		return false;
	count = *in->p & 0x7fU;
	in->p++;
	in->len--;
	if (!(in->p[-1] & 0x80U)) {
		*ret = count;
		return true;
	}
	if (count == 0 || count > sizeof(uint32_t) || count > in->len)
		return false;
	for (size_t i = 0; i < count; i++)
		len = len << 8 | in->p[i];
	in->p += count;
	in->len -= count;
	*ret = len;
	return true;
}

/* The value of the next element, if it has this tag. */
static bool starttls_take_element(struct ber *in, uint8_t tag, struct ber *ret)
{
	size_t len = 0;

	if (in->len < 2 || *in->p != tag)
		return false;
	in->p++;
	in->len--;
	if (!starttls_take_length(in, &len) || len > in->len)
		return false;
	*ret = (struct ber){.p = in->p, .len = len};
	in->p += len;
	in->len -= len;
	return true;
}

/* Receives one whole message, in either form of its length. */
static int starttls_receive_ldap(const struct peer_connection *peer,
	uint8_t ret[STARTTLS_MAX_LDAP_BYTES], size_t *len)
{
	size_t rest = 0;
	struct ber length = {0};
	size_t head = 2;
	int r = peer_connection_receive(peer, ret, head);

	if (r == 0 && ret[0] == LDAP_SEQUENCE && (ret[1] & 0x80U)) {
		size_t more = ret[1] & 0x7fU;

		if (more > sizeof(uint32_t))
			return -EPROTO;
		r = peer_connection_receive(peer, ret + head, more);
		head += more;
	}
	if (r < 0)
		return r;
	length = (struct ber){.p = ret + 1, .len = head - 1};
	if (ret[0] != LDAP_SEQUENCE || !starttls_take_length(&length, &rest) ||
		rest > STARTTLS_MAX_LDAP_BYTES - head)
		return -EPROTO;
	*len = head + rest;
	return peer_connection_receive(peer, ret + head, rest);
}

/* 0 and the result code of the response; -EPROTO. */
static int starttls_read_ldap(const uint8_t *data, size_t len, unsigned *ret)
{
	struct ber in = {.p = data, .len = len};
	struct ber message = {0};
	struct ber response = {0};
	struct ber value = {0};

	if (!starttls_take_element(&in, LDAP_SEQUENCE, &message) ||
		!starttls_take_element(&message, LDAP_INTEGER, &value) ||
		!starttls_take_element(
			&message, LDAP_EXTENDED_RESPONSE, &response) ||
		!starttls_take_element(&response, LDAP_ENUMERATED, &value) ||
		value.len != 1)
		return -EPROTO;
	*ret = *value.p;
	return 0;
}

static int starttls_ask_ldap(
	const struct peer_connection *peer, char **ret_answer)
{
	uint8_t message[STARTTLS_MAX_LDAP_BYTES];
	CLEANUP(free) char *text = NULL;
	size_t len = 0;
	unsigned code = 0;
	int r = peer_connection_send(peer, ldap_request, sizeof(ldap_request));

	if (r == 0)
		r = starttls_receive_ldap(peer, message, &len);
	if (r == 0)
		r = starttls_read_ldap(message, len, &code);
	if (r == -EPROTO)
		return starttls_refused("no LDAP message", ret_answer);
	if (r < 0 || code == 0)
		return r;
	r = string_format(&text, "LDAP result %u", code);
	return r < 0 ? r : starttls_refused(text, ret_answer);
}

/* --- the table --- */

static const struct starttls protocols[] = {
	{
		.name = "imap", /* RFC 3501 6.2.1 */
		.port = "143",
		.turns = {{NULL, "* OK", NULL},
			{"a STARTTLS\r\n", "a OK", "* "}},
	},
	{
		.name = "ldap",
		.port = "389",
		.ask = starttls_ask_ldap,
	},
	{
		.name = "pop3", /* RFC 2595 4 */
		.port = "110",
		.turns = {{NULL, "+OK", NULL}, {"STLS\r\n", "+OK", NULL}},
	},
	{
		.name = "smtp", /* RFC 3207 4 */
		.port = "25",
		.turns = {{NULL, "220", "220-"},
			{"EHLO localhost\r\n", "250", "250-"},
			{"STARTTLS\r\n", "220", "220-"}},
	},
};

const struct starttls *starttls_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++)
		if (strcmp(protocols[i].name, name) == 0)
			return &protocols[i];
	return NULL;
}

const char *starttls_port(const struct starttls *s)
{
	return s->port;
}

const char *starttls_name(const struct starttls *s)
{
	return s->name;
}

int starttls_ask(const struct starttls *s, const struct peer_connection *peer,
	char **ret_answer)
{
	int r = 0;

	if (s->ask)
		return s->ask(peer, ret_answer);
	for (size_t i = 0; r == 0 && i < MAX_TURNS && s->turns[i].good; i++)
		r = starttls_take_turn(&s->turns[i], peer, ret_answer);
	return r;
}
