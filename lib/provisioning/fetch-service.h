/* SPDX-License-Identifier: Apache-2.0 */
/*
 * io.certprov.fetch on the wire: the session's table as an interface of
 * varlink-service.h. It is all that is served on the connection to a fetcher,
 * with the session as the service's userdata.
 *
 * A method that is not in the interface is answered by the service itself and
 * never reaches the session.
 */
#ifndef CERTPROV_FETCH_SERVICE_H
#define CERTPROV_FETCH_SERVICE_H

#include "lib/provisioning/fetch-calls.h"
#include "lib/varlink/varlink-service.h"

extern const struct varlink_interface fetch_service_interface;

#endif
