/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprov-web/calls/call-table.h"

#include <string.h>

#include "lib/base/macros.h"

#define TRUST(method) "io.certprov.trust." method, CALL_TRUST
#define ADMIN(method) "io.certprov.admin." method, CALL_ADMIN
#define IDENTITY(method) "io.certprov.identity." method, CALL_IDENTITY
#define SOON CALL_REPLY_MS
#define RUN CALL_RUN_MS
#define EVER 0

/*
 * Verify and VerifyDigest record what they refuse, and count. There is no row
 * for what only programs of the phone have a use for (Snapshot, ChangeCounter,
 * ReportRejection; OfferSettingServer, which no history would have), for
 * signing and private keys (Sign, GetKey), for who the phone is (CreateRequest,
 * Install, Rollback), nor for ActFor, which the page itself calls first.
 */
static const struct call_row call_table[] = {
	{TRUST("Verify"), ACCESS_CHANGE, CALL_ONE, SOON},
	{TRUST("VerifyDigest"), ACCESS_CHANGE, CALL_ONE, SOON},
	{TRUST("Explain"), ACCESS_LOOK, CALL_ONE, SOON},
	{TRUST("ListCertificates"), ACCESS_LOOK, CALL_STREAM, SOON},
	{TRUST("ListEndings"), ACCESS_LOOK, CALL_STREAM, SOON},
	{TRUST("Counters"), ACCESS_LOOK, CALL_ONE, SOON},
	{TRUST("Get"), ACCESS_LOOK, CALL_ONE, SOON},
	{TRUST("Monitor"), ACCESS_LOOK, CALL_STATE, EVER},
	{TRUST("MonitorRejections"), ACCESS_LOOK, CALL_EVENTS, EVER},
	{TRUST("Status"), ACCESS_LOOK, CALL_ONE, SOON},
	{TRUST("Rules"), ACCESS_LOOK, CALL_ONE, SOON},
	{ADMIN("Provision"), ACCESS_CHANGE, CALL_EITHER, RUN},
	{ADMIN("CancelRun"), ACCESS_CHANGE, CALL_ONE, SOON},
	{ADMIN("ListRuns"), ACCESS_LOOK, CALL_ONE, SOON},
	{ADMIN("GetRun"), ACCESS_LOOK, CALL_STREAM, SOON},
	{ADMIN("Upload"), ACCESS_CHANGE, CALL_ONE, SOON},
	{ADMIN("AddException"), ACCESS_CHANGE, CALL_ONE, SOON},
	{ADMIN("Remove"), ACCESS_CHANGE, CALL_ONE, SOON},
	{ADMIN("Distrust"), ACCESS_CHANGE, CALL_ONE, SOON},
	{ADMIN("LiftDistrust"), ACCESS_CHANGE, CALL_ONE, SOON},
	{ADMIN("ListDistrusted"), ACCESS_LOOK, CALL_EITHER, SOON},
	{ADMIN("ListSettings"), ACCESS_LOOK, CALL_ONE, SOON},
	{ADMIN("SetSetting"), ACCESS_CHANGE, CALL_ONE, SOON},
	{ADMIN("History"), ACCESS_LOOK, CALL_STREAM, SOON},
	{ADMIN("ResetClock"), ACCESS_CHANGE, CALL_ONE, SOON},
	{ADMIN("FactoryReset"), ACCESS_CHANGE, CALL_ONE, SOON},
	{IDENTITY("ListIdentities"), ACCESS_LOOK, CALL_ONE, SOON},
	{IDENTITY("GetIdentity"), ACCESS_LOOK, CALL_ONE, SOON},
};

const struct call_row *call_table_rows(size_t *ret_count)
{
	*ret_count = ARRAY_SIZE(call_table);
	return call_table;
}

const struct call_row *call_table_find(const char *method)
{
	for (size_t i = 0; i < ARRAY_SIZE(call_table); i++)
		if (strcmp(call_table[i].method, method) == 0)
			return &call_table[i];
	return NULL;
}

bool call_table_changes(const struct call_row *row)
{
	return row->role != ACCESS_LOOK;
}

bool call_table_is_shared(const struct call_row *row)
{
	return row->replies >= CALL_STATE;
}
