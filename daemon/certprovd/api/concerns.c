/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/api/concerns.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprovd/api/concerns-identity.h"
#include "lib/base/date.h"
#include "lib/base/string.h"
#include "lib/provisioning/judge.h"
#include "lib/verdict/verdict.h"

static void concerns_telling_done(struct telling *t)
{
	for (size_t i = 0; i < TELLING_TEXTS; i++)
		free(t->texts[i]);
}
DEFINE_CLEANUP_EMBEDDED(struct telling, concerns_telling_done);

static bool concerns_firmware_unknown(const struct status *s)
{
	return !firmware_is_known(trust_state_firmware(s->api->state));
}

static bool concerns_phone_problem(const struct status *s)
{
	return s->api->phone->problem != NULL;
}

static int concerns_tell_firmware(
	const struct status *s, size_t index, struct telling *t)
{
	t->facts.firmware = s->api->phone->firmware;
	return index == 0;
}

static int concerns_tell_phone(
	const struct status *s, size_t index, struct telling *t)
{
	t->facts.detail = s->api->phone->problem;
	return index == 0;
}

static bool concerns_authorities_failed(const struct status *s)
{
	return s->api->authorities_error < 0;
}

static int concerns_tell_failed(
	const struct status *s, size_t index, struct telling *t)
{
	t->facts.url = s->api->config->authorities;
	t->facts.detail = strerror(-s->api->authorities_error);
	return index == 0;
}

static const struct authorities_findings *concerns_findings(
	const struct status *s, enum authorities_kind kind)
{
	return &s->api->authorities.findings[kind];
}

static bool concerns_authorities_incomplete(const struct status *s)
{
	return concerns_findings(s, AUTHORITIES_LOST)->count > 0;
}

static bool concerns_authorities_secret(const struct status *s)
{
	return concerns_findings(s, AUTHORITIES_SECRET)->count > 0;
}

/* The first of them, "line 4: cut off; line 9: damaged; and 3 more". */
static int concerns_list_findings(
	const struct status *s, enum authorities_kind kind, char **ret)
{
	const struct authorities_findings *all = concerns_findings(s, kind);
	const char *file = s->api->config->authorities;
	CLEANUP(free) char *list = NULL;
	size_t n = 0;
	int r = 0;

	while (r == 0 && n < CONCERNS_MAX_LISTED &&
		n < authorities_kept(&s->api->authorities, kind)) {
		CLEANUP(free) char *text = NULL;
		CLEANUP(free) char *longer = NULL;

		r = authorities_finding_text(&all->items[n], file, &text);
		if (r == 0)
			r = string_format(&longer, "%s%s%s", list ? list : "",
				n > 0 ? "; " : "", text);
		SWAP(list, longer);
		n++;
	}
	if (r == 0 && all->count > n)
		return string_format(
			ret, "%s; and %zu more", list, all->count - n);
	*ret = TAKE_PTR(list);
	return r;
}

static int concerns_tell_incomplete(
	const struct status *s, size_t index, struct telling *t)
{
	const struct authorities_report *a = &s->api->authorities;
	int r = concerns_list_findings(s, AUTHORITIES_LOST, &t->texts[0]);

	if (r == 0)
		r = string_format(&t->texts[1], "%zu of %zu",
			authorities_read_count(a), authorities_found_count(a));
	t->facts.url = s->api->config->authorities;
	t->facts.detail = t->texts[0];
	t->facts.names = t->texts[1];
	return r < 0 ? r : index == 0;
}

static int concerns_tell_secret(
	const struct status *s, size_t index, struct telling *t)
{
	int r = concerns_list_findings(s, AUTHORITIES_SECRET, &t->texts[0]);

	t->facts.url = s->api->config->authorities;
	t->facts.detail = t->texts[0];
	return r < 0 ? r : index == 0;
}

static bool concerns_authorities_empty(const struct status *s)
{
	return anchors_count(s->trust->anchors, ANCHOR_AUTHORITY) == 0;
}

static bool concerns_store_restored(const struct status *s)
{
	return s->api->store_restored;
}

