/* SPDX-License-Identifier: Apache-2.0 */
/* Versions: what parses, formats and parses again as the same version. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/macros.h"
#include "lib/phone/firmware.h"

/* NOLINTNEXTLINE(readability-identifier-naming): the name libFuzzer calls */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* NOLINTNEXTLINE(readability-identifier-naming) */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(free) char *text = strndup((const char *)data, size);
	char formatted[FIRMWARE_TEXT_SIZE];
	struct firmware f = {.count = 0};
	struct firmware again = {.count = 0};

	if (!text || firmware_parse(text, &f) < 0)
		return 0;
	if (f.count < FIRMWARE_MIN_COMPONENTS)
		abort();
	firmware_format(&f, formatted);
	if (firmware_parse(formatted, &again) < 0)
		abort();
	if (again.count != f.count || !firmware_equal(&f, &again))
		abort();
	for (enum rule_id id = 0; id < RULE__END; id++)
		if (firmware_has(&f, id) != firmware_has(&again, id))
			abort();
	return 0;
}
