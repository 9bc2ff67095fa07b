# SPDX-License-Identifier: Apache-2.0
# The page itself, and what serves it. Its files are in the program.
may_use := \
	daemon/certprov-web/http \

packages :=

sources := \
	page.c \

