# SPDX-License-Identifier: Apache-2.0
# The methods of certprovd's sockets, over HTTP.
may_use := \
	lib/base \
	daemon/certprov-web/users \

packages :=

sources := \
	call-table.c \

