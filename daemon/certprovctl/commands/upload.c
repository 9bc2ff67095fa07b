/* SPDX-License-Identifier: Apache-2.0 */
/* upload. */
#include <errno.h>
#include <string.h>

#include "daemon/certprovctl/commands/commands.h"
#include "daemon/certprovctl/commands/exceptions.h"
#include "daemon/certprovctl/peer/chain.h"
#include "daemon/certprovctl/session/outcomes.h"
#include "daemon/certprovctl/session/service.h"
#include "lib/varlink/json-fields.h"
#include "lib/verdict/verdict.h"

/* A refused one can be trusted from the list unknown, if anything cures it. */
static int upload_make_exception(
	const cJSON *row, const char *member, struct view_cell *ret)
{
	const char *result = view_text(row, "result");
	const char *sha256 = view_text(row, "sha256");
	enum verdict v = VERDICT__END;

	(void)member;
	if (view_flag(row, "accepted") || !sha256 || !result ||
		verdict_find(result, &v) < 0 || !verdict_row(v)->recoverable)
		return 0;
	return exception_command(sha256, NULL, &ret->text);
}

static const struct view_column columns[] = {
	{{.title = "SHA-256"}, "sha256", NULL},
	{{.title = "Subject"}, "subject", NULL},
	{{.title = "Outcome"}, "result", outcome_result},
	{{.title = "Reason"}, "reason", NULL},
	{{.title = "Remedy"}, "remedy", NULL},
	{{.title = "Exception"}, NULL, upload_make_exception},
	{{.title = "Warnings"}, "warnings", NULL},
};

static enum exit_status upload_on_uploaded(
	struct session *s, const cJSON *parameters, void *userdata)
{
	const cJSON *outcome =
		cJSON_GetObjectItemCaseSensitive(parameters, "outcome");
	CLEANUP(view_free) struct view *view = NULL;
	bool *accepted = userdata;
	int r = 0;

	*accepted = view_flag(outcome, "accepted");
	if (session_json(s))
		return EXIT_COMPLETE;
	r = view_new(columns, ARRAY_SIZE(columns), &view);
	if (r == 0)
		r = view_add(view, outcome);
	if (r == 0)
		r = view_print_blocks(view, &s->screen);
	return session_printed(s, r);
}

/* certprovd takes DER alone, as phones do; here is somebody to tell. */
static enum exit_status upload_load_one(
	struct session *s, const char *path, struct chain *ret)
{
	enum exit_status status = chain_load_as_is(s, path, ret);

	if (status || !ret->was_pem)
		return status;
	if (ret->count > 1) {
		screen_complainf(&s->screen,
			"Upload them one by one, issuers first; openssl x509 "
			"-in FILE takes the first.",
			"%s: there are %zu certificates in it", path,
			ret->count);
		return EXIT_TROUBLE;
	}
	screen_complainf(&s->screen, NULL,
		"%s is PEM: the certificate in it is uploaded as DER", path);
	return EXIT_COMPLETE;
}

enum exit_status command_upload(struct session *s)
{
	CLEANUP(chain_done) struct chain chain = {0};
	CLEANUP(json_done) struct json_writer w = {0};
	bool accepted = false;
	struct service_call call = {
		.service = SERVICE_ADMIN,
		.method = "Upload",
		.reply = upload_on_uploaded,
		.userdata = &accepted,
	};
	enum exit_status status =
		upload_load_one(s, session_word(s, 0), &chain);

	if (status)
		return status;
	json_put_base64(
		&w, "certificate", chain.items[0].data, chain.items[0].len);
	if (json_take(&w, &call.parameters) < 0)
		return session_trouble(s, "asking certprovd", -ENOMEM);
	status = service_call(s, &call);
	if (status)
		return status;
	return accepted ? EXIT_COMPLETE : EXIT_PARTIAL;
}
