# SPDX-License-Identifier: Apache-2.0
# Keys for OpenSSL that sign by call. Whom is called, and how, is the caller's.
may_use := \
	lib/base \

packages := libcrypto

sources := \
	provider-decoder.c \
	provider-error.c \
	provider-key.c \
	provider-keymgmt.c \
	provider-signature.c \
	provider-store.c \
	provider.c \
