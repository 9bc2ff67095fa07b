/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/certprov-web/users/exchange-double.h"

#include <stdio.h>

#include "daemon/certprov-web/http/exchange.h"
#include "lib/users/password.h"

const char *exchange_double_address;
unsigned exchange_double_checks;
char exchange_double_hash[PASSWORD_MAX_HASH + 1];

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

int __real_password_check(const char *hash, const char *password, bool *ret);
int __wrap_password_check(const char *hash, const char *password, bool *ret);

int __wrap_password_check(const char *hash, const char *password, bool *ret)
{
	exchange_double_checks++;
	(void)snprintf(
		exchange_double_hash, sizeof(exchange_double_hash), "%s", hash);
	return __real_password_check(hash, password, ret);
}
/* NOLINTEND(readability-identifier-naming) */
