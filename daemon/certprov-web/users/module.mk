# SPDX-License-Identifier: Apache-2.0
# Who may do what.
may_use := \
	daemon/certprov-web/http \

packages :=

sources := \

