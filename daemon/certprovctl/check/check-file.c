/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/check/check-file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprovctl/check/check-list.h"
#include "daemon/certprovctl/check/document-file.h"
#include "lib/base/bytes.h"
#include "lib/base/fd.h"
#include "lib/base/string.h"
#include "lib/base/text.h"
#include "lib/net/url.h"

#define NAME_MAX_BYTES ((size_t)8192)

int check_file_init(struct check_file *f, const struct check_plan *plan,
	const char *word, const struct check_phone *phone)
{
	const struct check_versions *v = &phone->versions;

	*f = (struct check_file){
		.plan = plan,
		.word = word,
		.phone = phone,
		.is_url = check_list_is_url(word),
		.document_fd = -1,
	};
	if (f->is_url && url_redact(word, &f->name) < 0)
		return -ENOMEM;
	if (!f->is_url &&
		text_escape(word, strlen(word), NAME_MAX_BYTES, &f->name) < 0)
		return -ENOMEM;
	return matrix_new(v->names, v->count, plan->offline, &f->matrix);
}

void check_file_done(struct check_file *f)
{
	f->matrix = matrix_free(f->matrix);
	f->document_fd = fd_close(f->document_fd);
	free(f->name);
	f->name = NULL;
}

/* --- what the run tells --- */

/* A link of a document that is checked by itself: it was refused for its
 * depth; or, in a file, for having no URL it could be relative to. */
static bool check_file_is_not_followed(
	const struct check_file *f, const struct outcome *o)
{
	if (f->plan->follow || o->accepted || o->kind != OUTCOME_DOCUMENT ||
		o->verdict == VERDICT_UNKNOWN_ELEMENT || !o->url || !*o->url)
		return false;
	return o->verdict == VERDICT_LIMIT_EXCEEDED ||
		(!f->is_url && !check_list_is_url(o->url));
}

static int check_file_on_outcome(
	void *userdata, size_t version, bool own, struct outcome *o)
{
	struct check_file *f = userdata;

	if (own && !o->accepted) {
		f->unread = true;
		if (!f->why_unread)
			f->why_unread = verdict_name(o->verdict);
	} else if (check_file_is_not_followed(f, o)) {
		f->counts.not_followed += version == 0;
		return 0;
	}
	return matrix_add(f->matrix, version, o);
}

/* An outcome of the document itself, from here. */
static int check_file_tell(struct check_file *f, size_t version,
	enum verdict verdict, const char *detail, const char *remedy)
{
	CLEANUP(outcome_done)
	struct outcome o = {.kind = OUTCOME_DOCUMENT, .verdict = verdict};
	const struct facts facts = {.url = f->name, .detail = detail};
	int r = verdict_explain(verdict, &facts, &o.reason, &o.remedy);

	if (r == 0 && remedy)
		r = string_replace(&o.remedy, remedy);
	if (r < 0 || string_replace(&o.url, f->name) < 0 ||
		string_replace(&o.document, f->name) < 0)
		return -ENOMEM;
	return check_file_on_outcome(f, version, true, &o);
}

/* "The fetcher took too long." as a part of a sentence. */
static int check_file_on_ended(
	void *userdata, size_t version, const struct check_result *result)
{
	struct check_file *f = userdata;
	CLEANUP(free) char *detail = NULL;
	size_t len = 0;

	if (result->finished) {
		f->results[version] = fetch_result_name(result->result);
		return 0;
	}
	len = result->trouble ? strlen(result->trouble) : 0;
	while (len > 0 && result->trouble[len - 1] == '.')
		len--;
	if (string_format(&detail, "%.*s", (int)len,
		    result->trouble ? result->trouble : "") < 0)
		return -ENOMEM;
	return check_file_tell(f, version, VERDICT_FETCHER_LOST, detail,
		"Check it again; certprov-fetch says why on standard error.");
}

static const struct check_listener listener = {
	.outcome = check_file_on_outcome,
	.ended = check_file_on_ended,
};

/* --- its run --- */

static const char *check_file_explain(int error)
{
	if (error == -EFBIG)
		return "it has more than 268,435,456 bytes";
	if (error == -EINVAL)
		return "this is not an http or https URL";
	return strerror(-error);
}

static int check_file_tell_unreadable(struct check_file *f, int error)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < f->phone->versions.count; i++)
		r = check_file_tell(f, i, VERDICT_UNREADABLE,
			check_file_explain(error), NULL);
	return r;
}

static int check_file_tell_offline(struct check_file *f)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < f->phone->versions.count; i++)
		r = check_file_tell(f, i, VERDICT_UNREADABLE,
			"it is a URL, and --offline was given",
			"Check it without --offline.");
	return r;
}

static int check_file_read(struct check_file *f)
{
	CLEANUP(bytes_done) struct bytes document = {0};
	int r = f->is_url ? 0 : document_file_read(f->word, &document);

	if (r < 0 || f->is_url)
		return r;
	return document_file_seal(&document, &f->document_fd);
}

int check_file_begin(struct check_file *f, struct check_run **ret_run)
{
	const struct check_phone *phone = f->phone;
	int r = 0;

	if (f->is_url && f->plan->offline)
		return check_file_tell_offline(f);
	r = check_file_read(f);
	if (r == -ENOMEM || r == -EMFILE || r == -ENFILE)
		return r;
	if (r < 0)
		return check_file_tell_unreadable(f, r);
	f->subject = (struct check_subject){
		.name = f->name,
		.url = f->is_url ? f->word : NULL,
		.document_fd = f->document_fd,
		.mac = *phone->mac ? phone->mac : NULL,
		.phone_type = phone->type,
		.versions = phone->versions.firmware,
		.version_count = phone->versions.count,
	};
	r = check_run_new(f->plan, &f->subject, &listener, f, ret_run);
	return r == -EINVAL ? check_file_tell_unreadable(f, r) : r;
}

int check_file_end(struct check_file *f, int error)
{
	f->document_fd = fd_close(f->document_fd);
	return error;
}

const char *check_file_result(const struct check_file *f, size_t version)
{
	return f->results[version] ? f->results[version]
				   : fetch_result_name(FETCH_FAILED);
}

/* --- counting --- */

static size_t *check_file_counter(
	struct check_file *f, enum matrix_state state, enum outcome_kind kind)
{
	switch (state) {
	case MATRIX_REFUSED:
		return &f->counts.refused;
	case MATRIX_WARNED:
		return &f->counts.warned;
	case MATRIX_SKIPPED:
		return &f->counts.skipped;
	case MATRIX_GOOD:
		break;
	}
	return kind == OUTCOME_CERTIFICATE ? &f->counts.accepted : NULL;
}

static void check_file_note_worst(struct check_file *f, size_t row)
{
	for (size_t i = 0; i < matrix_version_count(f->matrix); i++) {
		enum matrix_state s = matrix_cell_state(f->matrix, row, i);

		if (s <= f->worst_state)
			continue;
		f->worst = matrix_cell(f->matrix, row, i);
		f->worst_state = s;
	}
}

int check_file_arrange(struct check_file *f)
{
	int r = matrix_arrange(f->matrix);

	for (size_t i = 0; r == 0 && i < matrix_row_count(f->matrix); i++) {
		size_t *counter =
			check_file_counter(f, matrix_row_state(f->matrix, i),
				matrix_known(f->matrix, i)->kind);

		if (counter)
			(*counter)++;
		check_file_note_worst(f, i);
	}
	return r;
}
