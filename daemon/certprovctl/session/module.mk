# SPDX-License-Identifier: Apache-2.0
# One call of the program: its options, its service, its complaints.
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
