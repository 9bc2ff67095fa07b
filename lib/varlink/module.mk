# SPDX-License-Identifier: Apache-2.0
# The Varlink protocol on Unix sockets, and JSON messages as tables of fields.
may_use := \
	lib/base \

packages := libcjson

sources := \
	json-check.c \
	json-fields.c \
	json-writer.c \
	varlink-client.c \
	varlink-request.c \
	varlink-service.c \
	varlink-socket.c \
	varlink.c \

hot := \
	json-check.c \
	varlink-socket.c \
	varlink.c \
