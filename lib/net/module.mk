# SPDX-License-Identifier: Apache-2.0
# URLs, addresses and host names as text; nothing here opens a connection.
may_use := \
	lib/base \

packages :=

sources := \
	address.c \
	tls-offer.c \
	url-ascii.c \
	url-fault.c \
	url-names.c \
	url-redact.c \
	url.c \
