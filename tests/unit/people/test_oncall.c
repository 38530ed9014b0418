/* test_oncall.c - parties of the runbook become people; nobody named becomes somebody. */
#include "harness/test.h"
#include "people/oncall.h"
#include "runbook/vocabulary_row.h"

static const struct str roles[] = {{"responder", 9}, {"cto", 3}};
static const struct person team[] = {
    {.id = {"ana", 3},
     .reach[METHOD_SMTP] = {"ana@acme.example", 16},
     .roles = roles,
     .role_count = 2},
    {.id = {"ben", 3},
     .reach[METHOD_WEBHOOK] = {"http://sink/hook", 16},
     .roles = roles,
     .role_count = 1},
    {.id = {"cy", 2}},
};
static const struct people people = {team, 3};
static const struct str primary[] = {{"ana", 3}};
static const struct str secondary[] = {{"ben", 3}};
static const struct rota_slot slots[] = {{primary, 1}, {secondary, 1}};
static const struct rota_layer layers[] = {ROTA_ALWAYS(&slots[0]), ROTA_ALWAYS(&slots[1])};
static const struct rota rotas[] = {
    {.name = {"primary", 7}, .layers = &layers[0], .layer_count = 1},
    {.name = {"secondary", 9}, .layers = &layers[1], .layer_count = 1}};
static const struct instant now = {1795435200000000};

static void check_party(const struct oncall *oncall, const char *party, const char *first,
                        size_t count)
{
    const struct person *found[LIMIT_PEOPLE];
    CHECK_INT(oncall_party(oncall, str_of(party), now, found), count);
    CHECK(count == 0 || str_is(found[0]->id, first));
}

TEST(a_party_is_a_name_a_role_or_a_turn)
{
    struct oncall oncall = {&people, rotas, 2, NULL, NULL, NULL, 0, 0, 0};
    check_party(&oncall, "CTO", "ana", 1);
    check_party(&oncall, "the CTO", "ana", 1);
    check_party(&oncall, "Ben", "ben", 1);
    check_party(&oncall, ONCALL_PRIMARY, "ana", 1);
    check_party(&oncall, ONCALL_SECONDARY, "ben", 1);
    check_party(&oncall, ONCALL_RESPONDERS, "ana", 2);
    CHECK_STR(oncall_fallback(&oncall, now), ONCALL_SECONDARY);
}

TEST(a_party_that_nobody_is_called_is_whoever_bears_its_role)
{
    struct vocabulary own;
    struct oncall oncall = {&people, rotas, 2, NULL, NULL, NULL, 0, 0, 0};
    check_party(&oncall, "the chief technology officer", "ana", 1);
    check_party(&oncall, "on-call engineer", "ana", 1);
    check_party(&oncall, "backup engineer", "ben", 1);
    check_party(&oncall, "everyone", "ana", 2);
    check_party(&oncall, "the wardens", "ben", 1); /* the secondary, for want of a name */
    vocabulary_init(&own, arena);
    CHECK_INT(vocabulary_add(&own, VOCABULARY_PARTY, STR("the wardens"), STR("cto")),
              VOCABULARY_TAKEN);
    oncall.vocabulary = &own;
    check_party(&oncall, "the wardens", "ana", 1);
}

TEST(nobody_named_is_the_secondary_else_every_responder_else_everybody)
{
    struct oncall oncall = {&people, &rotas[1], 1, NULL, NULL, NULL, 0, 0, 0};
    check_party(&oncall, "", "ben", 1);
    check_party(&oncall, "cy", "ben", 1); /* cannot be reached */
    check_party(&oncall, "Lawyer", "ben", 1);
    check_party(&oncall, ONCALL_PRIMARY, "ben", 1);
    struct oncall alone = {&people, NULL, 0, NULL, NULL, NULL, 0, 0, 0};
    check_party(&alone, "", "ana", 2);
    CHECK_STR(oncall_fallback(&alone, now), ONCALL_RESPONDERS);
    static const struct person plain[] = {{.id = {"dee", 3}, .reach[METHOD_SMTP] = {"d@e", 3}}};
    struct people others = {plain, 1};
    struct oncall only = {&others, NULL, 0, NULL, NULL, NULL, 0, 0, 0};
    check_party(&only, "CTO", "dee", 1);
    struct people none = {NULL, 0};
    struct oncall empty = {&none, NULL, 0, NULL, NULL, NULL, 0, 0, 0};
    check_party(&empty, "CTO", "", 0);
}
