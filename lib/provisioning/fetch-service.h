/* SPDX-License-Identifier: Apache-2.0 */
/*
 * io.certprov.fetch on the wire: the session's table as an interface for
 * lib/varlink-service. Whoever connected to a fetcher serves this and nothing
 * else on that connection, with the session as the service's userdata.
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
