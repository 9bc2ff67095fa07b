/* SPDX-License-Identifier: Apache-2.0 */
/*
 * certprovctl: asks certprovd, and judges documents by itself where there is
 * none. The commands are in commands/.
 */
#include <stdio.h>

#include "daemon/certprovctl/verbs.h"

int main(int argc, char **argv)
{
	return verbs_main(argc, argv, stdout, stderr);
}
