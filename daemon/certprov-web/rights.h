/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the page may do: accept on the sockets it has, connect to Unix sockets,
 * and read the file of users. This is the list; lib/sandbox gives up the rest.
 */
#ifndef CERTPROV_WEB_RIGHTS_H
#define CERTPROV_WEB_RIGHTS_H

#include <stddef.h>

/* Memory of all mappings; with every limit reached it needs a fourth of it. */
#define RIGHTS_MAX_ADDRESS_SPACE ((size_t)512 * 1024 * 1024)
/* Connections, and a call of certprovd for each. */
#define RIGHTS_MAX_DESCRIPTORS 512

/*
 * Give up everything else, for good. users is the file of users (its folder
 * can be read, since the file may be replaced), or NULL. Where the kernel has
 * no Landlock, this is said once. 0 or a negative errno; then the process must
 * end.
 */
int rights_give_up(const char *users);

#endif
