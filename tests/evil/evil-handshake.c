/* SPDX-License-Identifier: Apache-2.0 */
/* What speaks TLS to a stranger for certprovctl, taken over; see attempts.h. */
#include "daemon/certprovctl/peer/handshake-rights.h"
#include "tests/evil/attempts.h"

static int give_up(void *userdata)
{
	(void)userdata;
	return handshake_rights_give_up(NULL, 0);
}

int main(int argc, char **argv)
{
	return attempts_make(argc, argv, EVIL_HANDSHAKE, give_up, NULL);
}
