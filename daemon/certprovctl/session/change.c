/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovctl/session/change.h"

#include <errno.h>
#include <inttypes.h>

#include "daemon/certprovctl/output/view.h"

static enum exit_status change_on_changed(
	struct session *s, const cJSON *parameters, void *userdata)
{
	const struct change *change = userdata;

	if (!session_json(s))
		(void)fprintf(s->screen.out,
			"%s: %s (generation %" PRId64 ")\n", change->sha256,
			change->done, view_number(parameters, "generation", 0));
	return EXIT_COMPLETE;
}

enum exit_status change_run(struct session *s, const struct change *change,
	struct json_writer *parameters)
{
	struct change lent = *change;
	struct service_call call = {
		.service = SERVICE_ADMIN,
		.method = change->method,
		.reply = change_on_changed,
		.userdata = &lent,
	};

	if (arguments_has(&s->arguments, OPTION_FORCE))
		json_put_bool(parameters, "force", true);
	if (json_take(parameters, &call.parameters) < 0)
		return session_trouble(s, "asking certprovd", -ENOMEM);
	return service_call(s, &call);
}
