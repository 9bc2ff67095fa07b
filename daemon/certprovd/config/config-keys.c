/* SPDX-License-Identifier: Apache-2.0 */
/* Every key there is, and what the man page says of it. */
#include "daemon/certprovd/config/config-values.h"

#include "daemon/certprovd/config/config.h"

#define FIELD(name) .offset = offsetof(struct config, name)
#define KIB ((uint64_t)1024)
#define MIB (1024 * KIB)
#define DAYS ((uint64_t)86400)

/* In the order of their enums. */
static const char *const profiles[] = {"compatible", "strict", NULL};
const char *const config_tls_names[] = {"1.0", "1.1", "1.2", "1.3", NULL};
static const char *const bootstraps[] = {
	"open", "until-authenticated", "pinned", NULL};

const struct config_key config_keys[] = {
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
		.section = "trust",
		.key = "RsaMaxBits",
		.value = &config_number,
		FIELD(rsa_max_bits),
		.preset = "4096",
		.min = 2048,
		.max = 16384,
		.doc = "How long an RSA key of a peer or a candidate may "
		       "be; signatures by longer ones take longer to verify.",
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
		.value = &config_proxy,
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
		.choices = config_tls_names,
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
		.doc = "Where the sockets are and, in the directory daemon, "
		       "exports and the copy of a read-only database.",
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
		.key = "WorkPerSecond",
		.value = &config_number,
		FIELD(work_per_second),
		.preset = "100000",
		.min = 1000,
		.max = 1000000000,
		.doc = "How much work one user may ask for in a second; "
		       "1000 is a good chain seen for the first time.",
	},
	{
		.section = "server",
		.key = "WorkAtOnce",
		.value = &config_number,
		FIELD(work_at_once),
		.preset = "1000000",
		.min = 1000,
		.max = 1000000000,
		.doc = "How much of it at once, after a rest.",
	},
	{
		.section = "server",
		.key = "RejectionsPerMinute",
		.value = &config_number,
		FIELD(rejections_per_minute),
		.preset = "20",
		.min = 1,
		.max = 6000,
		.doc = "How many certificates one user may bring into the "
		       "list of unknown ones, at once and in a minute.",
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
		.section = "export",
		.key = "ReloadUnits",
		.value = &config_units,
		FIELD(reload_units),
		.doc = "Units that are reloaded when the exported files "
		       "change, or restarted if they cannot be.",
	},
	{
		.section = "export",
		.key = "RestartUnits",
		.value = &config_units,
		FIELD(restart_units),
		.doc = "Units that are restarted when they change, since "
		       "they read files once.",
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

const size_t config_key_count = ARRAY_SIZE(config_keys);
