/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/phone/settings-note.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/base/string.h"

/* This firmware does not take it; a value that was set stays for one that
 * does. */
static int settings_note_absent(
	const struct settings *s, enum setting_id id, char **ret)
{
	char firmware[SETTING_FIRMWARE_SIZE];
	const char *value = s->values[id].value;

	return string_format(ret,
		"This firmware does not have the setting (rule %s; firmware "
		"that has it: %s).%s",
		rule_get(setting_get(id)->exists_by)->name,
		setting_firmware_text(id, firmware),
		value && *value ? " The value counts again on one that does."
				: "");
}

/* The default, where it depends on the firmware. */
static int settings_note_default(
	const struct firmware *f, enum setting_id id, char **ret)
{
	const struct setting *row = setting_get(id);
	char all[SETTING_DEFAULT_SIZE];

	if (!row->fallback_varies)
		return 0;
	return string_format(ret,
		"Not set: its default on this firmware is %s (rule %s: %s).",
		setting_default(id, f), rule_get(row->fallback_rule)->name,
		setting_default_text(id, all));
}

/* A check that another setting switches off. */
static const char *settings_note_without(
	const struct settings *s, const struct firmware *f, enum setting_id id)
{
	if (id != SETTING_CHECK_FQDN && id != SETTING_NAME_FLAGS)
		return NULL;
	if (!settings_verifies(s, f))
		return "No effect: this phone does not verify servers.";
	if (id == SETTING_NAME_FLAGS && !settings_checks_names(s, f))
		return "No effect while check_fqdn_against_server_cert is off.";
	return NULL;
}

/* Who may change it, if that is not as usual. */
static const char *settings_note_permission(
	const struct settings *s, enum setting_id id)
{
	if (s->values[id].value && s->values[id].origin == SETTING_FROM_ADMIN)
		return "Set by an administrator: provisioning does not change "
		       "it.";
	return settings_is_read_only(s, id)
		? "Read only by perm= of provisioning; certprovctl set --force "
		  "overrules that."
		: NULL;
}

/* Why the value and what counts differ. */
static int settings_note_difference(const struct settings *s,
	const struct firmware *f, enum setting_id id, char **ret)
{
	const char *value = s->values[id].value;

	switch (setting_presence(id, f)) {
	case SETTING_IGNORED:
		return string_replace(ret,
			"This firmware always verifies servers; the setting is "
			"ignored.");
	case SETTING_ABSENT:
		return settings_note_absent(s, id, ret);
	case SETTING_PRESENT:
		break;
	}
	if (!value)
		return settings_note_default(f, id, ret);
	if (!*value && *setting_default(id, f))
		return string_replace(
			ret, "Set to nothing, which means its default.");
	return 0;
}

int settings_note(const struct settings *s, const struct firmware *f,
	enum setting_id id, char **ret)
{
	CLEANUP(free) char *difference = NULL;
	const char *more = settings_note_without(s, f, id);
	int r = settings_note_difference(s, f, id, &difference);

	if (r < 0)
		return r;
	if (setting_presence(id, f) != SETTING_PRESENT)
		more = NULL;
	else if (!more)
		more = settings_note_permission(s, id);
	if (!difference && !more)
		return string_replace(ret, NULL);
	return string_format(ret, "%s%s%s", difference ? difference : "",
		difference && more ? " " : "", more ? more : "");
}
