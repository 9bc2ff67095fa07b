/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of methods of io.certprov.admin: what each takes and replies. The
 * handlers are in the admin-*.c files.
 */
#include "daemon/certprovd/api/api-internal.h"
#include "daemon/certprovd/api/io.certprov.admin.varlink.h"
#include "daemon/certprovd/api/reply-trust.h"

/* What has no handler is still to come. */
static const struct varlink_method methods[] = {
	{
		.name = "ActFor",
		.handle = admin_act_for_on_call,
		.parameters = &admin_act_for_parameters,
	},
	{
		.name = "AddException",
		.handle = admin_exception_on_add,
		.parameters = &admin_exception_parameters,
		.reply = &reply_trust_table,
	},
	{
		.name = "CancelRun",
		.handle = admin_runs_on_cancel,
		.parameters = &admin_runs_id_parameters,
	},
	{
		.name = "Distrust",
		.handle = admin_trust_on_distrust,
		.parameters = &admin_trust_distrust_parameters,
		.reply = &reply_trust_table,
	},
	{
		.name = "FactoryReset",
		.handle = admin_reset_on_call,
		.reply = &reply_trust_table,
	},
	{
		.name = "GetRun",
		.handle = admin_runs_on_get,
		.parameters = &admin_runs_id_parameters,
		.more = true,
	},
	{
		.name = "History",
		.handle = admin_runs_on_history,
		.parameters = &admin_runs_history_parameters,
		.more = true,
	},
	{
		.name = "LiftDistrust",
		.handle = admin_trust_on_lift,
		.parameters = &admin_trust_lift_parameters,
		.reply = &reply_trust_table,
	},
	{.name = "ListDistrusted", .handle = admin_trust_on_list},
	{.name = "ListRuns", .handle = admin_runs_on_list},
	{.name = "ListSettings",
		.handle = admin_settings_on_list,
		.reply = &admin_settings_list_reply},
	{
		.name = "OfferSettingServer",
		.handle = admin_offer_on_offer,
		.parameters = &admin_offer_parameters,
	},
	{
		.name = "Provision",
		.handle = admin_provision_on_call,
		.parameters = &admin_provision_parameters,
		.reply = &admin_provision_reply,
		.takes_fd = true,
	},
	{
		.name = "Remove",
		.handle = admin_remove_on_remove,
		.parameters = &admin_remove_parameters,
		.reply = &reply_trust_table,
	},
	{.name = "ResetClock", .handle = admin_clock_on_reset},
	{
		.name = "SetSetting",
		.handle = admin_settings_on_set,
		.parameters = &admin_settings_set_parameters,
		.reply = &reply_trust_table,
	},
	{
		.name = "Upload",
		.handle = admin_upload_on_upload,
		.parameters = &admin_upload_parameters,
		.reply = &admin_upload_reply_table,
	},
};

const struct varlink_interface admin_interface = {
	.name = ADMIN_INTERFACE,
	.description = varlink_admin_description,
	.methods = methods,
	.n_methods = ARRAY_SIZE(methods),
};
