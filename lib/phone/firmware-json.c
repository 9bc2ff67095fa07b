/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/phone/firmware-json.h"

#include <errno.h>

#include "lib/base/macros.h"

static cJSON *firmware_json_free(cJSON *json)
{
	cJSON_Delete(json);
	return NULL;
}
DEFINE_CLEANUP(cJSON, firmware_json_free);

/* A field that is left out when there is no value. */
static bool firmware_add_text(
	cJSON *object, const char *name, const char *value)
{
	return !value || cJSON_AddStringToObject(object, name, value);
}

static bool firmware_add_rule(
	cJSON *rules, const struct firmware *f, enum rule_id id)
{
	const struct rule *rule = rule_get(id);
	char since[RULE_TEXT_SIZE];
	char until[RULE_TEXT_SIZE];
	cJSON *row = cJSON_CreateObject();

	if (!row)
		return false;
	if (!cJSON_AddItemToArray(rules, row)) {
		cJSON_Delete(row);
		return false;
	}
	return firmware_add_text(row, "name", rule->name) &&
		cJSON_AddBoolToObject(row, "holds", firmware_has(f, id)) &&
		firmware_add_text(
			row, "since", rule_format(rule->since, since)) &&
		firmware_add_text(
			row, "until", rule_format(rule->until, until)) &&
		firmware_add_text(row, "source", rule->source);
}

int firmware_rules_json(const struct firmware *f, const char *text, cJSON **ret)
{
	CLEANUP(firmware_json_free) cJSON *reply = cJSON_CreateObject();
	cJSON *rules = NULL;

	if (!reply || !firmware_add_text(reply, "firmware", text))
		return -ENOMEM;
	if (!cJSON_AddBoolToObject(reply, "understood", firmware_is_known(f)))
		return -ENOMEM;
	rules = cJSON_AddArrayToObject(reply, "rules");
	if (!rules)
		return -ENOMEM;
	for (enum rule_id id = 0; id < RULE__END; id++)
		if (!firmware_add_rule(rules, f, id))
			return -ENOMEM;
	*ret = TAKE_PTR(reply);
	return 0;
}
