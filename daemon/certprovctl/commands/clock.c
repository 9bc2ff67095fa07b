/* SPDX-License-Identifier: Apache-2.0 */
/* clock. */
#include <string.h>

#include "daemon/certprovctl/commands/commands.h"
#include "daemon/certprovctl/session/service.h"

enum exit_status command_clock(struct session *s)
{
	struct service_call call = {
		.service = SERVICE_ADMIN,
		.method = "ResetClock",
	};
	enum exit_status status = EXIT_COMPLETE;

	if (strcmp(session_word(s, 0), "reset") != 0)
		return session_wrong_use(s,
			"the clock can be reset, not \"%s\"",
			session_word(s, 0));
	status = service_call(s, &call);
	if (!status && !session_json(s))
		(void)fputs("The clock's floor is the build date again: "
			    "\"certprovctl status\" tells whether the clock is "
			    "trusted.\n",
			s->screen.out);
	return status;
}
