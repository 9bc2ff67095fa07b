#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# mkpki.sh DIRECTORY - the standard set of throwaway certificates, by hand.
set -u
PKI=$(mkdir -p "${1:?a directory}" && readlink -f "$1") || exit 1
# shellcheck source=tests/pki/pki.sh
. "$(dirname "$0")/pki.sh"
pki_standard
