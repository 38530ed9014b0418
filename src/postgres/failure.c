/* failure.c - why a connection did not come about, in one sentence with the remedy. */
#include "postgres/failure.h"

enum { SQLSTATE_BYTES = 5 };

/* Remedies: %H host and port, %D database, %U user. */
static const struct {
    const char *name, *sentence;
} kinds[FAILURES] = {
    [FAILURE_OTHER] = {"other", "%H gave no connection."},
    [FAILURE_REFUSED] = {"refused", "Nobody listens at %H: start the server, or correct host and "
                                    "port in the address."},
    [FAILURE_DNS] = {"dns", "The host of %H has no address: correct its name, or ask whoever keeps "
                            "the DNS."},
    [FAILURE_TIMEOUT] = {"timeout", "%H did not answer in time: see whether the server hangs, and "
                                    "whether a firewall drops what is sent there."},
    [FAILURE_UNREACHABLE] = {"unreachable", "There is no way to %H from this machine: see to its "
                                            "network, routes and VPN."},
    [FAILURE_CLOSED] = {"closed", "%H took the connection and closed it: see the server's log; "
                                  "another program may listen there, or the server went down."},
    [FAILURE_PASSWORD] = {"password", "%H does not take the password of user %U: correct it in the "
                                      "secret that the address is read from."},
    [FAILURE_DATABASE] = {"database", "%H has no database %D: create it, or correct its name in "
                                      "the address."},
    [FAILURE_USER] = {"user", "%H has no user %U who may log in: create it, or correct its name in "
                              "the address."},
    [FAILURE_NOT_ALLOWED] = {"not_allowed", "%H does not let user %U in to database %D from this "
                                            "machine: add a line to its pg_hba.conf."},
    [FAILURE_TLS_NEEDED] = {"tls_needed", "%H takes no connection without TLS: write "
                                          "?sslmode=require behind the address."},
    [FAILURE_NO_TLS] = {"no_tls", "%H has no TLS and the address demands it: switch ssl on in the "
                                  "server, or take sslmode out of the address."},
    [FAILURE_CERTIFICATE] = {"certificate", "%H shows a certificate that is not trusted for this "
                                            "name: name its authority by sslrootcert= in the "
                                            "address, or have the certificate renewed."},
    [FAILURE_TOO_MANY] = {"too_many", "%H has no connection left: close idle ones, go by a pooler, "
                                      "or raise max_connections."},
    [FAILURE_STARTING] = {"starting", "%H is starting, stopping or recovering: wait and ask "
                                      "again."},
};

static const struct {
    const char *sqlstate;
    enum failure_kind kind;
} states[] = {
    {"28P01", FAILURE_PASSWORD}, {"3D000", FAILURE_DATABASE}, {"53300", FAILURE_TOO_MANY},
    {"57P03", FAILURE_STARTING}, {"57P01", FAILURE_STARTING}, {"57P02", FAILURE_STARTING},
};

/* libpq's words, and pgBouncer's, which come with one SQLSTATE for all. The first that is found
 * decides. */
static const struct {
    const char *words;
    enum failure_kind kind;
} words[] = {
    {"could not translate host name", FAILURE_DNS},
    {"no password supplied", FAILURE_PASSWORD},
    {"password authentication failed", FAILURE_PASSWORD},
    {"certificate verify failed", FAILURE_CERTIFICATE},
    {"does not match host name", FAILURE_CERTIFICATE},
    {"root certificate file", FAILURE_CERTIFICATE},
    {"could not read root certificate", FAILURE_CERTIFICATE},
    {"does not support SSL", FAILURE_NO_TLS},
    {"SSL required", FAILURE_TLS_NEEDED},
    {"TLS required", FAILURE_TLS_NEEDED},
    {"SASL authentication failed", FAILURE_PASSWORD},
    {"no such database", FAILURE_DATABASE},
    {"08P01: database \"", FAILURE_DATABASE},
    {"no such user", FAILURE_USER},
    {"no more connections allowed", FAILURE_TOO_MANY},
    {"too many connections", FAILURE_TOO_MANY},
    {"too many clients", FAILURE_TOO_MANY},
    {"query_wait_timeout", FAILURE_TOO_MANY},
    {"Connection refused", FAILURE_REFUSED},
    {"No such file or directory", FAILURE_REFUSED},
    {"timeout expired", FAILURE_TIMEOUT},
    {"timed out", FAILURE_TIMEOUT},
    {"Network is unreachable", FAILURE_UNREACHABLE},
    {"No route to host", FAILURE_UNREACHABLE},
    {"server closed the connection", FAILURE_CLOSED},
    {"Connection reset", FAILURE_CLOSED},
    {"SSL SYSCALL error: EOF", FAILURE_CLOSED},
    {"expected authentication request", FAILURE_CLOSED},
    {"invalid response to SSL negotiation", FAILURE_CLOSED},
    {"server terminated abnormally", FAILURE_CLOSED},
};

