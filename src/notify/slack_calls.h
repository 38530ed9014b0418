/* slack_calls.h - the methods of Slack's Web API that make, fill and archive a channel: what each
 * is asked, and what its answer means.
 *
 * Promises: pure; texts are escaped as Slack wants it and cut, visibly, to what a method takes; of
 * an answer with "ok": false the sentence says what to do about it. Refuses: to take a page of a
 * proxy for an answer. */
#ifndef NOTIFY_SLACK_CALLS_H
#define NOTIFY_SLACK_CALLS_H

#include "base/json.h"

enum {
    SLACK_NAME_BYTES = 80,
    SLACK_TOPIC_CHARACTERS = 250,
    SLACK_MESSAGE_BYTES = 3800, /* longer ones are cut by Slack itself at 4,000 characters */
    SLACK_LIST_PAGE = 200
};

/* Adds s as Slack reads it as plain: & < > are its own (docs.slack.dev, formatting). */
void slack_escape(struct text *text, struct str s);

/* One request: GET with a query, else POST with JSON. */
struct slack_call {
    const char *method; /* "conversations.create" */
    struct str body;    /* "" : GET */
    struct str query;   /* "" or "?types=…" */
};

struct slack_call slack_test(void); /* whose token it is */
struct slack_call slack_create(struct arena *arena, struct str name);
/* One page of those that are not archived; cursor "" for the first. */
struct slack_call slack_list(struct arena *arena, struct str cursor);
struct slack_call slack_topic(struct arena *arena, struct str channel, struct str topic);
struct slack_call slack_purpose(struct arena *arena, struct str channel, struct str purpose);
struct slack_call slack_invite(struct arena *arena, struct str channel, struct str user);
struct slack_call slack_post(struct arena *arena, struct str channel, struct str text);
struct slack_call slack_update(struct arena *arena, struct str channel, struct str ts,
                               struct str text);
struct slack_call slack_pin(struct arena *arena, struct str channel, struct str ts);
struct slack_call slack_archive(struct arena *arena, struct str channel);

/* As many of the lines as one message holds, escaped, one below the other; at least one, cut where
 * it alone is too long. *out_taken: how many. */
struct str slack_lines(struct arena *arena, const struct str *lines, size_t count,
                       size_t *out_taken);

enum slack_outcome {
    SLACK_DONE,
    SLACK_TAKEN, /* a channel has the name, perhaps an archived one */
    SLACK_LATER, /* certainly not done; after wait_ms it may be */
    SLACK_NO,    /* certainly not done, and will not be before somebody does something */
    SLACK_DOUBT  /* no whole answer */
};

struct slack_answer {
    enum slack_outcome outcome;
    struct str sentence; /* not SLACK_DONE: what is wrong and what to do; no secret stands in it */
    int64_t wait_ms;     /* SLACK_LATER; at least 1000 */
    const struct json *root; /* SLACK_DONE */
};

struct slack_http {
    long status; /* 0: there was no whole answer */
    struct str body;
    int64_t retry_after_s; /* 0: not said */
    struct str problem;    /* status 0: why */
    bool unsent;           /* status 0: it was certainly not asked */
};

struct slack_answer slack_read(struct arena *arena, const struct slack_call *call,
                               const struct slack_http *http);

#endif
