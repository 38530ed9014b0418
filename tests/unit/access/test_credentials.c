/* test_credentials.c - the accounts file as text, and what in it opens anything. */
#include "access/credentials.h"
#include "harness/test.h"

#define HASH_A "$argon2id$v=19$m=65536,t=2,p=1$c2FsdHNhbHQ$aGFzaA"
#define HASH_B "$argon2id$v=19$m=65536,t=2,p=1$c2FsdHNhbHQ$b3RoZXI"

static void fold_one(struct access *access, struct event_list *out)
{
    access_fold(access, &out->items[out->count - 1]);
}

static void make_ana(struct access *access, struct arena *arena, const char *hash)
{
    struct event_list out;
    struct err err = {0};
    char mark[ACCESS_MARK_BYTES];
    access_init(access, arena);
    event_list_init(&out, arena);
    access_mark(str_of(hash), mark);
    struct access_call call = {
        .actor = STR("person:eva"), .name = STR("ana"), .mark = str_of(mark), .life_ms = 1000};
    CHECK_OK(account_add(access, &call, &out, &err), &err);
    fold_one(access, &out);
    CHECK_OK(account_set_password(access, &call, &out, &err), &err);
    fold_one(access, &out);
    call.mark = STR("session1");
    session_open(access, &call, &out);
    fold_one(access, &out);
    call.mark = STR("token1");
    CHECK_OK(api_token_make(access, &call, &out, &err), &err);
    fold_one(access, &out);
}

TEST(the_file_is_read_as_written)
{
    struct credentials written;
    struct credentials read;
    struct err err = {0};
    char digest[HASH_HEX_BYTES];
    credentials_init(&written, arena);
    credentials_init(&read, arena);
    secret_digest(STR("cookie"), digest);
    CHECK(credentials_put(&written, CREDENTIAL_PASSWORD, STR("ana"), STR(HASH_A)));
    CHECK(credentials_put(&written, CREDENTIAL_SESSION, STR("s1"), str_of(digest)));
    credentials_find(&written, CREDENTIAL_SESSION, STR("s1"))->seen.us = 1234567;
    secret_digest(STR("token"), digest);
    CHECK(credentials_put(&written, CREDENTIAL_TOKEN, STR("t1"), str_of(digest)));
    struct str text = credentials_write(&written, arena);
    CHECK(str_starts(text, "reeve-accounts 1\npassword ana $argon2id$"));
    CHECK_OK(credentials_parse(&read, text, &err), &err);
    CHECK_SAME(credentials_write(&read, arena), text);
    CHECK_INT(credentials_find(&read, CREDENTIAL_SESSION, STR("s1"))->seen.us, 1234567);
    CHECK(credentials_parse(&read, STR("reeve-accounts 1"), &err));
    CHECK(credentials_parse(&read, STR(""), &err));
}

TEST(another_line_is_refused_with_its_number)
{
    static const char digest[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    static const char *const lines[] = {
        "password",
        "password ana",
        "password ana " HASH_A " more",
        "password ana $argon2id$v=19$m=4294967296,t=2,p=1$c2FsdA$aGFzaA",
        "password ana $argon2id$v=19$m=65536,t=2,p=1$c2F\"dA$aGFzaA",
        "session s1 DIGEST",
        "session s1 DIGEST x",
        "session s1 DIGEST -5",
        "session s1 DIGEST 5 6",
        "session s1 short 5",
        "token t1 DIGEST 5",
        "token t1 E3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "token t1 g3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "token a-key-that-is-longer-than-any-name-or-id DIGEST",
        "grant ana DIGEST",
        "",
    };
    struct credentials credentials;
    credentials_init(&credentials, arena);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct err err = {0};
        struct str line = str_of(lines[i]);
        size_t at = str_find(line, "DIGEST", 0);
        struct str rest = at < line.n ? str_from(line, at + 6) : STR("");
        struct str text =
            str_printf(arena, "reeve-accounts 1\ntoken t0 %s\n%.*s%s%.*s\nx\n", digest,
                       STR_ARGS(str_slice(line, 0, at)), at < line.n ? digest : "", STR_ARGS(rest));
        CHECK(!credentials_parse(&credentials, text, &err));
        CHECK(str_starts(str_of(err.text), "Line 3 of the accounts file is not as Reeve writes"));
        CHECK_INT(credentials.count, 0);
    }
    struct err err = {0};
    CHECK(!credentials_parse(&credentials, STR("reeve-accounts 2\n"), &err));
    CHECK(str_starts(str_of(err.text), "Line 1 "));
}

