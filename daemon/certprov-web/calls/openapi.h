/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What may be called over HTTP as an OpenAPI document: openapi.json, which says
 * all that is no method, and the methods of call-table.c as the interface
 * descriptions have them. The very text that certprovd answers from.
 */
#ifndef CERTPROV_WEB_OPENAPI_H
#define CERTPROV_WEB_OPENAPI_H

#include <cjson/cJSON.h>

#include "daemon/certprov-web/users/access.h"

/* 0, -ENOMEM, or -EINVAL when a row of the table is no method of an
 * interface. */
int openapi_make(cJSON **ret);

/* GET /openapi.json, for whoever may look. Answers. */
void openapi_handle(struct access *a, struct exchange *e);

#endif
