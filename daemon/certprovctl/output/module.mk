# SPDX-License-Identifier: Apache-2.0
# Tables, text and JSON on a terminal or in a pipe.
may_use := \
	lib/base \

packages := libcjson

sources := \
	openmetrics.c \
	progress.c \
	screen.c \
	table.c \
	text-width.c \
	view.c \
	when.c \
	whole-file.c \
