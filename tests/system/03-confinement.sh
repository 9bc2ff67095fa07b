#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# time limit: 60
# before boot: systemd-sysusers && systemctl -q enable certprovd.service
# A boot with everything enabled; then what the units let a program do that was taken over:
# the same units, with a program in it that tries. And what really holds for the daemon.
. "$(dirname "$0")/system.sh"

# --- boot ---

booted=$(timeout 30 systemctl is-system-running --wait)
equal "the system boots with it, and nothing fails" running "$booted"
equal "the daemon is there after boot" active "$(property ActiveState)"
for unit in $SOCKETS; do equal "$unit is there after boot" active "$(property ActiveState "$unit")"; done
equal "no start was tried twice" 0 "$(property NRestarts)"
matches "without a firmware version it says so" 'firmware version is not known' "$(entries -u certprovd)"
after_installing
status "questions are answered" 0 as nobody certprovctl status

# --- the daemon as it runs ---

pid=$(daemon_pid)
equal "its network has loopback only" lo "$(nsenter -t "$pid" -n ip -o link | awk -F ': ' '{ print $2 }' | xargs)"
[ "$(stat -Lc %i "/proc/$pid/ns/net")" != "$(stat -Lc %i /proc/self/ns/net)" ] || fail "it is the system's network"
ok "which is its own"
# Mount points it may write to; of several on one place the last counts. systemd 252 makes
# those of ExecPaths= writable as well: there, all files are root's.
writable() {
	awk '$2 !~ "^/(proc|dev|sys|run/host|usr)(/|$)" { way[$2] = $4 ~ /^rw/ }
		END { for (at in way) if (way[at]) print at }' "/proc/$1/mounts" | sort | xargs
}
equal "it can write to its directories, and to a /tmp of its own" "/run/certprov/daemon /tmp $STATE /var/tmp" "$(writable "$pid")"
lacks "it listens on nothing of the network" '(tcp|udp|raw)' "$(nsenter -t "$pid" -n ss -Htuwl)"

# --- what the units bound ---

for unit in certprovd.service certprov-fetch@0.service certprov-web.service certprov-export.service; do
	for what in MemoryMax TasksMax TimeoutStartUSec; do
		[ "$(property $what $unit)" != infinity ] || fail "$unit has no $what"
	done
done
ok "memory, tasks and the time to start are bounded in each unit"
for unit in certprovd.service certprov-fetch@0.service certprov-web.service certprov-export.service; do
	equal "$unit may bind no port" any "$(property SocketBindDeny $unit)"
done
as certprov rm -f /run/certprov/io.certprov.admin 2>/dev/null
as certprov ln -sf /etc/shadow /run/certprov/io.certprov.admin 2>/dev/null
equal "the daemon's user can put nothing in the place of a socket" socket "$(stat -c %F /run/certprov/io.certprov.admin)"

# --- a program taken over ---

install -m 755 "$system/tries" /usr/local/bin/tries

# taken_over UNIT - $tried is what the program says in a copy of UNIT
taken_over() {
	in_place_of "$1" /usr/local/bin/tries "$(daemon_pid)"
	tried=$OUT
}
cannot() {
	local what
	for what; do matches "$who cannot: $what" "^$what: no" "$tried"; done
}
can() {
	local what
	for what; do matches "$who can: $what" "^$what: yes" "$tried"; done
}

# Tried by number, which differs between architectures.
calls=(mount unshare ptrace bpf realtime)

who='the daemon taken over'
taken_over certprovd.service
cannot inet inet6 loopback port packet netlink exec device
[ "$(uname -m)" != x86_64 ] || { cannot "${calls[@]}"; can synchronised; }
cannot 'write /etc' 'write /usr' 'write /var' 'write /root' 'write /home' 'write /run' 'write /opt' 'write /dev/shm'
cannot 'write /run/certprov'
can processes unix database 'write /run/certprov/daemon' 'write /var/lib/certprov'

who='the fetcher taken over'
taken_over certprov-fetch@.service
cannot packet exec processes device admin identity database loopback
# Not every systemd can do this one; the fetcher's own sandbox refuses it as well.
! systemctl --version | grep -qF +BPF_FRAMEWORK || cannot port
[ "$(uname -m)" != x86_64 ] || cannot "${calls[@]}"
cannot 'write /etc' 'write /usr' 'write /var' 'write /root' 'write /home' 'write /run' 'write /opt' 'write /dev/shm'
cannot 'write /run/certprov' 'write /run/certprov/daemon' 'write /var/lib/certprov'
can inet inet6 resolver

who='the certificates page taken over'
taken_over certprov-web.service
cannot inet inet6 packet netlink loopback port exec processes device database
[ "$(uname -m)" != x86_64 ] || cannot "${calls[@]}" synchronised
cannot 'write /etc' 'write /usr' 'write /var' 'write /root' 'write /home' 'write /run' 'write /opt' 'write /dev/shm'
cannot 'write /run/certprov' 'write /run/certprov/daemon' 'write /var/lib/certprov' 'write /tmp'
# It is an administrator of the phone, and that is what is left to it.
can unix admin identity
