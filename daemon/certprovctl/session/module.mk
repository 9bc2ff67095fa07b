# SPDX-License-Identifier: Apache-2.0
# One run of the program: its options, its calls of certprovd, its error messages.
may_use := \
	lib/base \
	lib/verdict \
	lib/varlink \
	daemon/certprovctl/output \

packages := libcjson

sources := \
	arguments.c \
	fingerprint.c \
	listing.c \
	outcomes.c \
	service-errors.c \
	service.c \
	session.c \
