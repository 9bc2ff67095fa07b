# SPDX-License-Identifier: Apache-2.0
# The phone's own certificates and keys: reading, checking, signing, requests.
may_use := \
	lib/base \
	lib/verdict \
	lib/phone \
	lib/x509 \

packages := libcrypto

sources := \
	identity-check.c \
	identity-choice.c \
	identity-export.c \
	identity-pem.c \
	identity-request.c \
	identity-setting.c \
	identity-sign.c \
	identity-write.c \
	identity.c \
