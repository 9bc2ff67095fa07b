/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/certprovd/run/pass.h"

#include <string.h>

#include "tests/unit/runner.h"

static struct pass_facts facts;
static struct sources learnt;
static struct pass pass;

static void setup(void)
{
	learnt = (struct sources){.changes = 0};
	facts = (struct pass_facts){.learnt = &learnt};
	pass = (struct pass){.asked = 0};
	provisioning_order_read(
		"redirection:stop pnp:stop dhcp:stop tr69:stop", &facts.order);
}

/* All of them, from a word of each: S setting, C configuration, R redirection
 * that was learnt, V the redirection service, P, D, 4 and T. */
static void know(const char *words)
{
	static char url[] = "http://learnt/";

	for (; *words; words++)
		switch (*words) {
		case 'S':
			facts.server.url = "http://setting/";
			facts.server_is_setting = true;
			break;
		case 'C':
			facts.server =
				(struct job_server){.url = "http://configured/",
					.trusted = true,
					.authenticated = true};
			break;
		case 'V':
			facts.redirection = "https://redirection/";
			break;
		case 'R':
			learnt.urls[PROVISIONING_REDIRECTION] = url;
			break;
		case 'P':
			learnt.urls[PROVISIONING_PNP] = url;
			break;
		case 'D':
			learnt.urls[PROVISIONING_DHCP] = url;
			break;
		case '4':
			learnt.urls[PROVISIONING_DHCP114] = url;
			break;
		default:
			learnt.urls[PROVISIONING_TR69] = url;
		}
}

/* The sources of a pass, each of which fails or, by its letter in fetched,
 * does not. */
static const char *run_pass(const char *fetched)
{
	static const char letters[RUN_SOURCE__END] = {
		[RUN_FROM_SETTING] = 'S',
		[RUN_FROM_CONFIGURATION] = 'C',
		[RUN_FROM_REDIRECTION] = 'R',
		[RUN_FROM_PNP] = 'P',
		[RUN_FROM_DHCP] = 'D',
		[RUN_FROM_DHCP114] = '4',
		[RUN_FROM_TR69] = 'T',
	};
	static char asked[16];
	struct pass_step step;
	size_t n = 0;

	pass = (struct pass){.asked = 0};
	while (pass_next(&pass, &facts, &step)) {
		char letter = letters[step.source];

		if (step.service)
			letter = 'V';

		ck_assert_ptr_nonnull(step.server.url);
		ck_assert_uint_lt(n, sizeof(asked) - 1);
		asked[n++] = letter;
		pass_take(&pass, &step);
		if (!pass_step_ends(&pass, strchr(fetched, letter) != NULL))
			break;
	}
	asked[n] = 0;
	return asked;
}

static const struct {
	const char *order;
	const char *known;
	const char *fetched;
	const char *asked;
	bool succeeds;
} table[] = {
	/* The setting server comes first, and stops where it is there. */
	{"redirection:stop pnp:stop dhcp:stop", "SPD", "SPD", "S", true},
	{"redirection:stop pnp:stop dhcp:stop", "SPD", "PD", "SP", true},
	{"redirection:stop pnp:stop dhcp:stop", "SPD", "D", "SPD", true},
	{"redirection:stop pnp:stop dhcp:stop", "SPD", "", "SPD", false},
	{"redirection:stop pnp:stop", "CP", "C", "C", true},
	/* It does so wherever redirection stands, and without it. */
	{"pnp:stop redirection:stop", "SP", "SP", "S", true},
	{"pnp:stop", "SP", "SP", "S", true},
	{"pnp:stop", "SP", "P", "SP", true},
	{"", "S", "S", "S", true},
	/* proceed goes on after a success. */
	{"redirection:proceed pnp:stop dhcp:stop", "SPD", "SPD", "SP", true},
	{"redirection:stop pnp:proceed dhcp:stop", "PD", "PD", "PD", true},
	{"redirection:stop pnp:proceed dhcp:stop", "PD", "P", "PD", true},
	{"redirection:stop pnp:proceed dhcp:proceed", "PD", "PD", "PD", true},
	/* The order is the setting's. */
	{"dhcp:stop pnp:stop", "PD", "", "DP", false},
	{"tr69:stop dhcp:stop pnp:stop", "PDT", "D", "TD", true},
	/* What is not in it is not asked: dhcp114 by default. */
	{"redirection:stop pnp:stop dhcp:stop tr69:stop", "4", "4", "", false},
	{"dhcp114:stop dhcp:stop", "4D", "4", "4", true},
	{"pnp:stop", "D", "D", "", false},
	/* The redirection service never succeeds by itself, and is not asked
	 * when there is a server, or a redirection was learnt. */
	{"redirection:stop pnp:stop", "VP", "VP", "VP", true},
	{"redirection:stop pnp:stop", "V", "V", "V", false},
	{"redirection:stop pnp:stop", "SV", "", "S", false},
	{"redirection:stop pnp:stop", "CVR", "", "C", false},
	{"redirection:stop pnp:stop", "VRP", "R", "R", true},
	{"pnp:stop redirection:stop", "VP", "P", "P", true},
	{"pnp:stop", "V", "V", "", false},
	/* Nothing is known. */
	{"redirection:stop pnp:stop dhcp:stop", "", "", "", false},
};

