# SPDX-License-Identifier: Apache-2.0
# What the names of TLS versions and cipher suites mean to OpenSSL.
may_use := \
	lib/base \
	lib/net \

packages := libssl libcrypto

sources := \
	tls-lists.c \
