# SPDX-License-Identifier: Apache-2.0
# From the command line to the command.
may_use := \
	lib/base \
	daemon/certprovctl/output \
	daemon/certprovctl/session \
	daemon/certprovctl/commands \

packages :=

sources := \
	main.c \
	verbs.c \
