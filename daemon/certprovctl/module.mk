# SPDX-License-Identifier: Apache-2.0
# The table of commands, and the help.
may_use := \
	daemon/certprovctl/output \
	daemon/certprovctl/session \
	daemon/certprovctl/commands \

packages :=

sources := \
	main.c \
	verbs.c \
