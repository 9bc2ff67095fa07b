/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The interface definitions beside this file, as text in the programs. The
 * build makes them from the .varlink files; nobody copies them by hand.
 */
#ifndef CERTPROV_INTERFACES_H
#define CERTPROV_INTERFACES_H

extern const char varlink_admin_description[];
extern const char varlink_fetch_description[];
extern const char varlink_identity_description[];
extern const char varlink_service_description[];
extern const char varlink_trust_description[];

#endif
