#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# certprovctl as people use it: every command against a real daemon, check
# without one, and its manual page and completion against its own help.
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/daemon.sh"
built certprov-fetch certprovctl
umask 022
export CERTPROV_RUNTIME_DIR=$RUN
ctl() {
	"$B/certprovctl" "$@" 2>&1
}
samples=$ROOT/provisioning-samples
page=$ROOT/daemon/certprovctl/certprovctl.1

# --- the manual page and the completion know what the help knows ---

# shellcheck source=daemon/certprovctl/certprovctl.bash
. "$ROOT/daemon/certprovctl/certprovctl.bash"
# complete_words WORD... - what the shell offers for the last of them.
complete_words() {
	COMP_WORDS=("$B/certprovctl" "$@")
	COMP_CWORD=$#
	_certprovctl
	printf '%s\n' "${COMPREPLY[@]}" | sort
}
commands=$(ctl help | sed -n '/^Commands/,/^$/s/^  \([a-z-]*\) .*/\1/p')
[ "$(wc -l <<<"$commands")" -ge 17 ] || fail "the help names too few commands"
missing=
for command in $commands; do
	grep -qE "^\.Ss $command( |$)" "$page" || missing+=" page:$command"
	grep -qE "ctl\"? $command\>" "$ROOT"/tests/integration/*-certprovctl*.sh || missing+=" test:$command"
	section=$(sed -n "/^\.Ss $command\( \|$\)/,/^\.S[sh] /p" "$page" | tail -n +2)
	section+=$(sed -n '/^\.Sh DESCRIPTION/,/^\.Sh COMMANDS/p' "$page")
	options=$("$B/certprovctl" "$command" --help | sed -nE 's/^  .* (--[a-z-]+) .*/\1/p' | sort)
	for option in $options; do
		grep -qE "^\.It Fl .*-${option#--}( |$)" <<<"$section" || missing+=" page:$command$option"
	done
	equal "the options of $command are completed" "$options" "$(complete_words "$command" --)"
done
equal "the page and the tests have every command, and the page every option" '' "$missing"
equal "every command is completed" "$(printf '%s\n' help "$commands" | sort)" "$(complete_words '')"
equal "also after an option that is none of all commands" $'remove\nreport' "$(complete_words -f 10.1 re)"
equal "what an option takes is no argument" --dry-run "$(complete_words provision -f 10.1 --d)"
equal "known values are completed" $'certificate\npublic-key' "$(complete_words distrust -k '')"
equal "as are the roles of a user" $'change\nlook' "$(complete_words web-password alice --role '')"
equal "files are completed" "$samples/README.md" "$(complete_words check "$samples" "$samples/READ")"

# --- without a daemon ---

status "no daemon is said so" 4 ctl status
matches "with how to start it" 'systemctl start certprovd' "$OUT"

# What check says of a sample, in the form of its .expect.
outcomes() {
	ctl check --json -a "$samples/certificates/example-authority.der" "$1" | python3 -c '
import json, os, sys
rows = {}
for line in sys.stdin:
    o = json.loads(line)
    if "outcome" in o and o["outcome"]["kind"] == "certificate":
        place = (os.path.basename(o["outcome"]["document"]), o["outcome"]["line"])
        rows.setdefault(place, []).append(o["outcome"]["result"])
for place in sorted(rows):
    print("%s:%d" % place, *rows[place])'
}
expected() {
	sed '/^#/d; s/  */ /g' "$1"
}
equal "check says of a sample what is expected" \
	"$(expected "$samples/inline-base64.expect")" "$(outcomes "$samples/inline-base64.xml")"
status "a refusal by some version is status 1" 1 \
	ctl check -a "$samples/certificates/example-authority.der" "$samples/inline-base64.xml"
matches "with a reason for all versions that say it" \
	'base64-not-supported +8.7.5.51, 8.9.3.40 +The firmware does not support' "$OUT"
status "what all versions accept is status 0" 0 \
	ctl check -f 10.1.33.33 -a "$samples/certificates/example-authority.der" "$samples/inline-base64.xml"
