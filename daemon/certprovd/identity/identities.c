/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/identity/identities.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprovd/identity/device-place.h"
#include "daemon/certprovd/identity/key-files.h"
#include "daemon/certprovd/identity/webserver-file.h"
#include "lib/base/date.h"
#include "lib/base/fd.h"
#include "lib/base/string.h"
#include "lib/identity/identity-check.h"
#include "lib/identity/identity-pem.h"
#include "lib/phone/settings-explain.h"

#define LINE_TEXT_SIZE 24

static void identity_slot_done(struct identity_slot *s)
{
	identity_done(&s->identity);
	free(s->reason);
	free(s->remedy);
	*s = (struct identity_slot){0};
}

void identities_done(struct identities *i)
{
	for (size_t n = 0; n < IDENTITY_SOURCE__END; n++)
		identity_slot_done(&i->slots[n]);
	for (size_t n = 0; n < i->device_ca_count; n++)
		certificate_free(i->device_cas[n]);
	free(i->device_cas_problem);
	free(i->webserver_value);
	*i = (struct identities){0};
}

/* --- one --- */

/* Where an identity is read from: one file, or certificate and key apart. */
struct identity_files {
	const char *certificate;
	const char *key;
	bool own; /* names in the directory of keys */
	enum identity_use use;
};

/* Sentences name the file after what is wrong in it. */
static int identities_refuse(struct identity_slot *slot,
	const struct identity_refusal *refusal, const char *file)
{
	CLEANUP(free) char *detail = NULL;
	char line[LINE_TEXT_SIZE] = "";
	struct facts facts = {.convert = refusal->convert, .names = file};
	int r = 0;

	if (refusal->line > 0) {
		(void)snprintf(
			line, sizeof(line), "%lld", (long long)refusal->line);
		facts.line = line;
	}
	r = refusal->detail
		? string_format(&detail, "%s: %s", file, refusal->detail)
		: string_replace(&detail, file);
	if (r < 0)
		return r;
	facts.detail = detail;
	slot->result = verdict_name(refusal->verdict);
	return verdict_explain(
		refusal->verdict, &facts, &slot->reason, &slot->remedy);
}

static const char *identities_why_unreadable(int error)
{
	if (error == -EINVAL)
		return "it is no regular file";
	if (error == -EFBIG)
		return "it is larger than 64 KiB";
	return strerror(-error);
}

static int identities_refuse_file(
	struct identity_slot *slot, const char *file, int error)
{
	return identities_refuse(slot,
		&(struct identity_refusal){
			.verdict = error == -EPERM
				? VERDICT_IDENTITY_KEY_EXPOSED
				: VERDICT_IDENTITY_UNREADABLE,
			.detail = error == -EPERM
				? NULL
				: identities_why_unreadable(error),
		},
		file);
}

/* A certificate may be read by all, a key by its owner alone. -EPERM: there is
 * a key, and others can read it. */
static int identities_parse_file(const struct bytes *text, bool exposed,
	struct identity_pem *pem, struct identity_refusal *refusal)
{
	bool had_key = pem->key != NULL;
	int r = identity_pem_read(
		(const char *)text->data, text->len, pem, refusal);

	if (r == 0 && exposed && pem->key && !had_key)
		refusal->verdict = VERDICT_IDENTITY_KEY_EXPOSED;
	return r;
}

/* 1 when it was refused. */
static int identities_read_file(const struct config *config,
	const struct identity_files *files, const char *name,
	struct identity_pem *pem, struct identity_slot *slot)
{
	CLEANUP(key_bytes_done) struct bytes text = {0};
	struct identity_refusal refusal = {.verdict = VERDICT__END};
	bool exposed = false;
	int r = files->own
		? key_files_read_own(config->state_directory, name, &text)
		: key_files_read(name, &text, &exposed);

	if (r == -ENOMEM)
		return r;
	if (r == -ENOENT && files->own)
		return 1;
	slot->configured = true;
	if (r < 0) {
		r = identities_refuse_file(slot, name, r);
		return r < 0 ? r : 1;
	}
	r = identities_parse_file(&text, exposed, pem, &refusal);
	if (r < 0 || refusal.verdict == VERDICT__END)
		return r;
	r = identities_refuse(slot, &refusal, name);
	return r < 0 ? r : 1;
}

