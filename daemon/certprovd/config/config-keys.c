/* SPDX-License-Identifier: Apache-2.0 */
/* Every key: section, name, kind, where it goes, default, least and largest
 * number, what it is for, and the choices of a choice. */
#include "daemon/certprovd/config/config-values.h"

#include "daemon/certprovd/config/config.h"
#include "lib/net/tls-offer.h"

#define FIELD(name) .offset = offsetof(struct config, name)
#define KIB ((uint64_t)1024)
#define MIB (1024 * KIB)
#define DAYS ((uint64_t)86400)

/* In the order of their enums. */
static const char *const profiles[] = {"compatible", "strict", NULL};
static const char *const bootstraps[] = {
	"open", "until-authenticated", "pinned", NULL};

/* One line a key. clang-format would break each into four. */
/* clang-format off */
const struct config_key config_keys[] = {
	{"phone", "Firmware", &config_text, FIELD(firmware), NULL, 0, 0, "The firmware version the rules are taken for, in any spelling the phone uses."},
	{"phone", "FirmwareFile", &config_path, FIELD(firmware_file), NULL, 0, 0, "A file whose first line is the firmware version; read at start and at reload."},
	{"phone", "PhoneType", &config_text, FIELD(phone_type), NULL, 0, 0, "The model, for {phone_type} in URLs and the User-Agent."},
	{"phone", "Mac", &config_mac, FIELD(mac), NULL, 0, 0, "The MAC address, for {mac} in URLs and the User-Agent."},
	{"phone", "MacInterface", &config_interface, FIELD(mac_interface), NULL, 0, 0, "Take the MAC address of this network interface."},
	{"trust", "Profile", &config_choice, FIELD(profile), "compatible", 0, 0, "How strictly peers are verified.", profiles},
	{"trust", "Authorities", &config_path, FIELD(authorities), "/etc/ssl/certs/ca-certificates.crt", 0, 0, "The firmware's CA certificates: a PEM or DER file, or a directory of such."},
	{"trust", "SipStrict", &config_boolean, FIELD(sip_strict), "no", 0, 0, "SIP identities by RFC 5922 section 7.2: no wildcards."},
	{"trust", "RsaMaxBits", &config_number, FIELD(rsa_max_bits), "4096", 2048, 16384, "How long an RSA key of a peer or a candidate may be; signatures by longer ones take longer to verify."},
	{"tls", "MinimumVersion", &config_choice, FIELD(tls_minimum), "1.2", 0, 0, "The lowest TLS version of transfers, and what other clients are told.", tls_minimum_names},
	{"tls", "Ciphers", &config_ciphers, FIELD(tls_ciphers), TLS_CIPHERS_DEFAULT, 0, 0, "The cipher suites up to TLS 1.2, in OpenSSL's words."},
	{"tls", "CipherSuites", &config_suites, FIELD(tls_suites), TLS_SUITES_DEFAULT, 0, 0, "The cipher suites of TLS 1.3."},
	{"identity", "Sha1Certificate", &config_credential, FIELD(sha1_certificate), NULL, 0, 0, "The built-in certificate that is signed with SHA-1: PEM, with its chain."},
	{"identity", "Sha1Key", &config_credential, FIELD(sha1_key), NULL, 0, 0, "Its private key in PEM, if that is not in the same file."},
	{"identity", "Sha2Certificate", &config_credential, FIELD(sha2_certificate), NULL, 0, 0, "The built-in certificate that is signed with SHA-2: PEM, with its chain."},
	{"identity", "Sha2Key", &config_credential, FIELD(sha2_key), NULL, 0, 0, "Its private key in PEM, if that is not in the same file."},
	{"identity", "DeviceAuthorities", &config_path, FIELD(device_authorities), NULL, 0, 0, "The CAs that issue built-in certificates, in PEM; others are told, and not installed."},
	{"identity", "HandOutKeyTo", &config_groups, FIELD(hand_out_key_to), NULL, 0, 0, "Groups whose members may hold the private key itself; others have it sign."},
	{"provisioning", "Url", &config_url, FIELD(url), NULL, 0, 0, "Where to provision from, unless the setting setting_server says so."},
	{"provisioning", "Redirection", &config_url, FIELD(redirection), NULL, 0, 0, "The redirection service to ask while there is neither setting_server nor Url=."},
	{"provisioning", "RefreshInterval", &config_duration, FIELD(refresh_interval), "1d", 0, 365 * DAYS, "Time between runs; 0 for none."},
	{"provisioning", "AtStart", &config_boolean, FIELD(at_start), "yes", 0, 0, "Whether the daemon provisions when it starts."},
	{"provisioning", "WithdrawMissing", &config_boolean, FIELD(withdraw_missing), "no", 0, 0, "Whether a complete authenticated run removes the certificates that its files no longer have; never the last that verifies the provisioning server."},
	{"provisioning", "AllowLocal", &config_boolean, FIELD(allow_local), "no", 0, 0, "Whether documents may link to loopback, link-local and the phone's own addresses."},
	{"provisioning", "Proxy", &config_proxy, FIELD(proxy), NULL, 0, 0, "The HTTP proxy of all transfers; the environment's are ignored."},
	{"provisioning", "MacInUserAgent", &config_boolean, FIELD(mac_in_user_agent), "yes", 0, 0, "Whether the User-Agent ends with the MAC address, as the phone's own does."},
	{"provisioning", "Documents", &config_number, FIELD(documents), "256", 1, 4096, "How many documents a run reads."},
	{"provisioning", "Depth", &config_number, FIELD(depth), "8", 1, 64, "How many links lead from the first document to the last."},
	{"provisioning", "DocumentBytes", &config_size, FIELD(document_bytes), "32M", 1 * KIB, 1024 * MIB, "How long a document may be."},
	{"provisioning", "Certificates", &config_number, FIELD(certificates), "20000", 1, 100000, "How many certificates a run is offered."},
	{"provisioning", "TimeLimit", &config_duration, FIELD(time_limit), "10min", 1, 840, "How long a run may take."},
	{"provisioning", "Parallel", &config_number, FIELD(parallel), "8", 1, 32, "How many certificates are downloaded at a time."},
	{"provisioning", "PerHost", &config_number, FIELD(per_host), "2", 1, 32, "How many of them from one host."},
	{"provisioning", "Retries", &config_number, FIELD(retries), "3", 1, 10, "How often a download is tried when the error may pass."},
	{"fetch", "Socket", &config_path, FIELD(fetch_socket), "/run/certprov/fetch", 0, 0, "Where certprov-fetch listens."},
	{"fetch", "User", &config_user, FIELD(fetch_user), "certprov-fetch", 0, 0, "Whom the daemon takes for a fetcher, besides root and itself."},
	{"store", "StateDirectory", &config_path, FIELD(state_directory), "/var/lib/certprov", 0, 0, "Where the trust database, its backups and the distrusted file are."},
	{"store", "RuntimeDirectory", &config_path, FIELD(runtime_directory), "/run/certprov", 0, 0, "Where the sockets are and, in the directory daemon, exports and the copy of a read-only database."},
	{"store", "Servers", &config_number, FIELD(servers), "4096", 1, 10000, "How many server certificates are kept."},
	{"store", "Unknown", &config_number, FIELD(unknown), "200", 1, 10000, "How many unknown certificates are kept; the least recently seen goes first."},
	{"store", "Distrusted", &config_number, FIELD(distrusted), "1024", 1, 1024, "How many certificates and keys can be distrusted."},
	{"server", "Connections", &config_number, FIELD(connections), "512", 32, 4096, "How many connections are open on all sockets."},
	{"server", "ConnectionsPerUid", &config_number, FIELD(connections_per_uid), "64", 1, 4096, "How many of them one user has."},
	{"server", "ConnectionsOfRoot", &config_number, FIELD(connections_of_root), "256", 1, 4096, "How many root has."},
	{"server", "ConnectionsForAdmin", &config_number, FIELD(connections_for_admin), "16", 1, 256, "How many are kept free for the admin socket."},
	{"server", "MessageBytes", &config_size, FIELD(message_bytes), "256K", 4 * KIB, 16 * MIB, "How long a message may be."},
	{"server", "WorkPerSecond", &config_number, FIELD(work_per_second), "100000", 1000, 1000000000, "How much work one user may ask for in a second; 1000 is a good chain seen for the first time."},
	{"server", "WorkAtOnce", &config_number, FIELD(work_at_once), "1000000", 1000, 1000000000, "How much of it at once, after a rest."},
	{"server", "RejectionsPerMinute", &config_number, FIELD(rejections_per_minute), "20", 1, 6000, "How many certificates one user may bring into the list of unknown ones, at once and in a minute."},
	{"server", "InlineDocumentBytes", &config_size, FIELD(inline_document_bytes), "128K", 1 * KIB, 8 * MIB, "How long a document inside a message may be; longer ones come as a descriptor."},
	{"export", "ReloadUnits", &config_units, FIELD(reload_units), NULL, 0, 0, "Units that are reloaded when the exported files change, or restarted if they cannot be."},
	{"export", "RestartUnits", &config_units, FIELD(restart_units), NULL, 0, 0, "Units that are restarted when they change, since they read files once."},
	{"bootstrap", "Bootstrap", &config_choice, FIELD(bootstrap), "open", 0, 0, "What a source that is not authenticated may change.", bootstraps},
	{"bootstrap", "Sha256", &config_pins, FIELD(pins), NULL, 0, 0, "Fingerprints of certificates that may become trusted with Bootstrap=pinned."},
};
/* clang-format on */

const size_t config_key_count = ARRAY_SIZE(config_keys);
