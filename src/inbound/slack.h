/* slack.h - what Slack posts: a click on a button of Reeve's, and events of its Events API.
 *
 * Promises: pure; what is given stands in the arena. Refuses: whatever is not in the form that
 * Slack describes, with a sentence that says what was missing. Who signed it is signature.h's. */
#ifndef INBOUND_SLACK_H
#define INBOUND_SLACK_H

#include "base/str.h"

/* The button's own name among those of the company's other applications. */
#define SLACK_ACKNOWLEDGE "reeve_acknowledge"

enum { SLACK_ID_BYTES_MAX = 40, SLACK_TEXT_BYTES_MAX = 16 * 1024 };

struct slack_click {
    struct str user;         /* the member's id, like U024BE7LH */
    int64_t incident;        /* 1 or more */
    struct str text;         /* the message's, marked up as Slack has it; may be "" */
    struct str response_url; /* where the message can be changed; "": nowhere */
};

/* payload: the form's field of this name. */
MUST_USE bool slack_click_read(struct arena *arena, struct str payload,
                               struct slack_click *out_click, struct err *err);

enum slack_event_kind {
    SLACK_CHALLENGE, /* the address is tried: challenge is sent back */
    SLACK_MESSAGE,   /* somebody wrote in a channel */
    SLACK_OTHER      /* anything else, also what programs write: nothing to do */
};

struct slack_event {
    enum slack_event_kind kind;
    struct str challenge;           /* of SLACK_CHALLENGE */
    struct str id;                  /* the same when it is sent again */
    struct str channel, user, text; /* of SLACK_MESSAGE; text as its writer saw it */
    struct str ts;                  /* the message's name in its channel */
};

MUST_USE bool slack_event_read(struct arena *arena, struct str body, struct slack_event *out_event,
                               struct err *err);

/* What people wrote: &amp; &lt; &gt; as themselves, <https://…|words> as the address, <@U1> and
 * <#C1|name> as @U1 and #name. */
struct str slack_plain(struct arena *arena, struct str text);

#endif
