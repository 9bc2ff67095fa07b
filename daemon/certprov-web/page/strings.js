// SPDX-License-Identifier: Apache-2.0
// All text of the page. A row: key|English|German, or English|German when that is the key;
// {name} is a fact that goes in. A line that begins with a tab goes on with the row before it.
const table = `
# the frame
title|Certificates|Zertifikate
skip|Skip to the content|Zum Inhalt springen
utc|Show times in UTC (otherwise {zone})|Zeiten in UTC zeigen (sonst {zone})
Sign out|Abmelden
overview|Overview|Übersicht
authorities|Certificate Authorities|Zertifizierungsstellen
servers|Server Certificates|Serverzertifikate
unknown|Unknown Certificates|Unbekannte Zertifikate
settings|Settings|Einstellungen
history|History|Verlauf
signin|Sign in|Anmelden
rejected|A server was rejected: {host}|Ein Server wurde abgelehnt: {host}
What helps|Abhilfe
again|Try again|Noch einmal
Cancel|Abbrechen
Close|Schließen
Done.|Erledigt.
nothing|There is nothing here.|Hier ist nichts.
actions|Actions|Aktionen
more|Show more|Mehr zeigen
name|Name|Name
password|Password|Passwort
wait|Wait {seconds} seconds.|Bitte {seconds} Sekunden warten.
tryNow|You can try again now.|Sie können es jetzt wieder versuchen.

# words of the daemon, by its identifiers
look|may look|darf ansehen
change|may change|darf ändern
anchor|trust anchor|Vertrauensanker
intermediate|Zwischenzertifikat
provisioned-base64|provisioned, in the document|bereitgestellt, im Dokument
provisioned-url|provisioned, by its URL|bereitgestellt, über URL
uploaded|hochgeladen
exception|Ausnahme
connection|seen in a connection|in einer Verbindung gesehen
default|Vorgabe
provisioned|aus der Einrichtung
admin|administrator|Administrator
configuration|certprovd.conf|certprovd.conf
setting-server|the setting setting_server|die Einstellung setting_server
redirection|Umleitung
certificate|Zertifikat
public-key|key|Schlüssel
document|Datei
peer|server|Server
unsupported|not supported|nicht möglich
off|aus
on|an
forced|always on|immer an
open|offen
closed|abgeschlossen
complete|vollständig
partial|teilweise
failed|fehlgeschlagen
cancelled|abgebrochen
schedule|Zeitplan
request|Anforderung
queued|waiting for its turn|wartet
documents|reading documents|liest Dateien
downloads|fetching certificates|holt Zertifikate
finished|fertig
read-write|changeable|änderbar
initial|initial value|Anfangswert
read-only|read only|nur lesbar
built-in-sha1|built in (SHA-1)|eingebaut (SHA-1)
built-in-sha2|built in (SHA-2)|eingebaut (SHA-2)
installed|installiert
webserver-cert|the setting webserver_cert|die Einstellung webserver_cert

# certificates
subject|Inhaber
sha256|SHA-256|SHA-256
sha1|SHA-1|SHA-1
kind|Art
issuer|Aussteller
serial|serial number|Seriennummer
notBefore|valid from|gültig ab
notAfter|valid until|gültig bis
names|Namen
namesLeftOut|names left out|weggelassene Namen
key|Schlüssel
keySha256|SHA-256 of the key|SHA-256 des Schlüssels
ca|CA certificate|CA-Zertifikat
yes|ja
no|nein
constraints|Beschränkungen
role|Rolle
exceptionsOnly|exceptions only|nur Ausnahmen
origin|Herkunft
firmware|Firmware
not authenticated|nicht authentifiziert
line|, line {line}|, Zeile {line}
added|hinzugefügt
run|Lauf
hosts|Hosts
Host|Host
purposes|Zwecke
results|Befunde
why|Grund
reporters|asked by|gefragt von
firstSeen|first seen|zuerst gesehen
lastSeen|last seen|zuletzt gesehen
seen|how often|wie oft
Save|Speichern
sentChain|The chain it was sent with|Die mitgesendete Kette
Wrong besides:|Außerdem:
distrusted|gesperrt
expired|abgelaufen
expiresIn|expires {when}|läuft ab: {when}
missingSince|no longer in the files|nicht mehr in den Dateien
firmwareRefuses|this firmware would refuse it: {firmwareRefuses}|diese Firmware würde es ablehnen:
	{firmwareRefuses}
search|Search|Suchen
ofAll|{n} of {all}|{n} von {all}
distrusted ones only|nur gesperrte
reason|Reason|Begründung
Distrust|Sperren
distrustText|{subject} is then never accepted again.|{subject} wird dann nie mehr akzeptiert.
distrustKey|every certificate with its key|jedes Zertifikat mit seinem Schlüssel
lift|Lift the distrust|Sperre aufheben
liftText|It may then be accepted again.|Es kann dann wieder akzeptiert werden.
remove|Remove|Entfernen
removeText|{subject} is removed, with all its exceptions.|{subject} wird mit allen Ausnahmen
	entfernt.
removeUnknown|{subject} comes back when it is rejected again.|{subject} kommt bei der nächsten
	Ablehnung wieder.
lockOut|The phone could lock itself out|Das Telefon könnte sich aussperren
lockOutText|It could then no longer be provisioned. Only force this if you know why.|Es ließe sich
	dann nicht mehr einrichten. Nur erzwingen, wenn Sie wissen, warum.
Force it|Erzwingen
serversText|What was provisioned, uploaded or accepted by an exception.|Was bereitgestellt,
	hochgeladen oder als Ausnahme akzeptiert wurde.
exceptions|Ausnahmen
every host|jeder Host
until|bis
untilHint|In your time zone. Empty: for good.|In Ihrer Zeitzone. Leer: dauerhaft.
for good|dauerhaft
endException|End the exception|Ausnahme beenden
endText|The exception of {subject} for {host} ends.|Die Ausnahme von {subject} für {host} endet.
exceptionEnds|exception ends {when}|Ausnahme endet {when}
exception has ended|Ausnahme beendet
newSince|new since the exception|neu seit der Ausnahme
addException|Add exception|Ausnahme hinzufügen
exceptText|Trust this very certificate, whoever signed it: {subject}. Compare its fingerprint with
	what the server’s administrator says.|Genau diesem Zertifikat vertrauen, wer es auch signiert
	hat: {subject}. Fingerabdruck mit der Angabe des Serveradministrators vergleichen.
everyHostText|Whoever has its key can then pose as any server.|Wer den Schlüssel hat, kann dann
	jeden Server vortäuschen.
Name the host.|Bitte den Host angeben.
letsPass|The exception lets all of this pass|Die Ausnahme lässt all das durch
noException|No exception is possible|Keine Ausnahme möglich
trustedNow|It is trusted without an exception|Auch ohne Ausnahme vertrauenswürdig
trustIssuer|Trust its CA|Der CA vertrauen
issuerText|Then all servers with certificates of this CA are trusted.|Dann wird allen Servern mit
	Zertifikaten dieser CA vertraut.
dryRun|Tried without changing anything, the phone says|Zur Probe, ohne etwas zu ändern, sagt das
	Telefon
noIssuer|The server sent no certificate of its CA. Get that of {issuer} and provision it.|Der Server
	sendet kein Zertifikat seiner CA. Das von {issuer} beschaffen und bereitstellen.
noOutcome|The run ended without an outcome.|Der Lauf endete ohne Ergebnis.
unknownText|Servers that this phone rejected. New ones appear by themselves.|Server, die dieses
	Telefon abgelehnt hat. Neue erscheinen von selbst.
upload|Upload a certificate|Zertifikat hochladen
uploadText|Signed by an authority or a server certificate of this phone, it becomes an intermediate.
	DER, or PEM with one certificate.|Von einer Zertifizierungsstelle oder einem Serverzertifikat
	dieses Telefons signiert, wird es ein Zwischenzertifikat. DER, oder PEM mit einem Zertifikat.
file|File|Datei
oneByOne|Several certificates are in the file. Upload them one by one, issuers first.|Mehrere
	Zertifikate sind in der Datei. Bitte einzeln hochladen, Aussteller zuerst.
privateKey|A private key is in the file. It was not sent; upload the certificate alone.|Ein privater
	Schlüssel ist in der Datei. Sie wurde nicht gesendet; bitte nur das Zertifikat.

# errors, by the last part of their names
e.other|It did not work: {error}|Das ist fehlgeschlagen: {error}
e.Unreachable|The phone’s web server does not answer. The page asks again.|Der Webserver des
	Telefons antwortet nicht. Die Seite fragt erneut.
e.NotSignedIn|The session has ended. Sign in again.|Die Sitzung ist zu Ende. Bitte neu anmelden.
e.PermissionDenied|You may not do this.|Das dürfen Sie nicht.
e.InvalidParameter|The daemon does not take this: {parameter}|Der Daemon nimmt das nicht an:
	{parameter}
e.NoSuchCertificate|This certificate is no longer there.|Dieses Zertifikat gibt es nicht mehr.
e.InvalidCertificate|This is no certificate that can be read: {reason}|Das ist kein lesbares
	Zertifikat: {reason}
e.LimitExceeded|There may be no more than {maximum} (limit “{limit}”). Try later, or remove
	something first.|Mehr als {maximum} darf es nicht geben (Grenze „{limit}“). Später versuchen
	oder erst etwas entfernen.
e.NotRecoverable|No exception can be made for it: {result}|Keine Ausnahme möglich: {result}
e.WouldLockOut|The phone would no longer trust the server it is provisioned from ({url}):
	{reason}|Das Telefon würde seinem Einrichtungsserver nicht mehr vertrauen ({url}): {reason}
e.InvalidSetting|{name} does not take this value: {reason}|{name} nimmt diesen Wert nicht an:
	{reason}
e.NoSuchSetting|There is no setting {name}.|Es gibt keine Einstellung {name}.
e.RunInProgress|Provisioning is under way (run {id}).|Das Telefon wird gerade eingerichtet (Lauf
	{id}).
e.NoSuchRun|Run {id} is no longer there.|Den Lauf {id} gibt es nicht mehr.
e.NoSettingServer|The phone knows no server to be provisioned from.|Das Telefon kennt keinen Server,
	der es einrichtet.

# overview
concerns|What needs attention|Worum Sie sich kümmern sollten
noConcerns|Nothing needs attention.|Alles ist in Ordnung.
verify|Verification of servers|Prüfung der Server
verify.unsupported|This firmware cannot verify servers: it accepts every one.|Diese Firmware kann
	Server nicht prüfen: Sie akzeptiert jeden.
verify.off|The phone does not verify servers: it accepts every one.|Das Telefon prüft Server nicht:
	Es akzeptiert jeden.
verify.on|The phone verifies the certificates of servers.|Das Telefon prüft die Zertifikate der
	Server.
verify.forced|This firmware always verifies servers; it cannot be switched off.|Diese Firmware prüft
	Server immer; das lässt sich nicht abschalten.
firmwareUnknown|The firmware version is not known: the strictest rules apply.|Die Firmware ist nicht
	bekannt: Es gelten die strengsten Regeln.
switch|Verify servers|Server prüfen
turnOff|Stop verifying servers|Server nicht mehr prüfen
turnOffText|The phone then accepts every server, whoever runs it. Anyone between them can read and
	change passwords, settings and calls.|Das Telefon akzeptiert dann jeden Server, wem er auch
	gehört. Jeder dazwischen kann Passwörter, Einstellungen und Anrufe lesen und ändern.
rule|Regel
ruleSince|since {since}|ab {since}
ruleUntil|since {since}, until {until}|ab {since}, bis {until}
Bootstrap|Erste Einrichtung
bootstrap.open|Certificates are accepted from files of servers that are not authenticated.|Auch
	Dateien von Servern, die sich nicht ausweisen, dürfen Zertifikate bringen.
bootstrap.closed|Certificates are accepted from files of authenticated servers only.|Nur Dateien von
	Servern, die sich ausweisen, dürfen Zertifikate bringen.
bootstrapClosedBy|closed by|abgeschlossen durch
bootstrapClosed|closed on|abgeschlossen am
bootstrapWaitsFor|what keeps it open|was sie offen hält
Clock|Uhr
trusted|vertrauenswürdig
untrusted|not trusted|nicht vertrauenswürdig
synchronised|synchronisiert
unsynchronised|not synchronised|nicht synchronisiert
early|It is too early to be right: the last known time is taken instead.|Sie geht unmöglich weit
	nach: Es gilt die letzte bekannte Zeit.
clockNow|dates are compared with|verglichen wird mit
clockFloor|last known time|letzte bekannte Zeit
clockFloorRaised|raised|vorgestellt
clockSince|since|seit
clockFloorLowered|lowered|zurückgestellt
resetClock|Reset the last known time|Letzte bekannte Zeit zurücksetzen
resetText|It goes back to the date of the build, which helps after a wrong time moved it ahead.
	Until the clock is synchronised, certificates that have expired since may be accepted.|Sie geht
	auf das Datum der Software zurück; das hilft, wenn eine falsche Zeit sie vorgestellt hat. Bis
	die Uhr synchronisiert ist, werden vielleicht inzwischen abgelaufene Zertifikate angenommen.
In figures|In Zahlen
lost| (and {authoritiesLost} not read)| (und {authoritiesLost} nicht lesbar)
withdrawn| ({withdrawn} no longer in the files)| ({withdrawn} nicht mehr in den Dateien)
quarantined|in Quarantäne
expiring|expire within 28 days|laufen in 28 Tagen ab
nextExpiry|next expiry|nächster Ablauf
phone|Telefon
tls|TLS|TLS
orLater|{minimumVersion} or later|{minimumVersion} oder neuer
version|Version
profile|Profil
store|store, generation|Datenbank, Stand
device|The phone’s own certificate|Das Zertifikat des Telefons
noDevice|The phone has no certificate of its own.|Das Telefon hat kein eigenes Zertifikat.
others|Others ({n})|Weitere ({n})
inForce|in force|in Gebrauch
usable|usable, not in force|brauchbar, nicht in Gebrauch
unusable|cannot be used|nicht brauchbar
source|Quelle
clients|servers|Server
perDevice|can tell by it which phone this is|erkennen das Telefon daran
shared|cannot tell by it which phone this is|erkennen das Telefon nicht daran
mac|MAC address|MAC-Adresse
saveChain|Save its chain ({n}, PEM)|Kette speichern ({n}, PEM)

# provisioning
Provisioning|Einrichtung
settingServer|setting server|Server
lastRun|last run|letzter Lauf
lastCompleteRun|last complete run|letzter vollständiger Lauf
nextRun|next run|nächster Lauf
never|none is planned|keiner geplant
Run now|Jetzt einrichten
runId|run {id}|Lauf {id}
Cancel the run|Lauf abbrechen
progress|Progress of the run|Fortschritt des Laufs
soFar|So far {accepted} accepted, {refused} refused|Bisher {accepted} angenommen, {refused}
	abgelehnt
ended|Run {id}:|Lauf {id}:
lastReport|The last run and its report|Der letzte Lauf und sein Bericht
report|Report of run {id}|Bericht des Laufs {id}
runs|Runs, newest first|Läufe, neueste zuerst
counts|Documents: {documents}, certificates: {certificates}, accepted: {accepted}, refused:
	{refused}|Dateien: {documents}, Zertifikate: {certificates}, angenommen: {accepted}, abgelehnt:
	{refused}
underWay|in progress|läuft
result|Ergebnis
url|from|von
cause|began by|Anlass
chain|after|nach
started|begonnen
found|gefunden
next|danach
omitted|lines not kept|nicht aufgehobene Zeilen
outcomes|What the run found|Was der Lauf fand
what|was
where|wo
instead of|statt
filter|Which lines to show|Welche Zeilen gezeigt werden
all|alle
refused|abgelehnt
warned|accepted with a warning|angenommen mit Warnung
accepted|angenommen

# settings
settingsText|The settings that certprovd acts on|Die Einstellungen, die certprovd beachtet
setting|Einstellung
value|Value|Wert
effective|in effect|wirksam
note|Hinweis
secret|set, secret|gesetzt, geheim
empty|leer
Change|Ändern
toDefault|Back to the default|Zurück zur Vorgabe
valueHint|Provisioning does not change it from then on.|Die Einrichtung ändert ihn dann nicht mehr.
secretHint|The present value is secret. What you enter replaces it.|Der jetzige Wert ist geheim.
	Ihre Eingabe ersetzt ihn.
defaultText|{name} goes back to its default, and provisioning may set it again.|{name} bekommt
	wieder die Vorgabe, und die Einrichtung darf ihn wieder setzen.
readOnly|Provisioning made this setting read only.|Die Einrichtung erlaubt hier nur Lesen.
overrule|Overrule that. The guard against locking the phone out is overruled, too.|Das übergehen,
	auch den Schutz davor, das Telefon auszusperren.

# history
changes|Changes, newest first|Änderungen, neueste zuerst
when|wann
who|wer
about|betrifft
generation|Stand
`;

// German for those whose browser prefers it to English.
const preferred = navigator.languages.find((tag) => /^(en|de)\b/i.test(tag)) || "en";
export const language = preferred.slice(0, 2).toLowerCase();

const strings = new Map(table.replaceAll("\n\t", " ").split("\n").map((row) => {
	const [key, ...texts] = row.split("|");
	return [key, language === "de" ? texts.at(-1) : texts.length > 1 ? texts[0] : key];
}));
export const has = (key) => strings.has(key);

// The text for a key, with facts in it; of what has none, such as an identifier of a daemon
// that is newer than the page: the key.
export const t = (key, facts) =>
	(strings.get(key) ?? String(key)).replace(/\{(\w+)\}/g, (_, name) => facts?.[name] ?? "");
