/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/api/reply-run.h"

#include "lib/net/url.h"

#define F(name, member, ...)                                                   \
	JSON_FIELD_NAMED(name, struct store_run, member, __VA_ARGS__)
static const struct json_field run_fields[] = {
	F("id", id, JSON_INT64, JSON_MUST),
	/* An administrator sees the query. */
	F("url", url, JSON_STRING, .rewrite = url_redact_userinfo),
	F("started", started, JSON_TIME, JSON_MUST),
	F("finished", finished, JSON_TIME),
	F("result", result, JSON_STRING),
	F("reason", reason, JSON_STRING, .rewrite = url_redact),
	F("dryRun", dry_run, JSON_BOOL, JSON_MUST),
	F("documents", documents, JSON_INT64, JSON_MUST),
	F("certificates", certificates, JSON_INT64, JSON_MUST),
	F("accepted", accepted, JSON_INT64, JSON_MUST),
	F("refused", refused, JSON_INT64, JSON_MUST),
	F("bytes", bytes, JSON_INT64, JSON_MUST),
	F("firmware", firmware, JSON_STRING),
	F("omitted", omitted, JSON_INT64),
	F("lastComplete", last_complete, JSON_BOOL),
	F("source", source, JSON_STRING),
	F("cause", cause, JSON_STRING),
	F("previous", previous, JSON_INT64),
	F("chain", chain, JSON_STRINGS),
	F("next", next, JSON_STRING),
};
#undef F

const struct json_table reply_run_table =
	JSON_TABLE(struct store_run, run_fields);

struct store_run reply_run_of(const struct run_summary *summary)
{
	return (struct store_run){
		.id = summary->id,
		.url = summary->url,
		.started = summary->started,
		.finished = summary->finished,
		.result = run_result_name(summary->result),
		.reason = summary->reason,
		.dry_run = summary->dry_run,
		.documents = summary->documents,
		.certificates = summary->certificates,
		.accepted = summary->accepted,
		.refused = summary->refused,
		.bytes = summary->bytes,
		.firmware = summary->firmware,
		.source = run_source_name(summary->source),
		.cause = run_cause_name(summary->cause),
		.previous = summary->previous,
		.chain = summary->chain,
		.next = summary->next,
	};
}
