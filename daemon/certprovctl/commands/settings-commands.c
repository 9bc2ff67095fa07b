/* SPDX-License-Identifier: Apache-2.0 */
/* settings, set. */
#include <errno.h>
#include <inttypes.h>

#include "daemon/certprovctl/commands/commands.h"
#include "daemon/certprovctl/session/listing.h"
#include "lib/varlink/json-fields.h"

/* A secret has no value here, only whether it is set. */
static int settings_commands_make_value(
	const cJSON *row, const char *member, struct view_cell *ret)
{
	const char *text = view_text(row, member);

	if (text && *text)
		return replace_string(&ret->text, text);
	if (!view_flag(row, "isSet"))
		return 0;
	return replace_string(
		&ret->text, view_flag(row, "secret") ? "(secret)" : "(empty)");
}

static const struct view_column columns[] = {
	{{.title = "Setting", .fit = FIT_WHOLE}, "name", NULL},
	{{.title = "Value", .fit = FIT_HEAD, .least = 8}, "value",
		settings_commands_make_value},
	{{.title = "In effect", .fit = FIT_HEAD, .least = 9}, "effective",
		NULL},
	{{.title = "From", .fit = FIT_WHOLE}, "origin", NULL},
	{{.title = "Note", .fit = FIT_WRAP, .least = 24, .below = true}, "note",
		NULL},
};

enum exit_status command_settings(struct session *s)
{
	static const struct listing listing = {
		.service = SERVICE_ADMIN,
		.method = "ListSettings",
		.member = "settings",
		.many = true,
		.none = "There is no setting.",
		.columns = columns,
		.column_count = ARRAY_SIZE(columns),
	};

	return listing_run(s, &listing, NULL);
}

static enum exit_status settings_commands_on_set(
	struct session *s, const cJSON *parameters, void *userdata)
{
	(void)userdata;
	if (!session_json(s))
		(void)fprintf(s->screen.out,
			"%s: %s (generation %" PRId64 ")\n", session_word(s, 0),
			session_word(s, 1) ? "set" : "back to its default",
			view_number(parameters, "generation", 0));
	return EXIT_COMPLETE;
}

enum exit_status command_set(struct session *s)
{
	CLEANUP(json_done) struct json_writer w = {0};
	struct service_call call = {
		.service = SERVICE_ADMIN,
		.method = "SetSetting",
		.reply = settings_commands_on_set,
	};

	json_put_string(&w, "name", session_word(s, 0));
	json_put_string(&w, "value", session_word(s, 1));
	if (arguments_has(&s->arguments, OPTION_FORCE))
		json_put_bool(&w, "force", true);
	if (json_take(&w, &call.parameters) < 0)
		return session_trouble(s, "asking certprovd", -ENOMEM);
	return service_call(s, &call);
}
