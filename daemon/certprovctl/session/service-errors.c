/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Explains errors of certprovd, and failures to reach it, to the user: a
 * sentence and a remedy for each.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/certprovctl/output/view.h"
#include "daemon/certprovctl/session/service.h"
#include "lib/base/string.h"
#include "lib/varlink/json-fields.h"
#include "lib/verdict/verdict.h"

/* In causes, {name} is that parameter of the error. Without a remedy here, the
 * error's own is printed. */
struct explanation {
	const char *error;
	const char *cause;
	const char *remedy;
};

#define SERVICE "org.varlink.service."
#define TRUST "io.certprov.trust."
#define ADMIN "io.certprov.admin."
#define IDENTITY "io.certprov.identity."
#define OTHER_VERSION                                                          \
	"certprovctl and certprovd may differ in version: compare "            \
	"\"certprovctl --version\" and \"certprovctl status\", restart "       \
	"certprovd after an upgrade."

static const struct explanation explanations[] = {
	{SERVICE "ExpectedMore", "certprovd answers this only as a stream",
		OTHER_VERSION},
	{SERVICE "InterfaceNotFound", "certprovd does not serve {interface}",
		OTHER_VERSION},
	{SERVICE "InvalidParameter", "certprovd does not accept {parameter}",
		"The manual page certprovctl(1) says what each command takes."},
	{SERVICE "MethodNotFound", "certprovd does not know {method}",
		OTHER_VERSION},
	{SERVICE "MethodNotImplemented", "certprovd cannot do {method} yet",
		"The interface has it already; a later version will do it."},
	{SERVICE "PermissionDenied", "you are not permitted to do this",
		"Become root or join the group certprov-admin: usermod -aG "
		"certprov-admin USER, then log in again."},
	{TRUST "InvalidCertificate",
		"certificate {index} cannot be decoded: {result}: {reason}",
		NULL},
	{TRUST "LimitExceeded", "limit exceeded: {limit}, at most {maximum}",
		NULL},
	{TRUST "NoSuchCertificate", "there is no certificate {sha256}",
		"\"certprovctl list\" shows those there are."},
	{ADMIN "InvalidSetting", "{name} cannot be set to this: {reason}",
		"\"certprovctl settings\" shows the current values."},
	{ADMIN "LimitExceeded", "limit exceeded: {limit}, at most {maximum}",
		NULL},
	{ADMIN "NoSettingServer", "no provisioning server is configured",
		"Give a URL or a document, or set one: certprovctl set "
		"setting_server URL"},
	{ADMIN "NoSuchCertificate", "there is no certificate {sha256}",
		"\"certprovctl list\" shows those there are."},
	{ADMIN "NoSuchRun", "there is no run {id}",
		"\"certprovctl runs\" shows those there are."},
	{ADMIN "NoSuchSetting", "there is no setting {name}",
		"\"certprovctl settings\" shows those there are."},
	{ADMIN "RunInProgress", "run {id} is in progress",
		"Wait until it ends, or cancel it: certprovctl cancel"},
	{ADMIN "WouldLockOut",
		"{url} would no longer be trusted: {result}: {reason}",
		"Provision the certificates it needs first, or repeat "
		"with --force."},
	{IDENTITY "LimitExceeded", "limit exceeded: {limit}, at most {maximum}",
		NULL},
	{IDENTITY "NoFormerIdentity",
		"no certificate was ever installed: there is nothing to go "
		"back to",
		"\"certprovctl device show\" shows the certificates of the "
		"phone."},
	{IDENTITY "NotUsable", "refused: {result}: {reason}", NULL},
};

struct socket_error {
	int error;
	const char *cause;
	const char *remedy[SERVICE__END];
};

#define START                                                                  \
	"Start it: systemctl start certprovd. If its sockets are elsewhere: "  \
	"--socket-dir DIR or CERTPROV_RUNTIME_DIR."
#define LOG "Its log says why: journalctl -u certprovd"
#define NO_VARLINK "Does certprovd listen there?"
#define ANY(text)                                                              \
	{                                                                      \
		[SERVICE_TRUST] = (text), [SERVICE_ADMIN] = (text),            \
		[SERVICE_IDENTITY] = (text)                                    \
	}

static const struct socket_error socket_errors[] = {
	{ENOENT, "certprovd is not running: there is no socket", ANY(START)},
	{ENOTDIR, "certprovd is not running: there is no socket", ANY(START)},
	{ECONNREFUSED, "certprovd is not running: nothing listens", ANY(START)},
	{EACCES, "you are not permitted to use the socket",
		{[SERVICE_TRUST] =
				"Usually everybody is: check the permissions of its directory.",
			[SERVICE_ADMIN] =
				"Become root or join the group certprov-admin: usermod "
				"-aG certprov-admin USER, then log in again.",
			[SERVICE_IDENTITY] =
				"Become root or join the group certprov-key: usermod "
				"-aG certprov-key USER, then log in again. A change "
				"takes the group certprov-admin as well, which alone "
				"is not enough."}},
	{ETIMEDOUT, "certprovd did not answer in time",
		ANY("Wait longer with --timeout SECONDS; check it with "
		    "systemctl status certprovd.")},
	{ECONNRESET, "certprovd closed the connection", ANY(LOG)},
	{EPIPE, "certprovd closed the connection", ANY(LOG)},
	{EBADMSG, "the answer is not Varlink", ANY(NO_VARLINK)},
	{EPROTO, "the answer is not Varlink", ANY(NO_VARLINK)},
	{EMSGSIZE, "a message is longer than the protocol allows",
		ANY(NO_VARLINK)},
	{ENAMETOOLONG, "the path of the socket is too long",
		ANY("Give a shorter --socket-dir.")},
};

