/* chain.c - the certificates that a server shows, as libcurl tells of them. */
#include "probe/chain.h"

#include "probe/certificate.h"
#include "probe/samples.h"

enum { SOON_DAYS = 14, DAY_S = 24 * 3600 };

/* The first or the last of the dates of this name in all certificates; 0: there is none. */
static int64_t find_date(CURL *curl, const char *name, bool first)
{
    struct curl_certinfo *chain = NULL;
    int64_t found_s = 0;
    if (curl_easy_getinfo(curl, CURLINFO_CERTINFO, &chain) != CURLE_OK || !chain)
        return 0;
    for (int i = 0; i < chain->num_of_certs; i++) {
        for (const struct curl_slist *field = chain->certinfo[i]; field; field = field->next) {
            int64_t at_s = 0;
            struct str text = str_of(field->data);
            if (!str_starts(text, name) || !certificate_date(str_from(text, strlen(name)), &at_s))
                continue;
            if (found_s == 0 || (at_s < found_s) == first)
                found_s = at_s;
        }
    }
    return found_s;
}

struct chain_dates chain_dates(CURL *curl)
{
    return (struct chain_dates){find_date(curl, "Start date:", false),
                                find_date(curl, "Expire date:", true)};
}

void chain_trust(CURL *curl, const char *ca)
{
    if (!ca)
        return;
    (void)curl_easy_setopt(curl, CURLOPT_CAINFO, ca);
    (void)curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
}

void chain_add(struct probe *probe, int64_t ends_s)
{
    if (ends_s == 0)
        return;
    int64_t left_s = ends_s - probe->work->now.us / 1000000;
    sample_add(&probe->samples, "probe_ssl_earliest_cert_expiry", (double)ends_s);
    sample_add(&probe->samples, "reeve_probe_certificate_left_seconds", (double)left_s);
    chain_note(probe, ends_s);
}

void chain_note(struct probe *probe, int64_t ends_s)
{
    int64_t left_s = ends_s - probe->work->now.us / 1000000;
    char ends[INSTANT_TEXT_BYTES];
    instant_write((struct instant){ends_s * 1000000}, ends);
    if (left_s > 0 && left_s < (int64_t)SOON_DAYS * DAY_S && probe->note.n == 0)
        probe->note =
            str_printf(probe->work->arena, "its certificate ends in %lld days, on %.10s; renew it",
                       (long long)(left_s / DAY_S), ends);
}

void chain_fail(struct probe *probe, const struct chain_refusal *refusal)
{
    int64_t now_s = probe->work->now.us / 1000000;
    int64_t ends_s = refusal->dates.ends_s;
    int64_t starts_s = refusal->dates.starts_s;
    char starts[INSTANT_TEXT_BYTES];
    char ends[INSTANT_TEXT_BYTES];
    instant_write((struct instant){starts_s * 1000000}, starts);
    instant_write((struct instant){ends_s * 1000000}, ends);
    if (ends_s > 0 && ends_s <= now_s)
        probe_fail(probe, "the certificate of %.*s has expired on %.10s; renew it",
                   STR_ARGS(refusal->host), ends);
    else if (starts_s > now_s)
        probe_fail(
            probe,
            "the certificate of %.*s is not valid before %.10s %.5s UTC; let the server show "
            "one that is valid now, or set the clock of this machine",
            STR_ARGS(refusal->host), starts, starts + 11);
    else if (str_find(str_of(refusal->said), "subject name", 0) < strlen(refusal->said))
        probe_fail(probe,
                   "the certificate is of another name than %.*s; give the %s with the name it is "
                   "of, or get one for this name",
                   STR_ARGS(refusal->host), refusal->place);
    else
        probe_fail(probe,
                   "the certificate of %.*s is not signed by anybody who is trusted here: %s; let "
                   "the server send its whole chain, or name the authority with ca:",
                   STR_ARGS(refusal->host), refusal->said);
}
