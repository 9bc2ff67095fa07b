#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# limbo.sh - x509-limbo's cases by both profiles against the expected answers.
# Fails on a case that disagrees without being excepted, and on one that is
# excepted and agrees. Without outside data it is skipped.
set -u
cd "$(dirname "$0")/../.." || exit 1
data=${CERTPROV_CORPORA:-}/limbo
cases=${B:-build/release}/tests/corpora/verify-cases
[ -r "$data/limbo-core.flat" ] || { echo 'SKIP limbo: no outside test data here'; exit 77; }

# compare PROFILE COLUMN ASSERTED MAX_EXCEPTIONS - the answers are on stdin
compare() {
	awk -F '\t' -v profile="$1" -v column="$2" -v asserted="$3" -v max="$4" '
		FILENAME == ARGV[1] { if ($0 !~ /^#/ && $1 == profile) { excepted[$2] = 1; exceptions++ } next }
		FILENAME == ARGV[2] { if (FNR > 1) expected[$1] = $column; next }
		{
			answered[$1] = 1
			if (expected[$1] == "-") next
			count++
			agrees = expected[$1] == ($2 == "trusted" ? "SUCCESS" : "FAILURE")
			if (agrees && !($1 in excepted)) { good++; next }
			if (!agrees && $1 in excepted) next
			bad = 1
			printf "%s: %s: expected %s, answered %s%s\n", profile, $1, expected[$1], $2,
				$1 in excepted ? ", and is excepted for nothing" : ""
		}
		END {
			for (id in expected) if (!(id in answered)) { print profile ": " id ": no answer"; bad = 1 }
			for (id in excepted) if (!(id in expected)) { print profile ": " id ": excepted, but no case"; bad = 1 }
			if (exceptions > max) { print profile ": too many exceptions: " exceptions; bad = 1 }
			if (count != asserted) { print profile ": " count " cases asserted, not " asserted; bad = 1 }
			printf "limbo, %s: %d of %d as expected, %d excepted\n", profile, good, count, exceptions
			exit bad
		}' tests/corpora/limbo-exceptions.tsv "$data/expected.tsv" -
}

status=0
answers=$("$cases" --profile compatible "$data/limbo-core.flat") || status=1
compare compatible 5 162 3 <<<"$answers" || status=1
answers=$("$cases" --profile strict "$data/limbo-core.flat") || status=1
compare strict 6 156 5 <<<"$answers" || status=1
exit $status
