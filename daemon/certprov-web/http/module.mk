# SPDX-License-Identifier: Apache-2.0
# HTTP and TLS: listeners, limits, requests and their answers.
may_use := \
	lib/base \

packages := libcjson libevent

sources := \
	exchange-check.c \
	exchange.c \
	http-headers.c \
	http-limits.c \
	http-server.c \
	http-sockets.c \
	web-log.c \

