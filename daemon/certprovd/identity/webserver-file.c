/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/identity/webserver-file.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprovd/identity/key-files.h"
#include "lib/base/string.h"
#include "lib/identity/identity-setting.h"

static const char *const places[] = {"webserver-a.pem", "webserver-b.pem"};

/* What is not whole is of no value: false. 0, -ENOMEM, -EIO. */
static int webserver_file_is_of(const char *state_directory, const char *place,
	const char *value, bool *ret)
{
	CLEANUP(key_bytes_done) struct bytes text = {0};
	CLEANUP(identity_setting_done) struct identity_setting found = {0};
	int r = value && *value
		? key_files_read_own(state_directory, place, &text)
		: -ENOENT;

	*ret = false;
	if (r == -ENOMEM)
		return r;
	/* The reader puts a zero behind it. */
	if (r == 0)
		r = identity_setting_read((const char *)text.data, &found);
	else
		r = 0;
	if (r == 0)
		*ret = found.value && string_equal(found.value, value);
	return r;
}

int webserver_file_find(
	const char *state_directory, const char *value, const char **ret)
{
	int r = 0;

	*ret = NULL;
	for (size_t i = 0; r == 0 && !*ret && i < ARRAY_SIZE(places); i++) {
		bool is = false;

		r = webserver_file_is_of(
			state_directory, places[i], value, &is);
		if (is)
			*ret = places[i];
	}
	return r;
}

int webserver_file_write(const char *state_directory, const char *value_now,
	const struct bytes *pem)
{
	const char *now = NULL;
	int r = webserver_file_find(state_directory, value_now, &now);

	return r < 0 ? r
		     : key_files_write_own(state_directory,
			       now == places[0] ? places[1] : places[0],
			       pem->data, pem->len);
}

void webserver_file_keep(const char *state_directory, const char *value)
{
	const char *kept = NULL;

	/* A doubt removes nothing. */
	if (webserver_file_find(state_directory, value, &kept) < 0 ||
		(value && *value && !kept))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		if (places[i] != kept)
			(void)key_files_remove_own(state_directory, places[i]);
}
