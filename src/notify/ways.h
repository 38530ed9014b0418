/* ways.h - one table row for each way by which a provider carries a page; a row makes one HTTP
 * request of a message and reads its answer.
 *
 * Promises: writers are pure; every text is escaped as its receiver wants it and cut, visibly, to
 * what it takes; a secret stands in nothing but the request. Answers: DONE only when the receiver
 * said that it took the message, also where it says no with status 200.
 * Refuses: what would break out of a header or an address. */
#ifndef NOTIFY_WAYS_H
#define NOTIFY_WAYS_H

#include "run/work.h"

enum { WAY_PROVIDERS_MAX = 4, WAY_HEADERS_MAX = 16, WAY_WAIT_S_MAX = 24 * 60 * 60 };

/* What is to be said, to whom. */
struct way_message {
    struct str to;          /* telephone number, topic, member, hook: as the way has it */
    struct str title, text; /* one line; the rest */
    struct str link;        /* that acknowledges, or "" */
    struct str key;         /* of what it is about: "incident-12" */
    int rank;               /* of its severity, 0 is worst */
    bool over;              /* it says that it is over */
    struct str act; /* what is to become of the alert of its key: "acknowledge", "resolve"; or "" */
};

struct way_request {
    struct str method, url, content_type, body;
    struct str headers[WAY_HEADERS_MAX]; /* "name: value" */
    size_t header_count;
    struct str user, password; /* Basic, when user is not "" */
};

/* One attempt by one provider. provider: its object in the order; token may be "". */
struct way {
    struct arena *arena;
    const struct json *provider;
    struct str token;
    const struct way_message *message;
};

struct way_answer {
    long status;
    struct str body;
};

struct way_row {
    const char *method, *kind; /* "sms", "twilio" */
    bool (*write)(const struct way *way, struct way_request *out_request, struct err *err);
    /* For statuses below 400; NULL: 2xx is DONE. *out_why is one clause. */
    enum order_outcome (*judge)(const struct way *way, const struct way_answer *answer,
                                struct str *out_why);
};

extern const struct way_row way_rows[];
extern const size_t way_row_count;

const struct way_row *way_find(struct str method, struct str kind); /* NULL: there is none */

/* Tries the order's providers one after the other until one has taken the message. */
void way_perform(const struct work *work, struct order_result *out_result);

/* For writers. */
struct str way_cut(struct arena *arena, struct str s,
                   size_t max_bytes); /* ends with "…" when cut */
/* The message's text; where it has to be cut, its link stays. */
struct str way_text(const struct way *way, size_t max_bytes);
void way_percent(struct text *text, struct str s); /* as RFC 3986 has it; letters stay */
void way_form(struct text *text, const char *name, struct str value); /* adds "&" where needed */
void way_header(struct way_request *request, struct arena *arena, const char *name,
                struct str value);
/* Provider's url, without / at its end, and a path. */
struct str way_url(const struct way *way, const char *path);
struct str way_of(const struct way *way, const char *key); /* of the provider's object */
/* The answer as JSON; NULL: it is none. */
const struct json *way_json(struct arena *arena, struct str body);

bool ntfy_write(const struct way *way, struct way_request *out_request, struct err *err);
bool pushover_write(const struct way *way, struct way_request *out_request, struct err *err);
bool pagerduty_write(const struct way *way, struct way_request *out_request, struct err *err);
bool twilio_sms_write(const struct way *way, struct way_request *out_request, struct err *err);
bool twilio_call_write(const struct way *way, struct way_request *out_request, struct err *err);
bool gateway_write(const struct way *way, struct way_request *out_request, struct err *err);
bool slack_write(const struct way *way, struct way_request *out_request, struct err *err);
bool slack_replace_write(const struct way *way, struct way_request *out_request, struct err *err);
bool slack_whisper_write(const struct way *way, struct way_request *out_request, struct err *err);
bool mattermost_write(const struct way *way, struct way_request *out_request, struct err *err);
bool discord_write(const struct way *way, struct way_request *out_request, struct err *err);
bool teams_write(const struct way *way, struct way_request *out_request, struct err *err);

enum order_outcome pushover_judge(const struct way *way, const struct way_answer *answer,
                                  struct str *out_why);
enum order_outcome twilio_judge(const struct way *way, const struct way_answer *answer,
                                struct str *out_why);
enum order_outcome slack_judge(const struct way *way, const struct way_answer *answer,
                               struct str *out_why);
enum order_outcome slack_told_judge(const struct way *way, const struct way_answer *answer,
                                    struct str *out_why);
enum order_outcome gateway_judge(const struct way *way, const struct way_answer *answer,
                                 struct str *out_why);

#endif