static bool concerns_store_newer(const struct status *s)
{
	return store_has_newer(s->api->store);
}

static bool concerns_store_cannot_be_written(const struct status *s)
{
	return store_read_only(s->api->store);
}

static bool concerns_certificates_quarantined(const struct status *s)
{
	return s->quarantined > 0;
}

static bool concerns_certificates_withdrawn(const struct status *s)
{
	return s->withdrawn > 0;
}

static int concerns_tell_withdrawn(
	const struct status *s, size_t index, struct telling *t)
{
	int r = string_format(&t->texts[0], "%u", s->withdrawn);

	t->facts.detail = t->texts[0];
	return r < 0 ? r : index == 0;
}

static bool concerns_locked_out(const struct status *s)
{
	return s->lockout.locked_out;
}

/* A version is told only when it is another one. */
static int concerns_tell_lockout(
	const struct status *s, size_t index, struct telling *t)
{
	const char *now = s->api->phone->firmware;
	const char *then = trust_state_guard(s->api->state)->firmware;

	t->facts.host = s->lockout.host;
	t->facts.url = s->lockout.url;
	t->facts.detail = s->lockout.reason;
	t->facts.peer_cure = s->lockout.remedy;
	if (!string_equal(now, then)) {
		t->facts.firmware = now ? now : "an unknown version";
		t->facts.former = then ? then : "an unknown version";
	}
	return index == 0;
}

static bool concerns_firmware_refuses(const struct status *s)
{
	return s->refused > 0;
}

static int concerns_tell_refused(
	const struct status *s, size_t index, struct telling *t)
{
	int r = string_format(&t->texts[0], "%u", s->refused);

	t->facts.detail = t->texts[0];
	t->facts.firmware = s->api->phone->firmware;
	return r < 0 ? r : index == 0;
}

static bool concerns_unknown_in_memory(const struct status *s)
{
	return s->api->saver->exhausted;
}

static bool concerns_clock_not_trusted(const struct status *s)
{
	return !s->clock_trusted;
}

static bool concerns_clock_contradicted(const struct status *s)
{
	return s->api->clock->doubting || s->api->clock->doubted > 0;
}

static bool concerns_verification_off(const struct status *s)
{
	return s->trust->policy.verification == VERIFICATION_OFF;
}

static bool concerns_verification_unsupported(const struct status *s)
{
	return s->trust->policy.verification == VERIFICATION_UNSUPPORTED;
}

static bool concerns_name_check_off(const struct status *s)
{
	return !s->trust->policy.name_check && !concerns_verification_off(s) &&
		!concerns_verification_unsupported(s);
}

static bool concerns_exporting_failed(const struct status *s)
{
	return export_failed(s->api->export);
}

static bool concerns_export_empty(const struct status *s)
{
	return export_is_empty(s->api->export);
}

static bool concerns_bootstrap_open(const struct status *s)
{
	return s->api->config->bootstrap == BOOTSTRAP_OPEN;
}

static bool concerns_bootstrap_waits(const struct status *s)
{
	return s->bootstrap_waits;
}

static int concerns_tell_bootstrap(
	const struct status *s, size_t index, struct telling *t)
{
	t->facts.detail = s->bootstrap_reason;
	return index == 0;
}

static int concerns_tell_expired(
	const struct status *s, size_t index, struct telling *t)
{
	return concerns_ends_tell(
		&s->ends, &s->ends.expired[ENDING_SERVER], index, t);
}

static int concerns_tell_soon(
	const struct status *s, size_t index, struct telling *t)
{
	return concerns_ends_tell(
		&s->ends, &s->ends.soon[ENDING_SERVER], index, t);
}

static int concerns_tell_excepted(
	const struct status *s, size_t index, struct telling *t)
{
	return concerns_ends_tell(&s->ends, &s->ends.excepted, index, t);
}

static int concerns_tell_ended(
	const struct status *s, size_t index, struct telling *t)
{
	return concerns_ends_tell(
		&s->ends, &s->ends.expired[ENDING_EXCEPTION], index, t);
}

