/* test_signature.c - HMACs against values made by another program, and what is refused. */
#include "base/hash.h"
#include "harness/test.h"
#include "inbound/signature.h"

enum { NOW_S = 1531420618 };

static struct inbound_signed slack(const char *signature, const char *timestamp, int64_t now_s)
{
    return (struct inbound_signed){.signing = SIGNED_SLACK,
                                   .body = STR("{\"a\":1}"),
                                   .signature = str_of(signature),
                                   .timestamp = str_of(timestamp),
                                   .now = {now_s * 1000000}};
}

static const char *problem(struct inbound_signed what)
{
    const char *said = inbound_signature_problem(&what, STR("geheim"));
    return said ? said : "";
}

TEST(hmac_as_rfc_4231_has_it)
{
    struct str parts[] = {STR("what do ya want "), STR("for nothing?")};
    char hex[HASH_HEX_BYTES];
    struct hash mac = hash_hmac(STR("Jefe"), parts, 2);
    hash_hex(&mac, hex);
    CHECK_STR(str_of(hex), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(slack_signs_time_and_body)
{
    const char *good = "v0=24f4f17352c5576711d4625ec1ec652605fbec71670dab032750a058eb12e89c";
    CHECK_STR(str_of(problem(slack(good, "1531420618", NOW_S))), "");
    CHECK_STR(str_of(problem(slack(good, "1531420618", NOW_S + 300))), "");
    CHECK(str_starts(str_of(problem(slack(good, "1531420618", NOW_S + 301))), "The time of"));
    CHECK(str_starts(str_of(problem(slack(good, "1531420618", NOW_S - 301))), "The time of"));
    CHECK(str_starts(str_of(problem(slack(good, "1531420619", NOW_S))), "The signature is not"));
    CHECK(str_starts(str_of(problem(slack(good, "", NOW_S))), "The time of"));
    CHECK(str_starts(str_of(problem(slack(good, "-5", NOW_S))), "The time of"));
    CHECK(str_starts(str_of(problem(slack(good, "99999999999999999", NOW_S))), "The time of"));
    CHECK_STR(str_of(problem(slack("", "1531420618", NOW_S))), "The body is not signed.");
    CHECK(str_starts(str_of(problem(slack(good + 3, "1531420618", NOW_S))), "The signature does"));
    CHECK(str_starts(str_of(problem(slack("v0=", "1531420618", NOW_S))), "The signature is not"));
}

TEST(grafana_signs_the_body_with_or_without_a_time)
{
    struct inbound_signed what = {
        .signing = SIGNED_GRAFANA,
        .body = STR("{\"a\":1}"),
        .signature = STR("0c3e89010807a274fd26fae3628d3e1dc8f1ee15cc206a8e72920e50b4da8baf"),
        .timestamp = STR(""),
        .now = {(int64_t)NOW_S * 1000000}};
    CHECK_STR(str_of(problem(what)), "");
    what.has_time = true;
    CHECK(str_starts(str_of(problem(what)), "The time of"));
    what.timestamp = STR("1531420618");
    CHECK(str_starts(str_of(problem(what)), "The signature is not"));
    what.signature = STR("038b9f5f853b82d28ff14b970c7f5ed22c8a5545e19bb1b072ddc8a102dfc828");
    CHECK_STR(str_of(problem(what)), "");
    what.body = STR("{\"a\":2}");
    CHECK(str_starts(str_of(problem(what)), "The signature is not"));
}
