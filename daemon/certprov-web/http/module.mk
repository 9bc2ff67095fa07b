# SPDX-License-Identifier: Apache-2.0
# HTTP and TLS: listeners, limits, requests and their answers.
may_use := \
	lib/base \
	lib/client \
	lib/provider \

packages := libcjson libcrypto libevent libevent_openssl libssl

sources := \
	exchange-check.c \
	exchange.c \
	http-headers.c \
	http-limits.c \
	http-lines.c \
	http-server.c \
	http-sockets.c \
	http-turns.c \
	web-bucket.c \
	web-log.c \
	web-time.c \
	web-tls.c \