static int concerns_tell_ending(
	const struct status *s, size_t index, struct telling *t)
{
	return concerns_ends_tell(
		&s->ends, &s->ends.soon[ENDING_EXCEPTION], index, t);
}

static int concerns_tell_device_expired(
	const struct status *s, size_t index, struct telling *t)
{
	return concerns_ends_tell(
		&s->ends, &s->ends.expired[ENDING_DEVICE], index, t);
}

static int concerns_tell_device_soon(
	const struct status *s, size_t index, struct telling *t)
{
	return concerns_ends_tell(
		&s->ends, &s->ends.soon[ENDING_DEVICE], index, t);
}

static int concerns_tell_authority_expired(
	const struct status *s, size_t index, struct telling *t)
{
	return concerns_ends_tell(
		&s->ends, &s->ends.expired[ENDING_AUTHORITY], index, t);
}

static int concerns_tell_authority_soon(
	const struct status *s, size_t index, struct telling *t)
{
	return concerns_ends_tell(
		&s->ends, &s->ends.soon[ENDING_AUTHORITY], index, t);
}

static bool concerns_servers_full(const struct status *s)
{
	return trust_state_count_servers(s->api->state) >=
		s->api->config->servers;
}

static bool concerns_run_failed(const struct status *s)
{
	return string_equal(s->result, "failed");
}

static bool concerns_no_setting_server(const struct status *s)
{
	return !s->server;
}

static bool concerns_server_not_authenticated(const struct status *s)
{
	return s->server && s->server_source >= RUN_FROM_REDIRECTION &&
		!string_equal(s->server, s->api->config->redirection);
}

static int concerns_tell_learnt(
	const struct status *s, size_t index, struct telling *t)
{
	t->facts.detail = run_source_name(s->server_source);
	t->facts.url = s->server;
	return index == 0;
}

static int concerns_tell_loop(
	const struct status *s, size_t index, struct telling *t)
{
	t->facts.detail = provision_loop(s->api->provision, &t->since);
	return index == 0 && t->facts.detail;
}

static bool concerns_runs_forbidden(const struct status *s)
{
	return settings_forbid_runs(trust_state_settings(s->api->state),
		trust_state_firmware(s->api->state));
}

static bool concerns_downloads_forbidden(const struct status *s)
{
	return settings_forbid_downloads(trust_state_settings(s->api->state),
		       trust_state_firmware(s->api->state)) &&
		!concerns_runs_forbidden(s);
}

/* --- the table --- */

/* The identifiers stay. Facts stand in brackets, as in lib/verdict. */
struct concern_row {
	const char *identifier;
	bool (*holds)(const struct status *s);
	/* The facts of the one with this number, from 0: 1; 0 when there is
	 * none, and -ENOMEM. NULL: the sentence as it is, once. */
	int (*tell)(const struct status *s, size_t index, struct telling *t);
	const char *sentence;
	const char *remedy;
};

/* After the configuration was changed. */
#define RELOAD ", then: systemctl reload certprovd"