equal "a version is a column" \
	'Where What 10.1.33.33' "$(head -n 1 <<<"$OUT" | tr -s ' ')"
echo '<settings><certificates></settings>' >"$T/broken.xml"
status "a document that is none fails" 2 ctl check -f 10.1.33.33 "$T/broken.xml"
matches "with its place" 'broken.xml:1 .*not-well-formed' "$OUT"
status "a file that cannot be read is status 2" 2 ctl check "$T/nowhere.xml"

# A tree on a server: its links are followed only when asked for.
for name in one two three; do make_certificate $name || fail "no certificates"; done
mkdir "$T/www"
certificates_in one >"$T/www/000413AABBCC.xml"
start_http web "$T/www"
origin=${URL[web]}
echo "<setting-files><file url=\"$origin/{mac}.xml\"/></setting-files>" >"$T/www/first.xml"
status "links are counted when they are not followed" 0 ctl check -f 10.1.33.33 "$T/www/first.xml"
matches "and said so" 'not checked: 1 \(--follow\)' "$OUT"
status "links to this machine are refused as a phone does" 1 \
	ctl check -f 10.1.33.33 --follow -m 00:04:13:aa:bb:cc "$T/www/first.xml"
matches "and said so" 'address-refused' "$OUT"
status "links are followed when it is asked for" 0 \
	ctl check -f 10.1.33.33 --follow --allow-local -m 00:04:13:aa:bb:cc "$T/www/first.xml"
matches "to the certificates there" "$origin/000413AABBCC.xml:3 +CN=one +accepted" "$OUT"
status "a URL can be checked" 0 ctl check -f 10.1.33.33 "$origin/000413AABBCC.xml"
matches "and is named in the outcome" "$origin/000413AABBCC.xml:3 +CN=one +accepted" "$OUT"

# --- with one ---

cp "$T/three.pem" "$T/authorities.pem"
write_config
start_fetcher
start_daemon

status "status is told" 0 ctl status
matches "with the firmware" '^Firmware +10.1.33.33$' "$OUT"
matches "with what needs attention" '^Needs attention' "$OUT"
status "the rules of the phone are told" 0 ctl rules
equal "the same as without a daemon" "$(ctl rules --json -f 10.1.33.33)" "$(ctl rules --json)"

certificates_in one two >"$T/good.xml"
{ certificates_in two | sed 's|</certificates>|<certificate type="base64">x</certificate>&|'; } >"$T/part.xml"
status "a dry run is status 0" 0 ctl provision --dry-run "$T/good.xml"
matches "and reports" 'inline:3 +CN=one +accepted' "$OUT"
equal "and changes nothing" '' "$(listed servers)"
status "a dry run as another firmware" 0 ctl provision -n -f 8.9.3.40 "$T/good.xml"
matches "judges as that one" 'base64-not-supported' "$OUT"
echo "<certificates><certificate url=\"$origin/missing.der\"/></certificates>" >"$T/miss.xml"
status "a complete run is status 0" 0 ctl provision "$T/good.xml"
matches "with its result" '^Result +complete$' "$OUT"
status "what is refused was judged all the same" 0 ctl provision "$T/part.xml"
matches "with the place of what was refused" 'inline:4 .*not-base64' "$OUT"
status "a run that misses something is partial" 1 ctl provision "$T/miss.xml"
matches "with what it misses" "$origin/missing.der .*http-status" "$OUT"
status "a failed run is status 2" 2 ctl provision "$T/broken.xml"
matches "with the place of the mistake" 'inline:1 .*not-well-formed' "$OUT"
status "a URL is fetched" 0 ctl provision "$origin/000413AABBCC.xml"
matches "and named" "$origin/000413AABBCC.xml:3" "$OUT"
{ certificates_in one && head -c 200000 /dev/zero | tr '\0' ' '; } >"$T/large.xml"
status "a large document goes as a descriptor" 0 ctl provision "$T/large.xml"
status "a run as JSON is the stream of its replies" 0 ctl provision --json "$T/part.xml"
equal "each an object on a line" '' "$(python3 -c '
import json, sys
for line in sys.stdin:
    assert "phase" in json.loads(line)' <<<"$OUT" 2>&1)"

