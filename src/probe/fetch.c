/* fetch.c - one GET of a vendor's API. */
#include "probe/fetch.h"

#include "probe/chain.h"

struct get {
    struct probe *probe;
    struct fetch *fetch;
    CURL *curl;
    struct curl_slist *headers;
    char said[CURL_ERROR_SIZE];
    bool too_long;
};

static size_t take_body(char *data, size_t size, size_t count, void *context)
{
    struct get *get = context;
    size_t n = size * count;
    get->too_long = n > FETCH_BODY_BYTES - get->fetch->body.n;
    if (get->too_long)
        return 0;
    text_add(&get->fetch->body, (struct str){data, n});
    return n;
}

static bool take_value(struct str line, const char *name, struct str *out_value)
{
    size_t n = strlen(name);
    if (!str_starts_nocase(line, name) || line.n <= n || line.p[n] != ':')
        return false;
    *out_value = str_trim(str_from(line, n + 1));
    return true;
}

static size_t take_header(char *data, size_t size, size_t count, void *context)
{
    struct get *get = context;
    struct fetch *fetch = get->fetch;
    struct str line = {data, size * count};
    struct str value;
    double number = 0;
    if (take_value(line, "etag", &value) && value.n < FETCH_ETAG_BYTES)
        fetch->etag = str_copy(get->probe->work->arena, value);
    else if (take_value(line, "x-ratelimit-limit-requests", &value) && str_real(value, &number))
        fetch->limit = number;
    else if (take_value(line, "x-ratelimit-remaining-requests", &value) && str_real(value, &number))
        fetch->remaining = number;
    else if (take_value(line, "retry-after", &value) && !str_int(value, &fetch->retry_after_s))
        fetch->retry_after_s = -1;
    return line.n;
}

static void set_up(struct get *get)
{
    struct fetch *fetch = get->fetch;
    CURL *curl = get->curl;
    struct arena *arena = get->probe->work->arena;
    long left_ms = (long)probe_left_ms(get->probe);
    (void)curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(curl, CURLOPT_URL, fetch->url.p);
    (void)curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    (void)curl_easy_setopt(curl, CURLOPT_PROXY, "");
    (void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, left_ms > 0 ? left_ms : 1L);
    (void)curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, left_ms > 0 ? left_ms : 1L);
    (void)curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    (void)curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, get->said);
    (void)curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "");
    (void)curl_easy_setopt(curl, CURLOPT_USERAGENT, "reeve/" REEVE_VERSION);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, get);
    (void)curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
    (void)curl_easy_setopt(curl, CURLOPT_HEADERDATA, get);
    get->headers = curl_slist_append(NULL, "Accept: application/json");
    if (fetch->if_not.n > 0)
        get->headers = curl_slist_append(
            get->headers, str_printf(arena, "If-None-Match: %.*s", STR_ARGS(fetch->if_not)).p);
    (void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, get->headers);
    chain_trust(curl, fetch->ca.n > 0 ? fetch->ca.p : NULL);
    if (fetch->bearer.n > 0) {
        (void)curl_easy_setopt(curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BEARER);
        (void)curl_easy_setopt(curl, CURLOPT_XOAUTH2_BEARER, fetch->bearer.p);
    }
}

static void say_failure(struct get *get, CURLcode code)
{
    struct probe *probe = get->probe;
    const char *said = get->said[0] ? get->said : curl_easy_strerror(code);
    struct str within = duration_text(probe->work->arena, probe->work->deadline_ms);
    if (get->too_long)
        probe_fail(probe, "answered with more than %d MiB; check the url in reeve.yaml",
                   FETCH_BODY_BYTES / 1024 / 1024);
    else if (code == CURLE_OPERATION_TIMEDOUT)
        probe_fail(probe, "did not answer within %.*s; look at it in a browser", STR_ARGS(within));
    else if (code == CURLE_URL_MALFORMAT)
        probe_refuse(probe, "the url cannot be used: %s", said);
    else
        probe_fail(probe, "cannot be reached: %s; check the url in reeve.yaml, and DNS", said);
}

/* Plain HTTP shows the token to everybody between. */
static bool is_safe(const struct fetch *fetch)
{
    static const char *const here[] = {"http://127.0.0.1:", "http://localhost:", "http://[::1]:"};
    bool safe = fetch->bearer.n == 0 || str_starts_nocase(fetch->url, "https://");
    for (size_t i = 0; i < sizeof here / sizeof *here; i++)
        safe = safe || str_starts_nocase(fetch->url, here[i]);
    return safe;
}

bool fetch_get(struct probe *probe, struct fetch *fetch)
{
    struct get get = {.probe = probe, .fetch = fetch};
    fetch->status = 0;
    fetch->etag = STR("");
    fetch->limit = fetch->remaining = -1;
    fetch->retry_after_s = -1;
    text_init(&fetch->body, probe->work->arena, FETCH_BODY_BYTES);
    if (!is_safe(fetch)) {
        probe_refuse(probe, "a key must not be sent without TLS; give an url with https://");
        return false;
    }
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || !(get.curl = curl_easy_init())) {
        probe_fail(probe, "libcurl cannot be used here");
        return false;
    }
    set_up(&get);
    CURLcode code = curl_easy_perform(get.curl);
    (void)curl_easy_getinfo(get.curl, CURLINFO_RESPONSE_CODE, &fetch->status);
    if (code != CURLE_OK)
        say_failure(&get, code);
    curl_slist_free_all(get.headers);
    curl_easy_cleanup(get.curl);
    return code == CURLE_OK;
}
