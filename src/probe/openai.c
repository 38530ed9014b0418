/* openai.c - the probe of OpenAI: what this month has cost and used, against the limits given. */
#include "probe/fetch.h"
#include "probe/openai_usage.h"
#include "probe/samples.h"

enum { PAGES_MAX = 4, DAYS_MAX = 31 };

struct asking {
    struct probe *probe;
    struct str base, key, ca;
    int64_t from_s; /* the month's first second, UTC */
    struct openai_sum sum;
    double limit, remaining; /* of requests; below 0: not told */
};

static void say_status(struct asking *asking, const struct fetch *fetch)
{
    struct probe *probe = asking->probe;
    struct str words = openai_error_words(probe->work->arena, text_str(&fetch->body));
    if (fetch->status == 401 || fetch->status == 403)
        probe_fail(probe,
                   "does not take the key (%ld): it has to be an admin key with the right to read "
                   "usage; %.*s",
                   fetch->status, STR_ARGS(words));
    else if (fetch->status == 429 && fetch->retry_after_s >= 0)
        probe_fail(probe, "is asked too often, and wants %lld s of rest; give it a longer every:",
                   (long long)fetch->retry_after_s);
    else
        probe_fail(probe, "answered %ld%s%.*s", fetch->status, words.n > 0 ? ": " : "",
                   STR_ARGS(words));
}

/* What stands in a query as it is. */
static void add_query(struct text *text, struct str value)
{
    for (size_t i = 0; i < value.n; i++) {
        if (byte_is_alnum(value.p[i]) || memchr("-_.~", value.p[i], 4))
            text_byte(text, value.p[i]);
        else
            text_printf(text, "%%%02X", (unsigned)(unsigned char)value.p[i]);
    }
}

static bool ask_page(struct asking *asking, const char *path, struct str page, struct str *out_next)
{
    struct arena *arena = asking->probe->work->arena;
    struct text url;
    struct err err = {0};
    text_init(&url, arena, 8192);
    text_printf(&url, "%.*s%s?start_time=%lld&bucket_width=1d&limit=%d", STR_ARGS(asking->base),
                path, (long long)asking->from_s, DAYS_MAX);
    if (page.n > 0) {
        text_adds(&url, "&page=");
        add_query(&url, page);
    }
    struct fetch fetch = {.url = str_copy(arena, text_str(&url)),
                          .ca = asking->ca,
                          .bearer = asking->key,
                          .if_not = STR("")};
    if (!fetch_get(asking->probe, &fetch))
        return false;
    if (fetch.limit >= 0)
        asking->limit = fetch.limit;
    if (fetch.remaining >= 0)
        asking->remaining = fetch.remaining;
    if (fetch.status != 200) {
        say_status(asking, &fetch);
        return false;
    }
    if (!openai_usage_read(arena, text_str(&fetch.body), &asking->sum, out_next, &err)) {
        probe_fail(asking->probe, "%s", err.text);
        return false;
    }
    return true;
}

static bool ask_all(struct asking *asking, const char *path)
{
    struct str page = STR("");
    for (int i = 0; i < PAGES_MAX; i++) {
        if (!ask_page(asking, path, page, &page))
            return false;
        if (page.n == 0)
            return true;
    }
    probe_fail(asking->probe, "has more than %d pages of one month", PAGES_MAX);
    return false;
}

static int64_t limit_of(const struct probe *probe, const char *key)
{
    int64_t limit = 0;
    return json_get_int(probe->work->body, key, &limit) ? limit : 0;
}

static void add_costs(struct asking *asking, int64_t limit)
{
    struct probe *probe = asking->probe;
    struct arena *arena = probe->work->arena;
    double dollars = asking->sum.dollars;
    sample_add(&probe->samples, "reeve_openai_cost_dollars", dollars);
    probe->seen = str_printf(arena, "%.2f dollars this month", dollars);
    if (limit == 0)
        return;
    sample_add(&probe->samples, "reeve_openai_cost_limit_dollars", (double)limit);
    probe->seen = str_printf(arena, "%.2f of %lld dollars this month", dollars, (long long)limit);
    if (dollars >= (double)limit)
        probe->note = str_printf(arena,
                                 "OpenAI has cost %.2f dollars this month, and the limit is "
                                 "%lld",
                                 dollars, (long long)limit);
}

static void add_tokens(struct asking *asking, int64_t limit)
{
    struct text *samples = &asking->probe->samples;
    sample_add(samples, "reeve_openai_tokens", asking->sum.tokens);
    sample_add(samples, "reeve_openai_tokens_limit", (double)limit);
}

void probe_openai(struct probe *probe)
{
    const struct work *work = probe->work;
    struct civil first = civil_of(work->now);
    struct asking asking = {.probe = probe,
                            .base = json_get_str(work->body, "url"),
                            .key = str_copy(work->arena, json_get_str(work->secrets, "url")),
                            .ca = str_copy(work->arena, json_get_str(work->body, "ca")),
                            .limit = -1,
                            .remaining = -1};
    int64_t tokens = limit_of(probe, "token_limit");
    while (str_ends(asking.base, "/"))
        asking.base = str_slice(asking.base, 0, asking.base.n - 1);
    first.day = 1;
    first.hour = first.minute = first.second = first.microsecond = 0;
    asking.from_s = instant_of_civil(first).us / 1000000;
    bool good = ask_all(&asking, "/v1/organization/costs");
    if (good)
        add_costs(&asking, limit_of(probe, "limit"));
    if (good && tokens > 0 && ask_all(&asking, "/v1/organization/usage/completions") &&
        ask_all(&asking, "/v1/organization/usage/embeddings"))
        add_tokens(&asking, tokens);
    if (asking.limit >= 0)
        sample_add(&probe->samples, "reeve_openai_requests_limit", asking.limit);
    if (asking.remaining >= 0)
        sample_add(&probe->samples, "reeve_openai_requests_remaining", asking.remaining);
}
