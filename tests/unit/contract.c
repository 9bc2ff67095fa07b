/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the interface descriptions where they stand, without a tree of them: a
 * cursor goes over the text of a type, and over the JSON that is to be one.
 */
#include "tests/unit/contract.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprovd/api/io.certprov.admin.varlink.h"
#include "daemon/certprovd/api/io.certprov.identity.varlink.h"
#include "daemon/certprovd/api/io.certprov.trust.varlink.h"
#include "lib/base/string.h"
#include "lib/provisioning/io.certprov.fetch.varlink.h"
#include "lib/varlink/json-writer.h"
#include "lib/varlink/org.varlink.service.varlink.h"
#include "tests/unit/runner.h"

#define SERVICE "org.varlink.service"
#define MAX_NAME 64

static const struct interface {
	const char *name;
	const char *text;
} interfaces[] = {
	{"io.certprov.admin", varlink_admin_description},
	{"io.certprov.fetch", varlink_fetch_description},
	{"io.certprov.identity", varlink_identity_description},
	{"io.certprov.trust", varlink_trust_description},
	{SERVICE, varlink_service_description},
};

/* Where a check is: in a description, and in the names of members. */
struct check {
	const char *text; /* of the interface */
	const char *at;
	char where[256];
};

static _Thread_local char fault[512];
static _Thread_local bool completing; /* what is missing is added */

static const char *contract_fail(const struct check *c, const char *format, ...)
	PRINTF_LIKE(2, 3);

static const char *contract_fail(const struct check *c, const char *format, ...)
{
	int n = snprintf(fault, sizeof(fault), "%s: ", c->where);
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(
		fault + n, sizeof(fault) - (size_t)n, format, arguments);
	va_end(arguments);
	return fault;
}

/* --- the text of a description --- */

static void skip_blank(struct check *c)
{
	for (;;) {
		c->at += strspn(c->at, " \t\n");
		if (*c->at != '#')
			return;
		c->at += strcspn(c->at, "\n");
	}
}

static bool take(struct check *c, const char *token)
{
	skip_blank(c);
	if (strncmp(c->at, token, strlen(token)) != 0)
		return false;
	c->at += strlen(token);
	return true;
}

static void expect(struct check *c, const char *token)
{
	ck_assert_msg(take(c, token), "description: no '%s' at '%.40s'", token,
		c->at);
}

static void take_name(struct check *c, char name[MAX_NAME])
{
	size_t len = 0;

	skip_blank(c);
	while (isalnum((unsigned char)c->at[len]) || c->at[len] == '_')
		len++;
	ck_assert_msg(len > 0 && len < MAX_NAME,
		"description: no name at '%.40s'", c->at);
	(void)snprintf(name, MAX_NAME, "%.*s", (int)len, c->at);
	c->at += len;
}

/* Behind "keyword NAME"; NULL when there is none. */
static const char *find(const char *text, const char *keyword, const char *name)
{
	char line[2 * MAX_NAME];

	(void)snprintf(line, sizeof(line), "\n%s %s", keyword, name);
	for (const char *at = text; (at = strstr(at, line)); at++)
		if (!isalnum((unsigned char)at[strlen(line)]))
			return at + strlen(line);
	return NULL;
}

/* --- a value and its type; of a NULL item only the type is read --- */

/* NOLINTBEGIN(misc-no-recursion) as deep as a description of ours */

static const char *check_type(struct check *c, const cJSON *item);

/* The least that is of the type: empty, zero, the first of its names. */
static cJSON *make_item(struct check c)
{
	char name[MAX_NAME];

	if (take(&c, "[]"))
		return cJSON_CreateArray();
	if (take(&c, "[string]") || take(&c, "object"))
		return cJSON_CreateObject();
	if (take(&c, "bool"))
		return cJSON_CreateFalse();
	if (take(&c, "int") || take(&c, "float"))
		return cJSON_CreateNumber(0);
	if (take(&c, "string"))
		return cJSON_CreateString("");
	if (!take(&c, "(")) {
		take_name(&c, name);
		c.at = find(c.text, "type", name);
		expect(&c, "(");
	}
	take_name(&c, name);
	return take(&c, ":") ? cJSON_CreateObject() : cJSON_CreateString(name);
}

static const cJSON *find_member(
	const struct check *c, const cJSON *object, const char *name)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

	if (item || !object || !completing)
		return item;
	ck_assert(cJSON_AddItemToObject((cJSON *)object, name, make_item(*c)));
	return cJSON_GetObjectItemCaseSensitive(object, name);
}

static const char *check_member(
	struct check *c, const cJSON *object, const char *name)
{
	size_t len = strlen(c->where);
	bool optional = take(c, "?");
	const cJSON *item = optional
		? cJSON_GetObjectItemCaseSensitive(object, name)
		: find_member(c, object, name);
	const char *wrong = NULL;

