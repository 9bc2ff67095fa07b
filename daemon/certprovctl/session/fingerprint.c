/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/session/fingerprint.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "daemon/certprovctl/output/view.h"
#include "daemon/certprovctl/session/service.h"
#include "lib/varlink/json-fields.h"

#define ALL_DIGITS (SHA256_HEX_SIZE - 1)

/* The digits to look for, and the fingerprint that begins with them. */
struct fingerprint_search {
	char digits[SHA256_HEX_SIZE];
	size_t count;
	const char *kind; /* of what is distrusted */
	char found[SHA256_HEX_SIZE];
	bool ambiguous;
};

int fingerprint_normalise(const char *text, char ret[SHA256_HEX_SIZE])
{
	char digits[SHA256_HEX_SIZE] = {0};
	size_t count = 0;

	for (; *text; text++) {
		if (*text == ':' && count > 0 && count % 2 == 0)
			continue;
		if (!isxdigit((unsigned char)*text) || count == ALL_DIGITS)
			return -EINVAL;
		digits[count++] = (char)tolower((unsigned char)*text);
	}
	if (count < FINGERPRINT_LEAST_DIGITS)
		return -EINVAL;
	memcpy(ret, digits, sizeof(digits));
	return (int)count;
}

static void fingerprint_consider(
	struct fingerprint_search *search, const char *sha256)
{
	if (!sha256 || strlen(sha256) != ALL_DIGITS ||
		strncmp(sha256, search->digits, search->count) != 0)
		return;
	if (*search->found && strcmp(search->found, sha256) != 0)
		search->ambiguous = true;
	memcpy(search->found, sha256, SHA256_HEX_SIZE);
}

static enum exit_status fingerprint_on_certificate(
	struct session *s, const cJSON *parameters, void *userdata)
{
	(void)s;
	fingerprint_consider(userdata,
		view_text(cJSON_GetObjectItemCaseSensitive(
				  parameters, "certificate"),
			"sha256"));
	return EXIT_COMPLETE;
}

static enum exit_status fingerprint_on_distrusted(
	struct session *s, const cJSON *parameters, void *userdata)
{
	struct fingerprint_search *search = userdata;
	const cJSON *row = NULL;

	(void)s;
	cJSON_ArrayForEach(
		row, cJSON_GetObjectItemCaseSensitive(parameters, "distrusted"))
	{
		const char *kind = view_text(row, "kind");

		if (kind && strcmp(kind, search->kind) == 0)
			fingerprint_consider(search, view_text(row, "sha256"));
	}
	return EXIT_COMPLETE;
}

static enum exit_status fingerprint_begin(const struct session *s,
	const char *text, struct fingerprint_search *ret)
{
	int count = fingerprint_normalise(text, ret->digits);

	if (count < 0)
		return session_wrong_use(s,
			"\"%s\" is not a SHA-256 fingerprint: it has %d hex "
			"digits, of which the first %d are enough",
			text, (int)ALL_DIGITS, FINGERPRINT_LEAST_DIGITS);
	ret->count = (size_t)count;
	return EXIT_COMPLETE;
}

static enum exit_status fingerprint_finish(const struct session *s,
	const struct fingerprint_search *search, char ret[SHA256_HEX_SIZE])
{
	if (search->ambiguous) {
		screen_complainf(&s->screen, "Give more digits.",
			"more than one fingerprint begins with %s",
			search->digits);
		return EXIT_REFUSED;
	}
	if (!*search->found) {
		screen_complainf(&s->screen,
			"\"certprovctl list\" and \"certprovctl distrusted\" "
			"show those there are.",
			"no fingerprint begins with %s", search->digits);
		return EXIT_REFUSED;
	}
	memcpy(ret, search->found, SHA256_HEX_SIZE);
	return EXIT_COMPLETE;
}

enum exit_status fingerprint_of_certificate(struct session *s, const char *text,
	const char *list, char ret[SHA256_HEX_SIZE])
{
	struct fingerprint_search search = {0};
	struct service_call call = {
		.with.list = list,
		.service = SERVICE_TRUST,
		.method = "ListCertificates",
		.more = true,
		.quiet = true,
		.reply = fingerprint_on_certificate,
		.userdata = &search,
	};
	enum exit_status status = fingerprint_begin(s, text, &search);

	if (status)
		return status;
	if (search.count == ALL_DIGITS) {
		memcpy(ret, search.digits, SHA256_HEX_SIZE);
		return EXIT_COMPLETE;
	}
	status = service_call(s, &call);
	return status ? status : fingerprint_finish(s, &search, ret);
}

enum exit_status fingerprint_of_distrusted(struct session *s, const char *text,
	const char *kind, char ret[SHA256_HEX_SIZE])
{
	struct fingerprint_search search = {.kind = kind};
	struct service_call call = {
		.service = SERVICE_ADMIN,
		.method = "ListDistrusted",
		.more = true,
		.quiet = true,
		.reply = fingerprint_on_distrusted,
		.userdata = &search,
	};
	enum exit_status status = fingerprint_begin(s, text, &search);

	if (status)
		return status;
	if (search.count == ALL_DIGITS) {
		memcpy(ret, search.digits, SHA256_HEX_SIZE);
		return EXIT_COMPLETE;
	}
	status = service_call(s, &call);
	return status ? status : fingerprint_finish(s, &search, ret);
}
