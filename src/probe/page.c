/* page.c - a page of metrics by https, read as the collector reads one by http, of which only what
 * signals ask for goes on.
 *
 * Each sample stands on the line that it has on the page, so that what is said of it later names
 * the right one. Refuses: redirects; what the exposition reader refuses; more than
 * PROBE_SAMPLES_BYTES of samples in use, empty lines among them. */
#include "probe/samples.h"
#include "probe/web.h"
#include "telemetry/exposition.h"

#include <math.h>

struct page {
    struct probe *probe;
    struct web web;
    struct str *names; /* of the metrics in use */
    size_t name_count;
    struct str last_name; /* asked for last, and the answer */
    char last_bytes[QUOTED_NAME_BYTES];
    bool last_wanted;
    struct exposition reader;
    struct err err; /* of the reader; kind ERR_NONE: none */
    int64_t lines;  /* written */
    long status;    /* 0: nothing came yet */
};

static bool find_name(const struct page *page, struct str name)
{
    for (size_t i = 0; i < page->name_count; i++)
        if (str_equal(page->names[i], name))
            return true;
    return false;
}

static bool wants(void *context, struct str name)
{
    struct page *page = context;
    if (str_equal(name, page->last_name))
        return page->last_wanted;
    page->last_wanted = find_name(page, name);
    page->last_name = (struct str){page->last_bytes, 0};
    if (name.n < sizeof page->last_bytes) {
        memcpy(page->last_bytes, name.p, name.n);
        page->last_name.n = name.n;
    }
    return page->last_wanted;
}

static bool take(void *context, const struct sample *sample, struct err *err)
{
    struct page *page = context;
    struct text *samples = &page->probe->samples;
    (void)err;
    for (; page->lines + 1 < sample->line; page->lines++)
        text_byte(samples, '\n');
    text_add(samples, sample->text);
    if (isnan(sample->value))
        text_adds(samples, " NaN");
    else
        text_printf(samples, " %.17g", sample->value);
    if (sample->is_stamped)
        text_printf(samples, " %lld", (long long)(sample->at.us / 1000));
    text_byte(samples, '\n');
    page->lines++;
    return true;
}

static size_t take_body(char *data, size_t size, size_t count, void *context)
{
    struct page *page = context;
    size_t n = size * count;
    char *type = NULL;
    if (page->status == 0) {
        (void)curl_easy_getinfo(page->web.curl, CURLINFO_RESPONSE_CODE, &page->status);
        (void)curl_easy_getinfo(page->web.curl, CURLINFO_CONTENT_TYPE, &type);
        page->reader.open_metrics = exposition_is_open_metrics(str_of(type));
    }
    page->web.received += n;
    if (page->status != 200)
        return n;
    return exposition_feed(&page->reader, (struct str){data, n}, &page->err) ? n : 0;
}

static void judge_status(const struct page *page)
{
    long status = page->status;
    const char *advice =
        status == 404                    ? "is this the right path?"
        : status == 401 || status == 403 ? "it wants a permission that is not there"
        : status >= 300 && status < 400  ? "redirects are not followed, configure the final address"
        : status >= 500                  ? "look into its own log"
                                         : "only 200 is read";
    probe_fail(page->probe, "answered %ld: %s", status, advice);
}

static void judge(struct page *page)
{
    struct probe *probe = page->probe;
    (void)curl_easy_getinfo(page->web.curl, CURLINFO_RESPONSE_CODE, &page->status);
    bool failed = page->err.kind != ERR_NONE;
    if (!failed && page->web.code == CURLE_OK && page->status == 200)
        failed = !exposition_end(&page->reader, &page->err);
    if (failed)
        probe_fail(probe, "%s", page->err.text);
    else if (page->web.code != CURLE_OK)
        web_fail(&page->web);
    else if (page->status != 200)
        judge_status(page);
    if (text_full(&probe->samples))
        probe_fail(probe,
                   "the samples in use and the lines before them are more than %d kB; let it show "
                   "fewer series, or put a proxy without TLS before it on this machine and give "
                   "its http address",
                   PROBE_SAMPLES_BYTES / 1024);
    if (probe->failure.n > 0)
        text_init(&probe->samples, probe->work->arena, PROBE_SAMPLES_BYTES); /* no half a page */
    chain_note(probe, page->web.dates.ends_s);
    probe->seen =
        str_printf(probe->work->arena, "answered %lld samples", (long long)page->reader.samples);
}

static void read_names(struct page *page)
{
    const struct json *names = json_get(page->probe->work->body, "names");
    size_t count = 0;
    for (const struct json *name = names ? names->first : NULL; name; name = name->next)
        count++;
    page->names = arena_array(page->probe->work->arena, count + 1, sizeof *page->names);
    for (const struct json *name = names ? names->first : NULL; name; name = name->next)
        page->names[page->name_count++] = name->text;
}

void probe_page(struct probe *probe)
{
    struct arena *arena = probe->work->arena;
    struct page *page = arena_make(arena, struct page);
    struct exposition_use use = {.context = page, .wants = wants, .take = take};
    *page = (struct page){.probe = probe};
    if (!web_open(&page->web, probe))
        return;
    read_names(page);
    exposition_init(&page->reader, &use, arena_alloc(arena, LIMIT_SCRAPE_LINE_BYTES));
    struct curl_slist *headers = curl_slist_append(NULL, "Accept: " EXPOSITION_ACCEPT);
    (void)curl_easy_setopt(page->web.curl, CURLOPT_HTTPHEADER, headers);
    (void)curl_easy_setopt(page->web.curl, CURLOPT_WRITEFUNCTION, take_body);
    (void)curl_easy_setopt(page->web.curl, CURLOPT_WRITEDATA, page);
    web_get(&page->web);
    judge(page);
    web_close(&page->web);
    curl_slist_free_all(headers);
}