static const struct concern_row concern_rows[] = {
	{"locked-out", concerns_locked_out, concerns_tell_lockout,
		"This phone no longer trusts {host}, the server that it was "
		"last provisioned from[ ({url})][; the firmware was {former} "
		"then and is {firmware} now]. {detail}",
		"[{peer_cure} ]Or provision the CA of that server from another "
		"one: certprovctl provision URL"},
	{"firmware-unknown", concerns_firmware_unknown, concerns_tell_firmware,
		"The firmware version is not known[: {firmware} is not one]; "
		"every rule is at its most restrictive.",
		"Set Firmware= or FirmwareFile= in section phone of "
		"certprovd.conf to the version, such as 10.1.33.33" RELOAD},
	{"phone-unreadable", concerns_phone_problem, concerns_tell_phone,
		"What the configuration says about the phone could not be "
		"read[: {detail}].",
		"Correct section phone of certprovd.conf, or make the file "
		"that it names readable" RELOAD},
	{"authorities-failed", concerns_authorities_failed,
		concerns_tell_failed,
		"The authorities could not be read from {url}: {detail}; those "
		"read before are still used.",
		"Correct Authorities= in section trust of certprovd.conf, or "
		"the file that it names" RELOAD},
	{"authorities-incomplete", concerns_authorities_incomplete,
		concerns_tell_incomplete,
		"{names} certificates were read from {url}; not read: "
		"{detail}.",
		"Put the certificates that are named into {url} again, from "
		"their original; certprovd notices the change by itself."},
	{"authorities-secret", concerns_authorities_secret,
		concerns_tell_secret,
		"There is a private key in {url}, which is no longer secret: "
		"{detail}.",
		"Remove the key from {url}, and have a new key and certificate "
		"made for whatever uses it."},
	{"authorities-empty", concerns_authorities_empty, NULL,
		"There are no authorities; only server certificates are "
		"trusted.",
		"Name the firmware's CA certificates in Authorities= in "
		"section trust of certprovd.conf, a PEM or DER file or a "
		"directory of such" RELOAD},
	{"store-restored", concerns_store_restored, NULL,
		"The trust database was damaged; it was restored from a backup "
		"or started empty.",
		"Provision again: certprovctl provision. Make exceptions "
		"again that certprovctl history no longer shows. This is said "
		"until certprovd is started again."},
	{"store-newer", concerns_store_newer, NULL,
		"A newer version wrote the trust database; it was put aside "
		"and an older copy is used.",
		"Install that version again, or remove trust.db.newer.1 from "
		"the state directory."},
	{"store-read-only", concerns_store_cannot_be_written, NULL,
		"The trust database cannot be written; nothing can be accepted "
		"or changed.",
		"Let certprovd write to the state directory (StateDirectory= "
		"in certprovd.conf), then: systemctl restart certprovd"},
	{"certificates-quarantined", concerns_certificates_quarantined, NULL,
		"Stored certificates were damaged; they are kept apart and not "
		"trusted until they are provisioned again.",
		"certprovctl provision"},
	{"unknown-in-memory", concerns_unknown_in_memory, NULL,
		"Too many peers were rejected today; further unknown "
		"certificates are kept only in memory.",
		"certprovctl unknown shows who was rejected; provision the CA "
		"of these servers, or stop what connects to them."},
	{"clock-not-trusted", concerns_clock_not_trusted, NULL,
		"The clock is earlier than it can be; dates are compared with "
		"the last known time.",
		"Set the clock, or let it be synchronised over the network "
		"(NTP). If the last known time is wrong: certprovctl "
		"clock reset"},
	{"clock-contradicted", concerns_clock_contradicted, NULL,
		"A synchronised clock is behind the last known time; after a "
		"day of that, the clock is believed.",
		"Check the time server. If the last known time is wrong: "
		"certprovctl clock reset"},
	{"verification-unsupported", concerns_verification_unsupported, NULL,
		"This firmware does not verify servers.",
		"Update the firmware; certprovctl rules shows which version "
		"verifies."},
	{"verification-off", concerns_verification_off, NULL,
		"Servers are not verified: tls_server_authentication is off.",
		"certprovctl set tls_server_authentication on"},
	{"name-check-off", concerns_name_check_off, NULL,
		"Names of servers are not verified: "
		"check_fqdn_against_server_cert is off.",
		"certprovctl set check_fqdn_against_server_cert on"},
	{"export-failed", concerns_exporting_failed, NULL,
		"The trusted CA certificates could not be exported; programs "
		"that read files have the previous ones.",
		"Check the free space and the permissions of the runtime "
		"directory; the log names the error, and certprovd tries "
		"again by itself."},
	{"export-empty", concerns_export_empty, NULL,
		"There is no CA certificate to export; the previous export "
		"stays unless something in it is distrusted.",
		"Check Authorities= in certprovd.conf and certprovctl list "
		"anchors."},
	{"bootstrap-open", concerns_bootstrap_open, NULL,
		"Certificates are accepted from unauthenticated documents, as "
		"the vendor's phones do.",
		"Set Bootstrap=until-authenticated or Bootstrap=pinned in "
		"section bootstrap of certprovd.conf" RELOAD},
	{"bootstrap-waits", concerns_bootstrap_waits, concerns_tell_bootstrap,
		"Bootstrap=until-authenticated is still open, so certificates "
		"are accepted from unauthenticated documents[: {detail}].",
		"It closes after a run that is complete and whose documents "
		"all come over HTTPS from a trusted server. Correct what "
		"certprovctl report shows, then: certprovctl provision"},
	{"device-expired", NULL, concerns_tell_device_expired,
		"[The certificate of {subject}, of the phone's own chain, "
		"expired on {date}, {apart} ago][{names} more certificates of "
		"the phone's own chain have expired]; servers refuse it.",
		"Have it renewed: provision another webserver_cert, or install "
		"one by certprovctl device csr, which says so if this model or "
		"firmware cannot; certprovctl device show shows which is in "
		"force."},
	{"device-expiring", NULL, concerns_tell_device_soon,
		"[The certificate of {subject}, of the phone's own chain, "
		"expires on {date}, {apart} from now][{names} more "
		"certificates of the phone's own chain expire within 28 "
		"days].",
		"Have it renewed: provision another webserver_cert, or install "
		"one by certprovctl device csr, which says so if this model or "
		"firmware cannot; certprovctl device show shows which is in "
		"force."},
	{"authorities-expired", NULL, concerns_tell_authority_expired,
		"[The authority {subject} expired on {date}, {apart} "
		"ago][{names} more authorities in use have expired]; servers "
		"were trusted by it.",
		"Have the servers use another CA, or provision the CA's new "
		"certificate; a newer firmware may have it too."},
	{"authorities-expiring", NULL, concerns_tell_authority_soon,
		"[The authority {subject} expires on {date}, {apart} from now; "
		"servers are trusted by it][{names} more authorities in use "
		"expire within 28 days].",
		"Have the servers use another CA, or provision the CA's new "
		"certificate; a newer firmware may have it too."},
	{"servers-expired", NULL, concerns_tell_expired,
		"[The server certificate of {subject} expired on {date}, "
		"{apart} ago][; it came from {url}][{names} more server "
		"certificates have expired].",
		"Provision its successor, then remove it: certprovctl remove "
		"servers[ {sha256}]"},
	{"servers-expiring", NULL, concerns_tell_soon,
		"[The server certificate of {subject} expires on {date}, "
		"{apart} from now][; it came from {url}][{names} more server "
		"certificates expire within 28 days].",
		"Have it renewed[ ({sha256})] and publish the new one; "
		"certprovctl list servers shows all."},
	{"excepted-expired", NULL, concerns_tell_excepted,
		"[The certificate of {subject} expired on {date}, {apart} ago; "
		"the exception for {host} was made on {since}, not for "
		"that][{names} more exceptions trust a certificate that "
		"expired and were not made for that].",
		"[If that is agreed to: {exception}; if not: {cure}|"
		"certprovctl list servers shows all]"},
	{"exceptions-expired", NULL, concerns_tell_ended,
		"[The exception for {subject} for {host} expired on {date}, "
		"{apart} ago][{names} more exceptions have expired].",
		"[If it is still needed: {exception}; if not: {cure}|"
		"certprovctl list servers shows all]"},
	{"exceptions-expiring", NULL, concerns_tell_ending,
		"[The exception for {subject} for {host} ends on {date}, "
		"{apart} from now][{names} more exceptions end within 28 days]"
		".",
		"[If it will still be needed: {exception} --expires 90d|"
		"certprovctl list servers shows all]"},
	{"firmware-refuses", concerns_firmware_refuses, concerns_tell_refused,
		"By the rules of firmware {firmware}, [{detail} of ]the server "
		"certificates that this phone has would be refused; they stay "
		"and are trusted.",
		"certprovctl list servers shows which and why; provision the "
		"CA that signed them, or remove one: certprovctl remove "
		"servers SHA256"},
	{"certificates-withdrawn", concerns_certificates_withdrawn,
		concerns_tell_withdrawn,
		"The files no longer have [{detail} of ]the server "
		"certificates that this phone keeps.",
		"certprovctl list servers shows which; to remove one: "
		"certprovctl remove servers SHA256"},
	{"servers-full", concerns_servers_full, NULL,
		"There is no room for another server certificate.",
		"Remove what is no longer needed: certprovctl remove servers "
		"SHA256, or raise Servers= in section store of "
		"certprovd.conf" RELOAD},
	{"provisioning-failed", concerns_run_failed, NULL,
		"The last provisioning run failed.",
		"certprovctl report shows why, and what would help."},
	{"no-setting-server", concerns_no_setting_server, NULL,
		"There is no server to provision from.",
		"Set Url= in section provisioning of certprovd.conf, or: "
		"certprovctl set setting_server URL"},
	{"setting-server-learnt", concerns_server_not_authenticated,
		concerns_tell_learnt,
		"The server to provision from was learnt by {detail}, which "
		"anybody in the network may have said: {url}. Nothing that "
		"comes from it is authenticated.",
		"Set Url= in section provisioning of certprovd.conf, or: "
		"certprovctl set setting_server URL"},
	{"setting-server-loop", NULL, concerns_tell_loop, "{detail}",
		"certprovctl report shows the chain of servers; let the last "
		"of them no longer change the setting."},
	{"downloads-forbidden", concerns_runs_forbidden, NULL,
		"update_policy is never_update: provisioning downloads "
		"nothing.",
		"certprovctl set update_policy auto_update"},
	{"downloads-forbidden", concerns_downloads_forbidden, NULL,
		"A file set update_policy to never_update: provisioning reads "
		"its files and downloads no certificate.",
		"Change update_policy in that file; certprovctl settings shows "
		"where it came from."},
};

