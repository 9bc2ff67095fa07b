#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# certprovctl check in pipelines: what it prints and returns, many files at once, each
# URL asked for once, directories, --map, --offline, JUnit and SARIF.
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/daemon.sh"
built certprov-fetch certprovctl
umask 022
for name in one two ca; do make_certificate $name || fail "no certificates"; done
cd "$T" || exit 1
check() {
	COLUMNS='' "$B/certprovctl" check -a "$T/ca.pem" "$@" 2>&1
}
flat() {
	tr -s ' \n' ' ' <<<"$OUT"
}
base64_of() {
	echo "<certificate type=\"base64\">$(openssl base64 -A -in "$T/$1.der")</certificate>"
}

# --- every status has its reason in the text ---

{ echo '<settings><phone-settings>'; echo '<tls_server_authentication>true</tls_server_authentication>'; echo '</phone-settings></settings>'; } >setting.xml
status "a setting that does not count is status 1" 1 check -f 8.9.3.80 setting.xml
matches "with its line, name, value and result" '^setting.xml:2 +setting tls_server_authentication "true" +setting-invalid' "$OUT"
matches "and why" 'cannot be "true"' "$(flat)"
{ echo '<settings>'; printf '<a>%.0s' {1..70}; printf '</a>%.0s' {1..70}; echo; echo '<certificates>'; base64_of one; echo '</certificates></settings>'; } >deep.xml
status "a document past a limit is status 2" 2 check -f 10.1.33.33 deep.xml
matches "with the line where it passed it" '^deep.xml:2 +deep.xml +limit-exceeded' "$OUT"
matches "which limit, its value, and that nothing raises it" 'more than 64 deep inside each other; no key of certprovd.conf' "$(flat)"
[[ $OUT != *"no certificate"* && $OUT != *--follow* ]] || fail "what was not reached is told: $OUT"
ok "nothing is said of what was not reached"
{ echo '<settings><phone-settings>'; printf '<n%d/>' $(seq 5000); echo '</phone-settings></settings>'; } >names.xml
status "too many names as well" 2 check -f 10.1.33.33 names.xml
matches "with the number" '4,096 different names' "$(flat)"
status "a file that is not there is status 2" 2 check -f 10.1.33.33 nowhere.xml
matches "and unreadable" '^nowhere.xml +nowhere.xml +unreadable' "$OUT"
matches "with the reason" 'No such file or directory' "$OUT"
{ echo '<certificates>'; base64_of one; echo '</certificates>'; } >good.xml
status "what is accepted is status 0" 0 check -f 10.1.33.33 good.xml
{ echo '<certificates>'; base64_of one; base64_of one; base64_of two; echo '</certificates>'; } >old.xml
status "what an old version refuses is status 1" 1 check -f 8.9.3.40 -f 10.1.33.33 old.xml
matches "equal reasons are told once, with their places" '3 places +base64-not-supported +8.9.3.40 .* old.xml:2, old.xml:3, old.xml:4' "$(flat)"
{ echo '<certificates>'; base64_of one; echo '<file url="x"/></certificates>'; echo '<certificate/>'; } >two-roots.xml
status "what is no XML is status 2" 2 check -f 10.1.33.33 two-roots.xml
status "warnings do not change the status" 0 check -f 10.1.33.33 good.xml
status "wrong words do" 64 check --format=yaml good.xml
matches "with what is possible" 'text, json, junit or sarif' "$OUT"
status "and a number of jobs that is none" 64 check --jobs 65 good.xml
status "and two formats" 64 check --json --format=junit good.xml

# --- servers are asked once ---

mkdir www
cp one.der two.der www/
start_nginx web <<'X'
log_format line '$request_uri';
server {
	listen 127.0.0.1:@PORT@;
	root @T@/www;
	access_log @T@/access.log line;
	location = /moved.der { return 302 /two.der; }
}
X
url=http://127.0.0.1:${PORT[web]}
{
	echo '<certificates>'
	for f in one.der moved.der missing.der; do echo "<certificate url=\"$url/$f\"/>"; done
	echo '</certificates>'
} >urls.xml
cp urls.xml www/list.xml
asked() {
	sort "$T/access.log"
	: >"$T/access.log"
}
status "five versions judge what was fetched" 1 check --allow-local urls.xml
equal "each URL once" $'/missing.der\n/moved.der\n/one.der\n/two.der' "$(asked)"
equal "and all have an answer" '/missing.der http-status http-status http-status http-status http-status' \
	"$(grep -m 1 -oE '/missing.der .*http-status' <<<"$OUT" | tr -s ' ')"
once=$(check --allow-local -f 8.7.5.51 --json urls.xml | grep -v '"result":"[a-z]*"}$')
asked >/dev/null
equal "a version says with others what it says alone" "$once" \
	"$(check --allow-local -f 10.1.33.33 -f 8.7.5.51 --json urls.xml | grep '"firmware":"8.7.5.51"' | grep -v '"result":"[a-z]*"}$')"
