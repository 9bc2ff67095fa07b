/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two places of an installed identity, and the small file that says which
 * of them is in force and which was before. That file is replaced whole, so
 * that each change is one step.
 */
#ifndef CERTPROVD_DEVICE_PLACE_H
#define CERTPROVD_DEVICE_PLACE_H

#define DEVICE_PLACE_A 'a'
#define DEVICE_PLACE_B 'b'
#define DEVICE_PLACE_NONE '-'
/* The file of a place in the directory of keys. */
#define DEVICE_PLACE_FILE "device-%c.pem"
#define DEVICE_PLACE_NAME_SIZE 16

struct device_places {
	char current;
	char former;
};

/* None and none without the file, or when it is damaged. 0 or a negative
 * errno. */
int device_places_read(const char *state_directory, struct device_places *ret);
int device_places_write(
	const char *state_directory, struct device_places places);

/* The name of the file in force, in new memory; *ret NULL: none. 0 or a
 * negative errno. */
int device_places_file(const char *state_directory, char **ret);

#endif
