# SPDX-License-Identifier: Apache-2.0
# Certificates: decoding, keys, names, fingerprints.
may_use := \
	lib/base \
	lib/verdict \

packages := libcrypto

sources := \
	certificate-details.c \
	certificate-parse.c \
	certificate-uses.c \
	certificate.c \
	decode-hint.c \
	decode.c \
	decoder-context.c \
	general-name.c \
	key-forms.c \
	key.c \
	name-digest.c \
	name-mismatch.c \
	names.c \
	placed-key.c \
	reencode.c \
	signature-malleability.c \
	skeleton.c \
