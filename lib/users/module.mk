# SPDX-License-Identifier: Apache-2.0
# Users of the certificates page: passwords and their hashes, and the lines of the file of users.
may_use := \
	lib/base \

packages := libcrypt libcrypto

sources := \
	password.c \
	user-line.c \