START_TEST(a_pass_asks_what_order_and_success_say)
{
	provisioning_order_read(table[_i].order, &facts.order);
	know(table[_i].known);
	ck_assert_str_eq(run_pass(table[_i].fetched), table[_i].asked);
	ck_assert_int_eq(pass.succeeded, table[_i].succeeds);
}
END_TEST

START_TEST(what_was_learnt_is_neither_trusted_nor_authenticated)
{
	struct pass_step step;

	know("RVP");
	ck_assert(pass_next(&pass, &facts, &step));
	ck_assert(!step.server.trusted && !step.server.authenticated);
	ck_assert(!step.service);
	learnt = (struct sources){.changes = 0};
	ck_assert(pass_next(&pass, &facts, &step));
	ck_assert(step.server.trusted && step.server.authenticated);
	ck_assert(step.service);
	know("P");
	pass_take(&pass, &step);
	ck_assert(pass_next(&pass, &facts, &step));
	ck_assert_int_eq(step.source, RUN_FROM_PNP);
	ck_assert(!step.server.trusted && !step.server.authenticated);
}
END_TEST

START_TEST(what_is_learnt_during_a_pass_is_asked_in_it)
{
	struct pass_step step;

	know("S");
	ck_assert(pass_next(&pass, &facts, &step));
	pass_take(&pass, &step);
	ck_assert(!pass_next(&pass, &facts, &step));
	know("D");
	ck_assert(pass_next(&pass, &facts, &step));
	ck_assert_int_eq(step.source, RUN_FROM_DHCP);
}
END_TEST

START_TEST(an_offer_matters_only_before_where_the_last_pass_stopped)
{
	know("SPDT");
	ck_assert(!pass_reaches(&facts, RUN_FROM_SETTING, RUN_FROM_DHCP));
	ck_assert(pass_reaches(&facts, RUN_FROM_TR69, RUN_FROM_DHCP));
	ck_assert(pass_reaches(&facts, RUN_FROM_DHCP, RUN_FROM_DHCP));
	ck_assert(!pass_reaches(&facts, RUN_FROM_PNP, RUN_FROM_DHCP));
	ck_assert(pass_reaches(&facts, RUN_SOURCE__END, RUN_FROM_DHCP));
	ck_assert(!pass_reaches(&facts, RUN_SOURCE__END, RUN_FROM_DHCP114));
}
END_TEST

TCase *pass_tests(void);

TCase *pass_tests(void)
{
	TCase *tc = tcase_create("pass");

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_loop_test(tc, a_pass_asks_what_order_and_success_say, 0,
		(int)ARRAY_SIZE(table));
	tcase_add_test(
		tc, what_was_learnt_is_neither_trusted_nor_authenticated);
	tcase_add_test(tc, what_is_learnt_during_a_pass_is_asked_in_it);
	tcase_add_test(
		tc, an_offer_matters_only_before_where_the_last_pass_stopped);
	return tc;
}