/* --- gathering --- */

static void concerns_concern_done(struct concern *c)
{
	free(c->sentence);
	free(c->remedy);
	*c = (struct concern){0};
}
DEFINE_CLEANUP_EMBEDDED(struct concern, concerns_concern_done);

void concerns_done(struct concerns *c)
{
	for (size_t i = 0; i < c->count; i++)
		concerns_concern_done(&c->items[i]);
	c->count = 0;
}

static int concerns_add(struct concerns *to, const struct concern_row *row,
	const struct telling *t)
{
	CLEANUP(concerns_concern_done)
	struct concern c = {.identifier = row->identifier, .since = t->since};
	int r = 0;

	if (to->count == CONCERNS_MAX)
		return 0;
	r = verdict_fill(row->sentence, &t->facts, &c.sentence);
	if (r == 0)
		r = verdict_fill(row->remedy, &t->facts, &c.remedy);
	if (r < 0)
		return r;
	to->items[to->count++] = TAKE_OBJECT(c);
	return 0;
}

/* 1 when there may be another of the same. */
static int concerns_gather_one(const struct status *s,
	const struct concern_row *row, size_t index, struct concerns *to)
{
	CLEANUP(concerns_telling_done) struct telling t = {.since = 0};
	int more = row->tell ? row->tell(s, index, &t) : index == 0;
	int r = more > 0 ? concerns_add(to, row, &t) : 0;

	return r < 0 ? r : more;
}

/* One whose words are made elsewhere. */
static int concerns_take(void *userdata, const char *identifier,
	const char *sentence, const char *remedy)
{
	struct concerns *to = userdata;
	CLEANUP(concerns_concern_done)
	struct concern c = {.identifier = identifier};
	int r = string_replace(&c.sentence, sentence);

	if (r == 0)
		r = string_replace(&c.remedy, remedy);
	if (r == 0 && to->count < CONCERNS_MAX)
		to->items[to->count++] = TAKE_OBJECT(c);
	return r;
}

int concerns_gather(const struct status *s, struct concerns *ret)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(concern_rows); i++) {
		const struct concern_row *row = &concern_rows[i];

		if (row->holds && !row->holds(s))
			continue;
		r = 1;
		for (size_t n = 0; r > 0; n++)
			r = concerns_gather_one(s, row, n, ret);
	}
	return r < 0 ? r
		     : concerns_identity_gather(s->api, s->now,
			       &(struct concerns_identity_taker){
				       .take = concerns_take,
				       .userdata = ret,
			       });
}
