/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why a host is not among the names of a certificate, for people: which rule
 * keeps out the name that would otherwise match. names.c has decided already;
 * what is said here changes nothing.
 */
#ifndef CERTPROV_NAME_MISMATCH_H
#define CERTPROV_NAME_MISMATCH_H

#include <openssl/x509.h>
#include <stdbool.h>

#include "lib/x509/certificate.h"
#include "lib/x509/names.h"

#define NAME_MISMATCH_WHY_SIZE 400
#define NAME_MISMATCH_CURE_SIZE 160
#define NAME_MISMATCH_WANTED_SIZE (HOST_NAME_SIZE + sizeof("URI:sip:"))

/* What was asked, and what decided. */
struct name_mismatch_case {
	const struct certificate *leaf;
	const struct host *host;
	const struct name_rules *rules;
	bool strict;      /* by the strict profile */
	bool constrained; /* an issuer has name constraints */
	bool sip;         /* asked for SIP, also where that has no rules */
};

/* Empty texts: there is nothing to say. */
struct name_mismatch {
	char why[NAME_MISMATCH_WHY_SIZE];
	const char *clause; /* that decides, or NULL */
	/* A setting that would let it match: "set X to Y". */
	char cure[NAME_MISMATCH_CURE_SIZE];
	/* What a certificate for this host has: "DNS:pbx.example.net". */
	char wanted[NAME_MISMATCH_WANTED_SIZE];
};

void name_mismatch_find(
	const struct name_mismatch_case *c, struct name_mismatch *ret);

/* That alone, of a host by itself. */
void name_mismatch_wanted(
	const struct host *host, char ret[NAME_MISMATCH_WANTED_SIZE]);

/* The names that are there, those most like the host first, and how many
 * more; "no names" when none. In new memory: 0 or -ENOMEM. */
int name_mismatch_names(
	const struct certificate *c, const struct host *host, char **ret);

#endif
