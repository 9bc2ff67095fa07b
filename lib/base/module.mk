# SPDX-License-Identifier: Apache-2.0
# The base of everything: memory, text, bytes, dates, digests. Knows nothing of certificates.
may_use :=
packages := libcrypto

sources := \
	base64.c \
	bytes.c \
	content.c \
	crypto-parts.c \
	date.c \
	der.c \
	digest.c \
	fd.c \
	hex.c \
	near.c \
	options.c \
	sha256.c \
	string.c \
	text.c \
	utf8.c \

hot := \
	base64.c \
	der.c \
	hex.c \
	sha256.c \
	text.c \
	utf8.c \
