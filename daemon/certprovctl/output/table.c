/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/output/table.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprovctl/output/text-width.h"
#include "lib/base/text.h"

#define GAP 2
#define USUAL_LEAST 8
/* Text beside a label is never narrower. */
#define BLOCK_LEAST 10
/* Of cells under their row. */
#define BELOW_INDENT 4
static const char ellipsis[] = "\u2026";

struct cell {
	char *owned; /* NULL: the text is borrowed */
	const char *text;
	size_t len;
	size_t width;
	enum fit fit;
	enum style style;
};

struct table {
	const struct column *columns;
	size_t column_count;
	struct cell *cells;
	size_t count;
	size_t room;
	int failed;
};

int table_new(const struct column *columns, size_t count, struct table **ret)
{
	struct table *t = NULL;

	assert(count > 0);
	if (count > TABLE_MAX_COLUMNS)
		return -ENOSPC;
	t = calloc(1, sizeof(*t));
	if (!t)
		return -ENOMEM;
	t->columns = columns;
	t->column_count = count;
	*ret = t;
	return 0;
}

struct table *table_free(struct table *t)
{
	if (!t)
		return NULL;
	for (size_t i = 0; i < t->count; i++)
		free(t->cells[i].owned);
	free(t->cells);
	free(t);
	return NULL;
}

static int table_make_room(struct table *t)
{
	size_t room = t->room ? 2 * t->room : 64;
	struct cell *cells = NULL;

	if (t->count < t->room)
		return 0;
	if (t->count / t->column_count >= TABLE_MAX_ROWS)
		return -ENOSPC;
	cells = reallocarray(t->cells, room, sizeof(*cells));
	if (!cells)
		return -ENOMEM;
	t->cells = cells;
	t->room = room;
	return 0;
}

void table_put(struct table *t, enum style style, const char *text)
{
	CLEANUP(free) char *clean = NULL;
	size_t len = 0;

	if (t->failed)
		return;
	if (!text)
		text = "";
	t->failed = table_make_room(t);
	if (t->failed == 0)
		t->failed = text_escape(
			text, strlen(text), TABLE_MAX_CELL_BYTES, &clean);
	if (t->failed)
		return;
	len = strlen(clean);
	t->cells[t->count] = (struct cell){
		.owned = clean,
		.text = clean,
		.len = len,
		.width = text_width(clean, len),
		.fit = t->columns[t->count % t->column_count].fit,
		.style = style,
	};
	t->count++;
	clean = NULL;
}

void table_end_row(struct table *t)
{
	while (!t->failed && t->count % t->column_count != 0)
		table_put(t, STYLE_PLAIN, NULL);
}

size_t table_rows(const struct table *t)
{
	return t->count / t->column_count;
}

const struct column *table_column(const struct table *t, size_t index)
{
	return index < t->column_count ? &t->columns[index] : NULL;
}

/* A title is wrapped even if the cells of its column are not. */
static struct cell table_title_of(const struct column *c)
{
	size_t len = strlen(c->title);

	return (struct cell){
		.text = c->title,
		.len = len,
		.width = text_width(c->title, len),
		.fit = FIT_WRAP,
		.style = STYLE_STRONG,
	};
}

/* --- layout --- */

/* The first columns are beside each other, the others under the row. */
struct layout {
	size_t beside;
	size_t widths[TABLE_MAX_COLUMNS];
	size_t mins[TABLE_MAX_COLUMNS];
};

static void table_widen(size_t *width, size_t wanted)
{
	if (wanted > *width)
		*width = wanted;
}

static size_t table_longest_word(const struct cell *c)
{
	size_t longest = 0;
	size_t n = 0;

	for (const char *p = c->text; p < c->text + c->len; p += n + 1) {
		n = strcspn(p, " ");
		table_widen(&longest, text_width(p, n));
	}
	return longest;
}

static void table_measure_cell(
	const struct cell *c, size_t *width, size_t *min_width)
{
	table_widen(width, c->width);
	if (c->fit == FIT_WHOLE)
		table_widen(min_width, c->width);
	else if (c->fit == FIT_WRAP)
		table_widen(min_width, table_longest_word(c));
}

