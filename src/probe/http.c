/* http.c - one GET of a page: did it answer as it should, how fast, and how long its certificate
 * holds. Names as the blackbox exporter's.
 *
 * No redirect is followed: whoever is sent elsewhere is told so. An expired or wrong certificate is
 * a failure, and its end is measured nevertheless, by a second connection that asks nothing. */
#include "os/clock.h"
#include "probe/chain.h"
#include "probe/probe.h"
#include "probe/samples.h"

enum { BODY_BYTES = 1024 * 1024 };

struct look {
    struct probe *probe;
    CURL *curl;
    struct text body;
    struct str url, host, contains;
    int64_t wanted; /* the status; 0: any from 200 to 299 */
    long status;
    char said[CURL_ERROR_SIZE];
    CURLcode code;
    struct chain_dates dates; /* of the certificates; 0: none was seen */
};

static size_t take_body(char *data, size_t size, size_t count, void *context)
{
    struct look *look = context;
    size_t n = size * count;
    size_t room = BODY_BYTES - look->body.n;
    text_add(&look->body, (struct str){data, n < room ? n : room});
    return n <= room ? n : 0; /* more is not wanted; is_enough() */
}

static bool is_enough(const struct look *look)
{
    return look->code == CURLE_WRITE_ERROR && look->body.n == BODY_BYTES;
}

static void set_up(struct look *look, const char *ca)
{
    CURL *curl = look->curl;
    long left_ms = (long)probe_left_ms(look->probe);
    (void)curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(curl, CURLOPT_URL, look->url.p);
    (void)curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    (void)curl_easy_setopt(curl, CURLOPT_PROXY, "");
    (void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, left_ms > 0 ? left_ms : 1L);
    (void)curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, left_ms > 0 ? left_ms : 1L);
    (void)curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    (void)curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, look->said);
    (void)curl_easy_setopt(curl, CURLOPT_CERTINFO, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "");
    (void)curl_easy_setopt(curl, CURLOPT_USERAGENT, "reeve/" REEVE_VERSION);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, look);
    chain_trust(curl, ca);
}

/* After a handshake that failed nothing is known of the certificate. */
static void look_at_certificate(struct look *look, const char *ca)
{
    char said[CURL_ERROR_SIZE];
    memcpy(said, look->said, sizeof said);
    curl_easy_reset(look->curl);
    set_up(look, ca);
    (void)curl_easy_setopt(look->curl, CURLOPT_SSL_VERIFYPEER, 0L);
    (void)curl_easy_setopt(look->curl, CURLOPT_SSL_VERIFYHOST, 0L);
    (void)curl_easy_setopt(look->curl, CURLOPT_CONNECT_ONLY, 1L);
    if (curl_easy_perform(look->curl) == CURLE_OK)
        look->dates = chain_dates(look->curl);
    memcpy(look->said, said, sizeof said);
}

static double seconds(struct look *look, CURLINFO which)
{
    curl_off_t us = 0;
    (void)curl_easy_getinfo(look->curl, which, &us);
    return (double)us / 1e6;
}

static void say_failure(struct look *look, const char *ca)
{
    struct probe *probe = look->probe;
    const char *said = look->said[0] ? look->said : curl_easy_strerror(look->code);
    bool connected = seconds(look, CURLINFO_CONNECT_TIME_T) > 0;
    if (look->code == CURLE_PEER_FAILED_VERIFICATION) {
        look_at_certificate(look, ca);
        struct chain_refusal refusal = {look->host, "url", said, look->dates};
        chain_fail(probe, &refusal);
    } else if (look->code == CURLE_COULDNT_RESOLVE_HOST) {
        probe_fail(probe, "the name %.*s cannot be resolved; check the url in reeve.yaml, and DNS",
                   STR_ARGS(look->host));
    } else if (look->code == CURLE_COULDNT_CONNECT) {
        probe_fail(probe,
                   "%.*s cannot be reached: %s; check that it runs, and the url in reeve.yaml",
                   STR_ARGS(look->host), said);
    } else if (look->code == CURLE_OPERATION_TIMEDOUT) {
        struct str within = duration_text(probe->work->arena, probe->work->deadline_ms);
        probe_fail(probe, "did not %s within %.*s; look at %s",
                   connected ? (look->body.n > 0 ? "finish its answer" : "answer")
                             : "take the connection",
                   STR_ARGS(within), connected ? "its load" : "the firewalls between");
    } else if (look->code == CURLE_SSL_CACERT_BADFILE) {
        probe_fail(probe, "the file of ca: cannot be used: %s", said);
    } else if (look->code == CURLE_SSL_CONNECT_ERROR) {
        probe_fail(probe, "%.*s speaks no TLS as it should: %s", STR_ARGS(look->host), said);
    } else if (look->code == CURLE_URL_MALFORMAT) {
        probe_refuse(probe, "the url cannot be used: %s", said);
    } else {
        probe_fail(probe, "gave no whole answer: %s; look into its own log", said);
    }
}

