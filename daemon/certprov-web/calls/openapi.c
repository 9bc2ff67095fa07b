/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-web/calls/openapi.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprov-web/calls/call-error.h"
#include "daemon/certprov-web/calls/call-table.h"
#include "daemon/certprov-web/calls/interface-schema.h"
#include "daemon/certprov-web/calls/openapi.json.h"
#include "daemon/certprovd/api/io.certprov.admin.varlink.h"
#include "daemon/certprovd/api/io.certprov.identity.varlink.h"
#include "daemon/certprovd/api/io.certprov.trust.varlink.h"
#include "lib/base/macros.h"
#include "lib/base/string.h"
#include "lib/varlink/json-writer.h"

#define CALL "/call/"
#define JSON "application/json"
#define EVENTS "text/event-stream"

static const char *const openapi_interfaces[] = {
	varlink_trust_description,
	varlink_admin_description,
	varlink_identity_description,
};

/* What is made, and what is needed for it. A failure sticks. */
struct openapi {
	struct json_writer document;
	struct json_writer methods; /* of all interfaces, by their whole name */
	cJSON *call; /* the path of any method, as openapi.json has it */
	bool failed;
};

static void openapi_done(struct openapi *o)
{
	json_done(&o->document);
	json_done(&o->methods);
	o->call = json_free(o->call);
}
DEFINE_CLEANUP_EMBEDDED(struct openapi, openapi_done);

/* --- JSON; NULL has no members --- */

static cJSON *openapi_get(const cJSON *object, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(object, name);
}

static const char *openapi_text(const cJSON *object, const char *name)
{
	return cJSON_GetStringValue(openapi_get(object, name));
}

static cJSON *openapi_part(const struct openapi *o, const char *name)
{
	cJSON *part = openapi_get(o->document.object, name);

	return part ? part
		    : openapi_get(openapi_get(o->document.object, "components"),
			      name);
}

/* Takes the item, also on failure; NULL is a failure. */
static void openapi_put(
	struct openapi *o, cJSON *object, const char *name, cJSON *item)
{
	if (item && object &&
		(cJSON_IsArray(object)
				? cJSON_AddItemToArray(object, item)
				: cJSON_AddItemToObject(object, name, item)))
		return;
	cJSON_Delete(item);
	o->failed = true;
}

/* The same where there may be no text. */
static void openapi_put_text(
	struct openapi *o, cJSON *object, const char *name, const char *text)
{
	if (text)
		openapi_put(o, object, name, cJSON_CreateString(text));
}

/* --- interfaces --- */

/* Move all members, with the interface before their names. */
static void openapi_move(
	struct openapi *o, cJSON *from, const char *interface, cJSON *to)
{
	while (from && from->child) {
		cJSON *item = cJSON_DetachItemViaPointer(from, from->child);
		CLEANUP(free) char *name = NULL;

		if (string_format(&name, "%s.%s", interface, item->string) < 0)
			o->failed = true;
		openapi_put(o, name ? to : NULL, name, item);
	}
}

/* Tell each error where its status is told. */
static void openapi_tell_errors(
	struct openapi *o, const cJSON *errors, const char *interface)
{
	const cJSON *error = NULL;

	cJSON_ArrayForEach(error, errors)
	{
		CLEANUP(free) char *name = NULL;
		char status[12];

		if (string_format(&name, "%s.%s", interface, error->string) <
			0) {
			o->failed = true;
			return;
		}
		(void)snprintf(
			status, sizeof(status), "%d", call_error_status(name));
		openapi_put(o,
			openapi_get(openapi_get(openapi_part(o, "responses"),
					    status),
				"x-errors"),
			NULL, cJSON_CreateString(name));
	}
}

static int openapi_add_interface(struct openapi *o, const char *text)
{
	CLEANUP(json_free) cJSON *interface = NULL;
	cJSON *schemas = openapi_part(o, "schemas");
	cJSON *tag = cJSON_CreateObject();
	const char *name = NULL;
	int r = interface_schema_parse(text, &interface);

	name = openapi_text(interface, "name");
	openapi_put_text(o, tag, "name", name);
	openapi_put_text(
		o, tag, "description", openapi_text(interface, "description"));
	openapi_put(o, openapi_part(o, "tags"), NULL, tag);
	openapi_tell_errors(o, openapi_get(interface, "errors"), name);
	openapi_move(o, openapi_get(interface, "types"), name, schemas);
	openapi_move(o, openapi_get(interface, "errors"), name, schemas);
	openapi_move(
		o, openapi_get(interface, "methods"), name, o->methods.object);
	return r;
}

