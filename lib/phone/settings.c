/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/phone/settings.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/string.h"
#include "lib/phone/settings-names.h"

static const char *const origins[SETTING_ORIGIN__END] = {
	[SETTING_FROM_DEFAULT] = "default",
	[SETTING_FROM_PROVISIONING] = "provisioned",
	[SETTING_FROM_ADMIN] = "admin",
};

static const char *const verifications[VERIFICATION__END] = {
	[VERIFICATION_UNSUPPORTED] = "unsupported",
	[VERIFICATION_OFF] = "off",
	[VERIFICATION_ON] = "on",
	[VERIFICATION_FORCED] = "forced",
};

const char *setting_origin_name(enum setting_origin origin)
{
	assert(origin < SETTING_ORIGIN__END);
	return origins[origin];
}

int setting_origin_find(const char *name, enum setting_origin *ret)
{
	for (enum setting_origin o = 0; o < SETTING_ORIGIN__END; o++) {
		if (strcmp(origins[o], name) != 0)
			continue;
		*ret = o;
		return 0;
	}
	return -ENOENT;
}

bool setting_result_is_change(enum setting_result r)
{
	return r == SETTING_APPLIED || r == SETTING_PERMITTED;
}

/* --- values --- */

void settings_free_value(enum setting_id id, char *value)
{
	if (value && setting_get(id)->secret)
		explicit_bzero(value, strlen(value));
	free(value);
}

void settings_done(struct settings *s)
{
	for (enum setting_id id = 0; id < SETTING__END; id++)
		settings_free_value(id, s->values[id].value);
	*s = (struct settings){0};
}

static struct settings settings_take_settings(struct settings *s)
{
	struct settings taken = *s;

	*s = (struct settings){0};
	return taken;
}

int settings_copy(const struct settings *s, struct settings *ret)
{
	CLEANUP(settings_done) struct settings copy = {0};

	for (size_t i = 0; i < SETTING__END; i++) {
		copy.values[i] = s->values[i];
		copy.values[i].value = NULL;
		if (string_replace(&copy.values[i].value, s->values[i].value) <
			0)
			return -ENOMEM;
	}
	*ret = settings_take_settings(&copy);
	return 0;
}

/* Without surrounding white space; NULL is empty. -EINVAL when too long. */
static int settings_trimmed(const char *value, char **ret)
{
	const char *start = value ? value + strspn(value, SETTING_BLANKS) : "";
	size_t len = strlen(start);
	char *text = NULL;

	while (len > 0 && strchr(SETTING_BLANKS, start[len - 1]))
		len--;
	if (len > SETTING_MAX_CHARS)
		return -EINVAL;
	text = strndup(start, len);
	if (!text)
		return -ENOMEM;
	*ret = text;
	return 0;
}

/* A valid value of its setting; the empty one always is. */
static int settings_checked(enum setting_id id, const char *value, char **ret)
{
	char *text = NULL;
	int r = settings_trimmed(value, &text);

	if (r == 0 && *text)
		r = setting_check(id, text);
	if (r == 0)
		*ret = TAKE_PTR(text);
	settings_free_value(id, text);
	return r;
}

static void settings_take_value(struct settings *s, enum setting_id id,
	enum setting_origin origin, const char *permission, char *value)
{
	struct setting_value *v = &s->values[id];
	size_t len = permission ? strlen(permission) : 0;

	settings_free_value(id, v->value);
	*v = (struct setting_value){.value = value, .origin = origin};
	if (len < sizeof(v->permission))
		memcpy(v->permission, permission ? permission : "", len);
}

/* The results that do not depend on the value. */
static enum setting_result settings_refusal(
	enum setting_id id, const struct firmware *f)
{
	switch (setting_presence(id, f)) {
	case SETTING_PRESENT:
		return SETTING_APPLIED;
	case SETTING_ABSENT:
		return SETTING_NOT_ON_FIRMWARE;
	case SETTING_IGNORED:
		return SETTING_FORCED;
	}
	return SETTING_NOT_ON_FIRMWARE;
}

