#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Flushes of the daemon as strace counts them, nine times each: a run with one new
# certificate in its document; with 100; the run with 100 again; a certificate uploaded by
# an administrator. All count, whatever they are for, but those of files in the runtime
# directory: that is memory on a phone, where they wait for nothing. They are named beside.
. "$(dirname "$0")/../bench.sh"
bench_config
serve_documents
start_fetcher
declare -A what=([one]='a run with one new certificate' [hundred]='a run with 100'
	[change]='an upload by an administrator' [nothing]='a run that changes nothing')

# upload N - the Nth intermediate, which an authority has signed
upload() {
	local text
	text=$(/usr/bin/python3 - "$DATA/mint/rsa.cold" "$1" <<-'X'
		import base64, sys
		with open(sys.argv[1], "rb") as f:
		    data = f.read()
		# Leaf, intermediate, leaf, ...; each of 256 bytes or more.
		for _ in range(2 * int(sys.argv[2]) + 2):
		    size = 4 + int.from_bytes(data[2:4], "big")
		    one, data = data[:size], data[size:]
		print(base64.b64encode(one).decode())
	X
	)
	ask admin.Upload "{\"certificate\": \"$text\"}" >"$T/uploaded.json" || fail "no upload: $(cat "$T/uploaded.json")"
	grep -q '"accepted": true' "$T/uploaded.json" || fail "not accepted: $(cat "$T/uploaded.json")"
}

# count_flushes - those so far, and those in the runtime directory
count_flushes() {
	awk -v run="<$RUN/" '/sync/ { if (index($0, run)) memory++; else flash++ } END { print flash + 0, memory + 0 }' "$T/flushes"
}

measure_flushes() {
	local kind i flash memory flash_before memory_before
	READY=$(said_ready)
	start daemon strace -D -f -y -e trace=fsync,fdatasync,sync_file_range,syncfs,msync -o "$T/flushes" \
		"$B/certprovd" --config "$T/certprovd.conf"
	wait_for 20 daemon_settled
	timed_run "$WWW/first.xml" >/dev/null # the first of all
	for ((i = 0; i < rounds; i++)); do
		for kind in one hundred nothing change; do
			read -r flash_before memory_before < <(count_flushes)
			case $kind in
			change) upload $i ;;
			nothing) timed_run "$WWW/hundred-$i.xml" >/dev/null ;;
			*) timed_run "$WWW/$kind-$i.xml" >/dev/null ;;
			esac
			read -r flash memory < <(count_flushes)
			echo $((flash - flash_before)) >>"$T/flash.$kind"
			echo $((memory - memory_before)) >>"$T/memory.$kind"
		done
	done
	stop daemon
	for kind in one hundred change nothing; do
		mapfile -t flash <"$T/flash.$kind"
		mapfile -t memory <"$T/memory.$kind"
		figure flushes-$kind - flushes \
			"${what[$kind]} (in nine: $(sort -n "$T/flash.$kind" | paste -sd ' '); in memory besides: $(median "${memory[@]}"))" \
			"$(median "${flash[@]}")" 0 "${flash[@]}"
	done
}

begin
if command -v strace >/dev/null; then
	measure_flushes
else
	for kind in one hundred change nothing; do absent flushes-$kind - "there is no strace"; done
fi