const char *failure_name(enum failure_kind kind)
{
    return kinds[kind].name;
}

/* "FATAL:  28P01: …": severity in any language, two blanks, five signs, a colon. */
static void find_sqlstate(struct str said, char out[SQLSTATE_BYTES + 1])
{
    for (size_t at = str_find(said, ":  ", 0); at < said.n; at = str_find(said, ":  ", at + 1)) {
        struct str state = str_slice(said, at + 3, at + 3 + SQLSTATE_BYTES);
        bool good =
            state.n == SQLSTATE_BYTES && str_starts(str_from(said, at + 3 + SQLSTATE_BYTES), ": ");
        for (size_t i = 0; i < state.n; i++)
            good = good && (byte_is_digit(state.p[i]) || (state.p[i] >= 'A' && state.p[i] <= 'Z'));
        if (!good)
            continue;
        memcpy(out, state.p, SQLSTATE_BYTES);
        return;
    }
}

/* Without TLS by the address's own wish, it may be all that is missing. */
static enum failure_kind find_kind(const struct address *address, struct str said,
                                   const char *sqlstate)
{
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        if (strcmp(states[i].sqlstate, sqlstate) == 0)
            return states[i].kind;
    if (strcmp(sqlstate, "28000") == 0) {
        if (str_find(said, "pg_hba.conf", 0) == said.n)
            return FAILURE_USER;
        return str_is(address_option(address, "sslmode"), "disable") ? FAILURE_TLS_NEEDED
                                                                     : FAILURE_NOT_ALLOWED;
    }
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_find(said, words[i].words, 0) < said.n)
            return words[i].kind;
    return FAILURE_OTHER;
}

static struct str fill(struct arena *arena, const struct address *address, const char *sentence)
{
    struct text text;
    text_init(&text, arena, 16 * 1024);
    struct str database = address->database.n > 0 ? address->database : address->user;
    for (const char *c = sentence; *c; c++) {
        if (*c != '%') {
            text_byte(&text, *c);
            continue;
        }
        c++;
        struct str put = *c == 'H'   ? address_place(arena, address)
                         : *c == 'D' ? database
                                     : address->user;
        text_printf(&text, *c == 'H' ? "%.*s" : "\"%.*s\"", STR_ARGS(put));
    }
    return text_str(&text);
}

/* What stands before "LOCATION:" of a verbose error, as one line. */
static struct str first_words(struct arena *arena, const struct address *address, struct str said)
{
    size_t location = str_find(said, "\nLOCATION:", 0);
    return address_scrub(arena, address, str_cut(str_trim(str_slice(said, 0, location)), 600));
}

struct failure failure_read(struct arena *arena, const struct address *address, struct str said,
                            bool timed_out)
{
    struct failure failure = {.kind = FAILURE_TIMEOUT};
    failure.said = first_words(arena, address, said);
    if (!timed_out) {
        find_sqlstate(said, failure.sqlstate);
        failure.kind = find_kind(address, said, failure.sqlstate);
    }
    failure.sentence = fill(arena, address, kinds[failure.kind].sentence);
    if (failure.kind == FAILURE_OTHER && failure.said.n > 0)
        failure.sentence = str_printf(arena, "%.*s It said: %.*s", STR_ARGS(failure.sentence),
                                      STR_ARGS(failure.said));
    return failure;
}

void failure_write(struct json_writer *w, const struct failure *failure)
{
    json_open_object(w, "failure");
    json_str(w, "kind", str_of(failure_name(failure->kind)));
    json_str(w, "sqlstate", str_of(failure->sqlstate));
    json_str(w, "sentence", failure->sentence);
    json_str(w, "said", failure->said);
    json_close_object(w);
}