static bool settings_is_value(const struct setting_value *v, const char *value)
{
	return string_equal(v->value ? v->value : "", value);
}

/* A value that counts anyway is no reason to refuse a file that other phones
 * have as well. */
static int settings_is_in_force(const struct settings *s,
	const struct firmware *f, enum setting_id id, const char *value,
	bool *ret)
{
	CLEANUP(free) char *text = NULL;
	int r = settings_trimmed(value, &text);

	*ret = r == 0 && *text &&
		strcmp(text, settings_effective(s, f, id)) == 0;
	return r == -ENOMEM ? r : 0;
}

/* Whether a valid value is taken, or why not. */
static enum setting_result settings_decide(const struct settings *s,
	enum setting_id id, const struct setting_offer *offer,
	const char *value)
{
	const struct setting_value *v = &s->values[id];
	bool same = settings_is_value(v, value);

	if (same && offer->may_trust && v->origin != SETTING_FROM_ADMIN &&
		setting_permission_parse(v->permission) !=
			setting_permission_parse(offer->permission))
		return SETTING_PERMITTED;
	if (same)
		return SETTING_UNCHANGED;
	if (!offer->may_trust)
		return SETTING_UNAUTHENTICATED;
	if (v->origin == SETTING_FROM_ADMIN)
		return SETTING_ADMIN_SET;
	return SETTING_APPLIED;
}

/* What is known before the value is looked at; *ret_id is of a setting that
 * certprov acts on. */
static enum setting_result settings_place(const struct firmware *f,
	const struct setting_offer *offer, enum setting_id *ret_id)
{
	if (offer->misplaced)
		return SETTING_MISPLACED;
	if (setting_find(offer->name, ret_id) == 0)
		return offer->indexed ? SETTING_INDEXED
				      : settings_refusal(*ret_id, f);
	return setting_is_foreseen(offer->name) ? SETTING_NOT_ACTED_ON
						: SETTING_UNKNOWN;
}

/* Not what this firmware takes; is it what counts anyway? */
static int settings_excuse(const struct settings *s, const struct firmware *f,
	enum setting_id id, const char *value, enum setting_result *result)
{
	bool in_force = false;
	int r = 0;

	if (*result != SETTING_FORCED && *result != SETTING_NOT_ON_FIRMWARE)
		return 0;
	r = settings_is_in_force(s, f, id, value, &in_force);
	if (in_force)
		*result = SETTING_UNCHANGED;
	return r;
}

int settings_offer(struct settings *s, const struct firmware *f,
	const struct setting_offer *offer, enum setting_result *ret)
{
	char *value = NULL;
	enum setting_id id = SETTING__END;
	enum setting_result result = settings_place(f, offer, &id);
	int r = 0;

	if (result == SETTING_APPLIED) {
		r = settings_checked(id, offer->value, &value);
		if (r == -ENOMEM)
			return r;
		result = r < 0 ? SETTING_INVALID
			       : settings_decide(s, id, offer, value);
	} else {
		r = settings_excuse(s, f, id, offer->value, &result);
		if (r < 0)
			return r;
	}
	if (setting_result_is_change(result))
		settings_take_value(s, id, SETTING_FROM_PROVISIONING,
			offer->permission, TAKE_PTR(value));
	settings_free_value(id, value);
	*ret = result;
	return 0;
}

bool settings_is_read_only(const struct settings *s, enum setting_id id)
{
	const struct setting_value *v = &s->values[id];

	return v->origin == SETTING_FROM_PROVISIONING &&
		setting_permission_parse(v->permission) == SETTING_READ_ONLY;
}

int settings_set(struct settings *s, const struct firmware *f,
	enum setting_id id, const char *value, enum setting_result *ret)
{
	char *text = NULL;
	struct setting_value *v = &s->values[id];
	enum setting_result result = settings_refusal(id, f);
	int r = 0;

