/* SPDX-License-Identifier: Apache-2.0 */
/* Snapshots: what decodes encodes to the same bytes. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/trust/snapshot.h"

/* NOLINTNEXTLINE(readability-identifier-naming): the name libFuzzer calls */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* NOLINTNEXTLINE(readability-identifier-naming) */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(trust_free) struct trust *trust = NULL;
	CLEANUP(bytes_done) struct bytes again = {0};

	if (snapshot_decode(data, size, &trust) < 0)
		return 0;
	if (snapshot_encode(trust, &again) < 0 || again.len != size ||
		memcmp(again.data, data, size) != 0)
		abort();
	return 0;
}
