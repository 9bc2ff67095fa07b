/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/provisioning/fetch-client.h"

#include <assert.h>
#include <stddef.h>

#define STRING(number) #number
#define NUMBER(name) STRING(name)

const char *const fetch_client_names[FETCH_CLIENT__END + 1] = {
	[FETCH_CLIENT_NOT_ASKED] = "not-asked",
	[FETCH_CLIENT_SENT] = "sent",
	[FETCH_CLIENT_NONE] = "none",
	[FETCH_CLIENT_NOT_VERIFIED] = "not-verified",
	[FETCH_CLIENT_ORIGIN] = "origin",
	[FETCH_CLIENT_LIMIT] = "limit",
	[FETCH_CLIENT_FAILED] = "failed",
};

static const struct fetch_client_words words[FETCH_CLIENT__END] = {
	[FETCH_CLIENT_NOT_VERIFIED] = {"it does not verify servers, and shows "
				       "its certificate to verified ones only",
		"Set tls_server_authentication to on, or update to firmware "
		"10.0 or later"},
	[FETCH_CLIENT_ORIGIN] = {"an unauthenticated document or redirect "
				 "named this server",
		"Name this server in a document of a verified HTTPS server, or "
		"make it the setting server"},
	[FETCH_CLIENT_LIMIT] = {"this run has used its " NUMBER(
					FETCH_MAX_SIGNATURES) " signatures",
		"Let the server keep connections open, so that one signature "
		"does for many files, or use fewer servers"},
	[FETCH_CLIENT_FAILED] = {"its key could not be used: it was removed, "
				 "or the signature was refused",
		"certprovctl device show says which certificates there are; "
		"then: certprovctl provision"},
};

static const struct fetch_client_words no_identity[FETCH_IDENTITY__END] = {
	[FETCH_IDENTITY_MISSING] = {"it has none",
		"Give the phone a certificate (section identity of "
		"certprovd.conf, certprovctl device), or let the server "
		"deliver these files without (nginx: ssl_verify_client, "
		"Apache: SSLVerifyClient)"},
	[FETCH_IDENTITY_KEPT_BACK] = {"whoever named the setting server was "
				      "not authenticated",
		"Name the setting server in Url= of certprovd.conf, by "
		"certprovctl, or in a document of a verified HTTPS server"},
	[FETCH_IDENTITY_ELSEWHERE] = {"certprovctl check has the key of no "
				      "phone",
		"Try it on a phone: certprovctl provision URL --dry-run"},
};

bool fetch_client_withheld(enum fetch_client c)
{
	return c != FETCH_CLIENT_NOT_ASKED && c != FETCH_CLIENT_SENT;
}

bool fetch_client_is_plausible(enum fetch_client c, bool has_identity)
{
	return c == FETCH_CLIENT_NOT_ASKED ||
		(c == FETCH_CLIENT_NONE) != has_identity;
}

struct fetch_client_words fetch_client_explain(
	enum fetch_client c, enum fetch_no_identity why)
{
	assert((unsigned)c < FETCH_CLIENT__END);
	assert((unsigned)why < FETCH_IDENTITY__END);
	return c == FETCH_CLIENT_NONE ? no_identity[why] : words[c];
}