TEST(what_is_too_long_is_not_put)
{
    struct credentials credentials;
    char *longer = arena_alloc(arena, CREDENTIAL_SECRET_BYTES);
    memset(longer, 'a', CREDENTIAL_SECRET_BYTES);
    credentials_init(&credentials, arena);
    CHECK(!credentials_put(&credentials, CREDENTIAL_PASSWORD, STR("ana"),
                           (struct str){longer, CREDENTIAL_SECRET_BYTES}));
    CHECK(!credentials_put(&credentials, CREDENTIAL_PASSWORD,
                           (struct str){longer, ACCOUNT_NAME_BYTES}, STR(HASH_A)));
    CHECK_INT(credentials.count, 0);
    CHECK(!password_hash_is_ours((struct str){longer, 10}));
    struct str much =
        str_printf(arena, PASSWORD_HASH_PREFIX "%.*s", CREDENTIAL_SECRET_BYTES, longer);
    CHECK(!password_hash_is_ours(much));
}

TEST(a_secret_is_found_by_its_hash_and_among_its_kind)
{
    struct credentials credentials;
    char digest[HASH_HEX_BYTES];
    credentials_init(&credentials, arena);
    secret_digest(STR("secret"), digest);
    CHECK(credentials_put(&credentials, CREDENTIAL_SESSION, STR("s1"), STR("other")));
    CHECK(!credentials_find_secret(&credentials, CREDENTIAL_SESSION, STR("secret")));
    CHECK(credentials_put(&credentials, CREDENTIAL_SESSION, STR("s1"), str_of(digest)));
    CHECK_INT(credentials.count, 1);
    CHECK(credentials_find_secret(&credentials, CREDENTIAL_SESSION, STR("secret")) ==
          &credentials.items[0]);
    CHECK(!credentials_find_secret(&credentials, CREDENTIAL_TOKEN, STR("secret")));
    CHECK(!credentials_find_secret(&credentials, CREDENTIAL_SESSION, str_of(digest)));
    CHECK(!credentials_find(&credentials, CREDENTIAL_SESSION, STR("s2")));
    CHECK(!credentials_find(&credentials, CREDENTIAL_TOKEN, STR("s1")));
}

TEST(only_what_belongs_to_a_fact_is_kept)
{
    struct access access;
    struct credentials credentials;
    credentials_init(&credentials, arena);
    make_ana(&access, arena, HASH_A);
    CHECK(credentials_put(&credentials, CREDENTIAL_PASSWORD, STR("ben"), STR(HASH_A)));
    CHECK(credentials_put(&credentials, CREDENTIAL_SESSION, STR("session0"), STR("x")));
    CHECK(credentials_put(&credentials, CREDENTIAL_TOKEN, STR("token0"), STR("x")));
    CHECK(credentials_put(&credentials, CREDENTIAL_PASSWORD, STR("ana"), STR(HASH_A)));
    CHECK(credentials_put(&credentials, CREDENTIAL_SESSION, STR("session1"), STR("x")));
    CHECK(credentials_put(&credentials, CREDENTIAL_TOKEN, STR("token1"), STR("x")));
    credentials_prune(&credentials, &access);
    CHECK_INT(credentials.count, 3);
    /* The ledger tells of a newer password than the file has. */
    CHECK(credential_is_of(&credentials.items[0], account_find(&access, STR("ana"))));
    make_ana(&access, arena, HASH_B);
    CHECK(!credential_is_of(&credentials.items[0], account_find(&access, STR("ana"))));
    credentials_prune(&credentials, &access);
    CHECK_INT(credentials.count, 2);
}

TEST(a_form_belongs_to_the_session_it_was_written_for)
{
    char own[CSRF_BYTES];
    char other[CSRF_BYTES];
    char digest[HASH_HEX_BYTES];
    csrf_of_cookie(STR("cookie of ana"), own);
    csrf_of_cookie(STR("cookie of ben"), other);
    secret_digest(STR("cookie of ana"), digest);
    CHECK(strcmp(own, other) != 0 && strncmp(own, digest, CSRF_BYTES - 1) != 0);
    CHECK(csrf_matches(STR("cookie of ana"), str_of(own)));
    CHECK(!csrf_matches(STR("cookie of ana"), str_of(other)));
    CHECK(!csrf_matches(STR("cookie of ana"), STR("")));
    CHECK(!csrf_matches(STR("cookie of ana"), str_slice(str_of(own), 0, 31)));
}
