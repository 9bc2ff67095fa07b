/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands, one for each row of verbs.c: each takes a checked command line,
 * prints everything on the screen and returns the exit status.
 */
#ifndef CERTPROVCTL_COMMANDS_H
#define CERTPROVCTL_COMMANDS_H

#include "daemon/certprovctl/session/session.h"

typedef enum exit_status command(struct session *s);

command command_cancel;
command command_check;
command command_clock;
command command_distrust;
command command_distrusted;
command command_history;
command command_lift;
command command_list;
command command_monitor;
command command_provision;
command command_remove;
command command_report;
command command_rules;
command command_runs;
command command_set;
command command_settings;
command command_show;
command command_status;
command command_trust;
command command_unknown;
command command_upload;
command command_verify;

#endif
