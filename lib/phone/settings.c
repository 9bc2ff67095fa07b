/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/phone/settings.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/string.h"
#include "lib/net/url-names.h"
#include "lib/net/url.h"

#define BLANKS " \t\r\n"
#define NAME_FLAGS_MAX 31U
#define REFRESH_MAX_DIGITS 8

/* --- what a value looks like --- */

static int settings_check_one_of(
	const char *value, const char *const choices[], size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(value, choices[i]) == 0)
			return 0;
	return -EINVAL;
}

static bool settings_is_text(const char *text, size_t len, const char *whole)
{
	return strlen(whole) == len && memcmp(text, whole, len) == 0;
}

static int settings_check_on_off(const char *value)
{
	static const char *const choices[] = {"on", "off"};

	return settings_check_one_of(value, choices, ARRAY_SIZE(choices));
}

static int settings_check_policy(const char *value)
{
	static const char *const choices[] = {"never_update", "settings_only",
		"auto_update", "ask_for_update"};

	return settings_check_one_of(value, choices, ARRAY_SIZE(choices));
}

/* Digits that were checked, as a number. */
static unsigned settings_number_of(const char *digits)
{
	unsigned n = 0;

	for (; *digits; digits++)
		n = n * 10 + (unsigned)(*digits - '0');
	return n;
}

static int settings_check_name_flags(const char *value)
{
	size_t len = strlen(value);

	if (len == 0 || len > 2 || strspn(value, "0123456789") != len)
		return -EINVAL;
	return settings_number_of(value) > NAME_FLAGS_MAX ? -EINVAL : 0;
}

static int settings_check_back_off(const char *value)
{
	struct backoff ignored;

	return backoff_parse(value, &ignored);
}

