# SPDX-License-Identifier: Apache-2.0
# Every identifier of a verdict, with its sentence and remedy.
may_use := \
	lib/base \

packages :=

sources := \
	mistake.c \
	verdict-rows.c \
	verdict-variants.c \
	verdict.c \
