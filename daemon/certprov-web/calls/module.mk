# SPDX-License-Identifier: Apache-2.0
# The methods of certprovd's sockets, over HTTP.
may_use := \
	lib/base \
	lib/varlink \
	daemon/certprov-web/http \
	daemon/certprov-web/users \

packages := libcjson libevent

sources := \
	call-error.c \
	call-output.c \
	call-table.c \
	call.c \
	calls.c \
	interface-schema.c \
	openapi.c \
	shared.c \
	upstream.c \

