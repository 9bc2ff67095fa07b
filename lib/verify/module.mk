# SPDX-License-Identifier: Apache-2.0
# Is this chain trusted for this host and purpose, and if not, why.
may_use := \
	lib/base \
	lib/verdict \
	lib/phone \
	lib/x509 \
	lib/trust \

packages := libcrypto

sources := \
	verify-attempt.c \
	verify-clauses.c \
	verify-context.c \
	verify-distrust.c \
	verify-explain.c \
	verify-faults.c \
	verify-identifiers.c \
	verify-issuers.c \
	verify-names.c \
	verify-openssl.c \
	verify-policy.c \
	verify-reasons.c \
	verify-related.c \
	verify-search.c \
	verify-sent.c \
	verify-signatures.c \
	verify-strict.c \
	verify-violation.c \
	verify-warnings.c \
	verify.c \
