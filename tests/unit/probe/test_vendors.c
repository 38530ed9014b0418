/* test_vendors.c - summaries of status pages and pages of OpenAI's usage: what they say, and what
 * is refused rather than taken for well. */
#include "harness/test.h"
#include "probe/openai_usage.h"
#include "probe/status_page.h"

static struct str words_of(struct arena *arena, const char *text, const char *wanted)
{
    struct status_page page;
    struct err err = {0};
    struct str names[] = {str_of(wanted)};
    if (!status_page_read(arena, str_of(text), (struct status_wanted){names, wanted ? 1 : 0}, &page,
                          &err))
        return str_printf(arena, "refused: %s", err.text);
    return str_printf(arena, "%d %zu %.*s", (int)page.level, page.incident_count,
                      STR_ARGS(status_page_words(arena, &page)));
}

#define PAGE       "{\"page\":{\"name\":\"Acme\"},\"status\":{\"indicator\":"
#define COMPONENTS "\"components\":[{\"name\":\"API\",\"status\":"

TEST(what_a_page_says)
{
    static const struct {
        const char *text, *wanted, *want;
    } rows[] = {
        {PAGE "\"none\",\"description\":\"All well\"}}", NULL, "0 0 "},
        {PAGE "\"critical\",\"description\":\"Down\"}}", NULL,
         "4 0 Acme says: major outage (Down)"},
        /* The worst of what is shown, whatever the indicator is. */
        {PAGE "\"none\"}," COMPONENTS "\"degraded_performance\"}]}", NULL,
         "2 0 Acme says: degraded performance of API"},
        /* Only what is wanted counts. */
        {PAGE "\"major\"}," COMPONENTS "\"operational\"},{\"name\":\"Mail\",\"status\":"
              "\"major_outage\"}]}",
         "api", "0 0 "},
        {PAGE "\"major\"}," COMPONENTS "\"operational\"},{\"name\":\"Mail\",\"status\":\"new\"}]}",
         "api", "0 0 "},
        {PAGE "\"none\"}," COMPONENTS "\"operational\"}]}", "mail",
         "refused: has no component \"mail\"; correct components: in reeve.yaml"},
        {PAGE "\"none\"}," COMPONENTS "\"on_fire\"}]}", NULL,
         "refused: says \"on_fire\" of API, which is no state that is known"},
        {PAGE "\"rosy\"}}", NULL,
         "refused: says \"rosy\" of the whole, which is no state that is known"},
        {PAGE "\"\"}}", NULL,
         "refused: does not tell status.indicator; give the url of its summary.json"},
        {"{\"status\":\"ok\"}", NULL,
         "refused: does not tell status.indicator; give the url of its summary.json"},
        {"[]", NULL,
         "refused: answered with something that is not JSON; check that the page has not moved"},
        {"<html>", NULL,
         "refused: answered with something that is not JSON; check that the page has not moved"},
        {PAGE "\"maintenance\"},\"scheduled_maintenances\":[{\"name\":\"Later\",\"status\":"
              "\"scheduled\"},{\"name\":\"Now\",\"status\":\"in_progress\"}]}",
         NULL, "1 0 Acme says: maintenance (Now)"},
        {PAGE
         "\"minor\"},\"incidents\":[{\"name\":\"New\",\"status\":\"monitoring\",\"created_at\":"
         "\"2026-11-23T05:00:00Z\"},{\"name\":\"Old\",\"status\":\"identified\","
         "\"created_at\":\"2026-11-23T04:00:00+01:00\"},{\"name\":\"Over\",\"status\":"
         "\"postmortem\",\"created_at\":\"2026-11-01T04:00:00Z\"}]}",
         NULL, "2 2 Acme says: degraded performance since 2026-11-23 03:00 UTC (Old)"},
        {"{\"largestatus\":\"up\",\"message\":\"All\"}", NULL, "0 0 "},
        {"{\"largestatus\":\"down\",\"message\":\"Oh\"}", NULL,
         "4 0 its status page says: major outage (Oh)"},
        {"{\"largestatus\":\"sideways\"}", NULL,
         "refused: says \"sideways\" of the whole, which is no state that is known"},
        {"{\"largestatus\":\"up\"}", "api", "refused: tells no components; leave components: out"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        CHECK_STR(words_of(arena, rows[i].text, rows[i].wanted), rows[i].want);
}

#define COST(value, currency)                                                                      \
    "{\"object\":\"organization.costs.result\",\"amount\":{\"value\":" value                       \
    ",\"currency\":\"" currency "\"}}"
#define DATA(results) "{\"data\":[{\"results\":[" results "]}],\"has_more\":false}"

static struct str usage_of(struct arena *arena, const char *text)
{
    struct openai_sum sum = {1, 1};
    struct str next = STR("");
    struct err err = {0};
    if (!openai_usage_read(arena, str_of(text), &sum, &next, &err)) {
        CHECK(sum.dollars == 1 && sum.tokens == 1);
        return str_of(str_printf(arena, "refused: %s", err.text).p);
    }
    return str_printf(arena, "%g %g %.*s", sum.dollars, sum.tokens, STR_ARGS(next));
}

TEST(what_a_month_has_cost)
{
    static const char *const rows[][2] = {
        {DATA(COST("2.5", "usd") "," COST("\"0.25\"", "USD")), "3.75 1 "},
        {DATA("{\"object\":\"organization.usage.completions.result\",\"input_tokens\":5,"
              "\"output_tokens\":7}"),
         "1 13 "},
        {DATA("{\"object\":\"organization.usage.embeddings.result\",\"input_tokens\":5}"), "1 6 "},
        {DATA(""), "1 1 "},
        {"{\"data\":[],\"has_more\":true,\"next_page\":\"p\"}", "1 1 p"},
        {"{\"data\":[],\"has_more\":true,\"next_page\":null}",
         "refused: has more pages and does not name the next one"},
        {DATA(COST("2", "usd") "," COST("1", "eur")),
         "refused: gave a cost in \"eur\" and not in dollars"},
        {DATA(COST("-2", "usd")), "refused: gave a cost without an amount"},
        {DATA(COST("\"inf\"", "usd")), "refused: gave a cost without an amount"},
        {DATA("{\"object\":\"organization.usage.completions.result\"}"),
         "refused: gave usage without a number of tokens"},
        {DATA("{\"object\":\"organization.gifts.result\"}"),
         "refused: gave \"organization.gifts.result\", which is not known"},
        {DATA("7"), "refused: gave \"\", which is not known"},
        {"{\"data\":[{}]}", "refused: gave a bucket without results"},
        {"{}", "refused: answered without data"},
        {"oops", "refused: answered with something that is not JSON"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        CHECK_STR(usage_of(arena, rows[i][0]), rows[i][1]);
    CHECK_STR(openai_error_words(arena, STR("{\"error\":{\"message\":\"m\",\"code\":\"c\"}}")),
              "c: m");
    CHECK_STR(openai_error_words(arena, STR("{\"error\":{\"message\":\"m\",\"code\":null}}")), "m");
    CHECK_STR(openai_error_words(arena, STR("{\"error\":1}")), "");
    CHECK_STR(openai_error_words(arena, STR("x")), "");
}
