/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory for the libraries of the fetcher that is wiped when it is given back.
 * A document may have a private key (webserver_cert), and it passes through
 * buffers of TLS, HTTP, XML and JSON that are not ours to wipe. What a library
 * frees holds nothing of it any more.
 */
#ifndef CERTPROV_FETCH_WIPED_MEMORY_H
#define CERTPROV_FETCH_WIPED_MEMORY_H

#include <stddef.h>

/* As malloc(3) and its kin, whose memory they also take. */
void *wiped_memory_new(size_t len);
void *wiped_memory_new_cleared(size_t count, size_t len);
void *wiped_memory_resize(void *memory, size_t len);
char *wiped_memory_text(const char *text);
void wiped_memory_free(void *memory);

/* For OpenSSL and cJSON; before either is used in this process. 0, or -EBUSY
 * when it is too late. libcurl and libxml2 are told where they are prepared. */
int wiped_memory_use(void);

#endif
