/* http.c - one GET of a page: did it answer as it should, how fast, and how long its certificate
 * holds. Names as the blackbox exporter's.
 *
 * No redirect is followed: whoever is sent elsewhere is told so. An expired or wrong certificate is
 * a failure, and its end is measured nevertheless, by a second connection that asks nothing. */
#include "os/clock.h"
#include "probe/samples.h"
#include "probe/web.h"

enum { BODY_BYTES = 1024 * 1024 };

struct look {
    struct probe *probe;
    struct web web;
    struct text body;
    struct str contains;
    int64_t wanted; /* the status; 0: any from 200 to 299 */
    long status;
};

static size_t take_body(char *data, size_t size, size_t count, void *context)
{
    struct look *look = context;
    size_t n = size * count;
    size_t room = BODY_BYTES - look->body.n;
    text_add(&look->body, (struct str){data, n < room ? n : room});
    look->web.received = look->body.n;
    return n <= room ? n : 0; /* more is not wanted; is_enough() */
}

static bool is_enough(const struct look *look)
{
    return look->web.code == CURLE_WRITE_ERROR && look->body.n == BODY_BYTES;
}

static double seconds(struct look *look, CURLINFO which)
{
    curl_off_t us = 0;
    (void)curl_easy_getinfo(look->web.curl, which, &us);
    return (double)us / 1e6;
}

static void judge_answer(struct look *look)
{
    struct probe *probe = look->probe;
    bool good =
        look->wanted > 0 ? look->status == look->wanted : look->status >= 200 && look->status < 300;
    char *elsewhere = NULL;
    (void)curl_easy_getinfo(look->web.curl, CURLINFO_REDIRECT_URL, &elsewhere);
    if (!good && elsewhere)
        probe_fail(probe, "answered %ld and leads to %.200s; give that url, or status: %ld",
                   look->status, elsewhere, look->status);
    else if (!good && look->wanted > 0)
        probe_fail(probe, "answered %ld instead of %lld", look->status, (long long)look->wanted);
    else if (!good)
        probe_fail(probe, "answered %ld; look into its own log", look->status);
    if (look->contains.n == 0)
        return;
    struct str body = text_str(&look->body);
    bool found = str_find(body, look->contains.p, 0) < body.n;
    sample_add(&probe->samples, "probe_failed_due_to_regex", found ? 0 : 1);
    if (!found)
        probe_fail(probe, "answered %ld, but %s does not contain \"%.*s\"", look->status,
                   is_enough(look) ? "the first MiB of the answer" : "the answer",
                   STR_ARGS(str_cut(look->contains, 100)));
}

static void add_times(struct look *look)
{
    static const struct {
        const char *phase;
        CURLINFO from, to;
    } phases[] = {{"resolve", 0, CURLINFO_NAMELOOKUP_TIME_T},
                  {"connect", CURLINFO_NAMELOOKUP_TIME_T, CURLINFO_CONNECT_TIME_T},
                  {"tls", CURLINFO_CONNECT_TIME_T, CURLINFO_APPCONNECT_TIME_T},
                  {"processing", CURLINFO_PRETRANSFER_TIME_T, CURLINFO_STARTTRANSFER_TIME_T},
                  {"transfer", CURLINFO_STARTTRANSFER_TIME_T, CURLINFO_TOTAL_TIME_T}};
    for (size_t i = 0; i < sizeof phases / sizeof *phases; i++) {
        double from = phases[i].from == 0 ? 0 : seconds(look, phases[i].from);
        double took = seconds(look, phases[i].to) - from;
        sample_add_of(
            &look->probe->samples, "probe_http_duration_seconds",
            (const struct sample_label[SAMPLE_LABELS_MAX]){{"phase", str_of(phases[i].phase)}},
            took > 0 ? took : 0);
    }
    sample_add(&look->probe->samples, "probe_http_status_code", (double)look->status);
    sample_add(&look->probe->samples, "probe_http_uncompressed_body_length", (double)look->body.n);
}

static void perform(struct look *look)
{
    struct probe *probe = look->probe;
    int64_t from_us = clock_boot_us();
    web_get(&look->web);
    double took_s = (double)(clock_boot_us() - from_us) / 1e6;
    (void)curl_easy_getinfo(look->web.curl, CURLINFO_RESPONSE_CODE, &look->status);
    if (look->status > 0)
        add_times(look);
    if (look->web.code == CURLE_OK || is_enough(look))
        judge_answer(look);
    else
        web_fail(&look->web);
    chain_add(probe, look->web.dates.ends_s);
    sample_add(&probe->samples, "probe_duration_seconds", took_s);
    sample_add(&probe->samples, "probe_success", probe->failure.n == 0 ? 1 : 0);
    probe->seen = str_printf(probe->work->arena, "answered %ld in %lld ms", look->status,
                             (long long)(took_s * 1000 + 0.5));
}

void probe_http(struct probe *probe)
{
    const struct json *body = probe->work->body;
    struct arena *arena = probe->work->arena;
    struct look look = {.probe = probe};
    if (!web_open(&look.web, probe))
        return;
    look.contains = str_copy(arena, json_get_str(body, "contains"));
    if (!json_get_int(body, "status", &look.wanted))
        look.wanted = 0;
    text_init(&look.body, arena, BODY_BYTES + 1);
    (void)curl_easy_setopt(look.web.curl, CURLOPT_WRITEFUNCTION, take_body);
    (void)curl_easy_setopt(look.web.curl, CURLOPT_WRITEDATA, &look);
    perform(&look);
    web_close(&look.web);
}
