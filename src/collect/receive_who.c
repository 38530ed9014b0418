/* receive_who.c - tokens compared, and what is missing in one sentence. */
#include "collect/receive_who.h"

#include "collect/receive_token.h"
#include "telemetry/intake.h"

#include <sys/resource.h>

enum { PROBLEM_LEAST_MS = 60000 };

/* All senders are compared, so that the time tells nothing. */
const struct collector_sender *receive_sender_of(const struct collector_spec *spec,
                                                 const struct http_request *request)
{
    struct receive_token token = receive_token_of(request);
    const struct collector_sender *found = NULL;
    for (size_t i = 0; i < spec->sender_count; i++)
        if (receive_token_is_of(&token, &spec->senders[i]))
            found = &spec->senders[i];
    return found;
}

static struct str why_unknown(const struct collector_spec *spec, const struct http_request *request)
{
    struct receive_token token = receive_token_of(request);
    bool open = false;
    for (size_t i = 0; i < spec->sender_count; i++)
        open = open || spec->senders[i].open;
    if (token.is_given && !token.is_empty)
        return STR("No sender of reeve.yaml has this token; compare it with token: under senders:, "
                   "which is read when Reeve starts.");
    if (token.is_given)
        return STR("The Authorization header holds no token; send \"Bearer TOKEN\", or the token "
                   "as the password of Basic, as token: under senders: in reeve.yaml says it.");
    if (open)
        return STR("Without a token only this machine may send, to 127.0.0.1 or localhost and "
                   "through no proxy; send \"Authorization: Bearer TOKEN\" of a sender that has "
                   "token: under senders: in reeve.yaml.");
    return STR(
        "The request has no token; send \"Authorization: Bearer TOKEN\", or the token as the "
        "password of Basic, as token: under senders: in reeve.yaml says it.");
}

static const char *kind_of(const struct receive_route *route)
{
    unsigned accepts = receive_route_accepts(route);
    return accepts == ACCEPTS_REMOTE_WRITE ? "remote_write"
           : accepts == ACCEPTS_OTLP       ? "otlp"
           : accepts == ACCEPTS_LOGS       ? "logs"
                                           : "exposition";
}

struct receive_refusal receive_check(struct arena *arena, const struct collector_spec *spec,
                                     const struct http_request *request)
{
    const struct receive_route *route = receive_route_find(request->path);
    const struct collector_sender *sender = receive_sender_of(spec, request);
    bool post = str_is(request->method, "POST");
    if (post && !sender)
        return (struct receive_refusal){401, why_unknown(spec, request)};
    if (!route)
        return (struct receive_refusal){404, receive_paths_say(arena)};
    if (!post)
        return (struct receive_refusal){405, STR("What is measured and logged is sent by POST.")};
    if (!(sender->accepts & receive_route_accepts(route)))
        return (struct receive_refusal){
            403, str_printf(arena,
                            "The sender \"%.*s\" may not send this; add %s to its accepts: under "
                            "senders: in reeve.yaml.",
                            STR_ARGS(sender->name), kind_of(route))};
    return (struct receive_refusal){.sentence = STR("")};
}

bool receive_is_recent(struct instant at, struct instant now, int64_t interval_ms)
{
    int64_t stale_ms = stale_after_ms(interval_ms);
    return !instant_is_zero(at) && instant_ms_between(at, now) <
                                       (stale_ms > PROBLEM_LEAST_MS ? stale_ms : PROBLEM_LEAST_MS);
}

void receive_say_reasons(struct arena *arena, const struct push *push, struct instant now,
                         struct target_status *status)
{
    const struct signals *signals = push->tallies.signals;
    struct target_reason *reasons = arena_array(arena, signals->count + 1, sizeof *reasons);
    int64_t stale_ms = stale_after_ms(push->interval_ms);
    int64_t recent_ms = stale_ms > PROBLEM_LEAST_MS ? stale_ms : PROBLEM_LEAST_MS;
    status->reasons = reasons;
    for (size_t i = 0; i < signals->count; i++) {
        struct str why = push_why_not(push, i, now, recent_ms);
        if (why.n > 0)
            reasons[status->reason_count++] = (struct target_reason){signals->items[i].name, why};
    }
}

void receive_settings(struct arena *arena, const struct collector_spec *spec,
                      struct http_settings *out_settings)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &files);
    }
    struct str *hosts = arena_array(arena, spec->host_count, sizeof *hosts);
    for (size_t i = 0; i < spec->host_count; i++)
        hosts[i] = str_copy(arena, spec->hosts[i]);
    http_settings_default(out_settings);
    out_settings->connections = LIMIT_PUSH_CONNECTIONS;
    out_settings->body_bytes = 0; /* only a known sender may send one */
    out_settings->uploads = (struct http_uploads){
        .body_bytes_max = LIMIT_PUSH_BODY_BYTES, .chunked = true, .everywhere = true};
    out_settings->uploads_at_once = LIMIT_PUSH_BODIES;
    out_settings->any_host = true;
    out_settings->hosts = hosts;
    out_settings->host_count = spec->host_count;
}
