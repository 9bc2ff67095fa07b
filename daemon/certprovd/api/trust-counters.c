/* SPDX-License-Identifier: Apache-2.0 */
/* Counters: how often what happened since the start. */
#include "daemon/certprovd/api/api-internal.h"

struct trust_counter {
	const char *result;
	int64_t count;
};

static const struct json_field counter_fields[] = {
	JSON_FIELD(struct trust_counter, result, JSON_STRING, JSON_MUST),
	JSON_FIELD(struct trust_counter, count, JSON_INT64, JSON_MUST),
};
static const struct json_table counter_table =
	JSON_TABLE(struct trust_counter, counter_fields);

struct trust_counters_reply {
	int64_t since;
	struct json_structs verdicts;
	struct json_structs reported;
	struct json_structs runs;
	int64_t store_bytes;
};

#define F(name, member, ...)                                                   \
	JSON_FIELD_NAMED(name, struct trust_counters_reply, member, __VA_ARGS__)
#define COUNTERS JSON_STRUCTS, JSON_MUST, .nested = &counter_table
static const struct json_field reply_fields[] = {
	F("since", since, JSON_TIME, JSON_MUST),
	F("verdicts", verdicts, COUNTERS),
	F("reported", reported, COUNTERS),
	F("runs", runs, COUNTERS),
	F("storeBytes", store_bytes, JSON_INT64, JSON_MUST),
};
#undef COUNTERS
#undef F
const struct json_table trust_counters_reply =
	JSON_TABLE(struct trust_counters_reply, reply_fields);

/* What never happened is left out. */
static struct json_structs trust_counters_list(
	const uint64_t from[VERDICT__END],
	struct trust_counter to[VERDICT__END])
{
	size_t count = 0;

	for (enum verdict v = 0; v < VERDICT__END; v++)
		if (from[v] > 0)
			to[count++] = (struct trust_counter){
				verdict_name(v), (int64_t)from[v]};
	return (struct json_structs){to, count};
}

/* All results, whether there was such a run or not. */
static struct json_structs trust_counters_list_runs(
	const struct provision *provision,
	struct trust_counter to[RUN_RESULT__END])
{
	size_t count = 0;

	for (enum run_result r = 0; r < RUN_RESULT__END; r++)
		if (run_result_name(r))
			to[count++] = (struct trust_counter){run_result_name(r),
				(int64_t)provision_finished(provision, r)};
	return (struct json_structs){to, count};
}

int trust_counters_on_call(struct varlink_request *req, void *userdata)
{
	const struct api *api = userdata;
	struct trust_counter verdicts[VERDICT__END];
	struct trust_counter reported[VERDICT__END];
	struct trust_counter runs[RUN_RESULT__END];
	uint64_t bytes = 0;
	int r = varlink_request_decode(req, NULL);

	if (r == 0)
		r = store_size(api->store, &bytes);
	if (r != 0)
		return r;
	return varlink_reply_struct(req,
		&(struct trust_counters_reply){
			.since = api->counters.since,
			.verdicts = trust_counters_list(
				api->counters.verdicts, verdicts),
			.reported = trust_counters_list(
				api->counters.reported, reported),
			.runs = trust_counters_list_runs(api->provision, runs),
			.store_bytes = (int64_t)bytes,
		});
}
