/* slack.h - the transport of incident channels (channel/transport.h) by Slack's Web API.
 *
 * Promises: one order at a time, each answered once; what is asked is in notify/slack_calls.h. A
 * channel that exists already is ours when its purpose holds the order's mark, or when the bot made
 * it and wrote no purpose yet: then Reeve ended between the two. What the bot may not do beside the
 * timeline (topic, pins, invitations) is said once in the channel, and the timeline goes on.
 * Refuses: to hear what people write; Slack posts that to the core (inbound/slack.h). It remembers
 * which message it has pinned only as long as it lives: a new one pins a new message. */
#ifndef SLACK_SLACK_H
#define SLACK_SLACK_H

#include "channel/transport.h"
#include "notify/slack_calls.h"

enum {
    SLACK_INVITED_MAX = 200,
    SLACK_PAGES_MAX = 20,       /* of the list of channels that a name is looked for in */
    SLACK_POST_APART_MS = 1050, /* Slack takes one message a second */
    SLACK_NO_WAIT_MS = 5 * 60 * 1000,
    SLACK_DOUBT_WAIT_MS = 10 * 1000
};

struct slack_setup {
    struct str url, token, ca; /* without / at the end; ca "" when not given */
    struct str *invite;        /* members' ids */
    size_t invite_count;
    bool archive; /* a channel that is left */
};

/* {"archive":BOOL,"ca":"…","invite":["U…"],"kind":"slack","token":"…","url":"…"}; ca, archive and
 * invite may be absent. */
MUST_USE bool slack_setup_read(struct arena *arena, const struct json *json,
                               struct slack_setup *out_setup, struct err *err);

/* How Slack is reached; tests have their own. */
struct slack_web {
    void *context;
    struct slack_http (*ask)(void *context, struct arena *arena, const struct slack_call *call);
    int64_t (*now_ms)(void *context); /* of a clock that nobody sets */
    void (*pause)(void *context, int64_t length_ms);
};

struct slack_room; /* what is remembered of one channel */

struct slack {
    struct arena *arena; /* as long as the transport lives */
    const struct slack_setup *setup;
    struct slack_web web;
    struct str user; /* the bot's own id */
    struct slack_room *rooms;
    bool has_posted;
    int64_t posted_ms;
};

void slack_init(struct slack *slack, struct arena *arena, const struct slack_setup *setup,
                struct slack_web web);
/* Tries the token; writes "ready", or "lost" and returns false with when to try again. arena: for
 * this call. */
MUST_USE bool slack_begin(struct slack *slack, struct arena *arena, struct text *out,
                          int64_t *out_wait_ms);
/* Performs the order and writes its answer. arena: for this call. */
void slack_perform(struct slack *slack, struct arena *arena, const struct channel_order *order,
                   struct text *out);

/* libcurl and the clock; context is the setup. */
struct slack_web slack_web_real(const struct slack_setup *setup);
/* The whole of the process: orders until in_fd ends. setup's strings live as long as the call. The
 * exit code. */
int slack_run(const struct json *setup, int in_fd, int out_fd);

#endif
