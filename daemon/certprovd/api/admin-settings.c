/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprovd/api/api-internal.h"
#include "daemon/certprovd/identity/identities.h"
#include "daemon/certprovd/identity/webserver-file.h"
#include "lib/base/string.h"
#include "lib/identity/identity-setting.h"
#include "lib/net/url.h"
#include "lib/phone/settings-explain.h"
#include "lib/phone/settings-note.h"

/* --- ListSettings --- */

/* Without the setting, the server comes from elsewhere; NULL: it does not. */
static const char *admin_settings_from_elsewhere(
	const struct api *api, enum setting_id id, enum run_source *ret)
{
	const char *value = trust_state_settings(api->state)->values[id].value;
	const char *url = NULL;

	if (id != SETTING_SETTING_SERVER || (value && *value) ||
		!provision_find_source(api->provision, ret, &url))
		return NULL;
	return url;
}

static const char *admin_settings_note_on_source(
	const struct api *api, const char *url, enum run_source source)
{
	if (source == RUN_FROM_CONFIGURATION)
		return "Set by Url= in the configuration.";
	if (string_equal(url, api->config->redirection))
		return "The redirection service, Redirection= in the configuration: it names the server.";
	return "Learnt by another process of the phone, not authenticated; it lasts until certprovd stops.";
}

static int admin_settings_note_of(
	const struct api *api, enum setting_id id, char **ret)
{
	enum run_source source = RUN_SOURCE__END;
	const char *elsewhere = admin_settings_from_elsewhere(api, id, &source);

	if (elsewhere)
		return string_replace(ret,
			admin_settings_note_on_source(api, elsewhere, source));
	return settings_note(trust_state_settings(api->state),
		trust_state_firmware(api->state), id, ret);
}

struct setting_row {
	const char *name;
	bool secret;
	bool is_set;
	const char *value;
	const char *effective;
	const char *origin;
	const char *permission; /* NULL: provisioning did not set it */
	char *note;
};

#define F(name, member, ...)                                                   \
	JSON_FIELD_NAMED(name, struct setting_row, member, __VA_ARGS__)
static const struct json_field row_fields[] = {
	F("name", name, JSON_STRING, JSON_MUST),
	F("secret", secret, JSON_BOOL, JSON_MUST),
	F("isSet", is_set, JSON_BOOL, JSON_MUST),
	F("value", value, JSON_STRING, .rewrite = url_redact_userinfo),
	F("effective", effective, JSON_STRING, .rewrite = url_redact_userinfo),
	F("origin", origin, JSON_STRING, JSON_MUST),
	F("permission", permission, JSON_STRING),
	F("note", note, JSON_STRING),
};
#undef F
static const struct json_table row_table =
	JSON_TABLE(struct setting_row, row_fields);

static const char *admin_settings_permission_of(const struct setting_value *v)
{
	if (!v->value || v->origin != SETTING_FROM_PROVISIONING)
		return NULL;
	return setting_permission_name(setting_permission_parse(v->permission));
}

/* The note is in new memory. */
static int admin_settings_fill_row(
	const struct api *api, enum setting_id id, struct setting_row *row)
{
	const struct settings *settings = trust_state_settings(api->state);
	const struct setting_value *v = &settings->values[id];
	enum run_source source = RUN_SOURCE__END;
	const char *elsewhere = admin_settings_from_elsewhere(api, id, &source);
	const char *effective = elsewhere
		? elsewhere
		: settings_effective(
			  settings, trust_state_firmware(api->state), id);
	bool secret = setting_is_secret(id, v->value) ||
		setting_is_secret(id, effective);

	*row = (struct setting_row){
		.name = setting_get(id)->name,
		.secret = secret,
		.is_set = v->value != NULL,
		.value = secret ? NULL : v->value,
		/* The server is shown without the secret. */
		.effective = setting_get(id)->secret ? NULL : effective,
		.origin = elsewhere ? run_source_name(source)
				    : setting_origin_name(v->origin),
		.permission = admin_settings_permission_of(v),
	};
	return admin_settings_note_of(api, id, &row->note);
}

struct setting_list {
	struct json_structs rows;
};

static const struct json_field list_fields[] = {
	JSON_FIELD_NAMED("settings", struct setting_list, rows, JSON_STRUCTS,
		JSON_MUST, .nested = &row_table),
};
const struct json_table admin_settings_list_reply =
	JSON_TABLE(struct setting_list, list_fields);

