# SPDX-License-Identifier: Apache-2.0
# A certificate: read strictly, taken apart, named.
may_use := \
	lib/base \
	lib/verdict \

packages := libcrypto

sources := \
	certificate.c \
	decode.c \
	issuing.c \
	key-forms.c \
	key.c \
	names.c \
	recognise.c \
	signature-malleability.c \
	skeleton.c \
