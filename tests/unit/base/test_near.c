/* test_near.c - what is near a name and what is not. */
#include "harness/test.h"

#include "base/near.h"

struct pair {
    const char *typed, *name;
};

TEST(near_are_slips_orders_parts_and_beginnings)
{
    static const struct pair near[] = {
        {"Deploymnt Steps", "Deployment Steps"},             /* a letter left out */
        {"deployment stpes", "Deployment Steps"},            /* two swapped */
        {"recovery database", "Database recovery"},          /* another order */
        {"Full recovery", "Full disaster recovery"},         /* a word left out */
        {"Deploy", "Deployment Steps"},                      /* the beginning of a word */
        {"GDPR", "GDPR Data Request"},                       /* the beginning of the name */
        {"Database rollback now", "Database rollback"},      /* a word too many */
        {"Databaze recovry procedurx", "Database recovery"}, /* and what kind it is */
        {"the Rollback procedure", "Rollback"},              /* small words */
        {"Data breach procedure", "Data Breach Response"},   /* of which kind: not compared */
        {"list incidents", "incident list"},                 /* a command, and its plural */
        {"incident acknowledge", "incident ack"},            /* the whole of a short word */
        {"maintenanze scheduled", "Scheduled Maintenance"},  /* order and slips */
        {"Wiederherstellung Datenbank", "Datenbank-Wiederherstellung"},
        {"Show two", "Show one"},
        {"ping", "db:ping"}};
    for (size_t i = 0; i < sizeof near / sizeof *near; i++)
        CHECK_STR(near_cost(str_of(near[i].typed), str_of(near[i].name)) < NEAR_NOT
                      ? STR("near")
                      : str_of(near[i].typed),
                  "near");
}

TEST(what_shares_a_word_is_not_near)
{
    static const struct pair far[] = {{"Restart server", "Restart Redis"},
                                      {"Deploy database", "Deploy application"},
                                      {"incident frobnicate", "incident list"},
                                      {"incident 3", "incident list"},
                                      {"page delete", "page test"},
                                      {"undo", "rollback"},
                                      {"cat", "dog"},
                                      {"a", "account add"},
                                      {"", "Deployment Steps"},
                                      {"Deployment Steps", ""},
                                      {"-- / --", "Deployment Steps"},
                                      {"base", "Update Database"},
                                      {"Export", "Report it"},
                                      {"the procedure", "Database recovery"}};
    for (size_t i = 0; i < sizeof far / sizeof *far; i++)
        CHECK_STR(near_cost(str_of(far[i].typed), str_of(far[i].name)) == NEAR_NOT
                      ? STR("far")
                      : str_of(far[i].typed),
                  "far");
}

/* The nearest is told: the same goes before a slip, a slip before another order, that before less.
 */
TEST(costs_are_in_order)
{
    struct str name = STR("Database recovery");
    CHECK_INT(near_cost(name, name), 0);
    CHECK_INT(near_cost(STR("DATABASE RECOVERY"), name), 0);
    int slip = near_cost(STR("Databaze recovery"), name);
    int order = near_cost(STR("recovery database"), name);
    int part = near_cost(STR("recovery"), name);
    CHECK(0 < slip && slip < order && order < part && part < NEAR_NOT);
    CHECK(near_slips(STR("recovery database"), name) == NEAR_NOT);
    CHECK(near_slips(STR("ab"), STR("cd")) == NEAR_NOT);
    CHECK(near_slips(STR("lsit"), STR("list")) < NEAR_NOT);
}

TEST(long_texts_and_many_words_are_bounded)
{
    char words[600];
    for (size_t i = 0; i < sizeof words; i++)
        words[i] = i % 3 == 2 ? ' ' : 'x';
    struct str many = {words, sizeof words};
    CHECK_INT(near_slips(STR(""), STR("")), NEAR_NOT);
    CHECK_INT(near_slips(many, many), NEAR_NOT);
    CHECK(near_cost(many, many) <= NEAR_NOT);
    CHECK_INT(near_cost(many, STR("Deployment Steps")), NEAR_NOT);
}
