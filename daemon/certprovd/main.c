/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "daemon/certprovd/config/config.h"
#include "daemon/certprovd/daemon.h"
#include "daemon/certprovd/sys/log.h"
#include "lib/phone/settings-table.h"

#define CONFIG_PATH CERTPROV_SYSCONFDIR "/certprov/certprovd.conf"

/* As systemd shows them: EX_CONFIG, "in use", and a database that only a newer
 * version can read. The unit does not restart after the first and the last,
 * which do not go away by themselves. */
#define EXIT_CONFIG EX_CONFIG
#define EXIT_BUSY EX_TEMPFAIL
#define EXIT_NEWER EX_DATAERR

static const struct option options[] = {
	{"config", required_argument, NULL, 'c'},
	{"check-config", no_argument, NULL, 'C'},
	{"print-config-keys", no_argument, NULL, 'K'},
	{"print-settings", no_argument, NULL, 'S'},
	{"print-units", no_argument, NULL, 'U'},
	{"verbose", no_argument, NULL, 'v'},
	{"version", no_argument, NULL, 'V'},
	{"help", no_argument, NULL, 'h'},
	{0},
};

static const char help[] =
	"Usage: certprovd [OPTION]...\n"
	"The trust daemon of the phone: provisions certificates, keeps the\n"
	"accepted ones, answers whom to trust. See certprovd(8).\n"
	"\n"
	"  -c, --config FILE        configuration (" CONFIG_PATH ")\n"
	"      --check-config       check the configuration and exit\n"
	"      --print-config-keys  list what can be configured and exit\n"
	"      --print-settings     list the phone settings it acts on and exit\n"
	"      --print-units        list the units to tell of exports and exit\n"
	"  -v, --verbose            say more on standard error\n"
	"      --version            print the version and exit\n"
	"  -h, --help               print this and exit\n";

/* A line each: name, firmware, values, default, what it does. */
static int certprovd_print_settings(void)
{
	for (enum setting_id id = 0; id < SETTING__END; id++) {
		char firmware[SETTING_FIRMWARE_SIZE];
		char fallback[SETTING_DEFAULT_SIZE];

		(void)printf("%s\t%s\t%s\t%s\t%s\t%s\n", setting_get(id)->name,
			setting_firmware_text(id, firmware),
			setting_get(id)->syntax,
			setting_default_text(id, fallback),
			setting_get(id)->trust ? "yes" : "no",
			setting_get(id)->doc);
	}
	return EXIT_SUCCESS;
}

/* Exit status of --check-config and --print-units: what is wrong is on
 * standard error. */
static int certprovd_check_config(const char *path, bool print_units)
{
	CLEANUP(config_report_done) struct config_report report = {0};
	CLEANUP(config_done) struct config config = {0};
	int r = config_load(path, &config, &report);

	for (size_t i = 0; i < report.warning_count && i < CONFIG_MAX_PROBLEMS;
		i++)
		(void)fprintf(stderr, "%s:%d: warning: %s\n",
			report.warnings[i].file, report.warnings[i].line,
			report.warnings[i].text);
	for (size_t i = 0; i < report.error_count && i < CONFIG_MAX_PROBLEMS;
		i++)
		(void)fprintf(stderr, "%s:%d: %s\n", report.errors[i].file,
			report.errors[i].line, report.errors[i].text);
	if (r < 0 && report.error_count == 0)
		(void)fprintf(stderr, "%s: %s\n", path, strerror(-r));
	if (r == 0 && print_units)
		config_print_units(&config, stdout);
	return r < 0 ? EXIT_CONFIG : EXIT_SUCCESS;
}

static int certprovd_serve(const char *path)
{
	CLEANUP(daemon_free) struct daemon *d = NULL;
	int r = 0;

	log_open();
	r = daemon_new(path, &d);
	if (r == -EINVAL)
		return EXIT_CONFIG;
	if (r == -EBUSY || r == -EADDRINUSE)
		return EXIT_BUSY;
	if (r == -EMEDIUMTYPE)
		return EXIT_NEWER;
	if (r < 0)
		return EXIT_FAILURE;
	r = daemon_run(d);
	d = daemon_free(d);
	log_event(LOG_STOPPED, LOG_NO_FIELDS, "certprovd stopped");
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int certprovd_say(const char *text)
{
	return fputs(text, stdout) < 0 || fflush(stdout) != 0 ? EXIT_FAILURE
							      : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	const char *path = CONFIG_PATH;
	bool check = false;
	bool units = false;
	int option = 0;

	while ((option = getopt_long(argc, argv, "c:vh", options, NULL)) >= 0) {
		switch (option) {
		case 'c':
			path = optarg;
			break;
		case 'C':
		case 'U':
			check = true;
			units = units || option == 'U';
			break;
		case 'K':
			config_print_keys(stdout);
			return EXIT_SUCCESS;
		case 'S':
			return certprovd_print_settings();
		case 'v':
			log_set_level(LOG_DEBUG);
			break;
		case 'V':
			return certprovd_say(
				"certprovd " CERTPROV_VERSION "\n");
		case 'h':
			return certprovd_say(help);
		default:
			return EX_USAGE;
		}
	}
	if (optind < argc) {
		(void)fprintf(stderr, "certprovd: unexpected argument: %s\n",
			argv[optind]);
		return EX_USAGE;
	}
	return check ? certprovd_check_config(path, units)
		     : certprovd_serve(path);
}
