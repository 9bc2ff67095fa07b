/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/config.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <ini.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprovd/config-values.h"

#define FIELD(name) .offset = offsetof(struct config, name)
#define KIB ((uint64_t)1024)
#define MIB (1024 * KIB)
#define DAYS ((uint64_t)86400)

/* In the order of their enums. */
static const char *const profiles[] = {"compatible", "strict", NULL};
static const char *const tls_versions[] = {"1.0", "1.1", "1.2", "1.3", NULL};
static const char *const bootstraps[] = {
	"open", "until-authenticated", "pinned", NULL};

static const struct config_key keys[] = {
	{
		.section = "phone",
		.key = "Firmware",
		.value = &config_text,
		FIELD(firmware),
		.doc = "The firmware version the rules are taken for, in "
		       "any spelling the phone uses.",
	},
	{
		.section = "phone",
		.key = "FirmwareFile",
		.value = &config_path,
		FIELD(firmware_file),
		.doc = "A file whose first line is the firmware version; "
		       "read at start and at reload.",
	},
	{
		.section = "phone",
		.key = "PhoneType",
		.value = &config_text,
		FIELD(phone_type),
		.doc = "The model, for {phone_type} in URLs and the "
		       "User-Agent.",
	},
	{
		.section = "phone",
		.key = "Mac",
		.value = &config_mac,
		FIELD(mac),
		.doc = "The MAC address, for {mac} in URLs and the "
		       "User-Agent.",
	},
	{
		.section = "phone",
		.key = "MacInterface",
		.value = &config_interface,
		FIELD(mac_interface),
		.doc = "Take the MAC address of this network interface.",
	},
	{
		.section = "trust",
		.key = "Profile",
		.value = &config_choice,
		FIELD(profile),
		.preset = "compatible",
		.choices = profiles,
		.doc = "How strictly peers are verified.",
	},
	{
		.section = "trust",
		.key = "Authorities",
		.value = &config_path,
		FIELD(authorities),
		.preset = "/etc/ssl/certs/ca-certificates.crt",
		.doc = "The firmware's CA certificates: a PEM or DER "
		       "file, or a directory of such.",
	},
	{
		.section = "trust",
		.key = "SipStrict",
		.value = &config_boolean,
		FIELD(sip_strict),
		.preset = "no",
		.doc = "SIP identities by RFC 5922 section 7.2: no "
		       "wildcards.",
	},
	{
		.section = "provisioning",
		.key = "Url",
		.value = &config_url,
		FIELD(url),
		.doc = "Where to provision from, unless the setting "
		       "setting_server says so.",
	},
	{
		.section = "provisioning",
		.key = "RefreshInterval",
		.value = &config_duration,
		FIELD(refresh_interval),
		.preset = "1d",
		.min = 0,
		.max = 365 * DAYS,
		.doc = "Time between runs; 0 for none.",
	},
	{
		.section = "provisioning",
		.key = "AtStart",
		.value = &config_boolean,
		FIELD(at_start),
		.preset = "yes",
		.doc = "Whether the daemon provisions when it starts.",
	},
	{
		.section = "provisioning",
		.key = "AllowLocal",
		.value = &config_boolean,
		FIELD(allow_local),
		.preset = "no",
		.doc = "Whether documents may link to loopback, "
		       "link-local and the phone's own addresses.",
	},
	{
		.section = "provisioning",
		.key = "Proxy",
		.value = &config_url,
		FIELD(proxy),
		.doc = "The HTTP proxy of all transfers; the "
		       "environment's are ignored.",
	},
	{
		.section = "provisioning",
		.key = "TlsMinimum",
		.value = &config_choice,
		FIELD(tls_minimum),
		.preset = "1.2",
		.choices = tls_versions,
		.doc = "The lowest TLS version of transfers.",
	},
	{
		.section = "provisioning",
		.key = "MacInUserAgent",
		.value = &config_boolean,
		FIELD(mac_in_user_agent),
		.preset = "yes",
		.doc = "Whether the User-Agent ends with the MAC address, "
		       "as the phone's own does.",
	},
	{
		.section = "provisioning",
		.key = "Documents",
		.value = &config_number,
		FIELD(documents),
		.preset = "256",
		.min = 1,
		.max = 4096,
		.doc = "How many documents a run reads.",
	},
	{
		.section = "provisioning",
		.key = "Depth",
		.value = &config_number,
		FIELD(depth),
		.preset = "8",
		.min = 1,
		.max = 64,
		.doc = "How many links lead from the first document to "
		       "the last.",
	},
	{
		.section = "provisioning",
		.key = "DocumentBytes",
		.value = &config_size,
		FIELD(document_bytes),
		.preset = "32M",
		.min = 1 * KIB,
		.max = 1024 * MIB,
		.doc = "How long a document may be.",
	},
	{
		.section = "provisioning",
		.key = "Certificates",
		.value = &config_number,
		FIELD(certificates),
		.preset = "20000",
		.min = 1,
		.max = 100000,
		.doc = "How many certificates a run is offered.",
	},
	{
		.section = "provisioning",
		.key = "TimeLimit",
		.value = &config_duration,
		FIELD(time_limit),
		.preset = "10min",
		.min = 1,
		.max = 840,
		.doc = "How long a run may take.",
	},
	{
		.section = "provisioning",
		.key = "Parallel",
		.value = &config_number,
		FIELD(parallel),
		.preset = "8",
		.min = 1,
		.max = 32,
		.doc = "How many certificates are downloaded at a time.",
	},
	{
		.section = "provisioning",
		.key = "PerHost",
		.value = &config_number,
		FIELD(per_host),
		.preset = "2",
		.min = 1,
		.max = 32,
		.doc = "How many of them from one host.",
	},
	{
		.section = "provisioning",
		.key = "Retries",
		.value = &config_number,
		FIELD(retries),
		.preset = "3",
		.min = 1,
		.max = 10,
		.doc = "How often a download is tried when the error may "
		       "pass.",
	},
	{
		.section = "fetch",
		.key = "Socket",
		.value = &config_path,
		FIELD(fetch_socket),
		.preset = "/run/certprov/fetch",
		.doc = "Where certprov-fetch listens.",
	},
	{
		.section = "fetch",
		.key = "User",
		.value = &config_user,
		FIELD(fetch_user),
		.preset = "certprov-fetch",
		.doc = "Whom the daemon takes for a fetcher, besides root "
		       "and itself.",
	},
	{
		.section = "store",
		.key = "StateDirectory",
		.value = &config_path,
		FIELD(state_directory),
		.preset = "/var/lib/certprov",
		.doc = "Where the trust database, its backups and the "
		       "distrusted file are.",
	},
	{
		.section = "store",
		.key = "RuntimeDirectory",
		.value = &config_path,
		FIELD(runtime_directory),
		.preset = "/run/certprov",
		.doc = "Where sockets, exports and the copy of a "
		       "read-only database are.",
	},
	{
		.section = "store",
		.key = "Servers",
		.value = &config_number,
		FIELD(servers),
		.preset = "4096",
		.min = 1,
		.max = 10000,
		.doc = "How many server certificates are kept.",
	},
	{
		.section = "store",
		.key = "Unknown",
		.value = &config_number,
		FIELD(unknown),
		.preset = "200",
		.min = 1,
		.max = 10000,
		.doc = "How many unknown certificates are kept; the least "
		       "recently seen goes first.",
	},
	{
		.section = "store",
		.key = "Distrusted",
		.value = &config_number,
		FIELD(distrusted),
		.preset = "1024",
		.min = 1,
		.max = 1024,
		.doc = "How many certificates and keys can be distrusted.",
	},
	{
		.section = "server",
		.key = "Connections",
		.value = &config_number,
		FIELD(connections),
		.preset = "512",
		.min = 32,
		.max = 4096,
		.doc = "How many connections are open on all sockets.",
	},
	{
		.section = "server",
		.key = "ConnectionsPerUid",
		.value = &config_number,
		FIELD(connections_per_uid),
		.preset = "64",
		.min = 1,
		.max = 4096,
		.doc = "How many of them one user has.",
	},
	{
		.section = "server",
		.key = "ConnectionsOfRoot",
		.value = &config_number,
		FIELD(connections_of_root),
		.preset = "256",
		.min = 1,
		.max = 4096,
		.doc = "How many root has.",
	},
	{
		.section = "server",
		.key = "ConnectionsForAdmin",
		.value = &config_number,
		FIELD(connections_for_admin),
		.preset = "16",
		.min = 1,
		.max = 256,
		.doc = "How many are kept free for the admin socket.",
	},
	{
		.section = "server",
		.key = "MessageBytes",
		.value = &config_size,
		FIELD(message_bytes),
		.preset = "256K",
		.min = 4 * KIB,
		.max = 16 * MIB,
		.doc = "How long a message may be.",
	},
	{
		.section = "server",
		.key = "ChainCertificates",
		.value = &config_number,
		FIELD(chain_certificates),
		.preset = "16",
		.min = 1,
		.max = 64,
		.doc = "How many certificates a chain may have.",
	},
	{
		.section = "server",
		.key = "ChainBytes",
		.value = &config_size,
		FIELD(chain_bytes),
		.preset = "128K",
		.min = 4 * KIB,
		.max = 4 * MIB,
		.doc = "How many bytes of DER a chain may have.",
	},
	{
		.section = "server",
		.key = "InlineDocumentBytes",
		.value = &config_size,
		FIELD(inline_document_bytes),
		.preset = "128K",
		.min = 1 * KIB,
		.max = 8 * MIB,
		.doc = "How long a document inside a message may be; "
		       "longer ones come as a descriptor.",
	},
	{
		.section = "server",
		.key = "InFlight",
		.value = &config_number,
		FIELD(in_flight),
		.preset = "8",
		.min = 1,
		.max = 64,
		.doc = "How many requests of one connection wait.",
	},
	{
		.section = "server",
		.key = "BacklogBytes",
		.value = &config_size,
		FIELD(backlog_bytes),
		.preset = "1M",
		.min = 64 * KIB,
		.max = 64 * MIB,
		.doc = "How much a slow reader may leave unread before it "
		       "is dropped.",
	},
	{
		.section = "bootstrap",
		.key = "Bootstrap",
		.value = &config_choice,
		FIELD(bootstrap),
		.preset = "open",
		.choices = bootstraps,
		.doc = "What a source that is not authenticated may "
		       "change.",
	},
	{
		.section = "bootstrap",
		.key = "Sha256",
		.value = &config_pins,
		FIELD(pins),
		.doc = "Fingerprints of certificates that may become "
		       "trusted with Bootstrap=pinned.",
	},
};

