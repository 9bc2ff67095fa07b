// SPDX-License-Identifier: Apache-2.0
// All text of the page, in rows: key|English|German, or English|German when that is the key.
// {name} is a fact that goes in; a tab goes on with the row before.
const table = `
# the frame
title|Certificates|Zertifikate
skip|Skip to the content|Zum Inhalt
utc|Show times in UTC (otherwise {timeZone})|Zeiten in UTC (sonst {timeZone})
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
here|hier
again|Try again|Noch einmal
Cancel|Abbrechen
Done.|Erledigt.
nothing|There is nothing here.|Hier ist nichts.
actions|Aktionen
more|Show more|Mehr zeigen
password|Passwort
wait|Wait {seconds} seconds.|Bitte {seconds} Sekunden warten.

# words of the daemon, by its identifiers
look|may look|darf ansehen
change|may change|darf ändern
anchor|trust anchor|Vertrauensanker
intermediate|Zwischenzertifikat
provisioned-base64|in a document|in einem Dokument
provisioned-url|by a URL|über eine URL
uploaded|hochgeladen
exception|Ausnahme
connection|in a connection|in einer Verbindung
default|Vorgabe
provisioned|aus der Einrichtung
admin|administrator|Administrator
configuration|Konfiguration
redirection|Umleitung
certificate|Zertifikat
public-key|Schlüssel
document|Datei
peer|server|Server
unsupported|nicht möglich
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
queued|wartet
documents|Dateien
finished|fertig
read-write|änderbar
initial|Anfangswert
read-only|nur lesbar
built-in-sha1|built in (SHA-1)|eingebaut (SHA-1)
built-in-sha2|built in (SHA-2)|eingebaut (SHA-2)
installed|installiert
true|yes|ja
false|no|nein

# certificates
subject|Inhaber
sha256|SHA-256|SHA-256
sha1|SHA-1|SHA-1
kind|Art
issuer|Aussteller
serial|Seriennummer
notBefore|valid from|gültig ab
notAfter|valid until|gültig bis
names|Namen
namesLeftOut|names left out|weggelassene Namen
key|Schlüssel
keySha256|SHA-256 of the key|SHA-256 des Schlüssels
ca|CA certificate|CA-Zertifikat
constraints|Beschränkungen
role|Rolle
exceptions only|nur Ausnahmen
origin|Herkunft
not authenticated|nicht authentifiziert
line|, line {line}|, Zeile {line}
added|hinzugefügt
run|Lauf
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
firmwareRefuses|refused by this firmware: {firmwareRefuses}|lehnt diese Firmware ab:
	{firmwareRefuses}
search|Suchen
ofAll|{n} of {all}|{n} von {all}
distrusted ones only|nur gesperrte
reason|Begründung
Distrust|Sperren
distrustText|{subject} is then never accepted again.|{subject} wird dann nie mehr akzeptiert.
distrustKey|every certificate with its key|jedes Zertifikat mit seinem Schlüssel
lift|Lift the distrust|Sperre aufheben
remove|Remove|Entfernen
remove.servers|Its exceptions end, too.|Auch seine Ausnahmen enden.
remove.unknown|It comes back when it is rejected again.|Bei erneuter Ablehnung kommt es wieder.
lockOut|The phone could lock itself out|Das Telefon könnte sich aussperren
Force it|Erzwingen
exceptions|Ausnahmen
every host|jeder Host
until|bis
untilHint|In your time zone. Empty: for good.|In Ihrer Zeitzone. Leer: dauerhaft.
for good|dauerhaft
endException|End the exception|Ausnahme beenden
exceptionEnds|exception ends {when}|Ausnahme endet {when}
exception has ended|Ausnahme beendet
newSince|new since the exception|neu seit der Ausnahme
Add exception|Ausnahme hinzufügen
exceptText|Compare the fingerprint with what the server’s administrator says.|Den Fingerabdruck mit
	dem vergleichen, den der Administrator des Servers nennt.
everyHostText|Whoever has its key can then pose as any server.|Wer den Schlüssel hat, kann dann
	jeden Server vortäuschen.
letsPass|The exception lets all of this pass|Die Ausnahme lässt all das durch
noException|No exception is possible|Keine Ausnahme möglich
Trust its CA|Der CA vertrauen
issuerText|All servers with certificates of this CA are then trusted.|Allen Servern mit Zertifikaten
	dieser CA wird dann vertraut.
dryRun|Tried without changing anything|Zur Probe, ohne etwas zu ändern
noIssuer|The server did not send its CA. Provision that of {issuer}.|Der Server sendet seine CA
	nicht. Die von {issuer} bereitstellen.
unknownText|Servers that this phone rejected. New ones appear by themselves.|Server, die dieses
	Telefon abgelehnt hat. Neue erscheinen von selbst.
upload|Upload a certificate|Zertifikat hochladen
uploadText|A DER or PEM file. Its certificate becomes an intermediate.|Eine DER- oder PEM-Datei. Ihr
	Zertifikat wird ein Zwischenzertifikat.
file|Datei
oneByOne|Upload its certificates one by one, issuers first.|Die Zertifikate bitte einzeln hochladen,
	Aussteller zuerst.
privateKey|It has a private key, which was not sent.|Sie hat einen privaten Schlüssel. Er wurde
	nicht gesendet.

# errors, by the last part of their names
e.other|It did not work: {why}|Das ist fehlgeschlagen: {why}
e.Unreachable|The phone’s web server does not answer.|Der Webserver des Telefons antwortet nicht.
e.NotSignedIn|The session has ended.|Die Sitzung ist zu Ende.
e.NoSuch|This is no longer there.|Das gibt es nicht mehr.
e.LimitExceeded|No more than {maximum} are possible ({limit}).|Mehr als {maximum} sind nicht möglich
	({limit}).
e.RunInProgress|Run {id} is under way.|Lauf {id} ist im Gang.
e.WouldLockOut|The phone would no longer trust the server that provisions it ({url}): {reason}|Das
	Telefon würde dem Server, der es einrichtet ({url}), nicht mehr vertrauen: {reason}
e.NoSettingServer|The phone knows no server to be provisioned from.|Das Telefon kennt keinen Server,
	der es einrichtet.

# overview
concerns|What needs attention|Was zu beachten ist
noConcerns|Nothing needs attention.|Alles ist in Ordnung.
acceptsAll|It accepts every server.|Es akzeptiert jeden Server.
switch|Verify servers|Server prüfen
turnOff|Stop verifying servers|Server nicht mehr prüfen
turnOffText|The phone then accepts every server: whoever is between them can read and change
	everything.|Das Telefon akzeptiert dann jeden Server: Wer dazwischen ist, kann alles lesen und
	ändern.
rule|Regel
since|ab
Bootstrap|Erste Einrichtung
bootstrap.open|Any server may bring certificates.|Jeder Server darf Zertifikate bringen.
bootstrap.closed|Only authenticated servers may bring certificates.|Nur Server, die sich ausweisen,
	dürfen Zertifikate bringen.
bootstrapClosedBy|closed by|abgeschlossen durch
bootstrapClosed|closed on|abgeschlossen am
bootstrapWaitsFor|what keeps it open|was sie offen hält
Clock|Uhr
clockTrusted|trusted|vertrauenswürdig
clockSynchronised|synchronised|synchronisiert
clockNow|dates are compared with|verglichen wird mit
clockFloor|last known time|letzte bekannte Zeit
clockFloorRaised|raised|vorgestellt
clockSince|since|seit
clockFloorLowered|lowered|zurückgestellt
resetClock|Reset the last known time|Letzte bekannte Zeit zurücksetzen
resetText|Until the clock is synchronised, expired certificates may then be accepted.|Bis die Uhr
	synchronisiert ist, werden dann vielleicht abgelaufene Zertifikate akzeptiert.
In figures|In Zahlen
authoritiesLost|authorities not read|nicht lesbare Stellen
quarantined|in Quarantäne
expiring|expire within 28 days|laufen in 28 Tagen ab
nextExpiry|next expiry|nächster Ablauf
phoneType|phone|Telefon
minimumVersion|TLS from|TLS ab
profile|Profil
store|database|Datenbank
device|The phone’s own certificate|Das Zertifikat des Telefons
others|Others ({n})|Weitere ({n})
inForce|in force|in Gebrauch
usable|brauchbar
source|Quelle
perDevice|proves which phone this is|weist dieses Telefon aus
mac|MAC address|MAC-Adresse
saveChain|Save its chain (PEM)|Kette speichern (PEM)

# provisioning
Provisioning|Einrichtung
settingServer|setting server|Server der Einrichtung
lastRun|last run|letzter Lauf
lastCompleteRun|last complete run|letzter vollständiger Lauf
nextRun|next run|nächster Lauf
never|none is planned|keiner geplant
Run now|Jetzt einrichten
runId|Run {id}|Lauf {id}
Cancel the run|Lauf abbrechen
progress|Progress of the run|Fortschritt des Laufs
lastReport|The last run and its report|Letzter Lauf und Bericht
runs|Läufe
certificates|Zertifikate
in progress|läuft
result|Ergebnis
url|from|von
cause|began by|Anlass
chain|after|nach
started|begonnen
found|gefunden
next|danach
omitted|lines left out|weggelassene Zeilen
outcomes|What the run found|Was der Lauf fand
what|was
where|wo
instead of|statt
filter|Which lines to show|Welche Zeilen
all|alle
refused|abgelehnt
warned|with a warning|mit Warnung
accepted|angenommen

# settings
setting|Einstellung
value|Wert
effective|in effect|wirksam
note|Hinweis
secret|geheim
empty|leer
Change|Ändern
toDefault|Back to the default|Zurück zur Vorgabe
valueHint|Provisioning does not change it from then on.|Die Einrichtung ändert ihn dann nicht mehr.
defaultText|Provisioning may then set {name} again.|Die Einrichtung darf {name} dann wieder setzen.
overrule|Overrule that provisioning made it read only, and the guard against a lock-out|Übergehen,
	dass die Einrichtung hier nur Lesen erlaubt, und den Schutz vor dem Aussperren
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

// The text for a key, or the key, with facts in it.
export const t = (key, facts) => `${strings.get(key) ?? key}`
	.replace(/\{(\w+)\}/g, (_, name) => facts?.[name] ?? "");
