/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Figures as text in the OpenMetrics format 1.0, which node exporters of
 * Prometheus read from files as well. Knows the format, not what the figures
 * are.
 */
#ifndef CERTPROVCTL_OPENMETRICS_H
#define CERTPROVCTL_OPENMETRICS_H

#include <stdint.h>
#include <stdio.h>

/* Of the value of a label; what is longer is cut. */
#define OPENMETRICS_MAX_LABEL_BYTES 128

enum openmetrics_type {
	OPENMETRICS_GAUGE,
	OPENMETRICS_COUNTER, /* its samples end with _total by themselves */
};

/* All samples of a family follow its head. */
struct openmetrics_family {
	const char *name;
	enum openmetrics_type type;
	const char *unit; /* the end of the name, or NULL */
	const char *help; /* without backslashes and line ends */
};

struct openmetrics_label {
	const char *name;
	const char *value; /* NULL: the label is left out */
};

void openmetrics_put_head(FILE *out, const struct openmetrics_family *f);
/* labels end with one without a name; NULL: none. 0 or -ENOMEM. */
int openmetrics_put(FILE *out, const struct openmetrics_family *f,
	const struct openmetrics_label *labels, int64_t value);
/* The last line. */
void openmetrics_put_end(FILE *out);

#endif
