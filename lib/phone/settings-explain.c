/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/phone/settings-explain.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/macros.h"
#include "lib/base/near.h"
#include "lib/base/string.h"
#include "lib/base/text.h"
#include "lib/net/url.h"
#include "lib/phone/settings-names.h"
#include "lib/verdict/verdict.h"

#define RULE "[ (rule {rule})]"
#define COUNTS "[ {effective} counts.]"

static const struct setting_result_info results[SETTING_RESULT__END] = {
	[SETTING_APPLIED] =
		{
			.name = "setting-applied",
			.sentence =
				"{setting} is now {value}; it was {former}.",
			.good = true,
		},
	[SETTING_UNCHANGED] =
		{
			.name = "setting-unchanged",
			.sentence = "{setting} is {value} already.",
			.good = true,
		},
	[SETTING_PERMITTED] =
		{
			.name = "setting-permission",
			.sentence =
				"{setting} is {value} already; its permission is now {detail}.",
			.good = true,
		},
	[SETTING_UNKNOWN] =
		{
			.name = "setting-unknown",
			.sentence =
				"certprov does not use a setting of the name {setting}[; the nearest that it uses is {meant}].",
			.remedy =
				"[Write {meant} if that is meant. ]If the phone itself uses it, there is nothing to do; otherwise check the spelling.",
		},
	[SETTING_NOT_ACTED_ON] =
		{
			.name = "setting-not-acted-on",
			.sentence =
				"{setting} is not acted on by this version of certprov; its value is neither used nor kept.",
			.remedy =
				"Leave it in the file if other software of the phone uses it.",
		},
	[SETTING_MISPLACED] =
		{
			.name = "setting-misplaced",
			.sentence =
				"{setting} is not read in this place, so it has no effect[: {detail}].",
			.remedy =
				"Make it a child of <phone-settings>, without a prefix or xmlns.",
		},
	[SETTING_NOT_ON_FIRMWARE] =
		{
			.name = "setting-not-on-firmware",
			.sentence =
				"{setting} does not exist on {firmware}" RULE
				", so {value} has no effect." COUNTS,
			.remedy =
				"[Firmware that has it: {since}. ]certprovctl rules shows what each version knows.",
		},
	[SETTING_FORCED] =
		{
			.name = "setting-forced",
			.sentence =
				"{setting} has no effect on {firmware}, which always verifies servers" RULE
				"; {value} is ignored." COUNTS,
			.remedy =
				"Remove it from the file; to reach a server with a private CA, provision that CA.",
		},
	[SETTING_INDEXED] =
		{
			.name = "setting-indexed",
			.sentence =
				"{setting} has no index, so the element with idx=\"{detail}\" and its value {value} are ignored." COUNTS,
			.remedy = "Remove the idx attribute.",
		},
	[SETTING_INVALID] =
		{
			.name = "setting-invalid",
			.sentence =
				"{setting} cannot be {value}: {fault}.[ {effective} still counts.]",
			.remedy = "Write {allowed}.",
		},
	[SETTING_ADMIN_SET] =
		{
			.name = "setting-admin-set",
			.sentence =
				"An administrator set {setting} to {effective} on this phone, so {value} in the file is ignored.",
			.remedy =
				"To let provisioning decide again: certprovctl set {setting}",
		},
	[SETTING_LOCKED] =
		{
			.name = "setting-read-only",
			.sentence =
				"Provisioning made {setting} read only, so it stays {effective}.",
			.remedy =
				"Let the file give it perm=\"RW\", or overrule it: certprovctl set --force {setting}",
		},
	[SETTING_UNAUTHENTICATED] =
		{
			.name = "unauthenticated-source",
			.sentence =
				"{setting} does not become {value}: the document was not authenticated, and may change neither whom this phone trusts nor how it is provisioned.[ {effective} still counts.]",
			.remedy =
				"Serve it over HTTPS with a certificate this phone trusts.",
		},
	[SETTING_OTHERS] =
		{
			.name = "settings-not-used",
			.sentence =
				"The documents have settings of names that certprov does not use: {detail}. None of them is kept.",
			.good = true,
		},
	[SETTING_WOULD_LOCK_OUT] =
		{
			.name = "would-lock-out",
			.sentence =
				"{setting} does not become {value}: this phone would then no longer trust {host}, which it is provisioned from. {detail}[ {effective} still counts.]",
			.remedy =
				"Mend that first: a certificate for the server with the name or address that is asked for, or its CA in the files. To apply it all the same: certprovctl set {setting} VALUE --force",
		},
};

const struct setting_result_info *setting_result_get(enum setting_result r)
{
	return &results[(unsigned)r < SETTING_RESULT__END ? r : 0];
}

void settings_words_done(struct setting_words *w)
{
	free(w->value);
	free(w->former);
	free(w->reason);
	free(w->remedy);
	*w = (struct setting_words){0};
}