	(void)snprintf(c->where + len, sizeof(c->where) - len, ".%s", name);
	if (object && !item && !optional)
		wrong = contract_fail(c, "the member is missing");
	if (!wrong)
		wrong = check_type(
			c, optional && cJSON_IsNull(item) ? NULL : item);
	c->where[len] = 0;
	return wrong;
}

/* Members that the description has: each is counted in the object. */
static const char *check_struct(struct check *c, const cJSON *object)
{
	char names[MAX_NAME][MAX_NAME];
	const cJSON *item = NULL;
	size_t count = 0;

	for (bool first = true; !take(c, ")"); first = false) {
		const char *wrong = NULL;

		if (!first)
			expect(c, ",");
		ck_assert_uint_lt(count, MAX_NAME);
		take_name(c, names[count]);
		expect(c, ":");
		wrong = check_member(c, object, names[count++]);
		if (wrong)
			return wrong;
	}
	cJSON_ArrayForEach(item, object)
	{
		size_t i = 0;

		while (i < count && strcmp(names[i], item->string) != 0)
			i++;
		if (i == count)
			return contract_fail(
				c, "there is no member %s", item->string);
	}
	return NULL;
}

/* "a, b, c)": an enum. */
static const char *check_enum(struct check *c, const cJSON *item)
{
	const char *text = cJSON_GetStringValue(item);
	bool found = false;
	char name[MAX_NAME];

	do {
		take_name(c, name);
		found = found || string_equal(text, name);
	} while (take(c, ","));
	expect(c, ")");
	return item && !found
		? contract_fail(c, "not one of the names of the type")
		: NULL;
}

/* Behind "(": an enum has no colon behind its first name. */
static const char *check_parenthesis(struct check *c, const cJSON *item)
{
	struct check ahead = *c;
	char name[MAX_NAME];

	if (!take(&ahead, ")")) {
		take_name(&ahead, name);
		if (!take(&ahead, ":"))
			return check_enum(c, item);
	}
	if (item && !cJSON_IsObject(item))
		return contract_fail(c, "not an object");
	return check_struct(c, item);
}

static const char *check_items(
	struct check *c, const cJSON *list, bool right, const char *kind)
{
	const char *begin = c->at;
	const cJSON *item = NULL;

	if (list && !right)
		return contract_fail(c, "not %s", kind);
	(void)check_type(c, NULL);
	cJSON_ArrayForEach(item, list)
	{
		struct check one = *c;
		const char *wrong = NULL;

		one.at = begin;
		wrong = check_type(&one, item);
		if (wrong)
			return wrong;
	}
	return NULL;
}

static bool is_whole(const cJSON *item)
{
	return cJSON_IsNumber(item) &&
		item->valuedouble == floor(item->valuedouble);
}

static const char *check_plain(
	struct check *c, const char *type, const cJSON *item)
{
	static const struct {
		const char *name;
		cJSON_bool (*is)(const cJSON *);
	} plain[] = {
		{"bool", cJSON_IsBool},
		{"float", cJSON_IsNumber},
		{"object", cJSON_IsObject},
		{"string", cJSON_IsString},
	};

	if (strcmp(type, "int") == 0)
		return item && !is_whole(item) ? contract_fail(c, "not an int")
					       : NULL;
	for (size_t i = 0; i < ARRAY_SIZE(plain); i++)
		if (strcmp(plain[i].name, type) == 0)
			return item && !plain[i].is(item)
				? contract_fail(c, "not a %s", type)
				: NULL;
	ck_abort_msg("description: no type %s", type);
	return NULL;
}

static const char *check_type(struct check *c, const cJSON *item)
{
	char name[MAX_NAME];
	struct check named;

	if (take(c, "[]"))
		return check_items(c, item, cJSON_IsArray(item), "an array");
	if (take(c, "[string]"))
		return check_items(c, item, cJSON_IsObject(item), "a map");
	if (take(c, "("))
		return check_parenthesis(c, item);
	take_name(c, name);
	if (!isupper((unsigned char)*name))
		return check_plain(c, name, item);
	if (!item)
		return NULL;
	named = *c;
	named.at = find(c->text, "type", name);
	ck_assert_msg(named.at, "description: no type %s", name);
	return check_type(&named, item);
}

/* NOLINTEND(misc-no-recursion) */

/* Behind a method's or an error's name; none are as good as {}. */
static const char *check_parameters(struct check *c, const cJSON *parameters)
{
	CLEANUP(json_free) cJSON *none = cJSON_CreateObject();
	bool any = parameters && !cJSON_IsNull(parameters);

	return check_type(c, any ? parameters : none);
}

/* --- methods and errors --- */

