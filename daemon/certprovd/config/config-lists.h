/* SPDX-License-Identifier: Apache-2.0 */
/* The values of the configuration that are lists. Zeroed is empty. */
#ifndef CERTPROVD_CONFIG_LISTS_H
#define CERTPROVD_CONFIG_LISTS_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/sha256-size.h"

#define CONFIG_MAX_PINS 256
#define CONFIG_MAX_UNITS 64
#define CONFIG_MAX_GROUPS 16

/* Of units or groups. */
struct config_names {
	char **names;
	size_t count;
};

struct config_pins {
	uint8_t (*sha256)[SHA256_BYTES];
	size_t count;
};

#endif