/* One file being read. */
struct reading {
	struct config *config;
	struct config_report *report;
	FILE *file;
	const char *path;
	int line;
	bool continued; /* the line goes on with the value of the last key */
	int error;      /* out of memory */
};

const char *config_tls_name(unsigned tls)
{
	assert(tls < ARRAY_SIZE(tls_versions) - 1);
	return tls_versions[tls];
}

void config_done(struct config *c)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (keys[i].value->done)
			keys[i].value->done((char *)c + keys[i].offset);
	*c = (struct config){0};
}

static void problems_done(struct config_problem *problems, size_t count)
{
	for (size_t i = 0; i < count && i < CONFIG_MAX_PROBLEMS; i++) {
		free(problems[i].file);
		free(problems[i].text);
	}
}

void config_report_done(struct config_report *r)
{
	problems_done(r->warnings, r->warning_count);
	problems_done(r->errors, r->error_count);
	*r = (struct config_report){0};
}

/* Takes text; without it, memory was out. */
static void add_problem(struct reading *r, bool error, char *text)
{
	struct config_report *report = r->report;
	struct config_problem *list = error ? report->errors : report->warnings;
	size_t *count = error ? &report->error_count : &report->warning_count;
	char *file = text ? strdup(r->path) : NULL;

	if (!file || *count >= CONFIG_MAX_PROBLEMS) {
		r->error = file ? r->error : -ENOMEM;
		*count += file ? 1 : 0;
		free(file);
		free(text);
		return;
	}
	list[(*count)++] = (struct config_problem){
		.file = file, .line = r->line, .text = text};
}

