/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why what counts is not the value that was set, and what else keeps a setting
 * from having an effect, in words. Decides nothing.
 */
#ifndef CERTPROV_SETTINGS_NOTE_H
#define CERTPROV_SETTINGS_NOTE_H

#include "lib/phone/settings.h"

/* One or two sentences; NULL in *ret when there is nothing to say. 0 or
 * -ENOMEM. */
int settings_note(const struct settings *s, const struct firmware *f,
	enum setting_id id, char **ret);

#endif
