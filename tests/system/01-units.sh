#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# time limit: 90
# What `make install` brings, under a real systemd: users, directories, sockets, activation,
# readiness, reload, stop, restart, watchdog.
. "$(dirname "$0")/system.sh"

# --- what is there ---

share=/usr/share
for file in man/man8/certprovd.8 man/man8/certprov-fetch.8 man/man5/certprovd.conf.5 \
	man/man8/certprov-web.8 man/man5/certprov-web.conf.5 man/man7/certprov-web-api.7 bash-completion/completions/certprov-web \
	man/man1/certprovctl.1 man/man7/certprov-provider.7 bash-completion/completions/certprovctl \
	certprov/io.certprov.trust.varlink certprov/provisioning-samples/mixed.xml; do
	[ -s $share/$file ] || fail "$share/$file is not installed"
done
ok "manuals, completion, interfaces and samples are installed"
while IFS=: read -r unit _ page; do
	[ -s "$share/man/man${page//[!0-9]/}/$(tr '(' . <<<"${page%)}")" ] || fail "$unit names $page, which is not installed"
done < <(grep -oE 'man:certprov[a-z.-]*\([0-9]\)' /lib/systemd/system/certprov*)
ok "so are the manuals that units name"
for program in certprovd certprovctl /usr/libexec/certprov-fetch /usr/libexec/certprov-web; do
	status "$program finds its libraries" 0 $program --version
done

while read -r verb; do
	status "the catalog names a command there is: $verb" 0 certprovctl "$verb" --help
done < <(grep -oE 'certprovctl [a-z-]+' /usr/lib/systemd/catalog/certprov.catalog | cut -d ' ' -f 2 | sort -u)

# --- users and directories ---

after_installing
equal "the daemon has a user, and its home is the state directory" "certprov:$STATE:/usr/sbin/nologin" \
	"$(getent passwd certprov | cut -d : -f 1,6,7)"
equal "the fetcher has a user of its own" "certprov-fetch:/:/usr/sbin/nologin" \
	"$(getent passwd certprov-fetch | cut -d : -f 1,6,7)"
equal "the fetcher is in no other group" certprov-fetch "$(id -Gn certprov-fetch)"
equal "the certificates page has a user too" "certprov-web:/:/usr/sbin/nologin" \
	"$(getent passwd certprov-web | cut -d : -f 1,6,7)"
equal "which may change nothing but as its unit runs it" certprov-web "$(id -Gn certprov-web)"
matches "there is a group for administrators" '^certprov-admin:' "$(getent group certprov-admin)"
matches "and one for who signs with the keys of the phone" '^certprov-key:' "$(getent group certprov-key)"
equal "the directory of the sockets can be entered by all, written by root alone" "755 root:root" "$(rights $RUN)"
equal "what the daemon writes is below" "755 certprov:certprov" "$(rights $RUN/daemon)"
equal "a link for readers leads there" daemon/export "$(readlink $RUN/export)"
equal "the state is for the daemon alone" "700 certprov:certprov" "$(rights $STATE)"
status "a second time they change nothing" 0 systemd-tmpfiles --create

# --- enabling ---

configure
status "the configuration is checked as README says" 0 certprovd --check-config
status "the daemon can be enabled" 0 systemctl enable certprovd.service
# shellcheck disable=SC2086 # a list
equal "and its sockets with it" "enabled enabled enabled enabled enabled" \
	"$(systemctl is-enabled certprovd.service $SOCKETS | tr '\n' ' ' | sed 's/ $//')"
equal "the certificates page stays off: nobody on the network is served unasked" "disabled disabled" \
	"$(systemctl is-enabled certprov-web.socket certprov-web-front-end.socket 2>/dev/null | paste -sd ' ')"

# --- sockets, and activation by them ---

# shellcheck disable=SC2086
status "the sockets start" 0 systemctl start $SOCKETS
equal "everybody may ask whom to trust" "666 certprov:certprov" "$(rights $RUN/io.certprov.trust)"
equal "the group may change it" "660 certprov:certprov-admin" "$(rights $RUN/io.certprov.admin)"
equal "another group may sign with the keys of the phone" "660 certprov:certprov-key" \
	"$(rights $RUN/io.certprov.identity)"
equal "the daemon alone may start runs" "600 certprov:certprov" "$(rights $RUN/fetch)"
equal "the daemon does not run yet" inactive "$(property ActiveState)"
before=$(stat -c %i $RUN/io.certprov.*)
status "a question of anybody starts it" 0 as nobody certprovctl status
equal "it runs" "active running" "$(property ActiveState) $(property SubState)"
equal "its sockets are those that were there" "$before" "$(stat -c %i $RUN/io.certprov.*)"
equal "it runs as certprov" certprov "$(stat -c %U "/proc/$(daemon_pid)")"
equal "systemd waits for its word" notify "$(property Type)"
equal "it says how it is" Ready. "$(property StatusText)"
matches "which systemctl status shows" 'Status: "Ready\."' "$(systemctl status --no-pager certprovd)"
equal "systemd watches it" yes "$([ "$(property WatchdogUSec)" != 0 ] && echo yes)"
equal "the database is for nobody else" "600 certprov:certprov" "$(rights $STATE/trust.db)"