/* Appends to *text. 0 or -ENOMEM. */
static int service_append(char **text, const char *more, size_t len)
{
	char *longer = NULL;
	int r = string_format(
		&longer, "%s%.*s", *text ? *text : "", (int)len, more);

	if (r < 0)
		return r;
	free(*text);
	*text = longer;
	return 0;
}

static int service_append_parameter(
	char **text, const cJSON *parameters, const char *name, size_t len)
{
	CLEANUP(free) char *member = strndup(name, len);
	CLEANUP(view_cell_done) struct view_cell cell = {0};

	if (!member || view_plain(parameters, member, &cell) < 0)
		return -ENOMEM;
	return cell.text ? service_append(text, cell.text, strlen(cell.text))
			 : service_append(text, "(not given)", 23);
}

/* Replaces the names of parameters in a cause. */
static int service_expand(
	const char *cause, const cJSON *parameters, char **ret)
{
	CLEANUP(free) char *text = NULL;

	while (*cause) {
		size_t plain = strcspn(cause, "{");
		size_t name = 0;
		int r = service_append(&text, cause, plain);

		cause += plain;
		if (r == 0 && *cause == '{') {
			name = strcspn(++cause, "}");
			r = service_append_parameter(
				&text, parameters, cause, name);
			cause += name + 1;
		}
		if (r < 0)
			return r;
	}
	*ret = TAKE_PTR(text);
	return 0;
}

static const struct explanation *service_find(const char *error)
{
	for (size_t i = 0; i < ARRAY_SIZE(explanations); i++)
		if (strcmp(explanations[i].error, error) == 0)
			return &explanations[i];
	return NULL;
}

/* {origin, errno}: io.systemd.System, for a handler that failed. */
static void service_explain_system(
	const struct screen *s, const cJSON *parameters)
{
	int64_t number = view_number(parameters, "errno", 0);

	screen_complainf(s, LOG, "certprovd failed: %s",
		number > 0 && number < 4096 ? strerror((int)number)
					    : "no reason given");
}

/* The certificate has a fault that no exception may overlook: explain it, and
 * what helps instead. */
static void service_explain_not_recoverable(
	const struct screen *s, const cJSON *parameters)
{
	const char *result = view_text(parameters, "result");
	const char *sha256 = view_text(parameters, "sha256");
	CLEANUP(free) char *reason = NULL;
	CLEANUP(free) char *remedy = NULL;
	enum verdict v = VERDICT__END;

	if (result && verdict_find(result, &v) == 0)
		(void)verdict_explain(
			v, &(struct facts){.sha256 = sha256}, &reason, &remedy);
	screen_complainf(s, remedy, "no exception can cure %s of %s%s%s",
		result ? result : "what is wrong",
		sha256 ? sha256 : "the certificate", reason ? ": " : "",
		reason ? reason : "");
}

enum exit_status service_explain_error(
	const struct screen *s, const char *error, const cJSON *parameters)
{
	const struct explanation *e = service_find(error);
	CLEANUP(free) char *text = NULL;

	if (strcmp(error, "io.systemd.System") == 0) {
		service_explain_system(s, parameters);
		return EXIT_REFUSED;
	}
	if (strcmp(error, ADMIN "NotRecoverable") == 0) {
		service_explain_not_recoverable(s, parameters);
		return EXIT_REFUSED;
	}
	if (e && service_expand(e->cause, parameters, &text) == 0) {
		screen_complain(s, text,
			e->remedy ? e->remedy
				  : view_text(parameters, "remedy"));
		return EXIT_REFUSED;
	}
	text = parameters ? cJSON_PrintUnformatted(parameters) : NULL;
	screen_complainf(s, OTHER_VERSION, "certprovd answers %s %s", error,
		text ? text : "");
	return EXIT_REFUSED;
}

enum exit_status service_explain_errno(const struct screen *s,
	enum service service, const char *path, int error)
{
	for (size_t i = 0; i < ARRAY_SIZE(socket_errors); i++) {
		if (socket_errors[i].error != -error)
			continue;
		screen_complainf(s, socket_errors[i].remedy[service], "%s: %s",
			socket_errors[i].cause, path);
		return EXIT_NO_DAEMON;
	}
	screen_complainf(
		s, NULL, "asking certprovd at %s: %s", path, strerror(-error));
	return error == -ENOMEM ? EXIT_TROUBLE : EXIT_NO_DAEMON;
}
