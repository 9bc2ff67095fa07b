/* SPDX-License-Identifier: Apache-2.0 */
/*
 * list [SHA256] - the state of the phone's trust and its server certificates,
 * or one certificate. For looking at: what may be used as trust anchors without
 * asking is the list CERTPROV_ANCHORS. CERTPROV_EXAMPLE_SOCKET is another place
 * to ask.
 */
#include <certprov.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int show(const struct certprov_certificate *c, void *userdata)
{
	const char *role = certprov_certificate_role(c);
	size_t size = 0;

	(void)userdata;
	(void)certprov_certificate_der(c, &size);
	printf("%s %s (%s, %s, %s, %zu bytes)\n",
		certprov_certificate_sha256(c), certprov_certificate_subject(c),
		certprov_certificate_origin(c),
		certprov_certificate_is_ca(c) ? "CA" : "no CA",
		role ? role : "no anchor", size);
	for (size_t i = 0; i < certprov_certificate_name_count(c); i++)
		printf("  %s\n", certprov_certificate_name(c, i));
	return 0; /* anything else would end the list */
}

static int show_one(struct certprov *handle, const char *sha256)
{
	struct certprov_certificate *c = NULL;
	int r = certprov_get(handle, sha256, &c);

	if (r == 0)
		(void)show(c, NULL);
	certprov_certificate_free(c);
	return r;
}

static int show_all(struct certprov *handle)
{
	struct certprov_status *s = NULL;
	int r = certprov_get_status(handle, &s);

	if (r < 0)
		return r;
	printf("certprovd %s, verification %s, generation %" PRIu64 "\n",
		certprov_status_version(s), certprov_status_verification(s),
		certprov_status_generation(s));
	certprov_status_free(s);
	return certprov_list(handle, CERTPROV_SERVERS, 1, show, NULL);
}

int main(int argc, char **argv)
{
	struct certprov *handle = NULL;
	int r = certprov_new(&handle);

	if (r == 0)
		r = certprov_set_socket(
			handle, getenv("CERTPROV_EXAMPLE_SOCKET"));
	if (r == 0)
		r = argc > 1 ? show_one(handle, argv[1]) : show_all(handle);
	if (r < 0)
		(void)fprintf(stderr, "list: %s\n", strerror(-r));
	certprov_free(handle);
	return r < 0 ? 1 : 0;
}
