# shellcheck shell=bash disable=SC2034 # variables are for the tests
# SPDX-License-Identifier: Apache-2.0
# A registrar and phones, for tests that source it after system.sh. The registrar is a
# Kamailio at $PBX:5061 with the certificate $PKI/pbx.pem; "alice" is an unmodified baresip,
# phone.service; whoever else registers is $AGENT (lib/client/examples/sip-register.c, on libre).

need kamailio kamcmd baresip openssl
AGENT=$B/lib/client/examples/sip-register
PBX=10.77.0.1
REGISTRAR=pbx.example.com

need_agent() {
	[ -x "$AGENT" ] || skip "sip-register is not built: there was no libre"
}

# Phones do not take a loopback device for a network.
start_network() {
	{
		ip link add d0 type veth peer name d1 && ip addr add $PBX/24 dev d0 &&
			ip link set d0 up && ip link set d1 up
	} || fail "no network in the box"
}

# start_registrar [LINE...] - lines for its tls.cfg, which without asks nobody for a certificate. It
# logs whom it lets in, with which certificate of its own, and by which of the phone's if it asks. With BRIEF each
# registration holds for so many seconds, on a connection of its own: phones that stay
# registered shake hands all the time.
start_registrar() {
	local parameters='' close='' phone=''
	# shellcheck disable=SC2016 # Kamailio's variable
	[ $# = 0 ] || phone=' + " by the phone " + $tls_peer_subject_cn'
	if [ -n "${BRIEF:-}" ]; then
		printf -v parameters 'modparam("registrar", "%s", %d)\n' min_expires 1 max_expires "$BRIEF"
		close='set_reply_close();'
	fi
	chmod 755 "$T" "$PKI" && chmod 600 "$PKI"/*.key
	printf '%s\n' '[server:default]' 'method = TLSv1.2+' "private_key = $PKI/pbx.key" \
		"certificate = $PKI/pbx.pem" "${@:-verify_certificate = no}" >"$T/tls.cfg"
	cat >"$T/kamailio.cfg" <<-CFG
		#!KAMAILIO
		debug=2
		log_stderror=yes
		children=1
		tcp_children=1
		enable_tls=yes
		auto_aliases=no
		dns=no
		rev_dns=no
		listen=tls:$PBX:5061
		loadmodule "sl.so"
		loadmodule "pv.so"
		loadmodule "xlog.so"
		loadmodule "ctl.so"
		loadmodule "usrloc.so"
		loadmodule "registrar.so"
		loadmodule "tls.so"
		modparam("ctl", "binrpc", "unix:$T/kamailio.ctl")
		modparam("usrloc", "db_mode", 0)
		modparam("tls", "config", "$T/tls.cfg")
		$parameters
		request_route {
			if (method != "REGISTER") { sl_send_reply("405", "Method Not Allowed"); exit; }
			\$var(with) = "with " + \$tls_my_subject_cn$phone;
			$close
			if (!save("location")) { sl_reply_error(); exit; }
			xlog("L_NOTICE", "REGISTER \$tu from \$si:\$sp \$var(with): \$ct\n");
		}
	CFG
	start registrar kamailio -DD -E -f "$T/kamailio.cfg" -m 32 -M 4 -Y "$T"
	wait_for 10 listening 5061 $PBX || fail "kamailio does not start"
}

# The registrar takes the certificate that is there now; who is connected stays so.
reload_registrar() {
	kamcmd -s "unix:$T/kamailio.ctl" tls.reload
}

# registrations USER [FROM-LINE [CERTIFICATE]] - how often the registrar has let in (expires=0
# ends a registration)
registrations() {
	tail -n "+${2:-1}" "$T/registrar.log" |
		grep -cE "REGISTER sip:$1@.* with ${3:-.+}: .*expires=[1-9]"
}

# baresip_reads CAFILE [LINE...] - the phone that reads files, its log in $T/reading.log; the
# lines are of its configuration
baresip_reads() {
	mkdir -p /etc/baresip
	printf '%s\n' 'poll_method epoll' "sip_cafile $1" 'sip_verify_server yes' \
		'module_path /usr/lib/baresip/modules' 'module_tmp account.so' 'module_app menu.so' \
		"${@:2}" >/etc/baresip/config
	echo "<sip:alice@$REGISTRAR>;outbound=\"sip:$PBX:5061;transport=tls\";regint=60" >/etc/baresip/accounts
	: >/etc/baresip/contacts
}

# baresip_service [LINE...] - lines for its unit's [Service]
baresip_service() {
	printf '%s\n' '[Unit]' 'Description=A phone that reads files' StartLimitIntervalSec=0 \
		'[Service]' 'ExecStart=/usr/bin/baresip -4 -f /etc/baresip' DynamicUser=yes \
		"StandardOutput=append:$T/reading.log" StandardError=inherit "$@" \
		>/etc/systemd/system/phone.service
	systemctl daemon-reload
}

# Another one with each start of the phone that reads.
invocation() {
	property InvocationID phone.service
}
