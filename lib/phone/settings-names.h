/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of settings that are none of ours, and worth a word all the same: near
 * one of ours, or of the vendor's for TLS and not acted on here.
 */
#ifndef CERTPROV_SETTINGS_NAMES_H
#define CERTPROV_SETTINGS_NAMES_H

#include <stdbool.h>

#include "lib/phone/settings-table.h"

/* The setting that this name is near, or -ENOENT, also for a name of ours, or
 * of the vendor's. Bounded, however long the name is. */
int setting_find_near(const char *name, enum setting_id *ret);

/* A setting of the vendor's about TLS that certprov does not act on; */
bool setting_is_foreseen(const char *name);
/* and this value, not its default, would ask it to. */
bool setting_is_unserved(const char *name, const char *value);

#endif
