/* test_switch.c - names of what is switched off, and what that leaves of the ways to people. */
#include "harness/test.h"
#include "people/switch.h"

static const struct person everybody[] = {
    {.id = {"ana", 3},
     .reach = {[METHOD_SMTP] = {"ana@shop.example", 16},
               [METHOD_SMS] = {"+38640123456", 12},
               [METHOD_NTFY] = {"https://push.example/ana", 24}}},
    {.id = {"ben", 3}, .reach = {[METHOD_SMS] = {"+12025550123", 12}, [METHOD_NTFY] = {"ben", 3}}}};

enum { SMS = 1U << METHOD_SMS, NTFY = 1U << METHOD_NTFY, SMTP = 1U << METHOD_SMTP };

static const struct switchable items[] = {{{"provider/twilio", 15}, SMS | 1U << METHOD_VOICE},
                                          {{"replies/twilio", 14}, 0},
                                          {{"provider/spare", 14}, SMS},
                                          {{"provider/ntfy", 13}, NTFY},
                                          {{"provider/drain", 14}, 1U << METHOD_SLACK},
                                          {{"way/smtp", 8}, SMTP},
                                          {{"way/sms", 7}, SMS},
                                          {{"way/ntfy", 8}, NTFY},
                                          {{"sender/drain", 12}, 0}};

static const struct switchables all = {items, sizeof items / sizeof *items, everybody, 2};

static const struct instant now = {INT64_C(1780000000) * 1000000};

static struct switch_call call_of(const char *name)
{
    return (struct switch_call){
        .actor = STR("person:ana"), .name = str_of(name), .reason = STR("it leaked"), .now = now};
}

/* Switches it off, as a command that is folded; the sentence of the refusal, or "". */
static struct str turn(struct arena *arena, struct switches *switches, struct switch_call call,
                       bool off)
{
    struct event_list out;
    struct err err = {0};
    event_list_init(&out, arena);
    bool good = off ? switch_turn_off(switches, &all, &call, &out, &err)
                    : switch_turn_on(switches, &call, &out, &err);
    for (size_t i = 0; i < out.count; i++)
        switch_fold(switches, &out.items[i]);
    return good ? STR("") : str_copy(arena, str_of(err.text));
}

static bool has(struct str text, const char *words)
{
    return str_find(text, words, 0) < text.n;
}

TEST(a_name_is_found_also_without_what_stands_before_it)
{
    static const struct {
        const char *typed, *name;
    } rows[] = {{"twilio", "provider/twilio"},
                {"provider/twilio", "provider/twilio"},
                {"replies/twilio", "replies/twilio"},
                {"sms", "way/sms"},
                {"ntfy", "provider/ntfy"},
                {"way/ntfy", "way/ntfy"},
                {"Ana/sms", "person/ana/sms"},
                {"person/ana/sms", "person/ana/sms"},
                {"sender/drain", "sender/drain"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct switches switches = {.count = 0};
        CHECK_STR(turn(arena, &switches, call_of(rows[i].typed), true), "");
        CHECK_INT(switches.count, 1);
        CHECK_STR(str_of(switches.items[0].name), rows[i].name);
        CHECK_STR(str_of(switches.items[0].by), "ana");
        CHECK_STR(str_of(switches.items[0].reason), "it leaked");
    }
}

TEST(a_name_that_is_nothing_or_several_is_refused_with_what_to_say)
{
    struct switches switches = {.count = 0};
    CHECK(has(turn(arena, &switches, call_of("fax"), true), "no provider, way or sender \"fax\""));
    CHECK(has(turn(arena, &switches, call_of("ben/smtp"), true), "\"ben/smtp\""));
    CHECK(has(turn(arena, &switches, call_of("drain"), true),
              "say which: provider/drain, sender/drain."));
    struct switch_call mute = call_of("twilio");
    mute.reason = STR("  ");
    CHECK(has(turn(arena, &switches, mute, true), "--reason"));
    CHECK_INT(switches.count, 0);
    CHECK(has(turn(arena, &switches, call_of("twilio"), false), "is not switched off"));
}

TEST(a_way_is_off_when_all_that_carry_it_are)
{
    struct person people[2] = {everybody[0], everybody[1]};
    struct switches switches = {.count = 0};
    CHECK_STR(turn(arena, &switches, call_of("twilio"), true), "");
    switch_apply(&switches, &all, people);
    CHECK_INT(people[0].off, 0);
    CHECK_STR(turn(arena, &switches, call_of("spare"), true), "");
    CHECK_STR(turn(arena, &switches, call_of("ntfy"), true), "");
    switch_apply(&switches, &all, people);
    CHECK_INT(people[0].off, SMS); /* her topic has its own server */
    CHECK_INT(people[1].off, SMS | NTFY);
    CHECK(person_is_reachable(&people[0]));
    CHECK(!person_is_reachable(&people[1]));
    CHECK_STR(turn(arena, &switches, call_of("spare"), false), "");
    switch_apply(&switches, &all, people);
    CHECK_INT(people[1].off, NTFY);
}

TEST(nobody_is_left_out_of_reach_by_a_slip)
{
    struct switches switches = {.count = 0};
    CHECK_STR(turn(arena, &switches, call_of("sms"), true), "");
    CHECK_STR(turn(arena, &switches, call_of("way/ntfy"), true), "");
    CHECK(has(turn(arena, &switches, call_of("smtp"), true), "--anyway"));
    struct switch_call meant = call_of("smtp");
    meant.anyway = true;
    CHECK_STR(turn(arena, &switches, meant, true), "");
    CHECK(has(turn(arena, &switches, meant, true), "way/smtp is switched off since"));
}