static void judge_answer(struct look *look)
{
    struct probe *probe = look->probe;
    bool good =
        look->wanted > 0 ? look->status == look->wanted : look->status >= 200 && look->status < 300;
    char *elsewhere = NULL;
    (void)curl_easy_getinfo(look->curl, CURLINFO_REDIRECT_URL, &elsewhere);
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

static void perform(struct look *look, const char *ca)
{
    struct probe *probe = look->probe;
    int64_t from_us = clock_boot_us();
    set_up(look, ca);
    look->code = curl_easy_perform(look->curl);
    double took_s = (double)(clock_boot_us() - from_us) / 1e6;
    (void)curl_easy_getinfo(look->curl, CURLINFO_RESPONSE_CODE, &look->status);
    look->dates = chain_dates(look->curl);
    if (look->status > 0)
        add_times(look);
    if (look->code == CURLE_OK || is_enough(look))
        judge_answer(look);
    else
        say_failure(look, ca);
    chain_add(probe, look->dates.ends_s);
    sample_add(&probe->samples, "probe_duration_seconds", took_s);
    sample_add(&probe->samples, "probe_success", probe->failure.n == 0 ? 1 : 0);
    probe->seen = str_printf(probe->work->arena, "answered %ld in %lld ms", look->status,
                             (long long)(took_s * 1000 + 0.5));
}

/* "shop.example.com port 8443", without what stands around it. */
static struct str host_of(struct arena *arena, struct str url)
{
    struct str rest = str_from(url, str_find(url, "://", 0) + 3);
    for (size_t i = 0; i < rest.n; i++)
        if (rest.p[i] == '/' || rest.p[i] == '?' || rest.p[i] == '#')
            rest = str_slice(rest, 0, i);
    size_t from = str_starts(rest, "[") ? str_find_byte(rest, ']', 0) : 0;
    size_t colon = str_find_byte(rest, ':', from);
    return colon < rest.n ? str_printf(arena, "%.*s port %.*s", STR_ARGS(str_slice(rest, 0, colon)),
                                       STR_ARGS(str_from(rest, colon + 1)))
                          : str_copy(arena, rest);
}

void probe_http(struct probe *probe)
{
    const struct json *body = probe->work->body;
    struct arena *arena = probe->work->arena;
    struct look look = {.probe = probe, .url = str_copy(arena, json_get_str(body, "url"))};
    struct str ca = str_copy(arena, json_get_str(body, "ca"));
    if (!str_starts_nocase(look.url, "http://") && !str_starts_nocase(look.url, "https://")) {
        probe_refuse(probe, "the url does not begin with http:// or https://");
        return;
    }
    look.host = host_of(arena, look.url);
    look.contains = str_copy(arena, json_get_str(body, "contains"));
    if (!json_get_int(body, "status", &look.wanted))
        look.wanted = 0;
    text_init(&look.body, arena, BODY_BYTES + 1);
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || !(look.curl = curl_easy_init())) {
        probe_fail(probe, "libcurl cannot be used here");
        return;
    }
    perform(&look, ca.n > 0 ? ca.p : NULL);
    curl_easy_cleanup(look.curl);
}
