/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/config/phone.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/base/fd.h"
#include "lib/base/string.h"

#define MAC_FILE_MAX_BYTES 64
#define MAC_DIGITS 12

void phone_done(struct phone *p)
{
	free(p->firmware);
	free(p->type);
	free(p->mac);
	free(p->problem);
	*p = (struct phone){0};
}

/* The first line of a small file, trimmed, or NULL. */
static int phone_first_line(const char *path, size_t max_bytes, char **ret)
{
	CLEANUP(bytes_done) struct bytes file = {0};
	char *line = NULL;
	size_t len = 0;
	int r = fd_read_file(path, max_bytes, &file);

	if (r < 0)
		return r;
	line = (char *)file.data;
	line[strcspn(line, "\r\n")] = 0;
	while (*line == ' ' || *line == '\t')
		line++;
	len = strlen(line);
	while (len > 0 && (line[len - 1] == ' ' || line[len - 1] == '\t'))
		line[--len] = 0;
	for (size_t i = 0; i < len; i++)
		if (!isprint((unsigned char)line[i]))
			return -EBADMSG;
	if (len == 0)
		return -ENODATA;
	return string_replace(ret, line);
}

/* Keep the first reason; only -ENOMEM is returned. */
static int phone_problem(
	struct phone *p, const char *what, const char *path, int r)
{
	if (r == -ENOMEM || p->problem)
		return r == -ENOMEM ? r : 0;
	return string_format(&p->problem, "%s cannot be taken from %s: %s",
		what, path, strerror(-r));
}

static int phone_read_firmware(const struct config *c, struct phone *p)
{
	int r = 0;

	if (c->firmware)
		return string_replace(&p->firmware, c->firmware);
	if (!c->firmware_file)
		return 0;
	r = phone_first_line(
		c->firmware_file, PHONE_MAX_FIRMWARE_BYTES, &p->firmware);
	return r < 0
		? phone_problem(p, "The firmware version", c->firmware_file, r)
		: 0;
}

/* "00:04:13:aa:bb:cc" to 000413AABBCC; all zeroes is no address. */
static int phone_compact_mac(char *mac)
{
	char compact[MAC_DIGITS + 1] = {0};
	size_t n = 0;

	for (const char *p = mac; *p; p++) {
		if (*p == ':')
			continue;
		if (!isxdigit((unsigned char)*p) || n == MAC_DIGITS)
			return -EBADMSG;
		compact[n++] = (char)toupper((unsigned char)*p);
	}
	if (n != MAC_DIGITS || strcmp(compact, "000000000000") == 0)
		return -EBADMSG;
	memcpy(mac, compact, sizeof(compact));
	return 0;
}

static int phone_read_mac(
	const struct config *c, const char *interfaces, struct phone *p)
{
	CLEANUP(free) char *path = NULL;
	CLEANUP(free) char *mac = NULL;
	int r = 0;

	if (c->mac)
		return string_replace(&p->mac, c->mac);
	if (!c->mac_interface)
		return 0;
	r = string_format(&path, "%s/%s/address", interfaces, c->mac_interface);
	if (r < 0)
		return r;
	r = phone_first_line(path, MAC_FILE_MAX_BYTES, &mac);
	if (r == 0)
		r = phone_compact_mac(mac);
	if (r < 0)
		return phone_problem(p, "The MAC address", path, r);
	p->mac = TAKE_PTR(mac);
	return 0;
}

int phone_read(
	const struct config *c, const char *interfaces, struct phone *ret)
{
	CLEANUP(phone_done) struct phone p = {0};
	int r = 0;

	r = string_replace(&p.type, c->phone_type);
	if (r == 0)
		r = phone_read_firmware(c, &p);
	if (r == 0)
		r = phone_read_mac(c, interfaces, &p);
	if (r < 0)
		return r;

	*ret = p;
	p = (struct phone){0};
	return 0;
}