/* --- values --- */

/* In place of a value that is shown to nobody. */
#define SETTING_HIDDEN "(secret)"

static bool settings_explain_hides(const struct setting_event *e)
{
	return e->id != SETTING__END && setting_get(e->id)->secret;
}

/* A value may be a URL with a password, whatever the setting. */
static int settings_explain_shown(
	const struct setting_event *e, const char *value, char **ret)
{
	CLEANUP(free) char *trimmed = NULL;
	CLEANUP(free) char *redacted = NULL;
	size_t len = 0;
	int r = 0;

	value += strspn(value, SETTING_BLANKS);
	if (*value && settings_explain_hides(e))
		return string_replace(ret, SETTING_HIDDEN);
	len = strlen(value);
	while (len > 0 && strchr(SETTING_BLANKS, value[len - 1]))
		len--;
	trimmed = strndup(value, len);
	if (!trimmed)
		return -ENOMEM;
	r = url_redact(trimmed, &redacted);
	return r < 0 ? r
		     : text_escape(redacted, strlen(redacted),
			       SETTING_MAX_SHOWN_BYTES, ret);
}

#define NOT_SHOWN "(not shown)"

/* Fingerprints, of which the first says which certificate it is. Whatever else
 * it may be, a key perhaps, is shown to nobody. */
static bool settings_explain_is_certificate(const char *value)
{
	return *value && setting_check(SETTING_WEBSERVER_CERT, value) == 0;
}

int settings_explain_certificate(const char *value, char **ret)
{
	if (!*value)
		return string_replace(ret, "the built-in certificate");
	if (!settings_explain_is_certificate(value))
		return string_replace(ret, NOT_SHOWN);
	return string_format(ret, "the certificate with SHA-256 %.*s",
		(int)strcspn(value, " "), value);
}

static int settings_explain_leaf(const char *value, char **ret)
{
	return settings_explain_is_certificate(value)
		? string_format(ret, "%.*s", (int)strcspn(value, " "), value)
		: string_replace(ret, "");
}

/* In a sentence: quoted; or its default; or that nothing is set. */
static int settings_explain_quoted(
	const struct setting_event *e, const char *value, char **ret)
{
	CLEANUP(free) char *shown = NULL;
	const char *fallback = e->id == SETTING__END
		? ""
		: setting_default(e->id, e->firmware);
	int r = 0;

	if (e->id == SETTING_WEBSERVER_CERT)
		return settings_explain_certificate(value ? value : "", ret);
	r = settings_explain_shown(e, value ? value : "", &shown);

	if (r < 0)
		return r;
	if (*shown && settings_explain_hides(e))
		return string_replace(ret, shown);
	if (*shown)
		return string_format(ret, "\"%s\"", shown);
	if (*fallback)
		return string_format(ret, "its default, \"%s\"", fallback);
	return string_replace(ret, "not set");
}

/* What counts now; nothing for a setting server that is not set, because the
 * configuration may have one. */
static int settings_explain_effective(const struct setting_event *e, char **ret)
{
	const char *value = settings_effective(e->settings, e->firmware, e->id);

	/* It may begin a sentence. */
	if (*value && e->id == SETTING_WEBSERVER_CERT)
		return string_format(
			ret, "\"%.*s\"", (int)strcspn(value, " "), value);
	if (*value)
		return settings_explain_quoted(e, value, ret);
	return e->result == SETTING_ADMIN_SET || e->result == SETTING_LOCKED
		? string_replace(ret, "nothing")
		: 0;
}

/* --- the sentence --- */

/* The texts that facts borrow. */
struct setting_facts {
	struct facts facts;
	char *value;
	char *former;
	char *effective;
	char *fault;
	char *firmware;
	char index[24];
	char since[SETTING_FIRMWARE_SIZE];
};

static void settings_facts_done(struct setting_facts *f)
{
	free(f->value);
	free(f->former);
	free(f->effective);
	free(f->fault);
	free(f->firmware);
}
DEFINE_CLEANUP_EMBEDDED(struct setting_facts, settings_facts_done);

static int settings_explain_firmware(const struct firmware *f, char **ret)
{
	char version[FIRMWARE_TEXT_SIZE];

	if (!firmware_is_known(f))
		return string_replace(ret, "a firmware of unknown version");
	firmware_format(f, version);
	return string_format(ret, "firmware %s", version);
}