/* Names with what follows success: "redirection:stop pnp:proceed". */
static int settings_check_order(const char *value)
{
	static const char name[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	const char *at = value;

	while (*at) {
		size_t len = strspn(at, name);
		const char *then = at + len;

		if (len == 0)
			return -EINVAL;
		if (*then == ':') {
			len = strspn(++then, name);
			if (!settings_is_text(then, len, "stop") &&
				!settings_is_text(then, len, "proceed"))
				return -EINVAL;
			then += len;
		}
		at = then + strspn(then, BLANKS);
		if (*at && at == then)
			return -EINVAL;
	}
	return 0;
}

static int settings_check_refresh(const char *value)
{
	size_t len = strlen(value);

	if (len == 0 || len > REFRESH_MAX_DIGITS ||
		strspn(value, "0123456789") != len)
		return -EINVAL;
	return settings_number_of(value) > SETTING_MAX_REFRESH_SECONDS ? -EINVAL
								       : 0;
}

/* A URL once the variables are filled in, for any phone. */
static int settings_parse_server(const char *value, struct url *ret)
{
	static const struct url_variables any = {
		.mac = "000000000000", .phone_type = "snom"};
	CLEANUP(free) char *expanded = NULL;
	int r = url_expand(value, &any, &expanded, NULL);

	return r < 0 ? r : url_parse(expanded, ret);
}

static int settings_check_server(const char *value)
{
	CLEANUP(url_done) struct url u = {0};
	int r = settings_parse_server(value, &u);

	return r < 0 && r != -ENOMEM ? -EINVAL : r;
}

/* --- the table --- */

static const struct setting table[SETTING__END] = {
	[SETTING_TLS_SERVER_AUTHENTICATION] =
		{
			.name = "tls_server_authentication",
			.doc = "verify the certificates of TLS servers",
			.since = "8.2.30, ignored from 10.0",
			.source = "TLS Support, Server Authentication",
			.trust = true,
			.exists_by = RULE_VERIFICATION_SETTING,
			.fallback = "off",
			.fallback_varies = true,
			.fallback_rule = RULE_VERIFICATION_FORCED,
			.fallback_by_rule = "on",
			.check = settings_check_on_off,
			.syntax = "on or off",
		},
	[SETTING_CHECK_FQDN] =
		{
			.name = "check_fqdn_against_server_cert",
			.doc = "verify that the certificate is for the host that was asked for",
			.since = "8.8.3.26",
			.source = "setting page check_fqdn_against_server_cert",
			.trust = true,
			.exists_by = RULE_NAME_CHECK_SETTING,
			.fallback = "off",
			.fallback_varies = true,
			.fallback_rule = RULE_NAME_CHECK_DEFAULT_ON,
			.fallback_by_rule = "on",
			.check = settings_check_on_off,
			.syntax = "on or off",
		},
	[SETTING_NAME_FLAGS] =
		{
			.name = "host_name_validation_flags",
			.doc = "how names are matched: 1 subject too, 2 no wildcards, 4 no partial wildcards, 8 multi-label wildcards, 16 single-label subdomains",
			.since = "8.7.5",
			.source = "setting page host_name_validation_flags",
			.trust = true,
			.exists_by = RULE_NAME_FLAGS_SETTING,
			.fallback = "0",
			.fallback_varies = true,
			.fallback_rule = RULE_NAME_FLAGS_NO_WILDCARDS,
			.fallback_by_rule = "2",
			.check = settings_check_name_flags,
			.syntax = "a sum of 1, 2, 4, 8 and 16: 0 to 31",
		},
	[SETTING_SETTING_SERVER] =
		{
			.name = "setting_server",
			.doc = "the URL to provision from",
			.source = "Auto Provisioning",
			.always = true,
			.fallback = "",
			.check = settings_check_server,
			.syntax =
				"an http or https URL; {mac} and {phone_type} are filled in",
		},
	[SETTING_UPDATE_POLICY] =
		{
			.name = "update_policy",
			.doc = "with never_update, provisioning downloads nothing; from a file, it still reads the files that could lift it",
			.source = "setting page update_policy",
			.always = true,
			.fallback = "settings_only",
			.check = settings_check_policy,
			.syntax =
				"never_update, settings_only, auto_update or ask_for_update",
		},
	/*
	 * The vendor has it from 8.7 and gave the empty value a meaning of
	 * its own ("old behaviour", not described) until 10.1.39.0. Here it
	 * paces this daemon, whatever the firmware, and empty is the default.
	 */
	[SETTING_BACK_OFF] =
		{
			.name = "prov_back_off_timer",
			.doc = "how long to wait after a failed provisioning run",
			.since = "8.7",
			.source = "setting page prov_back_off_timer",
			.always = true,
			.fallback = BACKOFF_DEFAULT,
			.check = settings_check_back_off,
			.syntax =
				"seconds, ranges and a limit: 120, 3,6:300 or 5,10;10,20",
		},
	/* Of its sources this daemon knows only the setting server. */
	[SETTING_PROVISIONING_ORDER] =
		{
			.name = "provisioning_order",
			.doc = "where the phone looks for its setting server; a change in a file begins another run",
			.since = "8.7.3",
			.source = "setting page provisioning_order",
			.always = true,
			.fallback =
				"redirection:stop pnp:stop dhcp:stop tr69:stop",
			.check = settings_check_order,
			.syntax =
				"names with blanks between, each with :stop or :proceed",
		},
	[SETTING_REFRESH_TIMER] =
		{
			.name = "settings_refresh_timer",
			.doc = "provision again after so many seconds, where that is sooner than RefreshInterval",
			.source = "deployed files",
			.always = true,
			.fallback = "0",
			.check = settings_check_refresh,
			.syntax = "seconds, 0 to 31536000; 0: not by itself",
		},
};

static const struct setting_result_info results[SETTING_RESULT__END] = {
	[SETTING_APPLIED] =
		{
			.name = "setting-applied",
			.sentence = "The setting has the new value.",
			.good = true,
		},
	[SETTING_UNCHANGED] =
		{
			.name = "setting-unchanged",
			.sentence = "The setting has this value already.",
			.good = true,
		},
	[SETTING_UNKNOWN] =
		{
			.name = "setting-unknown",
			.sentence =
				"certprov does not act on a setting of this name.",
			.remedy =
				"Nothing to do if the phone itself reads it; otherwise check the spelling.",
		},
	[SETTING_NOT_ON_FIRMWARE] =
		{
			.name = "setting-not-on-firmware",
			.sentence = "This firmware does not have the setting.",
			.remedy =
				"See `certprovctl rules` for what the version knows; upgrade the firmware to use it.",
		},
	[SETTING_FORCED] =
		{
			.name = "setting-forced",
			.sentence =
				"This firmware always verifies servers; the setting is ignored.",
			.remedy =
				"Remove it from the file; to reach a server with a private CA, provision that CA.",
		},
	[SETTING_INDEXED] =
		{
			.name = "setting-indexed",
			.sentence =
				"The setting has no index; the element with idx is ignored.",
			.remedy = "Remove the idx attribute.",
		},
	[SETTING_INVALID] =
		{
			.name = "setting-invalid",
			.sentence =
				"The value is not one the setting can have; the old one stays.",
			.remedy = "Correct the value in the file.",
		},
	[SETTING_ADMIN_SET] =
		{
			.name = "setting-admin-set",
			.sentence =
				"An administrator set this setting on the phone; provisioning does not change it.",
			.remedy =
				"Set it back to its default on the phone to let provisioning decide.",
		},
	[SETTING_UNAUTHENTICATED] =
		{
			.name = "unauthenticated-source",
			.sentence =
				"The document was not authenticated, and may change neither whom this phone trusts nor how it is provisioned.",
			.remedy =
				"Serve it over HTTPS with a certificate this phone trusts.",
		},
};

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

const struct setting *setting_get(enum setting_id id)
{
	assert(id < SETTING__END);
	return &table[id];
}

int setting_find(const char *name, enum setting_id *ret)
{
	for (enum setting_id id = 0; id < SETTING__END; id++) {
		if (strcmp(table[id].name, name) != 0)
			continue;
		*ret = id;
		return 0;
	}
	return -ENOENT;
}

enum setting_presence setting_presence(
	enum setting_id id, const struct firmware *f)
{
	const struct setting *row = setting_get(id);

	if (row->always || firmware_has(f, row->exists_by))
		return SETTING_PRESENT;
	if (id == SETTING_TLS_SERVER_AUTHENTICATION &&
		firmware_has(f, RULE_VERIFICATION_FORCED))
		return SETTING_IGNORED;
	return SETTING_ABSENT;
}

const char *setting_default(enum setting_id id, const struct firmware *f)
{
	const struct setting *row = setting_get(id);

	if (row->fallback_varies && firmware_has(f, row->fallback_rule))
		return row->fallback_by_rule;
	return row->fallback;
}

bool setting_is_secret(enum setting_id id, const char *value)
{
	CLEANUP(url_done) struct url u = {0};

	if (id != SETTING_SETTING_SERVER || !value || !*value)
		return false;
	/* what cannot be read might hold anything */
	return settings_parse_server(value, &u) < 0 || u.userinfo;
}

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

const struct setting_result_info *setting_result_get(enum setting_result r)
{
	assert(r < SETTING_RESULT__END);
	return &results[r];
}

/* --- values --- */

void settings_done(struct settings *s)
{
	for (size_t i = 0; i < SETTING__END; i++)
		free(s->values[i].value);
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

/* Without the white space around it; NULL is empty. -EINVAL when too long. */
static int settings_trimmed(const char *value, char **ret)
{
	const char *start = value ? value + strspn(value, BLANKS) : "";
	size_t len = strlen(start);
	char *text = NULL;

	while (len > 0 && strchr(BLANKS, start[len - 1]))
		len--;
	if (len > SETTING_MAX_CHARS)
		return -EINVAL;
	text = strndup(start, len);
	if (!text)
		return -ENOMEM;
	*ret = text;
	return 0;
}

/* A value fit for its setting; the empty one always is. */
static int settings_checked(enum setting_id id, const char *value, char **ret)
{
	CLEANUP(free) char *text = NULL;
	int r = settings_trimmed(value, &text);

	if (r == 0 && *text)
		r = table[id].check(text);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(text);
	return 0;
}

static void settings_take_value(struct setting_value *v,
	enum setting_origin origin, const char *permission, char *value)
{
	size_t len = permission ? strlen(permission) : 0;

	free(v->value);
	*v = (struct setting_value){.value = value, .origin = origin};
	if (len < sizeof(v->permission))
		memcpy(v->permission, permission ? permission : "", len);
}

/* The results that need no look at the value. */
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
	return strcmp(v->value ? v->value : "", value) == 0;
}

/* A value that is valid here: taken, or why not. */
static enum setting_result settings_decide(const struct settings *s,
	enum setting_id id, const struct setting_offer *offer,
	const char *value)
{
	const struct setting_value *v = &s->values[id];

	if (settings_is_value(v, value))
		return SETTING_UNCHANGED;
	if (!offer->may_trust)
		return SETTING_UNAUTHENTICATED;
	if (v->origin == SETTING_FROM_ADMIN)
		return SETTING_ADMIN_SET;
	return SETTING_APPLIED;
}

int settings_offer(struct settings *s, const struct firmware *f,
	const struct setting_offer *offer, enum setting_result *ret)
{
	CLEANUP(free) char *value = NULL;
	enum setting_id id = SETTING__END;
	enum setting_result result = SETTING_UNKNOWN;
	int r = 0;

	if (setting_find(offer->name, &id) == 0)
		result = offer->indexed ? SETTING_INDEXED
					: settings_refusal(id, f);
	if (result == SETTING_APPLIED) {
		r = settings_checked(id, offer->value, &value);
		if (r == -ENOMEM)
			return r;
		result = r < 0 ? SETTING_INVALID
			       : settings_decide(s, id, offer, value);
	}
	if (result == SETTING_APPLIED)
		settings_take_value(&s->values[id], SETTING_FROM_PROVISIONING,
			offer->permission, TAKE_PTR(value));
	*ret = result;
	return 0;
}

int settings_set(struct settings *s, const struct firmware *f,
	enum setting_id id, const char *value, enum setting_result *ret)
{
	CLEANUP(free) char *text = NULL;
	struct setting_value *v = &s->values[id];
	enum setting_result result = settings_refusal(id, f);
	int r = 0;

	if (!value) {
		*ret = v->value ? SETTING_APPLIED : SETTING_UNCHANGED;
		settings_take_value(v, SETTING_FROM_DEFAULT, NULL, NULL);
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
			v, SETTING_FROM_ADMIN, NULL, TAKE_PTR(text));
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
	settings_take_value(&s->values[id], stored->origin, stored->permission,
		TAKE_PTR(text));
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

const char *verification_name(enum verification v)
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

unsigned settings_name_flags(const struct settings *s, const struct firmware *f)
{
	return settings_number_of(settings_effective(s, f, SETTING_NAME_FLAGS));
}

void settings_fill_policy(const struct settings *s, const struct firmware *f,
	struct policy *policy)
{
	policy->firmware = *f;
	policy->verification = settings_verification(s, f);
	policy->name_check = settings_checks_names(s, f);
	policy->name_flags = settings_name_flags(s, f);
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

uint32_t settings_refresh_s(const struct settings *s, const struct firmware *f)
{
	return settings_number_of(
		settings_effective(s, f, SETTING_REFRESH_TIMER));
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
