/* SPDX-License-Identifier: Apache-2.0 */
/* provision. */
#include <errno.h>
#include <string.h>

#include "daemon/certprovctl/check/document-file.h"
#include "daemon/certprovctl/commands/commands.h"
#include "daemon/certprovctl/output/progress.h"
#include "daemon/certprovctl/session/outcomes.h"
#include "daemon/certprovctl/session/service.h"
#include "lib/varlink/json-fields.h"

/* What the replies of a run have said so far. */
struct watching {
	struct view *view;
	struct progress progress;
	cJSON *run; /* how it ended */
};

static void provision_watching_done(struct watching *w)
{
	view_free(w->view);
	json_free(w->run);
}
DEFINE_CLEANUP_EMBEDDED(struct watching, provision_watching_done);

static enum exit_status provision_keep_run(
	struct session *s, struct watching *w, const cJSON *run)
{
	json_free(w->run);
	w->run = cJSON_Duplicate(run, true);
	return w->run ? EXIT_COMPLETE
		      : session_trouble(s, "the reply", -ENOMEM);
}

static enum exit_status ctl_provision_on_progress(
	struct session *s, const cJSON *parameters, void *userdata)
{
	struct watching *w = userdata;
	const cJSON *run = cJSON_GetObjectItemCaseSensitive(parameters, "run");
	const cJSON *outcome =
		cJSON_GetObjectItemCaseSensitive(parameters, "outcome");
	const char *phase = view_text(parameters, "phase");
	int r = 0;

	if (!session_json(s) && phase)
		progress_show(&w->progress, phase,
			view_number(parameters, "done", 0),
			view_number(parameters, "total", 0));
	if (!session_json(s) && cJSON_IsObject(outcome))
		r = view_add(w->view, outcome);
	if (r < 0)
		return session_trouble(s, "the reply", r);
	return cJSON_IsObject(run) ? provision_keep_run(s, w, run)
				   : EXIT_COMPLETE;
}

static enum exit_status provision_print_report(
	struct session *s, const struct watching *w)
{
	int r = 0;

	if (view_rows(w->view) > 0) {
		r = view_print(w->view, &s->screen);
		(void)fputc('\n', s->screen.out);
	}
	if (r == 0 && w->run)
		r = outcomes_print_run(&s->screen, w->run);
	return session_printed(s, r);
}

static enum exit_status provision_watch(
	struct session *s, cJSON *parameters, int *document_fd)
{
	CLEANUP(provision_watching_done)
	struct watching w = {.progress = {.screen = &s->screen}};
	struct service_call call = {
		.service = SERVICE_ADMIN,
		.method = "Provision",
		.parameters = parameters,
		.more = true,
		.patient = true,
		.fd = *document_fd >= 0 ? document_fd : NULL,
		.reply = ctl_provision_on_progress,
		.userdata = &w,
	};
	enum exit_status status = EXIT_COMPLETE;
	int r = view_new(outcome_columns, outcome_column_count, &w.view);

	if (r < 0) {
		cJSON_Delete(parameters);
		return session_trouble(s, "printing", r);
	}
	status = service_call(s, &call);
	progress_end(&w.progress);
	/* What was heard before the connection broke is worth reading. */
	if (!session_json(s)) {
		enum exit_status printed = provision_print_report(s, &w);

		if (!status)
			status = printed;
	}
	return status ? status : outcomes_status(w.run);
}

static enum exit_status provision_add_document(
	struct session *s, struct json_writer *w, const char *path, int *ret_fd)
{
	CLEANUP(bytes_done) struct bytes document = {0};
	int r = document_file_read(path, &document);

	if (r == 0 && !document_file_fits_inline(&document))
		r = document_file_seal(&document, ret_fd);
	else if (r == 0)
		/* A zero byte follows what was read. */
		json_put_string(w, "document", (const char *)document.data);
	if (r == -ENOENT) {
		screen_complainf(&s->screen,
			"A URL begins with http:// or https://.",
			"there is no document %s", path);
		return EXIT_TROUBLE;
	}
	return r < 0 ? session_trouble(s, path, r) : EXIT_COMPLETE;
}

enum exit_status command_provision(struct session *s)
{
	CLEANUP(json_done) struct json_writer w = {0};
	CLEANUP(close_fd) int fd = -1;
	const struct arguments *a = &s->arguments;
	const char *source = session_word(s, 0);
	enum exit_status status = EXIT_COMPLETE;
	cJSON *parameters = NULL;

	if (a->firmware_count > 1)
		return session_wrong_use(s, "provision takes one --firmware");
	if (a->firmware_count == 1 && !arguments_has(a, OPTION_DRY_RUN))
		return session_wrong_use(s,
			"--firmware needs --dry-run: trust is changed by the "
			"phone's own firmware only");
	if (source && strstr(source, "://"))
		json_put_string(&w, "url", source);
	else if (source)
		status = provision_add_document(s, &w, source, &fd);
	if (status)
		return status;
	if (arguments_has(a, OPTION_DRY_RUN))
		json_put_bool(&w, "dryRun", true);
	if (a->firmware_count == 1)
		json_put_string(&w, "firmware", a->firmware[0]);
	if (json_take(&w, &parameters) < 0)
		return session_trouble(s, "provision", -ENOMEM);
	return provision_watch(s, parameters, &fd);
}