static void table_measure(const struct table *t, struct layout *ret)
{
	assert(t->column_count > 0);
	*ret = (struct layout){0};
	for (size_t i = 0; i < t->column_count; i++) {
		const struct column *c = &t->columns[i];
		struct cell title = table_title_of(c);

		ret->mins[i] = c->least ? c->least : USUAL_LEAST;
		table_measure_cell(&title, &ret->widths[i], &ret->mins[i]);
	}
	for (size_t i = 0; i < t->count; i++)
		table_measure_cell(&t->cells[i],
			&ret->widths[i % t->column_count],
			&ret->mins[i % t->column_count]);
}

static size_t table_total_of(const struct layout *l)
{
	size_t total = GAP * (l->beside - 1);

	for (size_t i = 0; i < l->beside; i++)
		total += l->widths[i];
	return total;
}

/* The widest column that can be narrowed; beside when none can. */
static size_t table_giver(const struct layout *l)
{
	size_t best = l->beside;

	for (size_t i = 0; i < l->beside; i++)
		if (l->widths[i] > l->mins[i] &&
			(best == l->beside || l->widths[i] > l->widths[best]))
			best = i;
	return best;
}

/* Narrow columns until they fit; false when they cannot. */
static bool table_narrow(struct layout *l, size_t width)
{
	for (size_t total = table_total_of(l); width > 0 && total > width;
		total--) {
		size_t i = table_giver(l);

		if (i == l->beside)
			return false;
		l->widths[i]--;
	}
	return true;
}

static size_t table_count_beside(const struct table *t)
{
	size_t count = t->column_count;

	while (count > 1 && t->columns[count - 1].below)
		count--;
	return count;
}

static void table_find_layout(
	const struct table *t, size_t width, struct layout *ret)
{
	struct layout natural;

	table_measure(t, &natural);
	*ret = natural;
	ret->beside = t->column_count;
	if (table_narrow(ret, width))
		return;
	*ret = natural;
	ret->beside = table_count_beside(t);
	if (!table_narrow(ret, width))
		ret->beside = 0;
}

/* --- printing --- */

static void table_blanks(const struct screen *s, size_t count)
{
	(void)fprintf(s->out, "%*s", (int)count, "");
}

/* The part of a cell that is printed on one line. */
struct piece {
	const char *text;
	size_t len;
	const char *end; /* behind what is cut in the middle, or NULL */
	size_t end_len;
	bool cut_before;
	bool cut_behind;
};

static size_t table_piece_width(const struct piece *p)
{
	return text_width(p->text, p->len) + p->cut_before + p->cut_behind +
		text_width(p->end, p->end_len);
}

static void table_put_piece(
	const struct screen *s, enum style style, const struct piece *p)
{
	if (p->cut_before)
		screen_put(s, style, ellipsis, sizeof(ellipsis) - 1);
	if (p->len > 0)
		screen_put(s, style, p->text, p->len);
	if (p->cut_behind)
		screen_put(s, style, ellipsis, sizeof(ellipsis) - 1);
	if (p->end_len > 0)
		screen_put(s, style, p->end, p->end_len);
}

/* Takes the next line of a text, up to a blank. A word that is too long is a
 * line that is too long. *at moves behind it. */
static struct piece table_take_line(
	const struct cell *c, size_t width, size_t *at)
{
	const char *start = c->text + *at;
	size_t left = c->len - *at;
	size_t n = text_head(start, left, width);

	if (n < left && start[n] != ' ') {
		while (n > 0 && start[n - 1] != ' ')
			n--;
		if (n == 0)
			n = strcspn(start, " ");
	}
	*at += n + strspn(start + n, " ");
	while (n > 0 && start[n - 1] == ' ')
		n--;
	return (struct piece){.text = start, .len = n};
}

static struct piece table_cut_in_the_middle(const struct cell *c, size_t width)
{
	size_t to = text_head(c->text, c->len, (width - 1) / 3);
	size_t left = width - 1 - text_width(c->text, to);
	size_t from = text_tail(c->text, c->len, left);

	return (struct piece){
		.text = c->text,
		.len = to,
		.cut_behind = true,
		.end = c->text + from,
		.end_len = c->len - from,
	};
}

static struct piece table_shortened(const struct cell *c, size_t width)
{
	bool cut = c->width > width;
	bool tail = c->fit == FIT_TAIL;
	size_t from = cut && tail ? text_tail(c->text, c->len, width - 1) : 0;
	size_t to =
		cut && !tail ? text_head(c->text, c->len, width - 1) : c->len;

	return (struct piece){
		.text = c->text + from,
		.len = to - from,
		.cut_before = cut && tail,
		.cut_behind = cut && !tail,
	};
}

