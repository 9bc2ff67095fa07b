/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rule table as the reply of io.certprov.trust.Rules: the daemon and
 * `certprovctl rules --json` answer with the same bytes. Decides nothing.
 */
#ifndef CERTPROV_FIRMWARE_JSON_H
#define CERTPROV_FIRMWARE_JSON_H

#include <cjson/cJSON.h>

#include "lib/phone/firmware.h"

/*
 * {firmware, understood, rules} for a version. text is the version as it was
 * given, or NULL when there was none; understood says whether f is it. The
 * caller owns *ret. Returns 0 or -ENOMEM.
 */
int firmware_rules_json(
	const struct firmware *f, const char *text, cJSON **ret);

#endif
