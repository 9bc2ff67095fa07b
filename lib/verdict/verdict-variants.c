/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words for a verdict where more is known of the reason than its row says. The
 * identifier is that of the row.
 */
#include "lib/verdict/verdict-words.h"
#include "lib/verdict/verdict.h"

#define CHECK_CLOCK " Check the phone's clock with certprovctl status."
#define OF_THE_FIRMWARE                                                        \
	"use a certificate that an authority of the firmware has signed; "     \
	"certprovctl list authorities shows those."
#define EXPIRED_SENTENCE                                                       \
	"The certificate[ of {subject}][, {from},] expired[ on {date}][, "     \
	"{apart} ago][; the phone's clock says {now}][{clock}][; {known}]."

const struct variant_row variant_rows[VARIANT__END] = {
	[VARIANT_NONE] = {.sentence = NULL},
	[VARIANT_SELF_SIGNED] =
		{
			.sentence = "The certificate[ of {subject}] is "
				    "self-signed and not trusted by this "
				    "phone[; {known}][; {earlier}].",
			.remedy = "Publish this very certificate[, as "
				  "{element}], or have one issued by a CA "
				  "and publish the CA's." ACCEPT_ANYWAY,
		},
	[VARIANT_SELF_SIGNED_ISSUER] =
		{
			.sentence = "The chain ends with a self-signed "
				    "certificate[, {subject},] that is not "
				    "trusted by this phone[; {known}][; "
				    "{earlier}].",
			.remedy = "Publish the certificate[ of {subject}][, "
				  "as {element}]; certprovctl list shows what "
				  "is trusted." ACCEPT_ANYWAY,
		},
	[VARIANT_SAME_NAME] =
		{
			.sentence = "The subject of the certificate[ of "
				    "{subject}] is the name of its issuer, "
				    "and without an authorityKeyIdentifier "
				    "no issuer is looked for[ (rule {rule})].",
			.remedy = "Have it issued again with a subject of its "
				  "own[, or publish this very certificate, "
				  "as {element}]." ACCEPT_ANYWAY,
		},
	[VARIANT_CHAIN] =
		{
			.remedy = "Publish its issuer first[: the certificate "
				  "of {issuer}][, as {element}], if that is "
				  "signed by an "
				  "authority of the firmware.[ If it is a "
				  "private CA, {way}, or " OF_THE_FIRMWARE
				  "][ The certificate says that its issuer's "
				  "can be had from {url}.]" ACCEPT_ANYWAY,
		},
	[VARIANT_CHAIN_SELF_SIGNED] =
		{
			.sentence = "The certificate[ of {subject}] is "
				    "self-signed: it is signed by nothing "
				    "this phone trusts[; {known}][; "
				    "{earlier}][ (rule {rule})].",
			.remedy =
				"Publishing another certificate first does "
				"not help.[ Instead {way}, or " OF_THE_FIRMWARE
				"]" ACCEPT_ANYWAY,
		},
	[VARIANT_CHAIN_BROKEN] =
		{
			.remedy = "Have it issued again by a CA that is "
				  "trusted and valid; certprovctl list shows "
				  "what is trusted.[ Or {way}.]",
		},
	[VARIANT_EXPIRED_ISSUER] =
		{
			.sentence = EXPIRED_SENTENCE,
			.remedy = "Publish what replaces it: the renewed "
				  "certificate[ of {subject}], or, if its key "
				  "is new, that CA and a certificate of the "
				  "server issued by it." CHECK_CLOCK
					  ACCEPT_ANYWAY,
		},
	[VARIANT_EXPIRED_ISSUER_CHAIN] =
		{
			.sentence = EXPIRED_SENTENCE,
			.remedy = "Publishing its renewed certificate helps "
				  "only if an authority of this firmware that "
				  "is still valid has signed it.[ If not, "
				  "{way}, or " OF_THE_FIRMWARE
				  "]" CHECK_CLOCK ACCEPT_ANYWAY,
		},
	[VARIANT_EXPIRED_ISSUER_SENT] =
		{
			.sentence = EXPIRED_SENTENCE,
			.remedy = "Have the server send the renewed "
				  "certificate[ of {subject}] "
				  "instead." CHECK_CLOCK ACCEPT_ANYWAY,
		},
	[VARIANT_EXPIRED_ISSUER_REPLACED] =
		{
			.sentence = EXPIRED_SENTENCE,
			.remedy = "Have the server's certificate issued again "
				  "by the CA that is valid: that is trusted "
				  "already." CHECK_CLOCK ACCEPT_ANYWAY,
		},
	[VARIANT_IDENTIFIERS] =
		{
			.remedy = "Have the certificate issued again by the "
				  "CA as it is now, publish the certificate "
				  "of the CA that it asks for as well, or set "
				  "Profile=compatible in certprovd.conf.",
		},
};