one=$(sha256 "$T/one.der")
two=$(sha256 "$T/two.der")
status "lists are told" 0 ctl list servers
matches "with each certificate" "^${two:0:16} +CN=two " "$OUT"
equal "as JSON, a line each" "$(listed servers)" \
	"$(ctl list servers --json | grep -oE '"sha256":"[0-9a-f]*"' | cut -d '"' -f 4 | sort)"
status "a certificate is shown by its first digits" 0 ctl show "${two:0:8}"
matches "with where it came from" '^From document +inline:[34]$' "$OUT"
matches "and when" '^Added +20[0-9-]+ [0-9:]+$' "$OUT"
status "what is not there is refused" 3 ctl show 0123456789
status "runs are told" 0 ctl runs
matches "with their results" '^ *[0-9]+ .* failed ' "$OUT"
status "the last report is told" 0 ctl report
matches "with its outcomes" 'not-base64' "$OUT"
status "a report there is not is refused" 3 ctl report 999
status "there is nothing to cancel" 3 ctl cancel

status "DHCP named no server" 0 ctl offer-server dhcp
status "nothing has expired" 0 ctl expiring --days 0
status "there are figures" 0 ctl metrics
matches "with the generation" '^certprov_generation [0-9]+$' "$OUT"
equal "and an end" '# EOF' "$(tail -n 1 <<<"$OUT")"

start monitor "$B/certprovctl" monitor
wait_for 10 grep -q generation "$T/monitor.log" || fail "monitor says nothing"
before=$(wc -l <"$T/monitor.log")
more_lines() { [ "$(wc -l <"$T/monitor.log")" -gt "$before" ]; }
status "a certificate is removed" 0 ctl remove servers "${one:0:8}"
matches "and said so" "^$one: removed from servers" "$OUT"
wait_for 10 more_lines || fail "monitor does not say a change"
ok "monitor says the change"
stop monitor
status "a certificate is distrusted" 0 ctl distrust "$two" --reason stolen
status "which is listed" 0 ctl distrusted
matches "with the reason" "^${two:0:16} +certificate .* stolen$" "$OUT"
status "and judged from then on" 0 ctl provision "$T/good.xml"
matches "as what it is" 'CN=two +distrusted' "$OUT"
status "a distrust is lifted by its first digits" 0 ctl lift "${two:0:8}"
equal "and gone" 'Nothing is distrusted.' "$(ctl distrusted)"
status "a setting is set" 0 ctl set update_policy never_update
matches "and listed" '^update_policy +never_update ' "$(ctl settings)"
status "a bad value is refused" 3 ctl set update_policy sometimes
matches "with what is wrong" 'update_policy' "$OUT"
status "a setting there is not is refused" 3 ctl set no_such_setting 1
status "a setting goes reset to its default" 0 ctl set update_policy
status "the history is told" 0 ctl history --limit 2
equal "as many lines as asked for" 3 "$(wc -l <<<"$OUT")"

# --- the completion asks the daemon ---

equal "lists are completed" $'servers\nunknown' "$(complete_words remove '')"
equal "fingerprints are completed" "$(listed servers)" "$(complete_words remove servers '')"
equal "settings are completed" 'update_policy' "$(complete_words set update)"
equal "the file of a value is completed" "@$samples/README.md" "$(complete_words set http_client_pass "@$samples/READ")"
equal "also where the shell splits the word" "$samples/README.md" "$(complete_words set http_client_pass @ "$samples/READ")"

# --- without permission ---

if [ "$(id -u)" = 0 ]; then
	chmod 755 "$T" "$RUN"
	cp "$B/certprovctl" "$T/ctl" && chmod 755 "$T/ctl"
	as_nobody() {
		setpriv --reuid 65534 --regid 65534 --clear-groups "$T/ctl" "$@" 2>&1
	}
	status "everybody may ask for trust" 0 as_nobody list servers
	status "not everybody may change it" 4 as_nobody runs
	matches "and is told which group may" 'certprov-admin' "$OUT"
fi
stop_daemon
