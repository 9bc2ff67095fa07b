/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/phone/provisioning-order.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "lib/phone/settings-table.h"

static const char *const provisioning_names[PROVISIONING_SOURCE__END] = {
	[PROVISIONING_REDIRECTION] = "redirection",
	[PROVISIONING_PNP] = "pnp",
	[PROVISIONING_DHCP] = "dhcp",
	[PROVISIONING_DHCP114] = "dhcp114",
	[PROVISIONING_TR69] = "tr69",
};

const char *provisioning_source_name(enum provisioning_source source)
{
	assert(source < PROVISIONING_SOURCE__END);
	return provisioning_names[source];
}

static int provisioning_source_find_part(
	const char *text, size_t len, enum provisioning_source *ret)
{
	for (enum provisioning_source s = 0; s < PROVISIONING_SOURCE__END;
		s++) {
		const char *name = provisioning_names[s];

		if (strlen(name) != len || memcmp(name, text, len) != 0)
			continue;
		*ret = s;
		return 0;
	}
	return -ENOENT;
}

int provisioning_source_find(const char *name, enum provisioning_source *ret)
{
	return provisioning_source_find_part(name, strlen(name), ret);
}

static bool provisioning_order_has(
	const struct provisioning_order *order, enum provisioning_source source)
{
	for (size_t i = 0; i < order->count; i++)
		if (order->steps[i].source == source)
			return true;
	return false;
}

static void provisioning_order_add(
	const char *word, size_t len, struct provisioning_order *order)
{
	const char *colon = memchr(word, ':', len);
	size_t name = colon ? (size_t)(colon - word) : len;
	struct provisioning_step step = {
		.source = PROVISIONING_SOURCE__END,
		.proceed = len - name == strlen(":proceed") &&
			memcmp(word + name, ":proceed", len - name) == 0,
	};

	if (provisioning_source_find_part(word, name, &step.source) < 0 ||
		provisioning_order_has(order, step.source))
		return;
	order->steps[order->count++] = step;
}

void provisioning_order_read(const char *value, struct provisioning_order *ret)
{
	*ret = (struct provisioning_order){.count = 0};
	for (;;) {
		size_t len = 0;

		value += strspn(value, SETTING_BLANKS);
		len = strcspn(value, SETTING_BLANKS);
		if (len == 0)
			return;
		provisioning_order_add(value, len, ret);
		value += len;
	}
}
