/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/phone/device-model.h"

#include <stddef.h>
#include <strings.h>

#include "lib/base/macros.h"

#define BRAND "snom"

/* Source: TLS Support, Built-in Certificates. */
static const char *const shared[] = {"300", "320", "370", "PA1", "MP"};

bool device_model_shares_certificate(const char *phone_type)
{
	if (!phone_type)
		return false;
	if (strncasecmp(phone_type, BRAND, sizeof(BRAND) - 1) == 0)
		phone_type += sizeof(BRAND) - 1;
	for (size_t i = 0; i < ARRAY_SIZE(shared); i++)
		if (strcasecmp(phone_type, shared[i]) == 0)
			return true;
	return false;
}