/* Takes the part of this cell that is next; *at is how far it got. */
static struct piece table_next_piece(
	const struct cell *c, size_t width, size_t *at)
{
	if (*at >= c->len)
		return (struct piece){.text = ""};
	if (c->fit == FIT_WRAP)
		return table_take_line(c, width, at);
	*at = c->len;
	if (c->fit == FIT_ENDS && c->width > width)
		return table_cut_in_the_middle(c, width);
	return table_shortened(c, width);
}

/* Prints one line of the cells beside each other; true if there is more. Blanks
 * are printed before the next piece, so that no line ends in them. */
static bool table_print_line(const struct table *t, const struct screen *s,
	const struct cell *row, const struct layout *l, size_t *at)
{
	size_t owed = 0;
	bool more = false;

	for (size_t i = 0; i < l->beside; i++) {
		size_t width = l->widths[i];
		struct piece p = table_next_piece(&row[i], width, &at[i]);
		size_t used = table_piece_width(&p);
		size_t pad = used < width ? width - used : 0;

		more = more || at[i] < row[i].len;
		if (t->columns[i].right)
			owed += pad;
		if (used > 0) {
			table_blanks(s, owed);
			table_put_piece(s, row[i].style, &p);
			owed = 0;
		}
		owed += (t->columns[i].right ? 0 : pad) + GAP;
	}
	(void)fputc('\n', s->out);
	return more;
}

static void table_print_beside(const struct table *t, const struct screen *s,
	const struct cell *row, const struct layout *l)
{
	size_t at[TABLE_MAX_COLUMNS] = {0};

	while (l->beside > 0 && table_print_line(t, s, row, l, at))
		continue;
}

/* "Title  text", the text wrapped beside its title. */
static void table_print_labelled(const struct screen *s,
	const struct column *column, const struct cell *c, size_t indent,
	size_t label)
{
	struct cell title = table_title_of(column);
	size_t from = indent + label;
	size_t room =
		s->width > from + BLOCK_LEAST ? s->width - from : BLOCK_LEAST;
	size_t at = 0;

	table_blanks(s, indent);
	screen_put(s, title.style, title.text, title.len);
	table_blanks(s, label - title.width);
	while (at < c->len) {
		struct piece p =
			table_take_line(c, s->width > 0 ? room : SIZE_MAX, &at);

		table_put_piece(s, c->style, &p);
		(void)fputc('\n', s->out);
		if (at < c->len)
			table_blanks(s, from);
	}
}

static void table_print_under(const struct table *t, const struct screen *s,
	const struct cell *row, const struct layout *l)
{
	size_t indent = l->beside > 0 ? BELOW_INDENT : 0;
	size_t label = 0;

	for (size_t i = l->beside; i < t->column_count; i++)
		table_widen(&label, table_title_of(&t->columns[i]).width + GAP);
	for (size_t i = l->beside; i < t->column_count; i++)
		if (row[i].len > 0)
			table_print_labelled(
				s, &t->columns[i], &row[i], indent, label);
}

static int table_print_as(
	const struct table *t, const struct screen *s, const struct layout *l)
{
	struct cell titles[TABLE_MAX_COLUMNS] = {0};

	assert(t->count % t->column_count == 0);
	for (size_t i = 0; i < l->beside; i++)
		titles[i] = table_title_of(&t->columns[i]);
	table_print_beside(t, s, titles, l);
	for (size_t i = 0; i < t->count; i += t->column_count) {
		if (i > 0 && l->beside == 0)
			(void)fputc('\n', s->out);
		table_print_beside(t, s, &t->cells[i], l);
		table_print_under(t, s, &t->cells[i], l);
	}
	return 0;
}

int table_print_blocks(const struct table *t, const struct screen *s)
{
	static const struct layout under = {0};

	return t->failed ? t->failed : table_print_as(t, s, &under);
}

int table_print_under_rows(const struct table *t, const struct screen *s)
{
	struct layout l;

	if (t->failed)
		return t->failed;
	table_measure(t, &l);
	l.beside = table_count_beside(t);
	if (!table_narrow(&l, s->width))
		l.beside = 0;
	return table_print_as(t, s, &l);
}

int table_print(const struct table *t, const struct screen *s)
{
	struct layout l;

	if (t->failed)
		return t->failed;
	table_find_layout(t, s->width, &l);
	return table_print_as(t, s, &l);
}
