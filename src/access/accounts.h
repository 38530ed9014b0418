/* accounts.h - people with passwords, their sessions, and API tokens, as the ledger tells of them.
 *
 * What stands here are facts: who, with which role, since when, until when, ended or revoked.
 * Secrets are not: passwords, session and token hashes stand in the accounts file (credentials.h).
 * A fact and its secret belong together by a mark, so that an old accounts file opens nothing.
 * Promises: an account's sessions end when its role or password changes or it is removed.
 * Refuses: names that could be taken for others, more than the limits say. */
#ifndef ACCESS_ACCOUNTS_H
#define ACCESS_ACCOUNTS_H

#include "access/role.h"
#include "ledger/event.h"

enum {
    ACCOUNT_NAME_BYTES = 33,
    ACCESS_MARK_BYTES = 17, /* 64 bits in hex, and NUL */
    ACCESS_ACTOR_BYTES = 80,
    SESSION_LIFE_MS = 7 * 24 * 60 * 60 * 1000,
    SESSION_IDLE_MS = 12 * 60 * 60 * 1000,
    PASSWORD_BYTES_MIN = 12,
    PASSWORD_BYTES_MAX = 1024,
    API_TOKEN_LIFE_MS_MIN = 1000
};
#define API_TOKEN_LIFE_MS_MAX (INT64_C(366) * 24 * 60 * 60 * 1000)

struct account {
    char name[ACCOUNT_NAME_BYTES];
    char mark[ACCESS_MARK_BYTES]; /* of the password's hash; "" when it has none yet */
    enum role role;
    struct instant created;
};

struct session {
    char id[ACCESS_MARK_BYTES];
    char name[ACCOUNT_NAME_BYTES];
    struct instant opened, ends;
};

struct api_token {
    char name[ACCOUNT_NAME_BYTES];
    char id[ACCESS_MARK_BYTES]; /* the mark of its hash */
    enum role scope;
    char behind[ACCESS_ACTOR_BYTES]; /* the person who made it, also by another token */
    struct instant created, expires;
    bool revoked;
};

struct access {
    struct arena *arena;
    struct account *accounts; /* in the order they were made, as are the others */
    struct session *sessions;
    struct api_token *tokens;
    size_t account_count, session_count, token_count;
    char page_token_mark[ACCESS_MARK_BYTES]; /* of the page's token; "" before the first */
    int64_t closed; /* grows when something that opened the page opens it no more */
};

void access_init(struct access *access, struct arena *arena);
void access_fold(struct access *access, const struct event *event);

const struct account *account_find(const struct access *access, struct str name); /* or NULL */
const struct session *session_find(const struct access *access, struct str id);
/* The person behind an actor: who made the token of "program:deploy"; else the actor itself. */
struct str access_person_behind(const struct access *access, struct str actor);
const struct api_token *api_token_find(const struct access *access, struct str id);
/* Is there somebody who may administer, and has a password? */
bool access_has_administrator(const struct access *access);
/* Is the session over, at now, when it was used last at seen? *out_why completes "The session". */
bool session_is_over(const struct session *session, struct instant seen, struct instant now,
                     const char **out_why);
/* Does the token open nothing any more? *out_why completes "This API token". */
bool api_token_is_over(const struct api_token *token, struct instant now, const char **out_why);

/* 1 to 32 of a-z, 0-9, dot, dash and underscore, beginning with a letter; not "page" or "reeve". */
MUST_USE bool account_name_check(struct str name, struct err *err);
/* Long enough, not the name, no line break. */
MUST_USE bool password_check(struct str name, struct str password, struct err *err);
/* "90d", "12h", "30m", "20s": from a second to 366 days. */
MUST_USE bool lifetime_parse(struct str words, int64_t *out_ms, struct err *err);

/* What somebody asks for; each function adds the facts or says why not. */
struct access_call {
    struct str actor;
    struct str name;
    struct str mark; /* of the hash that the accounts file is given */
    enum role role;
    int64_t life_ms; /* of an API token */
    struct instant now;
};
MUST_USE bool account_add(const struct access *access, const struct access_call *call,
                          struct event_list *out, struct err *err);
MUST_USE bool account_change_role(const struct access *access, const struct access_call *call,
                                  struct event_list *out, struct err *err);
MUST_USE bool account_set_password(const struct access *access, const struct access_call *call,
                                   struct event_list *out, struct err *err);
MUST_USE bool account_remove(const struct access *access, const struct access_call *call,
                             struct event_list *out, struct err *err);
MUST_USE bool api_token_make(const struct access *access, const struct access_call *call,
                             struct event_list *out, struct err *err);
MUST_USE bool api_token_revoke(const struct access *access, const struct access_call *call,
                               struct event_list *out, struct err *err);
/* Makes name an administrator with the password of that mark, whoever it was before: what the
 * page's token is good for. */
MUST_USE bool account_make_administrator(const struct access *access,
                                         const struct access_call *call, struct event_list *out,
                                         struct err *err);

/* A session of name; the oldest ends when there are too many. id: call->mark. */
void session_open(const struct access *access, const struct access_call *call,
                  struct event_list *out);
/* reason completes "because". */
void session_end(const struct session *session, struct str actor, const char *reason,
                 struct instant now, struct event_list *out);

#endif
