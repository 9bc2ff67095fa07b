# SPDX-License-Identifier: Apache-2.0
# Who may do what: the file of users, sessions, and how often anybody may try to sign in.
may_use := \
	lib/base \
	lib/varlink \
	lib/users \
	daemon/certprov-web/http \

packages := libcjson libcrypto

sources := \
	access.c \
	asker.c \
	attempts.c \
	sessions.c \
	sign-in.c \
	users-file.c \

