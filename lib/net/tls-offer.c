/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/net/tls-offer.h"

const char *const tls_minimum_names[TLS_MINIMUM__END + 1] = {
	[TLS_MINIMUM_1_0] = "1.0",
	[TLS_MINIMUM_1_1] = "1.1",
	[TLS_MINIMUM_1_2] = "1.2",
	[TLS_MINIMUM_1_3] = "1.3",
};

bool tls_list_is_text(const char *list, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (list[i] < ' ' || list[i] > '~')
			return false;
	return len > 0 && len < TLS_LIST_SIZE;
}
