# SPDX-License-Identifier: Apache-2.0
# The daemon and its system: journal, durable files, clock, sockets, schedule.
may_use := \
	lib/base \
	lib/net \
	lib/phone \
	lib/varlink \

packages := libcjson libsystemd

sources := \
	clock-record.c \
	clock.c \
	durable-file.c \
	file-watch.c \
	log.c \
	peer-groups.c \
	schedule.c \
	server-connection.c \
	server-listen.c \
	server-turns.c \
	stream.c \
	turns.c \

hot := \
	server-connection.c \
	turns.c \
