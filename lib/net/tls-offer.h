/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a TLS client of this phone offers a server: the lowest version, and the
 * cipher suites in OpenSSL's words. Text only: lib/tls knows what it means.
 */
#ifndef CERTPROV_TLS_OFFER_H
#define CERTPROV_TLS_OFFER_H

#include <stdbool.h>
#include <stddef.h>

/* Of a list, with its zero byte. */
#define TLS_LIST_SIZE 256

enum tls_minimum {
	TLS_MINIMUM_1_0,
	TLS_MINIMUM_1_1,
	TLS_MINIMUM_1_2,
	TLS_MINIMUM_1_3,
	TLS_MINIMUM__END,
};
/* "1.2"; lives forever. NULL at the end. */
extern const char *const tls_minimum_names[TLS_MINIMUM__END + 1];

struct tls_offer {
	enum tls_minimum minimum;
	char ciphers[TLS_LIST_SIZE]; /* up to TLS 1.2 */
	char suites[TLS_LIST_SIZE];  /* of TLS 1.3 */
};

/*
 * RFC 8996 ended TLS 1.0 and 1.1. DEFAULT is OpenSSL's own list, which follows
 * what is learnt about ciphers with each of its releases; the profile's
 * security level takes away what is too weak. The suites are those that
 * OpenSSL offers by itself, the three that RFC 8446 9.1 names.
 */
#define TLS_CIPHERS_DEFAULT "DEFAULT"
#define TLS_SUITES_DEFAULT                                                     \
	"TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:"                 \
	"TLS_AES_128_GCM_SHA256"
#define TLS_OFFER_DEFAULT                                                      \
	((struct tls_offer){.minimum = TLS_MINIMUM_1_2,                        \
		.ciphers = TLS_CIPHERS_DEFAULT,                                \
		.suites = TLS_SUITES_DEFAULT})

/* Not empty, short enough, and nothing but printable ASCII. */
bool tls_list_is_text(const char *list, size_t len);

#endif
