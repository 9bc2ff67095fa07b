# SPDX-License-Identifier: Apache-2.0
# HTTP and TLS: listeners, limits, requests and their answers.
may_use := \

packages := libcjson

sources := \

