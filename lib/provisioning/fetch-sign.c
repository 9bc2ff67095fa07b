/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sign: a handshake of the fetcher in which a server asks who the phone is. The
 * key is somebody else's, who is asked with a digest: a message never passes.
 */
#include <errno.h>

#include "lib/provisioning/fetch-session.h"

/* The key was removed during the run: no fault of the fetcher. */
static int fetch_sign_without_key(struct handling *h)
{
	h->reply->error = "io.certprov.fetch.NoIdentity";
	return HANDLED;
}

static int fetch_sign_and_reply(struct fetch_session *s,
	const struct fetch_signing *asked, struct handling *h)
{
	CLEANUP(bytes_done) struct bytes made = {0};
	int r = s->config.sign(s->config.userdata, asked, &made);

	if (r == -ENODATA)
		return fetch_sign_without_key(h);
	if (r == -EOPNOTSUPP)
		return fetch_wrong(h, "scheme");
	if (r == -EINVAL)
		return fetch_wrong(h, "digest");
	if (r < 0)
		return r;
	h->reply->parameters = fetch_signature_encode(&made);
	return h->reply->parameters ? HANDLED : -ENOMEM;
}

int fetch_on_sign(
	struct fetch_session *s, const cJSON *parameters, struct handling *h)
{
	CLEANUP(fetch_signing_done) struct fetch_signing asked = {0};
	int r = 0;

	if (!s->config.sign)
		return HANDLED_NOT_NOW;
	r = fetch_signing_decode(parameters, &asked, &h->field);
	return r < 0 ? fetch_undecoded(r) : fetch_sign_and_reply(s, &asked, h);
}
