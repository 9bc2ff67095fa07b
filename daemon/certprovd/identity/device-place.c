/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/identity/device-place.h"

#include <errno.h>
#include <stdbool.h>

#include "daemon/certprovd/identity/key-files.h"
#include "lib/base/string.h"

#define FILE_NAME "device"

static bool device_places_is_one(char c)
{
	return c == DEVICE_PLACE_A || c == DEVICE_PLACE_B ||
		c == DEVICE_PLACE_NONE;
}

int device_places_read(const char *state_directory, struct device_places *ret)
{
	CLEANUP(key_bytes_done) struct bytes text = {0};
	int r = key_files_read_own(state_directory, FILE_NAME, &text);

	*ret = (struct device_places){DEVICE_PLACE_NONE, DEVICE_PLACE_NONE};
	if (r == -ENOENT)
		return 0;
	if (r == 0 && text.len >= 2 &&
		device_places_is_one((char)text.data[0]) &&
		device_places_is_one((char)text.data[1]))
		*ret = (struct device_places){
			(char)text.data[0], (char)text.data[1]};
	return r;
}

int device_places_write(
	const char *state_directory, struct device_places places)
{
	char text[] = {places.current, places.former, '\n'};

	return key_files_write_own(
		state_directory, FILE_NAME, text, sizeof(text));
}

int device_places_file(const char *state_directory, char **ret)
{
	struct device_places places;
	int r = device_places_read(state_directory, &places);

	*ret = NULL;
	if (r < 0 || places.current == DEVICE_PLACE_NONE)
		return r;
	return string_format(ret, DEVICE_PLACE_FILE, places.current);
}