/* Sets the check behind the name; false with a fault when it is unknown. */
static bool find_name(struct check *c, const char *keyword, const char *name)
{
	const char *dot = strrchr(name, '.');

	(void)snprintf(c->where, sizeof(c->where), "%s", name);
	for (size_t i = 0; dot && i < ARRAY_SIZE(interfaces); i++) {
		const char *known = interfaces[i].name;

		if (strlen(known) != (size_t)(dot - name) ||
			strncmp(known, name, strlen(known)) != 0)
			continue;
		c->text = interfaces[i].text;
		c->at = find(c->text, keyword, dot + 1);
	}
	if (!c->at)
		(void)contract_fail(c, "there is no such %s", keyword);
	return c->at;
}

const char *contract_call(const char *method, const cJSON *parameters)
{
	struct check c = {0};

	return find_name(&c, "method", method)
		? check_parameters(&c, parameters)
		: fault;
}

const char *contract_reply(const char *method, const cJSON *parameters)
{
	struct check c = {0};

	if (!find_name(&c, "method", method))
		return fault;
	(void)check_type(&c, NULL);
	expect(&c, "->");
	(void)snprintf(c.where, sizeof(c.where), "%s ->", method);
	return check_parameters(&c, parameters);
}

/* What any service answers, in whose words io.systemd.System is not. */
static bool is_of_every_service(const char *error)
{
	return strncmp(error, SERVICE ".", strlen(SERVICE ".")) == 0;
}

static const char *check_system_error(const cJSON *parameters)
{
	static const char text[] =
		"\nerror System (origin: string, errno: int)";
	struct check c = {.text = text, .where = "io.systemd.System"};

	c.at = find(text, "error", "System");
	return check_parameters(&c, parameters);
}

const char *contract_error(
	const char *method, const char *error, const cJSON *parameters)
{
	const char *dot = strrchr(method, '.');
	size_t len = dot ? (size_t)(dot - method) + 1 : 0;
	struct check c = {0};

	if (strcmp(error, "io.systemd.System") == 0)
		return check_system_error(parameters);
	if (!find_name(&c, "error", error))
		return fault;
	if (!is_of_every_service(error) && strncmp(error, method, len) != 0)
		return contract_fail(
			&c, "not an error of the interface of %s", method);
	return check_parameters(&c, parameters);
}

/* --- whole messages --- */

const char *contract_call_message(const cJSON *message)
{
	const cJSON *method = cJSON_GetObjectItem(message, "method");
	const struct check c = {.where = "a call"};

	if (!cJSON_IsString(method))
		return contract_fail(&c, "has no method");
	return contract_call(method->valuestring,
		cJSON_GetObjectItem(message, "parameters"));
}

const char *contract_reply_message(const char *method, const cJSON *message)
{
	const cJSON *parameters = cJSON_GetObjectItem(message, "parameters");
	const cJSON *error = cJSON_GetObjectItem(message, "error");
	const struct check c = {.where = "a reply"};

	if (!cJSON_IsObject(message))
		return contract_fail(&c, "not an object");
	if (error && !cJSON_IsString(error))
		return contract_fail(&c, "an error without a name");
	if (error)
		return contract_error(method, error->valuestring, parameters);
	return contract_reply(method, parameters);
}

const char *contract_exchange(
	const char *method, const cJSON *parameters, const cJSON *reply_message)
{
	const char *wrong = contract_reply_message(method, reply_message);

	if (wrong || cJSON_GetObjectItem(reply_message, "error"))
		return wrong;
	return contract_call(method, parameters);
}

const char *contract_complete(
	const char *method, const char *message, char **ret)
{
	CLEANUP(json_free) cJSON *reply = cJSON_Parse(message);
	const char *wrong = NULL;

	if (cJSON_IsObject(reply) && !cJSON_HasObjectItem(reply, "parameters"))
		(void)cJSON_AddObjectToObject(reply, "parameters");
	completing = true;
	wrong = contract_reply_message(method, reply);
	completing = false;
	*ret = wrong ? NULL : cJSON_PrintUnformatted(reply);
	return wrong;
}

/* --- for tables --- */

bool contract_members(
	const char *method, bool reply, contract_member *member, void *userdata)
{
	struct check c = {0};
	char name[MAX_NAME];
	char type[2 * MAX_NAME];

	if (!find_name(&c, "method", method))
		return false;
	if (reply) {
		(void)check_type(&c, NULL);
		expect(&c, "->");
	}
	expect(&c, "(");
	for (bool first = true; !take(&c, ")"); first = false) {
		const char *begin = NULL;

		if (!first)
			expect(&c, ",");
		take_name(&c, name);
		expect(&c, ":");
		skip_blank(&c);
		begin = c.at;
		(void)take(&c, "?");
		(void)check_type(&c, NULL);
		(void)snprintf(
			type, sizeof(type), "%.*s", (int)(c.at - begin), begin);
		member(userdata, name, type);
	}
	return true;
}
