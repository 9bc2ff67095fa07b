/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ActFor: a program that acts for its own users says for whom. What it says is
 * put behind what the kernel says of it, and can neither replace that nor look
 * like it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprovd/api/api-internal.h"
#include "lib/base/string.h"

/* Of a user's name, and of an address: the longest IPv6 address is of 45, and
 * its zone of 15 more. */
#define ACT_FOR_MAX_USER_CHARS 64
#define ACT_FOR_MAX_ADDRESS_CHARS 61
#define ACT_FOR_LETTERS                                                        \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
#define ACT_FOR_NAME_CHARS ACT_FOR_LETTERS "._@-"

struct act_for_parameters {
	const char *user;
	const char *address;
};

static const struct json_field act_for_fields[] = {
	JSON_FIELD(struct act_for_parameters, user, JSON_STRING, JSON_MUST,
		.max = ACT_FOR_MAX_USER_CHARS),
	JSON_FIELD(struct act_for_parameters, address, JSON_STRING, JSON_MUST,
		.max = ACT_FOR_MAX_ADDRESS_CHARS),
};
const struct json_table admin_act_for_parameters =
	JSON_TABLE(struct act_for_parameters, act_for_fields);

static bool admin_act_for_is_name(const char *text)
{
	return *text && !text[strspn(text, ACT_FOR_NAME_CHARS)];
}

/* An IP address, that of IPv6 with or without a zone; or "local". */
static bool admin_act_for_is_address(const char *text)
{
	char host[INET6_ADDRSTRLEN] = "";
	unsigned char bytes[sizeof(struct in6_addr)];
	size_t len = strcspn(text, "%");

	if (strcmp(text, "local") == 0 || inet_pton(AF_INET, text, bytes) == 1)
		return true;
	if (len >= sizeof(host))
		return false;
	memcpy(host, text, len);
	return inet_pton(AF_INET6, host, bytes) == 1 &&
		(!text[len] || admin_act_for_is_name(text + len + 1));
}

int admin_act_for_on_call(struct varlink_request *req, void *userdata)
{
	struct act_for_parameters p = {.user = NULL};
	CLEANUP(free) char *whom = NULL;
	int r = varlink_request_decode(req, &p);

	(void)userdata;
	if (r != 0)
		return r;
	if (!admin_act_for_is_name(p.user))
		return varlink_invalid_parameter(req, "user");
	if (!admin_act_for_is_address(p.address))
		return varlink_invalid_parameter(req, "address");
	r = string_format(&whom, "%s at %s", p.user, p.address);
	if (r == 0)
		r = varlink_request_act_for(req, whom);
	return r < 0 ? r : varlink_reply(req, NULL);
}
