#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Fifty runs, over HTTP and over HTTPS with a password, killed with SIGKILL at random
# moments, 25 times the daemon, 25 times the fetcher: everything that was reported as accepted is there after the restart, the
# database is whole, and the next run is complete. SEED= repeats one, KILLS= makes more.
# time limit: 300
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/daemon.sh"
built certprov-fetch

pki_standard || fail "no certificates"
make_certificate authority || fail "no certificates"
cat "$T/authority.pem" "$PKI/root.pem" >"$T/authorities.pem"
write_config
mkdir "$T/certificates" "$T/www"
for ((i = 1; i <= 250; i++)); do
	openssl req -x509 -key "$T/some.key" -subj "/CN=server $i" -days 3650 -outform DER \
		-out "$T/certificates/$i.der" || fail "no certificates"
done
start_http www "$T/www"
printf 'phone:%s\n' "$(openssl passwd -apr1 'secret/word')" >"$T/passwords"
start_nginx secure <<<"server { listen 127.0.0.1:@PORT@ ssl; root $T/www;
	auth_basic phones; auth_basic_user_file @T@/passwords;
	ssl_certificate @PKI@/server-chain.pem; ssl_certificate_key @PKI@/server.key; }"

# Trees on three levels: document 1, those it links, and the others below these.
python3 - "$T" "${URL[www]}" "https://phone:secret%2Fword@localhost:${PORT[secure]}" <<'PYTHON' || fail "no trees"
import base64, hashlib, json, os, sys
directory, url, secure = sys.argv[1:]
mac = "000413AABBCC"
trees = {}
for name, documents, downloads, inline in (("large", 20, 200, 50), ("small", 5, 15, 10)):
    ders = [open("%s/certificates/%d.der" % (directory, i + 1), "rb").read() for i in range(downloads + inline)]
    place = "%s/www/%s-%s" % (directory, name, mac)
    os.mkdir(place)
    second = max(1, (documents - 1) // 4)
    for d in range(documents):
        below = range(1, 1 + second) if d == 0 else [c for c in range(1 + second, documents) if (c - 1) % second == d - 1] \
            if d <= second else []
        with open("%s/%d.xml" % (place, d), "w") as f:
            f.write("<settings>\n<setting-files>\n")
            f.writelines('<file url="%d.xml"/>\n' % c for c in below)
            f.write("</setting-files>\n<certificates>\n")
            f.writelines('<certificate url="%d.der"/>\n' % i for i in range(downloads) if i % documents == d)
            f.writelines('<certificate type="base64">%s</certificate>\n' % base64.b64encode(ders[downloads + i]).decode()
                         for i in range(inline) if i % documents == d)
            f.write("</certificates>\n</settings>\n")
    for i in range(downloads):
        open("%s/%d.der" % (place, i), "wb").write(ders[i])
    for prefix, site in (("", url), ("secure-", secure)):
        trees[prefix + name] = {"url": "%s/%s-%s/0.xml" % (site, name, mac),
                                "sha256": [hashlib.sha256(der).hexdigest() for der in ders]}
json.dump(trees, open(directory + "/trees.json", "w"))
PYTHON

seed=${SEED:-$RANDOM$RANDOM}
export KILLS=${KILLS:-$((50 / THINNED))}
ok "the seed is $seed (SEED=$seed repeats it)"
python3 "$here/killing.py" "$T" "$B" "$seed" >"$T/killing.log" 2>&1
killed=$?
sed 's/^/     /' "$T/killing.log"
equal "all were survived" "0 0" "$killed $(grep -c '^WRONG' "$T/killing.log")"
equal "$KILLS runs were killed" "$KILLS" "$(grep -c '^survived' "$T/killing.log")"
