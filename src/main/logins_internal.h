/* logins_internal.h - one try to log in, between the page and the worker. */
#ifndef MAIN_LOGINS_INTERNAL_H
#define MAIN_LOGINS_INTERNAL_H

#include "base/secret_value.h"
#include "http/request.h"
#include "main/accounts_file.h"
#include "main/logins.h"

enum { LOGIN_NAME_BYTES = 65, LOGIN_TOKEN_BYTES = 129, LOGIN_FROM_BYTES = 64 };

enum login_state { LOGIN_FREE, LOGIN_WAITS, LOGIN_RUNS, LOGIN_DONE };

enum login_purpose {
    LOGIN_ENTER,      /* compare, then open a session */
    LOGIN_FIRST,      /* hash, then make the administrator */
    LOGIN_CHANGE,     /* compare the old password */
    LOGIN_CHANGE_HASH /* and then hash the new one */
};

struct login {
    enum login_state state;
    enum login_purpose purpose;
    int64_t number; /* the order is "login-NUMBER" */
    int64_t exchange;
    char name[LOGIN_NAME_BYTES];
    char from[LOGIN_FROM_BYTES];
    char token[LOGIN_TOKEN_BYTES]; /* LOGIN_FIRST */
    char back[HTTP_WAY_BYTES + 1]; /* LOGIN_ENTER: what was asked for */
    bool known;                    /* the account has a password */
    char mark[ACCESS_MARK_BYTES];  /* of the hash that is compared with */
    struct secret_value password, next_password;
};

struct logins {
    struct serve *serve;
    struct login items[LIMIT_LOGINS_WAITING];
    int64_t last_number;
    int running;
    int64_t closed;         /* access.closed at the last tick */
    struct instant looked;  /* at sessions and tallies */
    struct instant written; /* when sessions were used */
};

/* logins.c */
struct login *login_take_place(struct logins *logins); /* NULL: too many wait */
void logins_start_waiting(struct serve *serve);

/* logins_page.c: each answers the exchange of the login, when it is still there. */
void login_answer(struct serve *serve, const struct login *login, int status, struct str problem);
void login_answer_busy(struct serve *serve, const struct login *login);
void login_answer_in(struct serve *serve, const struct login *login, struct str secret);
void login_answer_changed(struct serve *serve, const struct login *login);
/* The password was wrong, or nobody has that name: said in the same words, recorded. */
void login_refuse(struct serve *serve, const struct login *login);
/* It was no guess: its name begins anew. */
void login_went_well(struct serve *serve, const struct login *login);

#endif