int admin_settings_on_list(struct varlink_request *req, void *userdata)
{
	const struct api *api = userdata;
	struct setting_row rows[SETTING__END] = {{0}};
	int r = varlink_request_decode(req, NULL);

	if (r != 0)
		return r;
	for (enum setting_id id = 0; r == 0 && id < SETTING__END; id++)
		r = admin_settings_fill_row(api, id, &rows[id]);
	if (r == 0)
		r = varlink_reply_struct(req,
			&(struct setting_list){
				.rows = {rows, ARRAY_SIZE(rows)}});
	for (enum setting_id id = 0; id < SETTING__END; id++)
		free(rows[id].note);
	return r;
}

/* --- SetSetting --- */

struct set_parameters {
	const char *name;
	const char *value; /* NULL: back to the default */
	/* also what provisioning made read only, or what locks the phone out
	 */
	bool force;
};

static const struct json_field set_fields[] = {
	JSON_FIELD(struct set_parameters, name, JSON_STRING, .required = true),
	/* A certificate with its key; others have SETTING_MAX_CHARS. */
	JSON_FIELD(struct set_parameters, value, JSON_STRING,
		.max = IDENTITY_PEM_MAX_BYTES),
	JSON_FIELD(struct set_parameters, force, JSON_BOOL),
};
const struct json_table admin_settings_set_parameters =
	JSON_TABLE(struct set_parameters, set_fields);

struct new_value {
	enum setting_id id;
	const char *value;       /* checked; NULL: back to the default */
	const struct bytes *pem; /* of webserver_cert, or empty */
	bool force;
	struct guard_answer lockout;
};

static int admin_settings_store_value(
	struct api *api, void *userdata, bool *ret_changed)
{
	const struct new_value *v = userdata;
	const struct setting *setting = setting_get(v->id);
	int r = v->pem->len == 0
		? 0
		: webserver_file_write(api->config->state_directory,
			  trust_state_settings(api->state)->values[v->id].value,
			  v->pem);

	if (r < 0)
		return r;
	if (!v->value)
		return store_remove_setting(
			api->store, setting->name, setting->trust, ret_changed);
	r = store_put_setting(api->store,
		&(struct store_setting){
			.name = setting->name,
			.value = v->value,
			.origin = setting_origin_name(SETTING_FROM_ADMIN),
			.admin_set = true,
		},
		setting->trust, ret_changed);
	/* A key that had been lost is back. */
	*ret_changed = *ret_changed || v->pem->len > 0;
	return r;
}

/* The remedies for a file do not help here, but for what it made read only. */
static int admin_settings_refuse(
	struct varlink_request *req, const struct setting_event *event)
{
	CLEANUP(json_done) struct json_writer w = {0};
	CLEANUP(settings_words_done) struct setting_words words = {0};
	CLEANUP(free) char *reason = NULL;
	bool invalid = event->result == SETTING_INVALID;
	bool read_only = event->result == SETTING_LOCKED;
	int r = settings_explain(event, &words);

	if (r == 0)
		r = string_format(&reason, "%s%s%s%s%s%s", words.reason,
			invalid ? " It takes " : "",
			invalid ? setting_get(event->id)->syntax : "",
			invalid ? "." : "", read_only ? " " : "",
			read_only ? words.remedy : "");
	if (r < 0)
		return r;
	json_put_string(&w, "name", event->name);
	json_put_string(&w, "reason", reason);
	return varlink_error_writer(req, ADMIN_INTERFACE ".InvalidSetting", &w);
}

/* "set update_policy to ...", without credentials in the value. */
static int admin_settings_what_of(const struct new_value *v, char **ret)
{
	CLEANUP(free) char *shown = NULL;
	const char *name = setting_get(v->id)->name;
	int r = 0;

	if (!v->value)
		return string_format(ret, "reset %s to its default", name);
	if (setting_get(v->id)->secret)
		return string_format(ret, "set %s", name);
	if (v->id == SETTING_WEBSERVER_CERT) {
		r = settings_explain_certificate(v->value, &shown);
		return r < 0 ? r
			     : string_format(ret, "set %s to %s", name, shown);
	}
	r = url_redact_userinfo(v->value, &shown);
	return r < 0 ? r : string_format(ret, "set %s to \"%s\"", name, shown);
}

static int admin_settings_set(
	struct varlink_request *req, struct api *api, struct new_value *v)
{
	CLEANUP(free) char *what = NULL;
	int r = admin_settings_what_of(v, &what);

