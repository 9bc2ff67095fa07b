/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The page: HTML, CSS and JavaScript, as they stand in this folder. Nothing in
 * it is secret, and nothing in it is of the phone.
 */
#ifndef CERTPROV_WEB_PAGE_H
#define CERTPROV_WEB_PAGE_H

#include <stddef.h>

#include "daemon/certprov-web/http/exchange.h"

struct page_file {
	const char *path; /* "/style.css" */
	const char *content_type;
	const void *data; /* compressed by gzip: that is how it is sent */
	size_t size;
};

/* "/" is index.html. NULL when there is no such file. */
const struct page_file *page_find(const char *path);

/* GET or HEAD of a file. Answers. */
void page_handle(struct exchange *e, const struct page_file *file);

#endif
