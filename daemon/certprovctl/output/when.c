/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/output/when.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/date.h"
#include "lib/base/macros.h"

#define DAY_SECONDS 86400
#define DATE_CHARS 10

static const struct {
	char letter;
	int64_t seconds;
} units[] = {
	{'m', 60},
	{'h', 3600},
	{'d', DAY_SECONDS},
	{'w', (int64_t)7 * DAY_SECONDS},
};

/* The seconds of a unit; 0 if there is no such unit. */
static int64_t when_unit_of(const char *text)
{
	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (text[0] == units[i].letter && !text[1])
			return units[i].seconds;
	return 0;
}

static int when_parse_span(const char *text, int64_t now, int64_t *ret)
{
	const int64_t most = (int64_t)WHEN_MAX_DAYS * DAY_SECONDS;
	char *end = NULL;
	unsigned long count = strtoul(text, &end, 10);
	int64_t unit = when_unit_of(end);

	/* Bounded by the smallest unit, the product cannot overflow. */
	if (unit == 0 || count == 0 || count > (unsigned long)(most / 60) ||
		(int64_t)count * unit > most)
		return -EINVAL;
	*ret = now + (int64_t)count * unit;
	return 0;
}

int when_parse(const char *text, int64_t now, int64_t *ret)
{
	char whole[DATE_TEXT_SIZE];

	if (*text < '0' || *text > '9')
		return -EINVAL;
	if (strlen(text) != DATE_CHARS || text[4] != '-')
		return strchr(text, '-') ? date_parse(text, ret)
					 : when_parse_span(text, now, ret);
	(void)snprintf(whole, sizeof(whole), "%.10sT00:00:00Z", text);
	return date_parse(whole, ret);
}