# --- what it may ---

pid=$(daemon_pid)
equal "no new privileges" 1 "$(process_status "$pid" NoNewPrivs)"
equal "a filter of system calls" 2 "$(process_status "$pid" Seccomp)"
equal "no capability to use" 0000000000000000 "$(process_status "$pid" CapEff)"
equal "none to get" 0000000000000000 "$(process_status "$pid" CapBnd)"
for unit in certprovd.service certprov-fetch@0.service certprov-web.service; do
	status "systemd rates the exposure of $unit at 2.0 or less" 0 \
		systemd-analyze security --no-pager --threshold=20 $unit
done

# --- the certificates page, switched on ---

status "its sockets are enabled by name" 0 systemctl -q enable --now certprov-web.socket certprov-web-front-end.socket
matches "HTTPS listens, on IPv4 and IPv6" '\*:8443 ' "$(ss -Htln)"
equal "the socket for the phone's web server is for a group alone" "660 certprov-web:certprov-web" "$(rights $RUN/web)"
status "both are switched off again" 0 systemctl -q disable --now certprov-web.socket certprov-web-front-end.socket
lacks "and nothing listens" ':8443 ' "$(ss -Htln)"

# --- reload ---

configure '[phone]' Firmware=8.7.5.51
status "it can be reloaded" 0 systemctl reload certprovd
reloaded() {
	[ "$(field_of_status Firmware)" = 8.7.5.51 ]
}
wait_for 5 reloaded || fail "the new configuration does not hold: $(field_of_status Firmware)"
ok "the new configuration holds"
equal "it is the same process" "$pid" "$(daemon_pid)"
equal "which says that it is ready again" "active Ready." "$(property ActiveState) $(property StatusText)"

# --- stop ---

began=$(now_ms)
status "it stops" 0 systemctl stop certprovd
took=$(($(now_ms) - began))
[ $took -lt 1000 ] || fail "stopping took $took ms"
ok "within a second"
equal "of itself" "inactive success" "$(property ActiveState) $(property Result)"
equal "its sockets stay" "$before" "$(stat -c %i $RUN/io.certprov.*)"
status "the next question starts it again" 0 as nobody certprovctl status
equal "it is another process" yes "$([ "$(daemon_pid)" != "$pid" ] && echo yes)"

# --- failures ---

pid=$(daemon_pid)
kill -KILL "$pid"
came_back() {
	[ "$(daemon_pid)" != "$pid" ] && is active ActiveState
}
wait_for 10 came_back || fail "not restarted after it was killed"
ok "killed, it is started again"
status "and answers" 0 as nobody certprovctl status

mkdir -p /run/systemd/system/certprovd.service.d
printf '%s\n' '[Service]' WatchdogSec=1s TimeoutAbortSec=500ms >/run/systemd/system/certprovd.service.d/test.conf
systemctl daemon-reload
systemctl restart certprovd || fail "it does not start with a short watchdog"
pid=$(daemon_pid)
alive_for() {
	[ $(($(now_ms) - began)) -gt 2500 ]
}
began=$(now_ms)
wait_for 5 alive_for
equal "it keeps a short watchdog content" "$pid" "$(daemon_pid)"
kill -STOP "$pid"
wait_for 15 came_back || fail "not restarted when it was stuck"
ok "stuck, it is ended by the watchdog and started again"
matches "as the journal says" 'Watchdog timeout' "$(entries -u certprovd)"
status "and answers" 0 as nobody certprovctl status
rm -r /run/systemd/system/certprovd.service.d
systemctl daemon-reload

# --- a wrong configuration ---

systemctl stop certprovd
configure '[store]' Servers=many
status "with a wrong configuration it does not start" 1 systemctl start certprovd
is 78 ExecMainStatus || fail "exit status $(property ExecMainStatus), not that of a wrong configuration"
failed_for_good() {
	is failed ActiveState
}
wait_for 10 failed_for_good || fail "it is tried again: $(property ActiveState) $(property SubState)"
equal "and is not tried again: a file does not cure itself" 0 "$(property NRestarts)"
# Not by its unit: journald may look for that when the process is gone already.
matches "the journal says where" "$CONFIG:[0-9]+: .*Servers" "$(entries CERTPROV_EVENT=config-refused)"
status "a client that asks meanwhile is not left waiting" 4 timeout 20 certprovctl status
configure
status "with a right one it starts" 0 systemctl start certprovd
status "and answers" 0 as nobody certprovctl status