	if (r == 0)
		r = admin_change(api, req,
			&(struct admin_change){
				.make = admin_settings_store_value,
				.userdata = v,
				.event = LOG_ADMIN_CHANGE,
				.what = what,
				.name = setting_get(v->id)->name,
				.lockout = &v->lockout,
				.forced = v->force,
			},
			NULL);
	if (r == 0)
		r = v->lockout.locked_out && !v->force
			? admin_reply_lockout(req, &v->lockout)
			: admin_reply_generation(req, api);
	guard_answer_done(&v->lockout);
	return r;
}

/* Why a certificate is refused, with the line of its text. */
static int admin_settings_refuse_certificate(struct varlink_request *req,
	const char *name, const struct identity_refusal *refusal)
{
	CLEANUP(json_done) struct json_writer w = {0};
	CLEANUP(free) char *why = NULL;
	CLEANUP(free) char *remedy = NULL;
	CLEANUP(free) char *reason = NULL;
	char line[24] = "";
	struct facts facts = {
		.detail = refusal->detail, .convert = refusal->convert};
	int r = 0;

	(void)snprintf(line, sizeof(line), "%" PRId64, refusal->line);
	if (refusal->line > 0)
		facts.line = line;
	r = verdict_explain(refusal->verdict, &facts, &why, &remedy);
	if (r == 0)
		r = string_format(&reason, "%s%s%s", why, remedy ? " " : "",
			remedy ? remedy : "");
	if (r < 0)
		return r;
	json_put_string(&w, "name", name);
	json_put_string(&w, "reason", reason);
	return varlink_error_writer(req, ADMIN_INTERFACE ".InvalidSetting", &w);
}

/* In place of the text goes what may be told of it. 1 when it was refused and
 * that is answered. */
static int admin_settings_take_certificate(struct varlink_request *req,
	struct set_parameters *p, struct identity_setting *ret)
{
	/* The message is this call's alone. */
	char *text = (char *)p->value;
	int r = identity_setting_read(text, ret);

	if (r < 0)
		return r;
	explicit_bzero(text, strlen(text));
	p->value = ret->value;
	if (ret->value)
		return 0;
	r = admin_settings_refuse_certificate(req, p->name, &ret->refusal);
	return r < 0 ? r : 1;
}

/* Tried on a copy, because a value that cannot be stored must not take
 * effect. */
static int admin_settings_try(const struct api *api,
	const struct set_parameters *p, enum setting_id id,
	struct settings *settings, enum setting_result *ret)
{
	const struct settings *now = trust_state_settings(api->state);
	int r = settings_copy(now, settings);

	if (r == 0)
		r = settings_set(settings, trust_state_firmware(api->state), id,
			p->value, ret);
	if (r == 0 && *ret == SETTING_APPLIED && !p->force &&
		settings_is_read_only(now, id))
		*ret = SETTING_LOCKED;
	return r;
}

static int admin_settings_make(struct varlink_request *req, struct api *api,
	const struct set_parameters *p, struct new_value *v)
{
	CLEANUP(settings_done) struct settings settings = {0};
	enum setting_result result = SETTING_UNKNOWN;
	int r = admin_settings_try(api, p, v->id, &settings, &result);

	if (r < 0)
		return r;
	if (!setting_result_get(result)->good)
		return admin_settings_refuse(req,
			&(struct setting_event){
				.id = v->id,
				.name = p->name,
				.result = result,
				.value = p->value,
				.index = -1,
				.settings = trust_state_settings(api->state),
				.firmware = trust_state_firmware(api->state),
			});
	v->value = p->value ? settings.values[v->id].value : NULL;
	v->force = p->force;
	return result == SETTING_APPLIED ||
			(v->pem->len > 0 &&
				identities_lost_webserver(api->identities))
		? admin_settings_set(req, api, v)
		: admin_reply_generation(req, api);
}

int admin_settings_on_set(struct varlink_request *req, void *userdata)
{
	struct api *api = userdata;
	CLEANUP(identity_setting_done) struct identity_setting own = {0};
	struct set_parameters p = {0};
	struct new_value v = {.id = SETTING__END, .pem = &own.pem};
	int r = varlink_request_decode(req, &p);

	if (r != 0)
		return r;
	if (setting_find(p.name, &v.id) < 0)
		return varlink_error_text(
			req, ADMIN_INTERFACE ".NoSuchSetting", "name", p.name);
	if (v.id == SETTING_WEBSERVER_CERT && p.value)
		r = admin_settings_take_certificate(req, &p, &own);
	if (r != 0)
		return r < 0 ? r : 0;
	return admin_settings_make(req, api, &p, &v);
}
