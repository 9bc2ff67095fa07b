/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/output/openmetrics.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/macros.h"
#include "lib/base/text.h"

void openmetrics_put_head(FILE *out, const struct openmetrics_family *f)
{
	(void)fprintf(out, "# TYPE %s %s\n", f->name,
		f->type == OPENMETRICS_COUNTER ? "counter" : "gauge");
	if (f->unit)
		(void)fprintf(out, "# UNIT %s %s\n", f->name, f->unit);
	(void)fprintf(out, "# HELP %s %s\n", f->name, f->help);
}

/* In quotes; strangers may have written it. */
static int openmetrics_put_value(FILE *out, const char *value)
{
	CLEANUP(free) char *clean = NULL;
	int r = text_escape(
		value, strlen(value), OPENMETRICS_MAX_LABEL_BYTES, &clean);

	if (r < 0)
		return r;
	(void)fputc('"', out);
	for (const char *c = clean; *c; c++) {
		if (*c == '"' || *c == '\\')
			(void)fputc('\\', out);
		(void)fputc(*c, out);
	}
	(void)fputc('"', out);
	return 0;
}

static int openmetrics_put_labels(
	FILE *out, const struct openmetrics_label *labels)
{
	char before = '{';
	int r = 0;

	for (; r == 0 && labels && labels->name; labels++) {
		if (!labels->value)
			continue;
		(void)fprintf(out, "%c%s=", before, labels->name);
		r = openmetrics_put_value(out, labels->value);
		before = ',';
	}
	if (before == ',')
		(void)fputc('}', out);
	return r;
}

int openmetrics_put(FILE *out, const struct openmetrics_family *f,
	const struct openmetrics_label *labels, int64_t value)
{
	int r = 0;

	(void)fprintf(out, "%s%s", f->name,
		f->type == OPENMETRICS_COUNTER ? "_total" : "");
	r = openmetrics_put_labels(out, labels);
	(void)fprintf(out, " %" PRId64 "\n", value);
	return r;
}

void openmetrics_put_end(FILE *out)
{
	(void)fputs("# EOF\n", out);
}
