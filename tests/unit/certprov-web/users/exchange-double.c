/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/certprov-web/users/exchange-double.h"

#include <stddef.h>

#include "daemon/certprov-web/http/exchange.h"

const char *exchange_double_address;

/* NOLINTBEGIN(readability-identifier-naming) the linker wants these names */
bool __real_exchange_secure(const struct exchange *e);
bool __wrap_exchange_secure(const struct exchange *e);
const char *__real_exchange_peer(const struct exchange *e);
const char *__wrap_exchange_peer(const struct exchange *e);

bool __wrap_exchange_secure(const struct exchange *e)
{
	return exchange_double_address || __real_exchange_secure(e);
}

const char *__wrap_exchange_peer(const struct exchange *e)
{
	return exchange_double_address ? exchange_double_address
				       : __real_exchange_peer(e);
}
/* NOLINTEND(readability-identifier-naming) */
