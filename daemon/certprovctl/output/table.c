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
/* What stands below a row. */
#define BELOW_INDENT 4
static const char ellipsis[] = "\u2026";

struct cell {
	char *owned; /* NULL: text is somebody else's */
	const char *text;
	size_t len;
	size_t width;
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
	t->cells[t->count++] = (struct cell){
		.owned = clean,
		.text = clean,
		.len = len,
		.width = text_width(clean, len),
		.style = style,
	};
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

/* --- layout --- */

static size_t table_least_of(const struct column *c)
{
	return c->least ? c->least : USUAL_LEAST;
}

static void table_natural_widths(const struct table *t, size_t *widths)
{
	for (size_t i = 0; i < t->column_count; i++)
		widths[i] = text_width(
			t->columns[i].title, strlen(t->columns[i].title));
	for (size_t i = 0; i < t->count; i++) {
		size_t *w = &widths[i % t->column_count];

		if (t->cells[i].width > *w)
			*w = t->cells[i].width;
	}
}

/* The columns that stand beside each other, the first ones. */
struct layout {
	size_t beside;
	size_t widths[TABLE_MAX_COLUMNS];
};

static size_t table_total_of(const struct layout *l)
{
	size_t total = GAP * (l->beside - 1);

	for (size_t i = 0; i < l->beside; i++)
		total += l->widths[i];
	return total;
}

/* The widest column that can give; beside when none can. */
static size_t table_giver(const struct table *t, const struct layout *l)
{
	size_t best = l->beside;

	for (size_t i = 0; i < l->beside; i++)
		if (t->columns[i].fit != FIT_WHOLE &&
			l->widths[i] > table_least_of(&t->columns[i]) &&
			(best == l->beside || l->widths[i] > l->widths[best]))
			best = i;
	return best;
}

/* False when these columns cannot be made that narrow. */
static bool table_fit_widths(
	const struct table *t, size_t width, struct layout *l)
{
	size_t total = 0;

	table_natural_widths(t, l->widths);
	total = table_total_of(l);
	for (; width > 0 && total > width; total--) {
		size_t i = table_giver(t, l);

		if (i == l->beside)
			return false;
		l->widths[i]--;
	}
	return true;
}

static bool table_find_layout(
	const struct table *t, size_t width, struct layout *l)
{
	l->beside = t->column_count;
	if (table_fit_widths(t, width, l))
		return true;
	while (l->beside > 1 && t->columns[l->beside - 1].below)
		l->beside--;
	return l->beside < t->column_count && table_fit_widths(t, width, l);
}

/* --- printing --- */

static void table_blanks(const struct screen *s, size_t count)
{
	for (size_t i = 0; i < count; i++)
		(void)fputc(' ', s->out);
}

/* A piece of a cell: how much of it stands on this line. */
struct piece {
	const char *text;
	size_t len;
	bool cut_before;
	bool cut_behind;
};

static size_t table_piece_width(const struct piece *p)
{
	return text_width(p->text, p->len) + p->cut_before + p->cut_behind;
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
}

/* Take the next line off a text: at a blank where there is one, else within
 * the word. *at moves behind it; at least one character is taken. */
static struct piece table_take_line(
	const char *text, size_t len, size_t width, size_t *at)
{
	const char *start = text + *at;
	size_t left = len - *at;
	size_t n = text_head(start, left, width);
	size_t blank = n;

	if (n == 0 && left > 0)
		n = text_head(start, left, width + 1);
	if (n < left && start[n] != ' ') {
		while (blank > 0 && start[blank - 1] != ' ')
			blank--;
		if (blank > 0)
			n = blank;
	}
	*at += n;
	while (*at < len && text[*at] == ' ')
		++*at;
	while (n > 0 && start[n - 1] == ' ')
		n--;
	return (struct piece){.text = start, .len = n};
}

static struct piece table_shortened(
	const struct cell *c, enum fit fit, size_t width)
{
	size_t from = 0;

	if (c->width <= width)
		return (struct piece){.text = c->text, .len = c->len};
	if (fit == FIT_TAIL) {
		from = text_tail(c->text, c->len, width - 1);
		return (struct piece){.text = c->text + from,
			.len = c->len - from,
			.cut_before = true};
	}
	return (struct piece){.text = c->text,
		.len = text_head(c->text, c->len, width - 1),
		.cut_behind = true};
}

/* What of this cell stands on the next line; at is where it has come to. */
static struct piece table_next_piece(const struct column *column,
	const struct cell *c, size_t width, size_t *at)
{
	if (*at >= c->len)
		return (struct piece){.text = ""};
	if (column->fit == FIT_WRAP)
		return table_take_line(c->text, c->len, width, at);
	*at = c->len;
	return table_shortened(c, column->fit, width);
}

/* One line of a row; true when cells have more. The end of a line has no
 * blanks: they are printed before the next piece. */
static bool table_print_line(const struct table *t, const struct screen *s,
	const struct cell *row, const struct layout *l, size_t *at)
{
	size_t owed = 0;
	bool more = false;

	for (size_t i = 0; i < l->beside; i++) {
		size_t width = l->widths[i];
		struct piece p = table_next_piece(
			&t->columns[i], &row[i], width, &at[i]);
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

static void table_print_row(const struct table *t, const struct screen *s,
	const struct cell *row, const struct layout *l)
{
	size_t at[TABLE_MAX_COLUMNS] = {0};

	while (table_print_line(t, s, row, l, at))
		continue;
}

static void table_print_titles(
	const struct table *t, const struct screen *s, const struct layout *l)
{
	struct cell titles[TABLE_MAX_COLUMNS];

	for (size_t i = 0; i < l->beside; i++) {
		const char *text = t->columns[i].title;
		size_t len = strlen(text);

		titles[i] = (struct cell){
			.text = text,
			.len = len,
			.width = text_width(text, len),
			.style = STYLE_STRONG,
		};
	}
	table_print_row(t, s, titles, l);
}

/* "Title  text" with the text in lines beside its title. */
static void table_print_labelled(const struct screen *s,
	const struct column *column, const struct cell *c, size_t indent,
	size_t label)
{
	size_t len = strlen(column->title);
	size_t from = indent + label;
	size_t room =
		s->width > from + BLOCK_LEAST ? s->width - from : BLOCK_LEAST;
	size_t at = 0;

	table_blanks(s, indent);
	screen_put(s, STYLE_STRONG, column->title, len);
	table_blanks(s, label - text_width(column->title, len));
	while (at < c->len) {
		struct piece p = table_take_line(c->text, c->len,
			s->width > 0 ? room : SIZE_MAX - 1, &at);

		table_put_piece(s, c->style, &p);
		(void)fputc('\n', s->out);
		if (at < c->len)
			table_blanks(s, from);
	}
}

/* How wide the titles from this column on are, and the gap behind them. */
static size_t table_label_width(const struct table *t, size_t first)
{
	size_t label = 0;

	for (size_t i = first; i < t->column_count; i++) {
		const char *title = t->columns[i].title;
		size_t width = text_width(title, strlen(title)) + GAP;

		if (width > label)
			label = width;
	}
	return label;
}

static void table_print_below(const struct table *t, const struct screen *s,
	const struct cell *row, size_t first)
{
	size_t label = table_label_width(t, first);

	for (size_t i = first; i < t->column_count; i++)
		if (row[i].len > 0)
			table_print_labelled(s, &t->columns[i], &row[i],
				BELOW_INDENT, label);
}

int table_print_blocks(const struct table *t, const struct screen *s)
{
	size_t label = table_label_width(t, 0);

	if (t->failed)
		return t->failed;
	for (size_t i = 0; i < t->count; i++) {
		if (i > 0 && i % t->column_count == 0)
			(void)fputc('\n', s->out);
		if (t->cells[i].len > 0)
			table_print_labelled(s,
				&t->columns[i % t->column_count], &t->cells[i],
				0, label);
	}
	return 0;
}

int table_print(const struct table *t, const struct screen *s)
{
	struct layout l;

	if (t->failed)
		return t->failed;
	assert(t->count % t->column_count == 0);
	if (!table_find_layout(t, s->width, &l))
		return table_print_blocks(t, s);
	table_print_titles(t, s, &l);
	for (size_t i = 0; i < t->count; i += t->column_count) {
		table_print_row(t, s, &t->cells[i], &l);
		table_print_below(t, s, &t->cells[i], l.beside);
	}
	return 0;
}
