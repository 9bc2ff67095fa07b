# SPDX-License-Identifier: Apache-2.0
# The methods of certprovd's sockets, over HTTP.
may_use := \
	daemon/certprov-web/users \

packages :=

sources := \

