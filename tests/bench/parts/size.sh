#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What is installed of certprovd, certprov-fetch, certprovctl and the shared libraries, stripped,
# in KB of 1,000 bytes: of this build, and of `make cross ARCH=armhf` if that has been made.
# certprov-web is not in it: a phone with a page of its own does without.
. "$(dirname "$0")/../bench.sh"

# size_of NAME DIRECTORY STRIP WHAT
size_of() {
	local name=$1 directory=$2 strip=$3 file total=0
	local files=("$directory"/certprov{d,-fetch,ctl} "$directory"/libcertprov{,-openssl,-provider}.so)
	command -v "$strip" >/dev/null || { absent "$name" - "there is no $strip" && return; }
	for file in "${files[@]}"; do
		[ -e "$file" ] || { absent "$name" - "$4 is not built (${file##*/})" && return; }
		"$strip" -o "$T/stripped" "$file" || fail "$file cannot be stripped"
		total=$((total + $(stat -L -c %s "$T/stripped")))
	done
	figure "$name" - KB "programs and shared libraries of $4, stripped" "$(awk "BEGIN { print $total / 1000 }")" 0 \
		"$(awk "BEGIN { print $total / 1000 }")"
}
begin
size_of "size-$(dpkg --print-architecture 2>/dev/null || echo amd64)" "$B" strip "this build"
size_of size-armhf "$B/../armhf" arm-linux-gnueabihf-strip "make cross ARCH=armhf"
