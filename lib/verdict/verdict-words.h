/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words that several rows of lib/verdict share.
 */
#ifndef CERTPROV_VERDICT_WORDS_H
#define CERTPROV_VERDICT_WORDS_H

#define ACCEPT_ANYWAY                                                          \
	"[ To accept exactly this certificate anyway: {exception}]"

#endif
