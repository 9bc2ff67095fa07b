#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The file for this phone alone: quiet when a server has none, and told in full when the
# server says anything else.
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/provisioning.sh"

pki_standard || fail "no certificates"
start_nginx web <<-'X'
	server { listen 127.0.0.1:@PORT@; root @T@/www;
	location = /locked/general-000413AABBCC.xml { return 401; }
	location = /broken/general-000413AABBCC.xml { return 500; } }
X
site=http://127.0.0.1:${PORT[web]}
SITES=("web=$site")
for folder in absent locked broken damaged; do
	mkdir "$T/www/$folder"
	echo '<settings/>' >"$T/www/$folder/general.xml"
done
printf '<settings>\n<certificates>\n' >"$T/www/damaged/general-$MAC.xml"
start_fetcher
phone

# own FOLDER RESULT - a run of general.xml there; what its report says of the other file
own() {
	: >"$T/daemon.log"
	provision "$site/$1/general.xml"
	matches "$1: $2" "\"result\": \"$2\"" "$(grep "$1/general-$MAC.xml" "$T/replies")"
}
own absent optional-absent
equal "the run is complete" "complete documents=2 certificates=0 accepted=0 refused=0" "$(run_result)"
lacks "it has no remedy" '"remedy"' "$(grep "general-$MAC.xml" "$T/replies")"
lacks "and there is no line of it in the log" "general-$MAC" "$(grep -v 'run [0-9]' "$T/daemon.log")"

own locked authentication-required
matches "with its status, and no word of a proxy" 'HTTP status 401, no user was sent' "$(details)"
matches "the run is partial" '^partial ' "$(run_result)"
matches "and the log has it" "general-$MAC.xml: authentication-required: " "$(cat "$T/daemon.log")"
own broken http-status
matches "with its status" 'HTTP status 500' "$(details)"
matches "and the log has it" "general-$MAC.xml: http-status: " "$(cat "$T/daemon.log")"
own damaged not-well-formed
matches "with the element that is open" '<certificates> \(line 2\)|<certificates>.*line 2' "$(details)"