/* Facts of a setting that certprov knows. */
static int settings_explain_known(
	const struct setting_event *e, struct setting_facts *f)
{
	const struct setting *row = setting_get(e->id);
	/* Nobody has read it, or will. */
	bool unread = e->id == SETTING_WEBSERVER_CERT && !e->value;
	int r = unread ? string_replace(&f->value, NOT_SHOWN)
		       : settings_explain_quoted(e, e->value, &f->value);

	if (r == 0)
		r = settings_explain_quoted(e, e->former, &f->former);
	if (r == 0)
		r = settings_explain_effective(e, &f->effective);
	if (r == 0)
		r = settings_explain_firmware(e->firmware, &f->firmware);
	if (r == 0 && e->result == SETTING_INVALID)
		r = setting_fault(e->id, e->value ? e->value : "", &f->fault);
	if (r < 0)
		return r;
	if (e->result == SETTING_FORCED)
		f->facts.rule = rule_get(RULE_VERIFICATION_FORCED)->name;
	else if (!row->always)
		f->facts.rule = rule_get(row->exists_by)->name;
	f->facts.since = setting_firmware_text(e->id, f->since);
	f->facts.allowed = row->syntax;
	return 0;
}

/* The section of settings may be misspelt as well. */
static const char *settings_explain_near(const char *name)
{
	static const char *const section[] = {"phone-settings"};
	enum setting_id id = SETTING__END;

	if (setting_find_near(name, &id) == 0)
		return setting_get(id)->name;
	return near_find(name, section, ARRAY_SIZE(section));
}

static const char *settings_explain_detail(
	const struct setting_event *e, const char *index)
{
	if (e->result == SETTING_WOULD_LOCK_OUT)
		return e->because;
	if (e->result == SETTING_MISPLACED)
		return e->misplaced;
	if (e->result == SETTING_PERMITTED)
		return setting_permission_name(
			setting_permission_parse(e->permission));
	return index;
}

static int settings_explain_facts(
	const struct setting_event *e, struct setting_facts *f)
{
	int r = e->id == SETTING__END ? 0 : settings_explain_known(e, f);

	if (r < 0)
		return r;
	(void)snprintf(f->index, sizeof(f->index), "%" PRId64, e->index);
	f->facts.setting = e->name;
	f->facts.value = f->value;
	f->facts.former = f->former;
	f->facts.effective = f->effective;
	f->facts.fault = f->fault;
	f->facts.firmware = f->firmware;
	f->facts.detail = settings_explain_detail(e, f->index);
	f->facts.host = e->server;
	if (e->result == SETTING_UNKNOWN)
		f->facts.meant = settings_explain_near(e->name);
	return 0;
}

/* The leaf says which certificate it is. */
static int settings_explain_leaves(
	const struct setting_event *e, struct setting_words *w)
{
	int r = settings_explain_leaf(e->value ? e->value : "", &w->value);

	return r == 0 && e->result == SETTING_APPLIED
		? settings_explain_leaf(e->former ? e->former : "", &w->former)
		: r;
}

/* The value of a setting nobody knows may be any secret of the phone. */
static int settings_explain_values(
	const struct setting_event *e, struct setting_words *w)
{
	const char *former = e->former && *e->former ? e->former
		: e->id == SETTING__END              ? ""
					: setting_default(e->id, e->firmware);
	int r = 0;

	if (e->id == SETTING_WEBSERVER_CERT)
		return settings_explain_leaves(e, w);
	if (e->id != SETTING__END)
		r = settings_explain_shown(
			e, e->value ? e->value : "", &w->value);
	if (r == 0 && e->result == SETTING_APPLIED)
		r = settings_explain_shown(e, former, &w->former);
	return r;
}

/* The value was set, which may not be what action= was written for. */
static int settings_explain_action(
	const struct setting_event *e, struct setting_words *w)
{
	CLEANUP(free) char *before = w->reason;
	const char *what = "which only knows \"remove\"";

	w->reason = NULL;
	if (!e->action || !*e->action || !setting_result_get(e->result)->good)
		what = NULL;
	else if (!firmware_has(e->firmware, RULE_REMOVE_ACTION))
		what = "which this firmware does not know (rule remove-action)";
	else if (strcmp(e->action, "remove") == 0)
		what = "which is a normal set for this setting (rule remove-action)";
	if (!what) {
		w->reason = TAKE_PTR(before);
		return 0;
	}
	return string_format(&w->reason, "%s It was written with action=, %s.",
		before, what);
}

int settings_explain(
	const struct setting_event *event, struct setting_words *ret)
{
	const struct setting_result_info *info =
		setting_result_get(event->result);
	CLEANUP(settings_words_done) struct setting_words words = {0};
	CLEANUP(settings_facts_done) struct setting_facts facts = {0};
	int r = settings_explain_facts(event, &facts);

	if (r == 0)
		r = verdict_fill(info->sentence, &facts.facts, &words.reason);
	if (r == 0)
		r = verdict_fill(info->remedy, &facts.facts, &words.remedy);
	if (r == 0)
		r = settings_explain_action(event, &words);
	if (r == 0)
		r = settings_explain_values(event, &words);
	if (r < 0)
		return r;
	*ret = TAKE_OBJECT(words);
	return 0;
}
