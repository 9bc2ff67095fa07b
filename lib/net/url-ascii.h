/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a host name with letters beyond ASCII is written in a URL: RFC 3492 and
 * RFC 5891. Only names whose form is plain; for what a sentence proposes, never
 * for what is fetched.
 */
#ifndef CERTPROV_URL_ASCII_H
#define CERTPROV_URL_ASCII_H

#include <stddef.h>

/*
 * "b\xc3\xbccher.example" as "xn--bcher-kva.example", in at most size bytes. 0;
 * -EINVAL when the name has characters whose form is not plain (capitals and
 * accents beyond ASCII, rare scripts); -E2BIG. *ret is then not to be used.
 */
int url_ascii_host(const char *host, char *ret, size_t size);

#endif
