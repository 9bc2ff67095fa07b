/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/api/reply-trust.h"

static const struct json_field trust_fields[] = {REPLY_TRUST_FIELDS};
const struct json_table reply_trust_table =
	JSON_TABLE(struct reply_trust, trust_fields);

struct reply_trust reply_trust_of(const struct trust *trust)
{
	return (struct reply_trust){trust->store, (int64_t)trust->generation};
}
