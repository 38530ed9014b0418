/* test_failure.c - why a connection did not come about: each kind by what libpq, PostgreSQL and
 * pgBouncer say. */
#include "harness/test.h"
#include "postgres/failure.h"

static struct address address_of(struct arena *arena, const char *text)
{
    struct address address;
    struct err err = {0};
    CHECK_OK(address_read(arena, "url", str_of(text), &address, &err), &err);
    return address;
}

#define SERVER "connection to server at \"10.0.0.1\", port 5432 failed: "

TEST(each_kind_is_known_by_what_is_said)
{
    static const struct {
        const char *said, *kind, *sqlstate;
    } rows[] = {
        {SERVER "Connection refused\n\tIs the server running on that host", "refused", ""},
        {"could not translate host name \"db\" to address: Name or service not known", "dns", ""},
        {SERVER "FATAL:  28P01: password authentication failed for user \"app\"\n"
                "LOCATION:  auth_failed, auth.c:335",
         "password", "28P01"},
        {SERVER "FATAL:  28P01: Passwort-Authentifizierung fehlgeschlagen", "password", "28P01"},
        {SERVER "\xd0\x92\xd0\x90\xd0\x96\xd0\x9d\xd0\x9e:  3D000: x", "database", "3D000"},
        {SERVER "FATAL:  53300: sorry, too many clients already", "too_many", "53300"},
        {SERVER "FATAL:  57P03: the database system is starting up", "starting", "57P03"},
        {SERVER "FATAL:  28000: no pg_hba.conf entry for host, no encryption", "not_allowed",
         "28000"},
        {SERVER "FATAL:  28000: role \"app\" is not permitted to log in", "user", "28000"},
        {SERVER "fe_sendauth: no password supplied", "password", ""},
        {SERVER "server does not support SSL, but SSL was required", "no_tls", ""},
        {SERVER "SSL error: certificate verify failed", "certificate", ""},
        {"root certificate file \"/x/root.crt\" does not exist", "certificate", ""},
        {SERVER "server certificate for \"a\" does not match host name \"b\"", "certificate", ""},
        {SERVER "FATAL:  08P01: SSL required", "tls_needed", "08P01"},
        {SERVER "FATAL:  08P01: no such database: shop", "database", "08P01"},
        {SERVER "FATAL:  08P01: database \"shop\" does not exist", "database", "08P01"},
        {SERVER "FATAL:  08P01: no such user: app", "user", "08P01"},
        {SERVER "FATAL:  08P01: SASL authentication failed", "password", "08P01"},
        {SERVER "FATAL:  08P01: no more connections allowed (max_client_conn)", "too_many",
         "08P01"},
        {SERVER "No route to host", "unreachable", ""},
        {SERVER "server closed the connection unexpectedly", "closed", ""},
        {"something else:  12: x", "other", ""},
        {"", "other", ""},
    };
    struct address address = address_of(arena, "postgresql://app:geheim@10.0.0.1/shop");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct failure failure = failure_read(arena, &address, str_of(rows[i].said), false);
        CHECK_STR(str_of(failure_name(failure.kind)), rows[i].kind);
        CHECK_STR(str_of(failure.sqlstate), rows[i].sqlstate);
        CHECK(str_find(failure.said, "LOCATION", 0) == failure.said.n);
        CHECK(str_starts(failure.sentence, "10.0.0.1:5432 ") ||
              str_find(failure.sentence, "10.0.0.1:5432", 0) < failure.sentence.n);
    }
}

TEST(the_sentence_names_what_is_wrong_and_never_the_password)
{
    struct address address =
        address_of(arena, "postgresql://app:geheim@db:6000/shop?sslmode=disable");
    struct failure failure = failure_read(arena, &address, STR("x:  28P01: for geheim"), false);
    CHECK_STR(failure.sentence, "db:6000 does not take the password of user \"app\": correct it in "
                                "the secret that the address is read from.");
    CHECK_STR(failure.said, "x:  28P01: for (secret)");
    failure = failure_read(arena, &address, STR("x:  28000: no pg_hba.conf entry"), false);
    CHECK_STR(str_of(failure_name(failure.kind)), "tls_needed");
    failure = failure_read(arena, &address, STR("geheim was said"), false);
    CHECK_STR(failure.sentence, "db:6000 gave no connection. It said: (secret) was said");
    failure = failure_read(arena, &address, STR("Connection refused"), true);
    CHECK_STR(str_of(failure_name(failure.kind)), "timeout");
    struct text text;
    text_init(&text, arena, 4096);
    struct json_writer w = {.text = &text};
    json_open_object(&w, NULL);
    failure_write(&w, &failure);
    json_close_object(&w);
    CHECK(str_starts(text_str(&text), "{\"failure\":{\"kind\":\"timeout\",\"sqlstate\":\"\","));
}

TEST(every_kind_has_its_name_and_sentence)
{
    for (int i = 0; i < FAILURES; i++)
        CHECK(failure_name((enum failure_kind)i)[0] != '\0');
}
