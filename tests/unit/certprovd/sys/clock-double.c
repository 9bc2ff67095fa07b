/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes the place of what daemon/certprovd/sys/clock.c asks the system, as soon
 * as a test has set it; the linker (--wrap) brings every call here first.
 */
#include "tests/unit/certprovd/api/api-fixture.h"

static struct clock_reading set_to;
static bool is_set;

void clock_set(const struct clock_reading *now)
{
	set_to = *now;
	is_set = true;
}

void clock_unset(void)
{
	is_set = false;
}

/* NOLINTBEGIN(readability-identifier-naming) the linker wants these names */

int64_t __real_clock_wall(void);
int64_t __wrap_clock_wall(void);
struct clock_reading __real_clock_read(void);
struct clock_reading __wrap_clock_read(void);

int64_t __wrap_clock_wall(void)
{
	return is_set ? set_to.wall : __real_clock_wall();
}

struct clock_reading __wrap_clock_read(void)
{
	return is_set ? set_to : __real_clock_read();
}

/* NOLINTEND(readability-identifier-naming) */
