/* SPDX-License-Identifier: Apache-2.0 */
/* What a failure is called in OpenSSL's error queue. */
#include "lib/provider/provider.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

const OSSL_ITEM provider_reasons[] = {
	{PROVIDER_NO_DAEMON, "certprovd cannot be reached"},
	{PROVIDER_NO_IDENTITY, "the phone has no such identity"},
	{PROVIDER_SCHEME, "the key cannot be used with this scheme"},
	{PROVIDER_LIMIT, "certprovd has reached a limit for this user"},
	{PROVIDER_LATE,
		"certprovd did not answer in time: it is stopped or busy, or "
		"this user has asked for too many signatures"},
	{PROVIDER_CHANGED,
		"the phone has another key now: have the program read "
		"certificate and key again"},
	{PROVIDER_FAILED, "certprovd could not do it"},
	{0, NULL},
};

static enum provider_reason provider_reason_of(int error)
{
	switch (-error) {
	case ENOTCONN:
	case ECONNRESET:
	case EACCES:
		return PROVIDER_NO_DAEMON;
	case ENODATA:
		return PROVIDER_NO_IDENTITY;
	case EPROTONOSUPPORT:
		return PROVIDER_SCHEME;
	case EBUSY:
		return PROVIDER_LIMIT;
	case ETIMEDOUT:
		return PROVIDER_LATE;
	case ESTALE:
		return PROVIDER_CHANGED;
	default:
		return PROVIDER_FAILED;
	}
}

static void provider_set_error(
	const struct provider *p, enum provider_reason reason, ...)
{
	static const char format[] = "%s: %s";
	va_list arguments;

	va_start(arguments, reason);
	p->vset_error(p->core, (uint32_t)reason, format, arguments);
	va_end(arguments);
}

void provider_raise(const struct provider *p, int error, const char *doing)
{
	if (!p->new_error || !p->vset_error)
		return;
	p->new_error(p->core);
	provider_set_error(
		p, provider_reason_of(error), doing, strerrordesc_np(-error));
}
