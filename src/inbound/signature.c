/* signature.c - HMAC-SHA256 as Grafana and Slack sign. */
#include "inbound/signature.h"

#include "base/hash.h"
#include "base/secret_value.h"

static const char *time_problem(const struct inbound_signed *what)
{
    int64_t seconds = 0;
    if (!str_int(what->timestamp, &seconds) || seconds < 0 || seconds > INT32_MAX * INT64_C(8))
        return "The time of the signature is missing or is no number of seconds.";
    int64_t apart_ms = what->now.us / 1000 - seconds * 1000;
    if (apart_ms > INBOUND_SIGNED_MS || apart_ms < -INBOUND_SIGNED_MS)
        return "The time of the signature is more than 5 minutes away: an old body, or a wrong "
               "clock.";
    return NULL;
}

const char *inbound_signature_problem(const struct inbound_signed *what, struct str secret)
{
    bool slack = what->signing == SIGNED_SLACK;
    bool timed = slack || what->has_time;
    char hex[HASH_HEX_BYTES];
    struct str signature = str_trim(what->signature);
    if (signature.n == 0)
        return "The body is not signed.";
    const char *problem = timed ? time_problem(what) : NULL;
    if (problem)
        return problem;
    struct str parts[] = {slack ? STR("v0:") : STR(""), timed ? what->timestamp : STR(""),
                          timed ? STR(":") : STR(""), what->body};
    struct hash mac = hash_hmac(secret, parts, sizeof parts / sizeof *parts);
    hash_hex(&mac, hex);
    if (slack && !str_starts(signature, "v0="))
        return "The signature does not begin with v0=.";
    if (slack)
        signature = str_from(signature, 3);
    return secret_equal(signature, str_of(hex)) ? NULL
                                                : "The signature is not that of this body with "
                                                  "the secret of this sender; compare it with "
                                                  "secret: of the sender in reeve.yaml.";
}