static int identities_read_slot(const struct config *config,
	const struct identity_files *files, struct identity_slot *slot)
{
	CLEANUP(identity_pem_done) struct identity_pem pem = {0};
	struct identity_refusal refusal = {.verdict = VERDICT__END};
	int r = 0;

	if (!files->certificate)
		return 0;
	r = identities_read_file(config, files, files->certificate, &pem, slot);
	if (r == 0 && files->key)
		r = identities_read_file(config, files, files->key, &pem, slot);
	if (r != 0)
		return r < 0 ? r : 0;
	r = identity_make(&pem, files->use, &slot->identity, &refusal);
	if (r < 0 || slot->identity.count > 0)
		return r;
	return identities_refuse(slot, &refusal, files->certificate);
}

/* --- device CAs --- */

static int identities_read_device_cas(
	const struct config *config, struct identities *i)
{
	CLEANUP(bytes_done) struct bytes text = {0};
	CLEANUP(identity_pem_done) struct identity_pem pem = {0};
	struct identity_refusal refusal = {.verdict = VERDICT__END};
	const char *file = config->device_authorities;
	int r = file ? fd_read_file(file, IDENTITY_PEM_MAX_BYTES, &text) : 0;

	if (r == -ENOMEM || !file)
		return r;
	if (r == 0)
		r = identity_pem_read(
			(const char *)text.data, text.len, &pem, &refusal);
	if (r < 0 || refusal.verdict != VERDICT__END)
		return string_format(&i->device_cas_problem, "%s: %s", file,
			r < 0 ? strerror(-r) : verdict_name(refusal.verdict));
	for (size_t n = 0; n < pem.count; n++)
		i->device_cas[i->device_ca_count++] =
			TAKE_PTR(pem.certificates[n]);
	pem.count = 0;
	return 0;
}
_Static_assert(IDENTITY_MAX_CHAIN <= IDENTITIES_MAX_DEVICE_CAS, "one file");

/* --- all --- */

/* The setting names it, and its file is not there, or damaged. */
static int identities_tell_lost(const char *value, struct identity_slot *slot)
{
	CLEANUP(free) char *which = NULL;
	int r = settings_explain_certificate(value, &which);

	slot->configured = true;
	slot->result = verdict_name(VERDICT_IDENTITY_KEY_LOST);
	return r < 0 ? r
		     : verdict_explain(VERDICT_IDENTITY_KEY_LOST,
			       &(struct facts){.detail = which}, &slot->reason,
			       &slot->remedy);
}

static int identities_read_slots(
	const struct config *config, struct identities *i)
{
	CLEANUP(free) char *installed = NULL;
	const char *webserver = NULL;
	int r = device_places_file(config->state_directory, &installed);
	struct identity_files files[IDENTITY_SOURCE__END] = {
		[IDENTITY_SHA1] = {config->sha1_certificate, config->sha1_key,
			false, IDENTITY_BUILT_IN},
		[IDENTITY_SHA2] = {config->sha2_certificate, config->sha2_key,
			false, IDENTITY_BUILT_IN},
		[IDENTITY_INSTALLED] = {installed, NULL, true,
			IDENTITY_BUILT_IN},
		[IDENTITY_WEBSERVER_CERT] = {NULL, NULL, true, IDENTITY_CUSTOM},
	};

	/* A directory of keys that cannot be read is told by its slots. */
	if (r == -ENOMEM)
		return r;
	r = webserver_file_find(
		config->state_directory, i->webserver_value, &webserver);
	files[IDENTITY_WEBSERVER_CERT].certificate = webserver;
	for (size_t n = 0; r == 0 && n < IDENTITY_SOURCE__END; n++)
		r = identities_read_slot(config, &files[n], &i->slots[n]);
	if (r == 0 && !webserver && i->webserver_value && *i->webserver_value)
		r = identities_tell_lost(
			i->webserver_value, &i->slots[IDENTITY_WEBSERVER_CERT]);
	return r;
}

int identities_load(const struct config *config,
	const struct settings *settings, struct identities *ret)
{
	CLEANUP(identities_done)
	struct identities i = {.in_force = IDENTITY_SOURCE__END};
	int r = string_replace(&i.webserver_value,
		settings->values[SETTING_WEBSERVER_CERT].value);

	if (r == 0)
		r = identities_read_device_cas(config, &i);
	if (r == 0)
		r = identities_read_slots(config, &i);
	if (r < 0)
		return r;
	webserver_file_keep(config->state_directory, i.webserver_value);
	*ret = TAKE_OBJECT(i);
	return 0;
}

static void identities_find_usable(
	const struct identities *i, bool ret[IDENTITY_SOURCE__END])
{
	for (size_t n = 0; n < IDENTITY_SOURCE__END; n++)
		ret[n] = i->slots[n].identity.count > 0;
}

const char *identities_why(const struct identities *i,
	const struct firmware *firmware, const struct settings *settings,
	enum identity_source source)
{
	bool has[IDENTITY_SOURCE__END];