asked >/dev/null
status "a URL is fetched" 1 check --allow-local "$url/list.xml"
equal "and all below it once" $'/list.xml\n/missing.der\n/moved.der\n/one.der\n/two.der' "$(asked)"
status "a URL that is not there is status 2" 2 check --allow-local "$url/none.xml"
equal "asked for once" /none.xml "$(asked)"

# A server that one version trusts and another does not: its authority comes in the file.
make_certificate tls -addext "subjectAltName=IP:127.0.0.1" || fail "no certificate"
start_nginx secure <<'X'
log_format line '$request_uri';
server {
	listen 127.0.0.1:@PORT@ ssl;
	ssl_certificate @T@/tls.pem;
	ssl_certificate_key @T@/some.key;
	root @T@/www;
	access_log @T@/access.log line;
}
X
secure=https://127.0.0.1:${PORT[secure]}
{ echo '<certificates>'; base64_of tls; echo "<certificate url=\"$secure/one.der\"/>"; echo '</certificates>'; } >secure.xml
status "whether a server is trusted is each version's" 1 check --allow-local -f 10.1.33.33 -f 8.9.3.39 -f 10.0.0.1 secure.xml
matches "though it was asked for once" 'CN=one +accepted +[a-z-]+ +accepted' "$OUT"
equal "by the version that trusts it" /one.der "$(asked)"
status "a server that is not trusted is status 2" 2 check --allow-local -a "$T/one.pem" -f 10.1.33.33 "$secure/one.der"
matches "as the outcome says" 'tls-rejected' "$OUT"
equal "and it is not asked for anything" '' "$(asked)"

# --- nothing is fetched ---

status "offline is status 0" 0 check --offline urls.xml
matches "and said so" 'not-attempted .* It was not fetched, because of --offline' "$(flat)"
equal "and asks nobody" '' "$(asked)"
status "offline a URL cannot be read" 2 check --offline "$url/list.xml"

# --- many files ---

mkdir -p tree/sub tree/.git tree/deep/1/2/3/4/5/6/7/8
cp good.xml tree/good.XML
cp old.xml tree/old.xml
cp old.xml tree/sub/old.xml
cp deep.xml tree/deep/deep.xml
cp good.xml tree/deep/1/2/3/4/5/6/7/8/below.xml
cp good.xml tree/.git/hidden.xml
cp good.xml tree/.hidden.xml
echo hello >tree/README
ln -s ../good.xml tree/linked.xml
ln -s . tree/loop
ln -s . tree/loop.xml
ln -s nowhere tree/broken.xml
status "a directory is checked" 2 check tree -f 8.9.3.40 -f 10.1.33.33
equal "a line for each file, by name" \
	'tree/broken.xml unreadable
tree/deep/deep.xml limit-exceeded
tree/good.XML base64-not-supported
tree/linked.xml base64-not-supported
tree/old.xml base64-not-supported
tree/sub/old.xml base64-not-supported' \
	"$(sed -nE 's/^(tree[^ ]*) +([^ ]+) +[0-9]+ +[0-9]+ +[0-9]+$/\1 \2/p' <<<"$OUT")"
matches "equal problems of all files are told once" '8 places in 4 files +base64-not-supported' "$OUT"
matches "with all their places" 'tree/old.xml:2, tree/old.xml:3, tree/old.xml:4, tree/sub/old.xml:2' "$(flat)"
matches "and how many files could not be read" 'Files: 6; .* could not be read: 2$' "$OUT"
matches "and that something was passed over" 'Passed over in directories: 6 ' "$OUT"
status "which can be listed" 2 check tree -f 10.1.33.33 --verbose
for what in 'tree/.git +it is hidden' 'tree/.hidden.xml +it is hidden' 'tree/README +its name does not end in .xml' \
	'tree/loop +its name' 'tree/loop.xml +it is a link to a directory' 'tree/deep/1/2/3/4/5/6/7/8 +it is too deep'; do
	matches "by name: $what" "$what" "$OUT"
done
matches "with all elements of each file" 'tree/good.XML:2 +CN=one +accepted' "$OUT"
status "only problems" 2 check tree -f 10.1.33.33 --only-problems
[[ $OUT != *tree/sub/old.xml* ]] || fail "a file without a problem is listed: $OUT"
ok "leaves out what is fine"
mkdir empty
status "where there is nothing to check" 5 check empty

# More than there are jobs; each is read for five versions, eight times.
many=()
for i in $(seq $((40 / THINNED))); do cp good.xml "tree/many$i.xml" && many+=("tree/many$i.xml"); done
for format in text json junit sarif; do
	equal "the number of jobs changes nothing: $format" "$(check --jobs 1 --format=$format tree "${many[@]}" urls.xml --offline)" \
		"$(check --jobs 16 --format=$format tree "${many[@]}" urls.xml --offline)"
