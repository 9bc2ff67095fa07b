// SPDX-License-Identifier: Apache-2.0
// All text of the page: key: [English, German]. {name} is a fact that goes in.
const strings = {
	// the frame
	title: ["Certificates", "Zertifikate"],
	skip: ["Skip to the content", "Zum Inhalt springen"],
	utc: ["Show times in UTC (otherwise {zone})", "Zeiten in UTC zeigen (sonst {zone})"],
	signOut: ["Sign out", "Abmelden"],
	"role.look": ["may look", "darf ansehen"],
	"role.change": ["may change", "darf ändern"],
	"tab.overview": ["Overview", "Übersicht"],
	"tab.authorities": ["Certificate Authorities", "Zertifizierungsstellen"],
	"tab.servers": ["Server Certificates", "Serverzertifikate"],
	"tab.unknown": ["Unknown Certificates", "Unbekannte Zertifikate"],
	"tab.settings": ["Settings", "Einstellungen"],
	"tab.history": ["History", "Verlauf"],
	"tab.signin": ["Sign in", "Anmelden"],
	rejected: ["A server was rejected: {host}", "Ein Server wurde abgelehnt: {host}"],
	remedy: ["What helps", "Abhilfe"],
	again: ["Try again", "Noch einmal"],
	cancel: ["Cancel", "Abbrechen"],
	close: ["Close", "Schließen"],
	nothing: ["There is nothing here.", "Hier ist nichts."],
	actions: ["Actions", "Aktionen"],

	// errors, by the last part of their names
	"e.other": ["It did not work: {error}", "Das ist fehlgeschlagen: {error}"],
	"e.Unreachable": ["The phone's web server does not answer. The page asks again.", "Der Webserver des Telefons antwortet nicht. Die Seite fragt erneut."],
	"e.NotSignedIn": ["The session has ended. Sign in again.", "Die Sitzung ist zu Ende. Bitte neu anmelden."],
	"e.PermissionDenied": ["You may not do this.", "Das dürfen Sie nicht."],
	"e.InvalidParameter": ["The daemon does not take this: {parameter}", "Der Daemon nimmt das nicht an: {parameter}"],
	"e.NoSuchCertificate": ["This certificate is no longer there.", "Dieses Zertifikat gibt es nicht mehr."],
	"e.InvalidCertificate": ["This is no certificate that can be read: {reason}", "Das ist kein lesbares Zertifikat: {reason}"],
	"e.LimitExceeded": ["That would be more than the limit “{limit}” of {maximum} allows. Try again later, or remove something first.", "Das überschreitet die Grenze „{limit}“ von {maximum}. Später noch einmal versuchen oder erst etwas entfernen."],
	"e.NotRecoverable": ["No exception can be made for this certificate: {result}", "Für dieses Zertifikat ist keine Ausnahme möglich: {result}"],
	"e.WouldLockOut": ["Then the phone would no longer trust the server it is provisioned from ({url}): {reason}", "Dann würde das Telefon dem Server nicht mehr vertrauen, der es einrichtet ({url}): {reason}"],
	"e.InvalidSetting": ["{name} does not take this value: {reason}", "{name} nimmt diesen Wert nicht an: {reason}"],
	"e.NoSuchSetting": ["There is no setting {name}.", "Es gibt keine Einstellung {name}."],
	"e.RunInProgress": ["Provisioning is under way already (run {id}).", "Das Telefon wird gerade schon eingerichtet (Lauf {id})."],
	"e.NoSuchRun": ["Run {id} is no longer there.", "Den Lauf {id} gibt es nicht mehr."],
	"e.NoSettingServer": ["The phone knows no server to be provisioned from.", "Das Telefon kennt keinen Server, der es einrichtet."],
};

// German for those whose browser prefers it to English.
const preferred = navigator.languages.map((l) => l.slice(0, 2).toLowerCase()).find((l) => l === "en" || l === "de");
export const language = preferred === "de" ? "de" : "en";
const column = language === "de" ? 1 : 0;

export const has = (key) => Object.hasOwn(strings, key);

// The text for a key, with facts in it.
export function t(key, facts = {}) {
	if (!has(key))
		throw new Error("no string: " + key);
	return strings[key][column].replace(/\{(\w+)\}/g, (_, name) => facts[name] ?? "");
}
