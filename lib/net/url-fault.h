/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Says what is wrong with a text that is no URL: which character, and where.
 * For what url_parse() refused; never decides itself.
 */
#ifndef CERTPROV_URL_FAULT_H
#define CERTPROV_URL_FAULT_H

#define URL_FAULT_SIZE 384

/* A clause without a full stop, such as "the port 99999 is above 65535". The
 * time is linear in the text. Nothing of a user or password is in it. */
void url_fault(const char *text, char ret[URL_FAULT_SIZE]);

#endif
