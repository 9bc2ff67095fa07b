/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of a certificate and subtrees of name constraints as a sentence has
 * them. For people only: decides nothing, and shortens what is too long.
 */
#ifndef CERTPROV_GENERAL_NAME_H
#define CERTPROV_GENERAL_NAME_H

#include <openssl/x509v3.h>
#include <stddef.h>

#define GENERAL_NAME_TEXT_SIZE 256

/* "DNS name", "IP address", "directory name", ... Lives forever. */
const char *general_name_kind(int type);
/* The name alone: "pbx.example.net", "192.0.2.1", "CN=pbx". */
void general_name_text(
	const GENERAL_NAME *name, char ret[GENERAL_NAME_TEXT_SIZE]);
/* What the base of a subtree covers: "example.net", "all IPv4 addresses",
 * "192.0.2.0/24". */
void general_name_subtree_text(
	const GENERAL_NAME *base, char ret[GENERAL_NAME_TEXT_SIZE]);
/* A string that may contain anything, cut to size; zero bytes are spelt. */
void general_name_copy(const void *data, size_t len, char *ret, size_t size);

#endif
