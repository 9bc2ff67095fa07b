# SPDX-License-Identifier: Apache-2.0
# What a process gives up for good: system calls (seccomp) and files (Landlock).
may_use := \
	lib/base \

packages := libseccomp

sources := \
	sandbox-filter.c \
	sandbox-landlock.c \
	sandbox.c \
