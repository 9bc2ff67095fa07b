/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/api/concerns-identity.h"

#include "daemon/certprovd/identity/identities.h"
#include "lib/base/string.h"

/* The identifiers stay. What expires is told in concerns.c, by days. */
static const struct {
	enum warning warning;
	const char *identifier;
	bool of_all; /* also of one that is not in force */
} rows[] = {
	{WARNING_IDENTITY_OTHER_MAC, "identity-other-mac", true},
	{WARNING_IDENTITY_SHARED, "identity-shared", false},
	{WARNING_IDENTITY_WITHOUT_MAC, "identity-without-mac", false},
	{WARNING_IDENTITY_CHAIN_INCOMPLETE, "identity-chain-incomplete", false},
	{WARNING_IDENTITY_ISSUER_UNKNOWN, "identity-issuer-unknown", false},
	{WARNING_NOT_YET_VALID, "identity-not-yet-valid", false},
};

struct concerns_identity {
	const struct api *api;
	int64_t now;
	const struct concerns_identity_taker *to;
};

/* "The phone's own certificate (installed): The chain ..." */
static int concerns_identity_add(const struct concerns_identity *c,
	const char *identifier, const char *which,
	const struct warning_words *words)
{
	CLEANUP(free) char *sentence = NULL;
	int r = string_format(&sentence, "%s: %s", which, words->sentence);

	return r < 0 ? r
		     : c->to->take(c->to->userdata, identifier, sentence,
			       words->remedy);
}

static int concerns_identity_warn(const struct concerns_identity *c,
	enum identity_source source, const char *which)
{
	const struct identities *i = c->api->identities;
	unsigned warnings =
		identities_warnings(i, source, c->api->phone, c->now);
	int r = 0;

	for (size_t n = 0; r == 0 && n < ARRAY_SIZE(rows); n++) {
		CLEANUP(warning_words_done) struct warning_words words = {0};

		if (!(warnings & WARNING_BIT(rows[n].warning)) ||
			(source != i->in_force && !rows[n].of_all))
			continue;
		r = identities_explain(
			i, source, rows[n].warning, c->now, &words);
		if (r == 0)
			r = concerns_identity_add(
				c, rows[n].identifier, which, &words);
	}
	return r;
}

static int concerns_identity_of(
	const struct concerns_identity *c, enum identity_source source)
{
	const struct identity_slot *slot = &c->api->identities->slots[source];
	CLEANUP(free) char *which = NULL;
	int r = string_format(&which, "The phone's own certificate (%s)",
		identity_source_name(source));

	if (r < 0 || slot->identity.count > 0)
		return r < 0 ? r : concerns_identity_warn(c, source, which);
	return slot->reason
		? concerns_identity_add(c, "identity-unusable", which,
			  &(struct warning_words){.sentence = slot->reason,
				  .remedy = slot->remedy})
		: 0;
}

int concerns_identity_gather(const struct api *api, int64_t now,
	const struct concerns_identity_taker *to)
{
	static char remedy[] =
		"Correct DeviceAuthorities= in section identity of "
		"certprovd.conf, or the file that it names, then: systemctl "
		"reload certprovd";
	const struct concerns_identity c = {api, now, to};
	int r = 0;

	for (enum identity_source n = 0; r == 0 && n < IDENTITY_SOURCE__END;
		n++)
		r = concerns_identity_of(&c, n);
	if (r < 0 || !api->identities->device_cas_problem)
		return r;
	return concerns_identity_add(&c, "device-authorities-failed",
		"The CAs of DeviceAuthorities= could not be read",
		&(struct warning_words){
			.sentence = api->identities->device_cas_problem,
			.remedy = remedy,
		});
}
