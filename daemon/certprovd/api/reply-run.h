/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A Run of the admin interface: of the store, or under way.
 */
#ifndef CERTPROVD_REPLY_RUN_H
#define CERTPROVD_REPLY_RUN_H

#include "daemon/certprovd/run/provision.h"
#include "daemon/certprovd/store/store.h"
#include "lib/varlink/json-fields.h"

/* Of struct store_run; credentials are left out. */
extern const struct json_table reply_run_table;

/* A run under way as one of the store, borrowing from it. */
struct store_run reply_run_of(const struct run_summary *summary);

#endif
