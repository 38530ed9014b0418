/* talk_tls.c - TLS of a talk, by libcurl, which takes the open connection, shakes hands, verifies
 * and then only carries bytes.
 *
 * A certificate that was not taken is looked at by a second connection that sends nothing: when it
 * ends is to be known all the same. */
#include "probe/talk.h"

static void set_up(struct talk *talk, const struct talk_tls *tls)
{
    CURL *curl = talk->tls;
    long left_ms = (long)probe_left_ms(talk->probe);
    bool six = str_find_byte(talk->host, ':', 0) < talk->host.n;
    struct str url = str_printf(talk->probe->work->arena, "https://%s%.*s%s:%.*s/", six ? "[" : "",
                                STR_ARGS(talk->host), six ? "]" : "", STR_ARGS(talk->port));
    (void)curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https");
    (void)curl_easy_setopt(curl, CURLOPT_URL, url.p);
    (void)curl_easy_setopt(curl, CURLOPT_CONNECT_ONLY, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_SSL_ENABLE_ALPN, 0L);
    (void)curl_easy_setopt(curl, CURLOPT_PROXY, "");
    (void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, left_ms > 0 ? left_ms : 1L);
    (void)curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, left_ms > 0 ? left_ms : 1L);
    (void)curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    (void)curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, talk->said);
    (void)curl_easy_setopt(curl, CURLOPT_CERTINFO, 1L);
    chain_trust(curl, tls->ca.n > 0 ? tls->ca.p : NULL);
    if (tls->certificate.n > 0)
        (void)curl_easy_setopt(curl, CURLOPT_SSLCERT, tls->certificate.p);
    if (tls->key.n > 0) {
        struct curl_blob key = {(void *)(uintptr_t)tls->key.p, tls->key.n, CURL_BLOB_NOCOPY};
        (void)curl_easy_setopt(curl, CURLOPT_SSLKEY_BLOB, &key);
    }
}

static curl_socket_t give_connection(void *context, curlsocktype purpose,
                                     struct curl_sockaddr *address)
{
    struct talk *talk = context;
    (void)purpose;
    (void)address;
    if (talk->handed_over)
        return CURL_SOCKET_BAD;
    talk->handed_over = true;
    return talk->fd;
}

static int is_connected(void *context, curl_socket_t fd, curlsocktype purpose)
{
    (void)context;
    (void)fd;
    (void)purpose;
    return CURL_SOCKOPT_ALREADY_CONNECTED;
}

static void look_at_certificate(struct talk *talk, const struct talk_tls *tls)
{
    char said[CURL_ERROR_SIZE];
    memcpy(said, talk->said, sizeof said);
    curl_easy_reset(talk->tls);
    set_up(talk, tls);
    (void)curl_easy_setopt(talk->tls, CURLOPT_SSL_VERIFYPEER, 0L);
    (void)curl_easy_setopt(talk->tls, CURLOPT_SSL_VERIFYHOST, 0L);
    if (curl_easy_perform(talk->tls) == CURLE_OK)
        talk->dates = chain_dates(talk->tls);
    memcpy(talk->said, said, sizeof said);
}

static bool said(const struct talk *talk, const char *words)
{
    return str_find(str_of(talk->said), words, 0) < strlen(talk->said);
}

void talk_fail_tls(struct talk *talk)
{
    struct str place = talk_place(talk);
    bool wants = said(talk, "certificate required") || said(talk, "handshake failure");
    if (wants && !talk->offers_certificate)
        probe_fail(talk->probe,
                   "%.*s wants a certificate of its clients; give certificate: and key: beside its "
                   "address",
                   STR_ARGS(place));
    else if (said(talk, " alert ") && talk->offers_certificate)
        probe_fail(talk->probe,
                   "%.*s does not take our certificate: %s; give certificate: of an authority that "
                   "it takes, see tls-ca-cert-file in its configuration",
                   STR_ARGS(place), talk->said);
    else if (said(talk, "wrong version number") || said(talk, "http request"))
        probe_fail(talk->probe,
                   "%.*s speaks no TLS; write redis:// in its address, or the port that has TLS",
                   STR_ARGS(place));
    else
        probe_fail(talk->probe, "%.*s broke the connection off: %s; look into its own log",
                   STR_ARGS(place), talk->said);
}

/* A Redis without TLS may take the handshake for half a command, and wait for the rest of it. */
static void fail_late(struct talk *talk)
{
    struct str within = duration_text(talk->probe->work->arena, talk->probe->work->deadline_ms);
    probe_fail(talk->probe,
               "%.*s did not answer the TLS handshake within %.*s; if it has no TLS there, write "
               "redis:// in its address, or the port that has it, else look at its load",
               STR_ARGS(talk_place(talk)), STR_ARGS(within));
}

static void fail_open(struct talk *talk, const struct talk_tls *tls, CURLcode code)
{
    struct probe *probe = talk->probe;
    struct str place = talk_place(talk);
    if (talk->said[0] == '\0')
        str_keep(talk->said, sizeof talk->said, str_of(curl_easy_strerror(code)));
    if (code == CURLE_PEER_FAILED_VERIFICATION) {
        look_at_certificate(talk, tls);
        struct chain_refusal refusal = {place, "address", talk->said, talk->dates};
        chain_fail(probe, &refusal);
    } else if (code == CURLE_OPERATION_TIMEDOUT) {
        fail_late(talk);
    } else if (code == CURLE_SSL_CACERT_BADFILE) {
        probe_fail(probe, "the file of ca: cannot be used: %s", talk->said);
    } else if (code == CURLE_SSL_CERTPROBLEM) {
        probe_fail(probe,
                   "certificate: and key: cannot be used: %s; both are PEM, and the key is that of "
                   "the certificate",
                   talk->said);
    } else {
        talk_fail_tls(talk);
    }
}

bool talk_open_tls(struct talk *talk, const struct talk_tls *tls)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || !(talk->tls = curl_easy_init())) {
        probe_fail(talk->probe, "libcurl cannot be used here");
        return false;
    }
    talk->offers_certificate = tls->certificate.n > 0;
    set_up(talk, tls);
    (void)curl_easy_setopt(talk->tls, CURLOPT_OPENSOCKETFUNCTION, give_connection);
    (void)curl_easy_setopt(talk->tls, CURLOPT_OPENSOCKETDATA, talk);
    (void)curl_easy_setopt(talk->tls, CURLOPT_SOCKOPTFUNCTION, is_connected);
    CURLcode code = curl_easy_perform(talk->tls);
    if (code != CURLE_OK) {
        fail_open(talk, tls, code);
        return false;
    }
    talk->dates = chain_dates(talk->tls);
    talk->said[0] = '\0';
    return true;
}
