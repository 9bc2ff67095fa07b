/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A daemon that was taken over; see attempts.h. Its own arguments are its
 * files: CONFIG AUTHORITIES STATE-DIRECTORY OWN-DIRECTORY
 */
#include "daemon/certprovd/daemon-rights.h"
#include "tests/evil/attempts.h"

static int give_up(void *userdata)
{
	unsigned lacks = 0;

	return daemon_rights_give_up(userdata, &lacks);
}

int main(int argc, char **argv)
{
	struct daemon_rights_needs needs = {0};

	if (argc != ATTEMPTS_ARGUMENTS + 4)
		return 2;
	needs = (struct daemon_rights_needs){
		.config_file = argv[ATTEMPTS_ARGUMENTS],
		.authorities = argv[ATTEMPTS_ARGUMENTS + 1],
		.state_directory = argv[ATTEMPTS_ARGUMENTS + 2],
		.own_directory = argv[ATTEMPTS_ARGUMENTS + 3],
	};
	return attempts_make(argc, argv, EVIL_DAEMON, give_up, &needs);
}
