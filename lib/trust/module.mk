# SPDX-License-Identifier: Apache-2.0
# Whom the phone trusts: anchors, authorities, exceptions, what is distrusted.
may_use := \
	lib/base \
	lib/net \
	lib/phone \
	lib/x509 \

packages := libcrypto

sources := \
	anchor-place.c \
	anchors.c \
	authorities.c \
	change-counter.c \
	der-arena.c \
	intermediate-cache.c \
	pem-reader.c \
	snapshot.c \
	trust-distrust.c \
	trust.c \

# Each certificate that is read is copied there.
hot := \
	der-arena.c \
