/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/api/api-internal.h"
#include "daemon/certprovd/api/io.certprov.admin.varlink.h"

/* What has no handler is still to come. */
static const struct varlink_method methods[] = {
	{.name = "AddException", .handle = on_add_exception},
	{.name = "CancelRun", .handle = on_cancel_run},
	{.name = "Distrust", .handle = on_distrust},
	{.name = "FactoryReset"},
	{.name = "GetRun", .handle = on_get_run, .more = true},
	{.name = "History", .handle = on_history, .more = true},
	{.name = "LiftDistrust", .handle = on_lift_distrust},
	{.name = "ListDistrusted", .handle = on_list_distrusted},
	{.name = "ListRuns", .handle = on_list_runs},
	{.name = "ListSettings", .handle = on_list_settings},
	{.name = "OfferSettingServer"},
	{.name = "Provision", .handle = on_provision, .takes_fd = true},
	{.name = "Remove", .handle = on_remove},
	{.name = "ResetClock", .handle = on_reset_clock},
	{.name = "SetSetting", .handle = on_set_setting},
	{.name = "Upload", .handle = on_upload},
};

const struct varlink_interface admin_interface = {
	.name = ADMIN_INTERFACE,
	.description = varlink_admin_description,
	.methods = methods,
	.n_methods = ARRAY_SIZE(methods),
};
