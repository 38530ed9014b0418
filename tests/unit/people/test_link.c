/* test_link.c - acknowledge links: forged, replayed, expired, foreign, mangled. */
#include "harness/test.h"
#include "people/link.h"

static const struct instant now = {1700000000000000};
static const struct link sample = {.page = {"12-ana-smtp-1", 13},
                                   .person = {"ana", 3},
                                   .incident = 12,
                                   .expires = {1700000600000000}};

static void check_refused(const struct links *links, const struct link *link,
                          struct link_check check, const char *words)
{
    struct err err = {0};
    CHECK(!link_check(links, link, &check, &err));
    CHECK_INT(err.kind, ERR_REFUSED);
    CHECK(str_find(str_of(err.text), words, 0) < strlen(err.text));
}

TEST(a_link_is_read_as_written_and_good_once)
{
    struct links links;
    struct link_token read;
    struct str payload = link_payload_write(arena, &sample);
    struct str token = link_token_write(arena, payload, STR("\xff\xfe secret mac"));
    struct err err = {0};
    links_init(&links, arena);
    CHECK_OK(link_parse(arena, token, &read, &err), &err);
    struct link link = read.link;
    CHECK_SAME(read.payload, payload);
    CHECK_SAME(link.page, sample.page);
    CHECK_SAME(link.person, sample.person);
    CHECK_INT(link.incident, 12);
    CHECK_INT(link.expires.us, sample.expires.us);
    struct link_check good = {read.mac, STR("\xff\xfe secret mac"), 12, now};
    CHECK_OK(link_check(&links, &link, &good, &err), &err);
    struct event_list out;
    event_list_init(&out, arena);
    link_use(&link, STR("person:ana"), now, &out);
    link_fold(&links, &out.items[0]);
    link_fold(&links, &out.items[0]);
    check_refused(&links, &link, good, "used already");
    links_done(&links);
}

TEST(forged_foreign_and_expired_links_are_refused)
{
    struct links links;
    links_init(&links, arena);
    struct link_check check = {STR("mac1"), STR("mac2"), 12, now};
    check_refused(&links, &sample, check, "not written by this Reeve");
    check.got_mac = STR("mac");
    check_refused(&links, &sample, check, "not written by this Reeve");
    check.got_mac = check.want_mac = STR("");
    check_refused(&links, &sample, check, "not written by this Reeve");
    check.got_mac = check.want_mac = STR("mac1");
    check.incident = 13;
    check_refused(&links, &sample, check, "not incident 13");
    check.incident = 12;
    check.now = sample.expires;
    check_refused(&links, &sample, check, "expired");
    links_done(&links);
}

TEST(mangled_tokens_are_refused)
{
    static const char *const tokens[] = {"",        ".",     "a.b",     "YQ.YQ",
                                         "YXxi.YQ", "!!.YQ", "YQ==.YQ", "MS1hLXNtdHAtMXwxfGFuYXw5.",
                                         "no-dot"};
    struct link_token read;
    struct err err = {0};
    for (size_t i = 0; i < sizeof tokens / sizeof *tokens; i++)
        CHECK(!link_parse(arena, str_of(tokens[i]), &read, &err));
    struct str token = link_token_write(arena, link_payload_write(arena, &sample), STR("mac"));
    for (size_t n = 0; n < token.n - 4; n++)
        CHECK(!link_parse(arena, str_slice(token, 0, n), &read, &err));
    char *huge = arena_alloc(arena, 5000);
    memset(huge, 'A', 5000);
    CHECK(!link_parse(arena, (struct str){huge, 5000}, &read, &err));
}

TEST(a_forgotten_use_cannot_be_replayed)
{
    struct links links;
    struct event_list out;
    links_init(&links, arena);
    event_list_init(&out, arena);
    struct link link = sample;
    for (int i = 0; i <= LINK_USED_MAX; i++) {
        link.page = str_printf(arena, "1-ana-smtp-%d", i);
        link_use(&link, STR("person:ana"), now, &out);
    }
    for (size_t i = 0; i < out.count; i++)
        link_fold(&links, &out.items[i]);
    CHECK_INT(links.count, LINK_USED_MAX);
    link.page = STR("1-ana-smtp-0");
    check_refused(&links, &link, (struct link_check){STR("m"), STR("m"), 12, now}, "expired");
    link.page = STR("1-ana-smtp-1");
    link.expires = instant_add_ms(now, LINK_LIFE_MS + 60000);
    check_refused(&links, &link, (struct link_check){STR("m"), STR("m"), 12, now}, "used already");
    links_done(&links);
}

TEST(a_good_link_says_why_there_is_nothing_to_acknowledge)
{
    static const struct person cast[] = {{.id = {"ana", 3}}};
    struct people people = {cast, 1};
    struct incident incident = {.number = 12};
    struct err err = {0};
    CHECK_STR(link_stand(arena, &sample, &incident), "");
    incident.state = INCIDENT_ACKNOWLEDGED;
    incident.acknowledged = now;
    str_keep(incident.acknowledged_by, sizeof incident.acknowledged_by, STR("ben"));
    CHECK_STR(link_stand(arena, &sample, &incident),
              "Incident 12 was already acknowledged by ben at 2023-11-14 22:13 UTC.");
    incident.state = INCIDENT_RESOLVED;
    incident.resolved = now;
    CHECK_STR(link_stand(arena, &sample, &incident),
              "Incident 12 is resolved since 2023-11-14 22:13 UTC; there is nothing to "
              "acknowledge.");
    incident.merged_into = 14;
    CHECK_STR(link_stand(arena, &sample, &incident),
              "Incident 12 was merged into incident 14; acknowledge that one.");
    CHECK_STR(link_stand(arena, &sample, NULL),
              "Incident 12 is resolved; there is nothing to acknowledge.");
    CHECK_OK(link_check_person(&people, &sample, &err), &err);
    people.count = 0;
    CHECK(!link_check_person(&people, &sample, &err));
    CHECK_INT(err.kind, ERR_REFUSED);
    CHECK_STR(str_of(err.text), "This link is ana's, who is not under people: in reeve.yaml any "
                                "more; it changes nothing.");
}
