/* web.c - libcurl set up for a probe, and its codes in words. */
#include "probe/web.h"

static void set_up(struct web *web)
{
    CURL *curl = web->curl;
    long left_ms = (long)probe_left_ms(web->probe);
    (void)curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(curl, CURLOPT_URL, web->url.p);
    (void)curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    (void)curl_easy_setopt(curl, CURLOPT_PROXY, "");
    (void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, left_ms > 0 ? left_ms : 1L);
    (void)curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, left_ms > 0 ? left_ms : 1L);
    (void)curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    (void)curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, web->said);
    (void)curl_easy_setopt(curl, CURLOPT_CERTINFO, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "");
    (void)curl_easy_setopt(curl, CURLOPT_USERAGENT, "reeve/" REEVE_VERSION);
    chain_trust(curl, web->ca.n > 0 ? web->ca.p : NULL);
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

bool web_open(struct web *web, struct probe *probe)
{
    const struct json *body = probe->work->body;
    struct arena *arena = probe->work->arena;
    *web = (struct web){.probe = probe,
                        .url = str_copy(arena, json_get_str(body, "url")),
                        .ca = str_copy(arena, json_get_str(body, "ca"))};
    if (!str_starts_nocase(web->url, "http://") && !str_starts_nocase(web->url, "https://")) {
        probe_refuse(probe, "the url does not begin with http:// or https://");
        return false;
    }
    web->host = host_of(arena, web->url);
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || !(web->curl = curl_easy_init())) {
        probe_fail(probe, "libcurl cannot be used here");
        return false;
    }
    set_up(web);
    return true;
}

void web_get(struct web *web)
{
    web->code = curl_easy_perform(web->curl);
    web->dates = chain_dates(web->curl);
}

/* After a handshake that failed nothing is known of the certificate. */
static void look_at_certificate(struct web *web)
{
    char said[CURL_ERROR_SIZE];
    memcpy(said, web->said, sizeof said);
    curl_easy_reset(web->curl);
    set_up(web);
    (void)curl_easy_setopt(web->curl, CURLOPT_SSL_VERIFYPEER, 0L);
    (void)curl_easy_setopt(web->curl, CURLOPT_SSL_VERIFYHOST, 0L);
    (void)curl_easy_setopt(web->curl, CURLOPT_CONNECT_ONLY, 1L);
    if (curl_easy_perform(web->curl) == CURLE_OK)
        web->dates = chain_dates(web->curl);
    memcpy(web->said, said, sizeof said);
}

static void fail_late(struct web *web)
{
    struct probe *probe = web->probe;
    struct str within = duration_text(probe->work->arena, probe->work->deadline_ms);
    curl_off_t connected_us = 0;
    (void)curl_easy_getinfo(web->curl, CURLINFO_CONNECT_TIME_T, &connected_us);
    probe_fail(probe, "did not %s within %.*s; look at %s",
               connected_us > 0 ? (web->received > 0 ? "finish its answer" : "answer")
                                : "take the connection",
               STR_ARGS(within), connected_us > 0 ? "its load" : "the firewalls between");
}

void web_fail(struct web *web)
{
    struct probe *probe = web->probe;
    const char *said = web->said[0] ? web->said : curl_easy_strerror(web->code);
    if (web->code == CURLE_PEER_FAILED_VERIFICATION) {
        look_at_certificate(web);
        struct chain_refusal refusal = {web->host, "url", said, web->dates};
        chain_fail(probe, &refusal);
    } else if (web->code == CURLE_COULDNT_RESOLVE_HOST) {
        probe_fail(probe, "the name %.*s cannot be resolved; check the url in reeve.yaml, and DNS",
                   STR_ARGS(web->host));
    } else if (web->code == CURLE_COULDNT_CONNECT) {
        probe_fail(probe,
                   "%.*s cannot be reached: %s; check that it runs, and the url in reeve.yaml",
                   STR_ARGS(web->host), said);
    } else if (web->code == CURLE_OPERATION_TIMEDOUT) {
        fail_late(web);
    } else if (web->code == CURLE_SSL_CACERT_BADFILE) {
        probe_fail(probe, "the file of ca: cannot be used: %s", said);
    } else if (web->code == CURLE_SSL_CONNECT_ERROR) {
        probe_fail(probe, "%.*s speaks no TLS as it should: %s", STR_ARGS(web->host), said);
    } else if (web->code == CURLE_URL_MALFORMAT) {
        probe_refuse(probe, "the url cannot be used: %s", said);
    } else {
        probe_fail(probe, "gave no whole answer: %s; look into its own log", said);
    }
}

void web_close(struct web *web)
{
    curl_easy_cleanup(web->curl);
}