done

# --- each for its own phone ---

cat >map <<'X'
# for the reception
old.xml   snomD765 -            8.9.3.40,8.9.3.41   # both
tree/s*   -        000413AABBCC 10.1.33.33
nothing   -        -            -
X
status "a map says which phone a file is for" 1 check --map map -f 10.1.63.0 old.xml good.xml
matches "with its versions" 'old.xml +base64-not-supported .* snomD765 8.9.3.40, 8.9.3.41$' "$OUT"
matches "and those of the command line for others" 'good.xml +not-authenticated .* 10.1.63.0$|good.xml +accepted .* 10.1.63.0$' "$OUT"
matches "a line for no file is told" 'map:4: no checked file' "$OUT"
for wrong in 'a b c' 'a b 0004 10.1.33.33' 'a b - x' 'a b - 10.1.33.33 d' 'a b - ,'; do
	printf '\n# x\n%s\n' "$wrong" >wrong
	status "a wrong line is wrong use: $wrong" 64 check --map wrong good.xml
	matches "with its number" 'wrong:3: ' "$OUT"
done
status "a map that is not there is trouble" 5 check --map nowhere good.xml

# --- for programs ---

check --format=junit -f 8.9.3.40 -f 10.1.33.33 old.xml good.xml deep.xml setting.xml >junit.xml
if command -v xmllint >/dev/null; then
	equal "JUnit is well-formed" '' "$(xmllint --noout junit.xml 2>&1)"
fi
equal "a suite for each file, a case for each element and version" \
	'old.xml 8 3 0
good.xml 4 1 0
deep.xml 2 0 2
setting.xml 4 2 0' "$(python3 - <<'X'
import xml.etree.ElementTree as E
for suite in E.parse("junit.xml").getroot():
    cases = suite.findall("testcase")
    n = [len(suite.findall("testcase/" + k)) for k in ("failure", "error")]
    assert len(cases) == int(suite.get("tests")), suite.attrib
    assert n == [int(suite.get("failures")), int(suite.get("errors"))], suite.attrib
    assert all(c.get("name") and c.get("classname") for c in cases)
    assert all(f.get("message") and f.get("type") for f in suite.iter("failure"))
    print(suite.get("name"), len(cases), *n)
X
)"
cp old.xml 'odd name & "x".xml'
check --format=sarif -f 8.9.3.40 -f 10.1.33.33 old.xml 'odd name & "x".xml' deep.xml >sarif.json
equal "SARIF has what it must have" \
	'base64-not-supported error old.xml 2
base64-not-supported error odd%20name%20&%20%22x%22.xml 2
limit-exceeded error deep.xml 2' "$(python3 - <<'X'
import json
log = json.load(open("sarif.json"))
assert log["version"] == "2.1.0" and log["$schema"].endswith("sarif-2.1.0.json")
(run,) = log["runs"]
rules = run["tool"]["driver"]["rules"]
assert run["tool"]["driver"]["name"]
assert len({r["id"] for r in rules}) == len(rules)
assert all(r["shortDescription"]["text"] for r in rules)
seen = set()
for r in run["results"]:
    assert rules[r["ruleIndex"]]["id"] == r["ruleId"] and r["message"]["text"]
    assert r["level"] in ("error", "warning", "note")
    place = r["locations"][0]["physicalLocation"]
    uri = place["artifactLocation"]["uri"]
    if (r["ruleId"], uri) not in seen and r["level"] == "error":
        print(r["ruleId"], r["level"], uri, place["region"]["startLine"])
    seen.add((r["ruleId"], uri))
X
)"
equal "JSON and text say the same of a file that cannot be read" unreadable \
	"$(check --json -f 10.1.33.33 nowhere.xml | python3 -c 'import json, sys; print(json.loads(sys.stdin.readline())["outcome"]["result"])')"

# --- interrupted ---

start_nginx slow <<'X'
server { listen 127.0.0.1:@PORT@; root @T@/www; limit_rate 1; }
X
echo "<certificates><certificate url=\"http://127.0.0.1:${PORT[slow]}/one.der\"/></certificates>" >slow.xml
start waiting "$B/certprovctl" check --allow-local -f 10.1.33.33 -a ca.pem slow.xml good.xml
children() {
	cat "/proc/${PID[waiting]}/task/${PID[waiting]}/children" 2>/dev/null
}
has_fetcher() { [ -n "$(children)" ]; }
wait_for 10 has_fetcher || fail "no fetcher"
fetchers=$(children)
kill -INT "${PID[waiting]}"
stopped() { ! alive waiting; }
wait_for 10 stopped || fail "it goes on"
for fetcher in $fetchers; do
	[ ! -e "/proc/$fetcher" ] || fail "a fetcher is left"
done
ok "an interrupt ends it, and its fetchers"
matches "and is told" 'interrupted: [01] of 2 files' "$(cat waiting.log)"
