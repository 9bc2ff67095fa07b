/* SPDX-License-Identifier: Apache-2.0 */
/* Files of authorities: whatever the bytes are, each certificate is counted
 * once, as read or as lost. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "lib/trust/authorities.h"

/* NOLINTNEXTLINE(readability-identifier-naming): the name libFuzzer calls */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* NOLINTNEXTLINE(readability-identifier-naming) */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(authorities_report_done) struct authorities_report report = {0};
	CLEANUP(anchors_free) struct anchors *anchors = NULL;

	if (anchors_new(&anchors) < 0 ||
		authorities_read("list", data, size, anchors, &report) < 0)
		return 0;
	if (anchors_count(anchors, ANCHOR_AUTHORITY) != report.loaded)
		abort();
	for (size_t i = 0; i < authorities_kept(&report, AUTHORITIES_LOST); i++)
		if (!report.findings[AUTHORITIES_LOST].items[i].what)
			abort();
	return 0;
}
