# SPDX-License-Identifier: Apache-2.0
# The certificates page: its command line, its configuration, and what is where.
may_use := \
	lib/base \
	lib/sandbox \
	lib/varlink \
	daemon/certprov-web/http \
	daemon/certprov-web/users \
	daemon/certprov-web/calls \
	daemon/certprov-web/page \

packages := inih libevent

sources := \
	main.c \
	rights.c \
	routes.c \
	web-config.c \

