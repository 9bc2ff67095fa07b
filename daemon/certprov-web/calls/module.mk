# SPDX-License-Identifier: Apache-2.0
# The methods of certprovd's sockets, over HTTP.
may_use := \
	lib/base \
	lib/varlink \
	daemon/certprov-web/users \

packages := libcjson

sources := \
	call-table.c \
	interface-schema.c \