	identities_find_usable(i, has);
	return identity_choice_explain(firmware,
		settings_effective(settings, firmware, SETTING_PHONE_CERT_TYPE),
		has, source);
}

bool identities_lost_webserver(const struct identities *i)
{
	return i->webserver_value && *i->webserver_value &&
		i->slots[IDENTITY_WEBSERVER_CERT].identity.count == 0;
}

bool identities_are_outdated(
	const struct identities *i, const struct settings *settings)
{
	const char *now = settings->values[SETTING_WEBSERVER_CERT].value;

	return identities_lost_webserver(i) ||
		!string_equal(i->webserver_value ? i->webserver_value : "",
			now ? now : "");
}

void identities_choose(struct identities *i, const struct firmware *firmware,
	const struct settings *settings)
{
	bool has[IDENTITY_SOURCE__END];

	identities_find_usable(i, has);
	i->in_force = identity_choose(firmware,
		settings_effective(settings, firmware, SETTING_PHONE_CERT_TYPE),
		has);
}

int identities_drop_webserver_cert(const struct config *config)
{
	webserver_file_keep(config->state_directory, NULL);
	return 0;
}

int identities_reload(struct identities *i, const struct config *config,
	const struct firmware *firmware, const struct settings *settings)
{
	struct identities loaded = {0};
	int r = identities_load(config, settings, &loaded);

	if (r < 0)
		return r;
	identities_done(i);
	*i = loaded;
	identities_choose(i, firmware, settings);
	return 0;
}

const struct identity *identities_in_force(const struct identities *i)
{
	return i->in_force == IDENTITY_SOURCE__END
		? NULL
		: &i->slots[i->in_force].identity;
}

size_t identities_chain_in_force(
	void *identities, const struct certificate **ret)
{
	const struct identity *i = identities_in_force(identities);

	for (size_t n = 0; i && n < i->count; n++)
		ret[n] = i->chain[n];
	return i ? i->count : 0;
}

unsigned identities_warnings(const struct identities *i,
	enum identity_source source, const struct phone *phone, int64_t now)
{
	const struct identity_phone facts = {
		.mac = phone->mac,
		.phone_type = phone->type,
		.device_cas = (const struct certificate *const *)i->device_cas,
		.device_ca_count = i->device_ca_count,
		.now = now,
	};
	const struct identity *identity = &i->slots[source].identity;
	unsigned w = identity->count > 0 ? identity_check(identity, &facts) : 0;

	/* An administrator's own certificate need not be of a device CA, nor
	 * hold the MAC address. */
	if (source == IDENTITY_WEBSERVER_CERT)
		w &= ~(WARNING_BIT(WARNING_IDENTITY_ISSUER_UNKNOWN) |
			WARNING_BIT(WARNING_IDENTITY_WITHOUT_MAC) |
			WARNING_BIT(WARNING_IDENTITY_SHARED) |
			WARNING_BIT(WARNING_IDENTITY_CHAIN_INCOMPLETE));
	return w;
}

/* The certificate of the chain that a warning is about. */
static const struct certificate *identities_subject_of(
	const struct identity *i, enum warning w, int64_t now)
{
	bool by_date = w == WARNING_EXPIRED || w == WARNING_NOT_YET_VALID;

	for (size_t n = 0; by_date && n < i->count; n++)
		if (w == WARNING_EXPIRED ? now > i->chain[n]->not_after
					 : now < i->chain[n]->not_before)
			return i->chain[n];
	if (w == WARNING_IDENTITY_CHAIN_INCOMPLETE ||
		w == WARNING_IDENTITY_ISSUER_UNKNOWN)
		return i->chain[i->count - 1];
	if (w != WARNING_EXPIRES_SOON)
		return i->chain[0];
	for (size_t n = 1; n < i->count; n++)
		if (i->chain[n]->not_after < i->chain[0]->not_after)
			return i->chain[n];
	return i->chain[0];
}

int identities_explain(const struct identities *i, enum identity_source source,
	enum warning w, int64_t now, struct warning_words *ret)
{
	const struct identity *identity = &i->slots[source].identity;
	const struct certificate *about =
		identities_subject_of(identity, w, now);
	char mac[IDENTITY_MAC_SIZE] = "";
	char date[DATE_TEXT_SIZE] = "";
	struct facts facts = {.subject = certificate_subject(about),
		.issuer = certificate_issuer(about)};

	identity_mac(identity->chain[0], mac);
	date_format(w == WARNING_NOT_YET_VALID ? about->not_before
					       : about->not_after,
		date);
	facts.date = date;
	facts.detail = *mac ? mac : NULL;
	return warning_explain(w, &facts, ret);
}
