/* test_sim.c - seeds to run: plain, with a crash at every append, in a storm of crashes, with a
 * store that fails for a while.
 *
 * REEVE_SIM_SEED runs one seed; REEVE_SIM_SEEDS runs that many of each kind (`make long`). */
#include "sim.h"

#include <stdlib.h>

enum { PLAIN_SEEDS = 80, CRASH_SEEDS = 1, STORM_SEEDS = 60, FAIL_SEEDS = 40 };

static void find_seeds(uint64_t usual, uint64_t *out_from, uint64_t *out_to)
{
    const char *one = getenv("REEVE_SIM_SEED");
    const char *many = getenv("REEVE_SIM_SEEDS");
    *out_from = one ? strtoull(one, NULL, 10) : 1;
    *out_to = one ? *out_from : many ? strtoull(many, NULL, 10) : usual;
}

TEST(any_run_keeps_the_promises)
{
    /* What only the daemon, its logins, links and heartbeats record; and nobody of this company is
     * told by PagerDuty (tests/e2e/following.py). */
    static const enum event_kind outside[] = {
        EVENT_NODE_STOPPED,       EVENT_LEDGER_UNWRITABLE, EVENT_TOKEN_REPLACED,
        EVENT_RUNBOOK_REFUSED,    EVENT_LINK_USED,         EVENT_HEARTBEAT_FAILED,
        EVENT_HEARTBEAT_RESTORED, EVENT_REQUEST_REFUSED,   EVENT_LOGIN_REFUSED,
        EVENT_SESSION_OPENED,     EVENT_SESSION_ENDED,     EVENT_APPROVAL_LINK_USED,
        EVENT_PAGE_FOLLOWING,     EVENT_PAGE_FOLLOWED,     EVENT_PAGE_FOLLOW_FAILED};
    struct company company;
    uint64_t seed, to;
    int64_t seen[EVENT_KINDS] = {0};
    company_make(&company, arena);
    for (find_seeds(PLAIN_SEEDS, &seed, &to); seed <= to; seed++)
        CHECK(sim_run(&company, (struct plan){.seed = seed, .seen = seen}) > 0);
    for (size_t i = 0; i < sizeof outside / sizeof *outside; i++)
        seen[outside[i]]++;
    /* A run in which nothing happens proves nothing. */
    for (unsigned kind = 0; kind < EVENT_KINDS && !getenv("REEVE_SIM_SEED"); kind++)
        if (seen[kind] == 0)
            test_fail(__FILE__, __LINE__, "no run has %s", event_row(kind)->name);
}

TEST(a_crash_at_any_append_loses_and_doubles_nothing)
{
    struct company company;
    uint64_t seed, to;
    company_make(&company, arena);
    for (find_seeds(CRASH_SEEDS, &seed, &to); seed <= to; seed++) {
        int64_t appends = sim_run(&company, (struct plan){.seed = seed});
        for (int64_t at = 1; at <= appends; at++) {
            struct plan plan = {.seed = seed, .crash = CRASH_LOST, .crash_at = at};
            CHECK(sim_run(&company, plan) > 0);
            plan.crash = CRASH_DURABLE;
            CHECK(sim_run(&company, plan) > 0);
        }
    }
}

TEST(a_storm_of_crashes)
{
    struct company company;
    uint64_t seed, to;
    company_make(&company, arena);
    for (find_seeds(STORM_SEEDS, &seed, &to); seed <= to; seed++)
        CHECK(sim_run(&company, (struct plan){.seed = seed, .storm = true}) > 0);
}

TEST(a_store_that_fails_for_a_while)
{
    struct company company;
    uint64_t seed, to;
    company_make(&company, arena);
    for (find_seeds(FAIL_SEEDS, &seed, &to); seed <= to; seed++) {
        struct plan plan = {.seed = seed,
                            .fail_from = (int64_t)(seed * 7 % 100),
                            .fail_steps = 1 + (int64_t)(seed % 25)};
        CHECK(sim_run(&company, plan) > 0);
        plan.storm = true;
        CHECK(sim_run(&company, plan) > 0);
    }
}

/* What longer runs have found, kept. */
TEST(seeds_that_once_failed)
{
    struct company company;
    company_make(&company, arena);
    /* The clock set back while Reeve was down: a reopened incident counted its pages from 1. */
    CHECK(sim_run(&company, (struct plan){.seed = 398, .storm = true}) > 0);
    /* Nothing more to decide after a failed append: pages waited for a write that nobody tried. */
    struct plan failing = {.seed = 771, .storm = true, .fail_from = 97, .fail_steps = 22};
    CHECK(sim_run(&company, failing) > 0);
    /* A rule that followed another left the runbook: its alert knew the incident before only. */
    CHECK(sim_run(&company, (struct plan){.seed = 348}) > 0);
    /* A result that came half an hour after its incident was resolved, as another one opened: the
     * page was forgotten before it was stopped. */
    failing = (struct plan){.seed = 336, .storm = true, .fail_from = 52, .fail_steps = 12};
    CHECK(sim_run(&company, failing) > 0);
}
