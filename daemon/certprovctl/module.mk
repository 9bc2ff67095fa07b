# SPDX-License-Identifier: Apache-2.0
# From the command line to the command.
may_use := \
	daemon/certprovctl/output \
	daemon/certprovctl/session \
	daemon/certprovctl/commands \

packages :=

sources := \
	main.c \
	verbs.c \
