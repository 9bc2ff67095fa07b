/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is where: a table of paths, and whom requests for them go to.
 */
#ifndef CERTPROV_WEB_ROUTES_H
#define CERTPROV_WEB_ROUTES_H

#include "daemon/certprov-web/http/exchange.h"

struct access;
struct calls;

/* Whom requests go to; borrowed. */
struct routes {
	struct access *access;
	struct calls *calls;
};

/* An http_handler; userdata is a struct routes. Answers, now or later. */
void routes_handle(struct exchange *e, void *userdata);

#endif
