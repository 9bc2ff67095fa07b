/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What 10,000 phones do to their server after it was away: they all start in
 * the same second, every run of the first ten minutes fails, and each phone
 * goes by the daemon's schedule with the default back-off and a refresh
 * interval of a day. Virtual time, nine seeds, windows of ten minutes; nothing
 * is measured by a clock.
 *
 *   fleet-settled   the most runs in a window, from one refresh interval after
 *                   the server is back to the end of the fifth / of a fleet
 *                   that is spread over the interval perfectly
 *   fleet-after     how long after the server is back the last window ends that
 *                   has 1.5 times as many, in refresh intervals
 *   fleet-catch-up  the most runs in a second from then until all have caught
 *                   up / as if they did so evenly: phones that waited up to so
 *                   long come within as long
 *   fleet-outage    runs that a server gets while it says Retry-After: 600 /
 *                   says nothing
 */
#include <stdio.h>

#include "tests/bench/bench.h"
#include "tests/bench/fleet.h"

#define PHONES 10000
#define MINUTE_MS 60000
#define DAY_MS (INT64_C(1440) * MINUTE_MS)
#define OUTAGE_MS ((int64_t)10 * MINUTE_MS)
#define WINDOW_MS ((int64_t)10 * MINUTE_MS)
#define TIMES 1.5

static struct fleet_plan plan_of(int round)
{
	struct fleet_plan plan = {
		.phones = PHONES,
		.seed = 1 + (uint64_t)round,
		.policy = {.enabled = true,
			.start_jitter_ms = 3000,
			.refresh_s = DAY_MS / 1000},
		.outage_ms = OUTAGE_MS,
		.run_ms = 1000,
		.until_ms = OUTAGE_MS + 5 * DAY_MS,
		.window_ms = WINDOW_MS,
	};

	must(backoff_parse(BACKOFF_DEFAULT, &plan.policy.back_off), "back-off");
	return plan;
}

static void simulate(const struct fleet_plan *plan, struct fleet_load *ret)
{
	must(fleet_simulate(plan, ret), "the fleet");
	if (ret->caught_up_ms == INT64_MAX)
		die("a phone never had a good run");
}

static void measure_settled(struct figure *settled, struct figure *after)
{
	for (int i = 0; i < BENCH_ROUNDS; i++) {
		struct fleet_plan plan = plan_of(i);
		struct fleet_load load;

		simulate(&plan, &load);
		settled->over = fleet_peak(
			&plan, &load, OUTAGE_MS + DAY_MS, plan.until_ms);
		settled->under = fleet_even(&plan);
		settled->values[i] = settled->over / settled->under;
		after->values[i] =
			(double)(fleet_settled_ms(&plan, &load, TIMES) -
				OUTAGE_MS) /
			(double)DAY_MS;
		fleet_load_done(&load);
	}
}

static void measure_catch_up(struct figure *f)
{
	for (int i = 0; i < BENCH_ROUNDS; i++) {
		struct fleet_plan plan = plan_of(i);
		struct fleet_load load;

		plan.window_ms = 1000;
		simulate(&plan, &load);
		f->over =
			fleet_peak(&plan, &load, OUTAGE_MS, load.caught_up_ms);
		f->under = PHONES * 1000.0 /
			(double)(load.caught_up_ms - OUTAGE_MS);
		f->values[i] = f->over / f->under;
		fleet_load_done(&load);
	}
}

static double runs_in_outage(struct fleet_plan *plan)
{
	struct fleet_load load;
	double runs = 0;

	simulate(plan, &load);
	for (size_t i = 0; (int64_t)i * plan->window_ms < OUTAGE_MS; i++)
		runs += load.runs[i];
	fleet_load_done(&load);
	return runs;
}

static void measure_outage(struct figure *f)
{
	for (int i = 0; i < BENCH_ROUNDS; i++) {
		struct fleet_plan plan = plan_of(i);

		f->under = runs_in_outage(&plan);
		plan.retry_after_s = OUTAGE_MS / 1000;
		f->over = runs_in_outage(&plan);
		f->values[i] = f->over / f->under;
	}
}

int main(void)
{
	struct figure settled = {.name = "fleet-settled",
		.unit = "runs in ten minutes",
		.what = "10,000 phones, a day after their server was away / "
			"spread perfectly"};
	struct figure after = {.name = "fleet-after",
		.what = "refresh intervals until it is so"};
	struct figure catch_up = {.name = "fleet-catch-up",
		.unit = "runs a second",
		.what = "the most, when the server is back / evenly until all "
			"have caught up"};
	struct figure outage = {.name = "fleet-outage",
		.unit = "runs",
		.what = "while the server says Retry-After: 600 / says "
			"nothing"};

	measure_settled(&settled, &after);
	measure_catch_up(&catch_up);
	measure_outage(&outage);
	bench_print(&settled);
	bench_print(&after);
	bench_print(&catch_up);
	bench_print(&outage);
	return 0;
}