static void say(struct reading *r, bool error, const char *text)
{
	add_problem(r, error, strdup(text));
}

static const struct config_key *find_key(const char *section, const char *key)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (strcmp(keys[i].section, section) == 0 &&
			strcmp(keys[i].key, key) == 0)
			return &keys[i];
	return NULL;
}

static void refuse_value(
	struct reading *r, const struct config_key *key, const char *value)
{
	CLEANUP(free) char *allowed = NULL;
	char *text = NULL;

	if (config_value_allowed(key, &allowed) < 0 ||
		format_string(&text, "[%s] %s=%s is not allowed, only %s",
			key->section, key->key, value, allowed) < 0)
		text = NULL;
	add_problem(r, true, text);
}

static void unknown_key(
	struct reading *r, const char *section, const char *name)
{
	char *text = NULL;

	if (format_string(&text, "there is no key %s in [%s]; it is ignored",
		    name, section) < 0)
		text = NULL;
	add_problem(r, false, text);
}

static int on_key(void *userdata, const char *section, const char *name,
	const char *value)
{
	struct reading *r = userdata;
	const struct config_key *key = find_key(section, name);
	int result = 0;

	if (!key) {
		unknown_key(r, section, name);
		return 1;
	}
	if (r->continued && !key->value->grows) {
		say(r, true,
			"a line that begins with a blank goes on with "
			"the value above, and that one is no list");
		return 1;
	}
	result = key->value->parse(key, value, (char *)r->config + key->offset);
	if (result == -EINVAL)
		refuse_value(r, key, value);
	else if (result < 0)
		r->error = result;
	return 1;
}

