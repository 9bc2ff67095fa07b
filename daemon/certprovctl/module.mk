# SPDX-License-Identifier: Apache-2.0
# The command line and its help.
may_use := \
	daemon/certprovctl/output \
	daemon/certprovctl/session \
	daemon/certprovctl/commands \

packages :=

sources := \
	main.c \
	verbs.c \
