/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/fleet.h"

#include <errno.h>
#include <stdlib.h>

#define SECOND_MS 1000

/* splitmix64: every seed is as good as another. */
static uint32_t fleet_random(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (uint32_t)((z ^ (z >> 31)) >> 32);
}

/* Runs past the end are not counted. */
static void fleet_follow_phone(
	const struct fleet_plan *plan, uint64_t *state, struct fleet_load *load)
{
	int64_t boot_ms = fleet_random(state) % SECOND_MS;
	bool was_good = false;
	struct schedule s;

	schedule_start(&s, &plan->policy, boot_ms, fleet_random(state));
	while (s.next_ms < plan->until_ms) {
		int64_t began_ms = s.next_ms;
		int64_t ended_ms = began_ms + plan->run_ms;
		bool failed = began_ms < plan->outage_ms;

		load->runs[began_ms / plan->window_ms]++;
		schedule_run_begins(&s);
		schedule_run_ends(&s, &plan->policy, failed, ended_ms,
			fleet_random(state));
		if (failed && plan->retry_after_s > 0)
			schedule_wait(&s, plan->retry_after_s, ended_ms,
				fleet_random(state));
		if (!failed && !was_good && ended_ms > load->caught_up_ms)
			load->caught_up_ms = ended_ms;
		was_good = was_good || !failed;
	}
	if (!was_good)
		load->caught_up_ms = INT64_MAX;
}

int fleet_simulate(const struct fleet_plan *plan, struct fleet_load *ret)
{
	struct fleet_load load = {.caught_up_ms = 0};
	uint64_t state = plan->seed;

	load.windows = (size_t)(plan->until_ms / plan->window_ms) + 1;
	load.runs = calloc(load.windows, sizeof(*load.runs));
	if (!load.runs)
		return -ENOMEM;
	for (unsigned i = 0; i < plan->phones; i++)
		fleet_follow_phone(plan, &state, &load);
	*ret = load;
	return 0;
}

void fleet_load_done(struct fleet_load *load)
{
	free(load->runs);
	*load = (struct fleet_load){.windows = 0};
}

double fleet_even(const struct fleet_plan *plan)
{
	return (double)plan->phones * (double)plan->window_ms /
		((double)plan->policy.refresh_s * SECOND_MS);
}

/* The last window is not whole. */
static size_t fleet_end_of(const struct fleet_plan *plan,
	const struct fleet_load *load, int64_t ms)
{
	size_t end = (size_t)(ms / plan->window_ms);

	return end < load->windows - 1 ? end : load->windows - 1;
}

unsigned fleet_peak(const struct fleet_plan *plan,
	const struct fleet_load *load, int64_t from_ms, int64_t to_ms)
{
	size_t end = fleet_end_of(plan, load, to_ms);
	unsigned peak = 0;

	for (size_t i = fleet_end_of(plan, load, from_ms); i < end; i++)
		if (load->runs[i] > peak)
			peak = load->runs[i];
	return peak;
}

int64_t fleet_settled_ms(const struct fleet_plan *plan,
	const struct fleet_load *load, double times)
{
	size_t i = fleet_end_of(plan, load, plan->until_ms);

	while (i > 0 && load->runs[i - 1] <= times * fleet_even(plan))
		i--;
	return (int64_t)i * plan->window_ms;
}