/* --- methods --- */

static void openapi_put_parameters(
	struct openapi *o, cJSON *operation, cJSON *parameters)
{
	cJSON *body = openapi_get(operation, "requestBody");
	cJSON *content = openapi_get(openapi_get(body, "content"), JSON);

	openapi_put(o, body, "required",
		cJSON_CreateBool(openapi_get(parameters, "required") != NULL));
	openapi_put(
		o, parameters, "additionalProperties", cJSON_CreateBool(false));
	openapi_put(o, content, "schema", cJSON_Duplicate(parameters, true));
}

/* As JSON, or one event each. */
static void openapi_put_reply(struct openapi *o, cJSON *operation,
	enum call_replies replies, const cJSON *reply)
{
	cJSON *content = openapi_get(
		openapi_get(openapi_get(operation, "responses"), "200"),
		"content");

	if (replies == CALL_ONE)
		cJSON_DeleteItemFromObjectCaseSensitive(content, EVENTS);
	else
		openapi_put(o, openapi_get(content, EVENTS), "x-event-schema",
			cJSON_Duplicate(reply, true));
	if (replies != CALL_ONE && replies != CALL_EITHER)
		cJSON_DeleteItemFromObjectCaseSensitive(content, JSON);
	else
		openapi_put(o, openapi_get(content, JSON), "schema",
			cJSON_Duplicate(reply, true));
}

static void openapi_put_security(
	struct openapi *o, cJSON *operation, const struct call_row *row)
{
	cJSON *security = openapi_get(operation, "security");

	openapi_put_text(o, operation, "x-role",
		row->role == ACCESS_LOOK ? "look" : "change");
	if (!call_table_changes(row))
		cJSON_DeleteItemFromObjectCaseSensitive(
			cJSON_GetArrayItem(security, 0), "token");
}

static int openapi_add_call(struct openapi *o, const struct call_row *row)
{
	CLEANUP(free) char *path = NULL;
	const char *dot = strrchr(row->method, '.');
	cJSON *method = openapi_get(o->methods.object, row->method);
	cJSON *item = cJSON_Duplicate(o->call, true);
	cJSON *operation = openapi_get(item, "post");
	cJSON *tag = cJSON_CreateString(row->method);

	if (tag && dot)
		tag->valuestring[dot - row->method] = '\0';
	openapi_put_text(o, operation, "operationId", row->method);
	openapi_put(o, openapi_get(operation, "tags"), NULL, tag);
	openapi_put_text(o, operation, "description",
		openapi_text(method, "description"));
	openapi_put_security(o, operation, row);
	openapi_put_parameters(o, operation, openapi_get(method, "parameters"));
	openapi_put_reply(
		o, operation, row->replies, openapi_get(method, "reply"));
	if (string_format(&path, CALL "%s", row->method) < 0)
		o->failed = true;
	openapi_put(o, path ? openapi_part(o, "paths") : NULL, path, item);
	return method ? 0 : -EINVAL;
}

int openapi_make(cJSON **ret)
{
	CLEANUP(openapi_done)
	struct openapi o = {
		.document.object = cJSON_Parse(openapi_json),
		.methods.object = cJSON_CreateObject(),
	};
	size_t count = 0;
	const struct call_row *rows = call_table_rows(&count);
	int r = 0;

	o.call = cJSON_DetachItemFromObjectCaseSensitive(
		openapi_part(&o, "paths"), CALL);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(openapi_interfaces); i++)
		r = openapi_add_interface(&o, openapi_interfaces[i]);
	openapi_put_text(&o, openapi_get(o.document.object, "info"), "version",
		CERTPROV_VERSION);
	for (size_t i = 0; r == 0 && i < count; i++)
		r = openapi_add_call(&o, &rows[i]);
	if (r == 0 && o.failed)
		r = -ENOMEM;
	return r < 0 ? r : json_take(&o.document, ret);
}

void openapi_handle(struct access *a, struct exchange *e)
{
	CLEANUP(json_free) cJSON *document = NULL;
	struct access_user user = {0};

	if (access_check(a, e, ACCESS_LOOK, false, &user) < 0)
		return;
	if (openapi_make(&document) < 0)
		call_error_answer_failure(e, CALL_NO_MEMORY);
	else
		exchange_answer_json(e, 200, document);
}
