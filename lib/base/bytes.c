/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/bytes.h"

#include <errno.h>
#include <string.h>

void bytes_done(struct bytes *b)
{
	free(b->data);
	*b = (struct bytes){0};
}

int bytes_copy(const void *data, size_t len, struct bytes *ret)
{
	uint8_t *copy = malloc(len ? len : 1);

	if (!copy)
		return -ENOMEM;
	if (len > 0)
		memcpy(copy, data, len);
	*ret = (struct bytes){.data = copy, .len = len};
	return 0;
}
