# shellcheck shell=bash disable=SC2034 # variables are for the tests
# SPDX-License-Identifier: Apache-2.0
# What the tests under a real systemd share; sourced first. A test of this directory runs in a
# box (tests/system/box): started elsewhere it starts one, and ends as it ended there. The box is
# this machine's release; a line "# suite: SUITE" of the script asks for another.
system=$(readlink -f "$(dirname "${BASH_SOURCE[0]}")")
if [ -z "${CERTPROV_BOX:-}" ]; then
	suite=$(sed -n 's/^# suite: //p' "$0")
	exec "$system/box" "${BOX_ROOT:-$system/../../build/system/root${suite:+-$suite}}" "$0"
fi

export HOME=/root
# shellcheck source=tests/integration/common.sh
. "$system/../integration/common.sh"

SOCKETS='certprovd-trust.socket certprovd-admin.socket certprovd-identity.socket certprov-fetch.socket'
STATE=/var/lib/certprov
RUN=/run/certprov
CONFIG=/etc/certprov/certprovd.conf

# Like that of common.sh, with the end of the journal.
fail() {
	local log
	echo "FAILED: $*"
	echo "  at $(caller 0 2>/dev/null)"
	for log in "$T"/*.log; do
		[ ! -s "$log" ] || { echo "--- ${log##*/}" && tail -n 25 "$log"; }
	done
	journalctl --sync
	journalctl --no-pager --no-hostname -o short-precise -n 60 |
		grep -vE ' (systemd|dbus-daemon|systemd-logind)\[[0-9]+\]: (Reached|Start(ing|ed|up)|Finished|Reloading|New seat|systemd-|.*fd limit)'
	exit 1
}

# What whoever installs a package does with what it brought.
after_installing() {
	systemd-sysusers || fail "systemd-sysusers"
	systemd-tmpfiles --create || fail "systemd-tmpfiles"
	journalctl --update-catalog || fail "no catalog"
	systemctl daemon-reload || fail "daemon-reload"
}

# configure [LINE...] - a phone that believes the authorities of the box, runs nothing by
# itself and may provision from loopback; further lines replace those
configure() {
	mkdir -p "$(dirname $CONFIG)"
	printf '%s\n' '[phone]' Firmware=10.1.33.33 PhoneType=snomD785 Mac=000413AABBCC \
		'[provisioning]' AllowLocal=yes AtStart=no RefreshInterval=0 "$@" >$CONFIG
}

# serve_locally - what a phone with a provisioning server on itself needs; certprov-fetch(8)
serve_locally() {
	mkdir -p /run/systemd/system/certprov-fetch@.service.d
	printf '%s\n' '[Service]' IPAddressDeny= >/run/systemd/system/certprov-fetch@.service.d/local.conf
	systemctl daemon-reload
}

# property NAME [UNIT]
property() {
	systemctl show --property="$1" --value "${2:-certprovd.service}"
}

is() {
	[ "$(property "$2" "${3:-certprovd.service}")" = "$1" ]
}

daemon_pid() {
	property MainPID
}

# process_status PID FIELD - of /proc/PID/status, its first value
process_status() {
	awk -v field="$2:" '$1 == field { print $2 }' "/proc/$1/status"
}

# as USER COMMAND... - with that user's groups, as after logging in
as() {
	runuser -u "$1" -- "${@:2}"
}

# field_of_status NAME - of what the daemon says about itself
field_of_status() {
	certprovctl status | sed -n "s/^$1 *//p"
}

# entries [MATCH...] - of the journal, as "FIELD=value" lines
entries() {
	journalctl --sync
	journalctl --no-pager -o export "$@"
}

# rights FILE - mode and owner, as "660 certprov:certprov-admin"
rights() {
	stat -c '%a %U:%G' "$1"
}

# in_place_of UNIT PROGRAM [ARGUMENT...] - runs it once in a copy of UNIT, all of whose
# restrictions hold for it (but it, and Perl, may be executed); OUT is what it prints
in_place_of() {
	local copy=/run/systemd/system/copy.service file
	file=$(property FragmentPath "${1/@./@0.}")
	sed -E -e '/^(Requires|Wants|After|Sockets|Restart|WatchdogSec|NotifyAccess|ExecReload|MemoryMax|StateDirectory.*)=/d' \
		-e "s#^Type=.*#Type=oneshot\nStandardOutput=file:/run/copy.out#" \
		-e "s#^ExecStart=.*#ExecStart=${*:2}#" \
		-e "s#^(ExecPaths=.*)#\1 $2 /usr/bin/perl#" \
		-e "s#^(ReadWritePaths=.*)#\1 $STATE#" "$file" >$copy
	: >/run/copy.out
	systemctl daemon-reload
	systemctl start copy.service || fail "no copy of $1 runs"
	OUT=$(cat /run/copy.out)
}
