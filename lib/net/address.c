/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/net/address.h"

#include <netinet/in.h>
#include <stdint.h>
#include <string.h>

/* An IP address as sixteen bytes, of which IPv4 is the last four. */
struct ip {
	bool v4;
	uint8_t bytes[16];
};

#define V4_OFFSET 12

/* The prefixes behind which an IPv6 address is an IPv4 address. */
static const uint8_t v4_prefixes[][V4_OFFSET] = {
	{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff},
	/* ::/96; :: and ::1 become 0.0.0.0 and 0.0.0.1, local as well */
	{0},
	{0, 0x64, 0xff, 0x9b},
};

static void address_fold_v4(struct ip *ip)
{
	for (size_t i = 0; i < sizeof(v4_prefixes) / V4_OFFSET; i++)
		if (memcmp(ip->bytes, v4_prefixes[i], V4_OFFSET) == 0)
			ip->v4 = true;
	if (ip->v4)
		memset(ip->bytes, 0, V4_OFFSET);
}

static bool address_ip_of(const struct sockaddr *address, struct ip *ret)
{
	struct sockaddr_in in = {0};
	struct sockaddr_in6 in6 = {0};
	struct ip ip = {0};

	if (address->sa_family == AF_INET) {
		memcpy(&in, address, sizeof(in));
		memcpy(ip.bytes + V4_OFFSET, &in.sin_addr, 4);
		ip.v4 = true;
	} else if (address->sa_family == AF_INET6) {
		memcpy(&in6, address, sizeof(in6));
		memcpy(ip.bytes, &in6.sin6_addr, sizeof(ip.bytes));
		address_fold_v4(&ip);
	} else {
		return false;
	}
	*ret = ip;
	return true;
}

static bool lib_address_is_local(const struct ip *ip)
{
	const uint8_t *b = ip->v4 ? ip->bytes + V4_OFFSET : ip->bytes;

	if (ip->v4)
		return b[0] == 0 || b[0] == 127 || (b[0] == 169 && b[1] == 254);
	return b[0] == 0xfe && (b[1] & 0xc0) == 0x80;
}

bool address_is_local(const struct sockaddr *address)
{
	struct ip ip = {0};

	return !address_ip_of(address, &ip) || lib_address_is_local(&ip);
}

bool address_is_own(const struct sockaddr *address,
	const struct sockaddr_storage *own, size_t own_count)
{
	struct ip ip = {0};

	if (!address_ip_of(address, &ip) || lib_address_is_local(&ip))
		return true;
	for (size_t i = 0; i < own_count; i++) {
		struct ip mine = {0};

		if (!address_ip_of((const struct sockaddr *)&own[i], &mine))
			continue;
		if (mine.v4 == ip.v4 &&
			memcmp(mine.bytes, ip.bytes, sizeof(ip.bytes)) == 0)
			return true;
	}
	return false;
}