/* fgets for inih that counts lines, which inih keeps to itself, and sees to
 * it that none is cut: a cut value would be a wrong one. */
static char *read_line(char *ret, int size, void *userdata)
{
	struct reading *r = userdata;
	size_t len = 0;
	int c = 0;

	if (!fgets(ret, size, r->file))
		return NULL;
	r->line++;
	r->continued = *ret == ' ' || *ret == '\t';
	len = strlen(ret);
	if ((len > 0 && ret[len - 1] == '\n') || feof(r->file))
		return ret;

	say(r, true,
		"the line is longer than 198 characters, "
		"or has a zero byte in it");
	while (c != '\n' && c != EOF)
		c = fgetc(r->file);
	(void)snprintf(ret, (size_t)size, "\n");
	return ret;
}

/* A missing file is fine unless it must be there. */
static int read_one(struct reading *r, const char *path)
{
	r->path = path;
	r->line = 0;
	r->file = fopen(path, "re");
	if (!r->file && errno == ENOENT)
		return 0;
	if (!r->file) {
		char *text = NULL;

		if (format_string(
			    &text, "cannot be read: %s", strerror(errno)) < 0)
			text = NULL;
		add_problem(r, true, text);
		return r->error;
	}
	r->line = ini_parse_stream(read_line, r, on_key, r);
	if (ferror(r->file))
		say(r, true, "cannot be read");
	else if (r->line > 0)
		say(r, true, "neither [section] nor Key=value nor a comment");
	(void)fclose(r->file);
	return r->error;
}

static int is_drop_in(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return entry->d_name[0] != '.' && len > strlen(".conf") &&
		strcmp(entry->d_name + len - strlen(".conf"), ".conf") == 0;
}

static int read_drop_in(
	struct reading *r, const char *directory, const char *name)
{
	CLEANUP(free) char *path = NULL;
	int result = format_string(&path, "%s/%s", directory, name);

	return result < 0 ? result : read_one(r, path);
}

static int read_drop_ins(struct reading *r, const char *directory)
{
	struct dirent **entries = NULL;
	int count = scandir(directory, &entries, is_drop_in, alphasort);
	int result = 0;

	if (count < 0)
		return errno == ENOENT ? 0 : -errno;
	for (int i = 0; i < count; i++) {
		if (result == 0 && i < CONFIG_MAX_FILES)
			result = read_drop_in(r, directory, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	r->path = directory;
	r->line = 0;
	if (count > CONFIG_MAX_FILES)
		say(r, true, "more than 64 files");
	return result;
}

static int set_presets(struct config *c)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		int r = 0;

		if (keys[i].preset)
			r = keys[i].value->parse(&keys[i], keys[i].preset,
				(char *)c + keys[i].offset);
		assert(r != -EINVAL);
		if (r < 0)
			return r;
	}
	return 0;
}

/* What is allowed alone but not together. */
static void check_together(struct reading *r, const char *path)
{
	r->path = path;
	r->line = 0;
	if (r->config->firmware && r->config->firmware_file)
		say(r, false, "Firmware= counts, FirmwareFile= is ignored");
	if (r->config->mac && r->config->mac_interface)
		say(r, false, "Mac= counts, MacInterface= is ignored");
	if (!r->config->state_directory || !r->config->runtime_directory)
		say(r, true,
			"StateDirectory= and RuntimeDirectory= "
			"cannot be empty");
	if (!r->config->fetch_socket)
		say(r, true, "[fetch] Socket= cannot be empty");
}

int config_load(
	const char *path, struct config *ret, struct config_report *report)
{
	CLEANUP(config_done) struct config config = {0};
	CLEANUP(free) char *directory = NULL;
	struct reading r = {.config = &config, .report = report};
	int result = 0;

	result = format_string(&directory, "%s.d", path);
	if (result == 0)
		result = set_presets(&config);
	if (result == 0)
		result = read_one(&r, path);
	if (result == 0)
		result = read_drop_ins(&r, directory);
	if (result < 0)
		return result;
	check_together(&r, path);
	if (r.error < 0)
		return r.error;
	if (report->error_count > 0)
		return -EINVAL;

	*ret = config;
	config = (struct config){0};
	return 0;
}

void config_print_keys(FILE *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		CLEANUP(free) char *allowed = NULL;

		if (config_value_allowed(&keys[i], &allowed) < 0)
			return;
		(void)fprintf(out, "%s\t%s\t%s\t%s\t%s\n", keys[i].section,
			keys[i].key, keys[i].preset ? keys[i].preset : "",
			allowed, keys[i].doc);
	}
}