	if (!value) {
		*ret = v->value ? SETTING_APPLIED : SETTING_UNCHANGED;
		settings_take_value(s, id, SETTING_FROM_DEFAULT, NULL, NULL);
		return 0;
	}
	if (result == SETTING_APPLIED) {
		r = settings_checked(id, value, &text);
		if (r == -ENOMEM)
			return r;
		if (r < 0)
			result = SETTING_INVALID;
		else if (v->origin == SETTING_FROM_ADMIN &&
			settings_is_value(v, text))
			result = SETTING_UNCHANGED;
	}
	if (result == SETTING_APPLIED)
		settings_take_value(
			s, id, SETTING_FROM_ADMIN, NULL, TAKE_PTR(text));
	settings_free_value(id, text);
	*ret = result;
	return 0;
}

int settings_restore(struct settings *s, enum setting_id id,
	const struct setting_value *stored)
{
	CLEANUP(free) char *text = NULL;
	int r = settings_checked(id, stored->value, &text);

	if (r < 0)
		return r;
	settings_take_value(
		s, id, stored->origin, stored->permission, TAKE_PTR(text));
	return 0;
}

const char *settings_effective(
	const struct settings *s, const struct firmware *f, enum setting_id id)
{
	const char *value = s->values[id].value;

	if (value && *value && setting_presence(id, f) == SETTING_PRESENT)
		return value;
	return setting_default(id, f);
}

/* --- in the caller's terms --- */

static bool settings_is_on(
	const struct settings *s, const struct firmware *f, enum setting_id id)
{
	return strcmp(settings_effective(s, f, id), "on") == 0;
}

const char *settings_verification_name(enum verification v)
{
	assert(v < VERIFICATION__END);
	return verifications[v];
}

enum verification settings_verification(
	const struct settings *s, const struct firmware *f)
{
	if (firmware_has(f, RULE_VERIFICATION_FORCED))
		return VERIFICATION_FORCED;
	if (!firmware_has(f, RULE_VERIFICATION_SETTING))
		return VERIFICATION_UNSUPPORTED;
	return settings_is_on(s, f, SETTING_TLS_SERVER_AUTHENTICATION)
		? VERIFICATION_ON
		: VERIFICATION_OFF;
}

bool settings_verifies(const struct settings *s, const struct firmware *f)
{
	enum verification v = settings_verification(s, f);

	return v == VERIFICATION_ON || v == VERIFICATION_FORCED;
}

bool settings_checks_names(const struct settings *s, const struct firmware *f)
{
	return settings_verifies(s, f) &&
		settings_is_on(s, f, SETTING_CHECK_FQDN);
}

unsigned settings_number(
	const struct settings *s, const struct firmware *f, enum setting_id id)
{
	return setting_number(settings_effective(s, f, id));
}

void settings_fill_policy(const struct settings *s, const struct firmware *f,
	struct policy *policy)
{
	policy->firmware = *f;
	policy->verification = settings_verification(s, f);
	policy->name_check = settings_checks_names(s, f);
	policy->name_flags = settings_number(s, f, SETTING_NAME_FLAGS);
	policy->sip_names = firmware_has(f, RULE_SIP_NAME_RULE);
}

bool settings_forbid_downloads(
	const struct settings *s, const struct firmware *f)
{
	return strcmp(settings_effective(s, f, SETTING_UPDATE_POLICY),
		       "never_update") == 0;
}

bool settings_forbid_runs(const struct settings *s, const struct firmware *f)
{
	return s->values[SETTING_UPDATE_POLICY].origin == SETTING_FROM_ADMIN &&
		settings_forbid_downloads(s, f);
}

struct backoff settings_back_off(
	const struct settings *s, const struct firmware *f)
{
	struct backoff b = {.count = 0};
	int r = backoff_parse(settings_effective(s, f, SETTING_BACK_OFF), &b);

	/* every way in has checked it */
	assert(r == 0);
	(void)r;
	return b;
}
