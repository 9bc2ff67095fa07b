/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/output/progress.h"

#include <inttypes.h>
#include <string.h>

#define BAR_WIDTH 24
#define QUARTERS 4

static const struct {
	const char *phase;
	const char *sentence;
} phases[] = {
	{"queued", "waiting for its turn"},
	{"documents", "reading documents"},
	{"downloads", "fetching certificates"},
	{"finished", "finished"},
	{"files", "checking files"},
};

/* A newer certprovd may have other phases. */
static const char *progress_sentence_of(const char *phase)
{
	for (size_t i = 0; i < ARRAY_SIZE(phases); i++)
		if (strcmp(phases[i].phase, phase) == 0)
			return phases[i].sentence;
	return "working";
}

static void progress_draw(struct progress *p, int64_t done, int64_t total)
{
	FILE *err = p->screen->err;
	int full =
		total > 0 ? (int)((double)done / (double)total * BAR_WIDTH) : 0;

	(void)fputs("\r[", err);
	for (int i = 0; i < BAR_WIDTH; i++)
		(void)fputc(i < full ? '#' : '.', err);
	(void)fprintf(err, "] %" PRId64 "/%" PRId64 " %s\033[K", done, total,
		progress_sentence_of(p->phase));
	(void)fflush(err);
	p->drawn = true;
}

static void progress_say(struct progress *p, int64_t done, int64_t total)
{
	/* The total is not known yet. */
	if (total == 0)
		(void)fprintf(
			p->screen->err, "%s\n", progress_sentence_of(p->phase));
	else
		(void)fprintf(p->screen->err,
			"%s: %" PRId64 " of %" PRId64 "\n",
			progress_sentence_of(p->phase), done, total);
}

void progress_show(
	struct progress *p, const char *phase, int64_t done, int64_t total)
{
	int64_t quarter = 0;
	bool changed = strncmp(p->phase, phase, sizeof(p->phase) - 1) != 0;

	if (total < 0)
		total = 0;
	if (done < 0 || done > total)
		done = done < 0 ? 0 : total;
	(void)snprintf(p->phase, sizeof(p->phase), "%s", phase);
	if (p->screen->live) {
		progress_draw(p, done, total);
		return;
	}
	quarter = total > 0 ? (int64_t)((double)done / (double)total * QUARTERS)
			    : 0;
	if (changed || quarter > p->quarter)
		progress_say(p, done, total);
	p->quarter = quarter;
}

void progress_end(struct progress *p)
{
	if (p->drawn)
		(void)fputs("\r\033[K", p->screen->err);
	p->drawn = false;
}
