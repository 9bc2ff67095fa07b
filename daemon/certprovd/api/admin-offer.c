/* SPDX-License-Identifier: Apache-2.0 */
/* OfferSettingServer: what other processes of the phone learnt. */
#include <errno.h>
#include <stdlib.h>

#include "daemon/certprovd/api/api-internal.h"
#include "daemon/certprovd/run/sources.h"
#include "lib/net/url.h"

struct offer_parameters {
	const char *source;
	const char *url; /* empty: it knows none any more */
};

static const struct json_field offer_fields[] = {
	JSON_FIELD(struct offer_parameters, source, JSON_STRING, JSON_MUST),
	JSON_FIELD(struct offer_parameters, url, JSON_STRING, JSON_MUST,
		.max = URL_MAX_CHARS),
};
const struct json_table admin_offer_parameters =
	JSON_TABLE(struct offer_parameters, offer_fields);

/* As often as sources.h lets it be news. It changes no trust, so it is not in
 * the history. */
static int admin_offer_log(
	const struct varlink_request *req, const struct offer_parameters *p)
{
	CLEANUP(free) char *who = NULL;
	CLEANUP(free) char *url = NULL;
	const char *shown;
	int r = admin_who(req, &who);

	if (r == 0)
		r = url_redact(p->url, &url);
	if (r < 0)
		return r;
	shown = url && *url ? url : NULL;
	log_event(LOG_ADMIN_CHANGE,
		LOG_FIELDS(LOG_FIELD_WHO(who), LOG_FIELD_URL(shown),
			LOG_FIELD_NAME(p->source)),
		"%s: %s says to provision from %s", who, p->source,
		shown ? shown : "nowhere any more");
	return 0;
}

int admin_offer_on_offer(struct varlink_request *req, void *userdata)
{
	struct api *api = userdata;
	struct offer_parameters p = {.source = NULL};
	enum provisioning_source source = PROVISIONING_SOURCE__END;
	bool changed = false;
	int r = varlink_request_decode(req, &p);

	if (r != 0)
		return r;
	if (provisioning_source_find(p.source, &source) < 0)
		return varlink_invalid_parameter(req, "source");
	r = provision_offer(api->provision, source, p.url, &changed);
	if (r == -EINVAL)
		return varlink_invalid_parameter(req, "url");
	if (r == -EDQUOT)
		return admin_reply_limit_exceeded(req, ADMIN_INTERFACE,
			"setting-server-changes", SOURCES_MAX_CHANGES);
	if (r == 0 && changed)
		r = admin_offer_log(req, &p);
	return r < 0 ? r : varlink_reply(req, NULL);
}
