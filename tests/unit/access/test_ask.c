/* test_ask.c - what may be asked for accounts and tokens, and the sentences of what may not. */
#include "access/accounts.h"
#include "base/limits.h"
#include "harness/test.h"

static const struct instant now = {1700000000000000};

static void check_name(const char *name, bool good)
{
    struct err err = {0};
    if (account_name_check(str_of(name), &err) != good)
        test_fail(__FILE__, __LINE__, "\"%s\": %s", name, err.text);
    test_checked();
}

TEST(names_cannot_be_taken_for_others)
{
    static const char *const good[] = {"a", "ana", "ana.b-c_9", "abcdefghijklmnopqrstuvwxyz012345"};
    static const char *const bad[] = {"",
                                      "Ana",
                                      "9ana",
                                      ".ana",
                                      "an a",
                                      "ana\n",
                                      "an\xc3\xa4",
                                      "person:a",
                                      "page",
                                      "reeve",
                                      "an{",
                                      "{na",
                                      "abcdefghijklmnopqrstuvwxyz0123456"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        check_name(good[i], true);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        check_name(bad[i], false);
}

TEST(passwords_are_long_and_one_line_and_not_the_name)
{
    static const struct {
        struct str password;
        bool good;
    } cases[] = {
        {STR("correct horse"), true},      {STR("short"), false},
        {STR("twelve bytes\n"), false},    {STR("twelve bytes\r"), false},
        {STR("twelve\0bytes too"), false}, {STR("ana-of-the-sea"), false},
        {STR("ANA-OF-the-SEA"), false},    {STR("p\xc3\xa4ssw\xc3\xb6rter"), true},
    };
    struct err err = {0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CHECK(password_check(STR("ana-of-the-sea"), cases[i].password, &err) == cases[i].good);
    char *huge = arena_alloc(arena, PASSWORD_BYTES_MAX + 1);
    memset(huge, 'x', PASSWORD_BYTES_MAX + 1);
    CHECK(password_check(STR("ana"), (struct str){huge, PASSWORD_BYTES_MAX}, &err));
    CHECK(!password_check(STR("ana"), (struct str){huge, PASSWORD_BYTES_MAX + 1}, &err));
}

TEST(lifetimes_are_a_number_and_a_unit)
{
    static const struct {
        const char *words;
        int64_t ms; /* 0: refused */
    } cases[] = {{"1s", 1000},
                 {"30m", 1800000},
                 {"12h", 43200000},
                 {"90d", 7776000000},
                 {"52w", 31449600000},
                 {"366d", 31622400000},
                 {"367d", 0},
                 {"53w", 0},
                 {"0s", 0},
                 {"-1d", 0},
                 {"", 0},
                 {"d", 0},
                 {"90", 0},
                 {"90 d", 7776000000},
                 {"9y", 0},
                 {"99999999999999999999d", 0}};
    struct err err = {0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t ms = 0;
        CHECK(lifetime_parse(str_of(cases[i].words), &ms, &err) == (cases[i].ms > 0));
        CHECK_INT(ms, cases[i].ms);
    }
    int64_t ms = 0;
    CHECK(!lifetime_parse((struct str){"90\0", 3}, &ms, &err));
}

struct scene {
    struct access access;
    struct event_list out;
    struct err err;
    size_t folded;
};

static void begin(struct scene *scene, struct arena *arena)
{
    *scene = (struct scene){.folded = 0};
    access_init(&scene->access, arena);
    event_list_init(&scene->out, arena);
}

static void fold(struct scene *scene)
{
    while (scene->folded < scene->out.count)
        access_fold(&scene->access, &scene->out.items[scene->folded++]);
}

typedef bool ask(const struct access *access, const struct access_call *call,
                 struct event_list *out, struct err *err);

static void check_refused(struct scene *scene, ask *function, struct access_call call,
                          const char *words)
{
    size_t before = scene->out.count;
    CHECK(!function(&scene->access, &call, &scene->out, &scene->err));
    CHECK_INT(scene->out.count, before);
    CHECK_STR(str_of(scene->err.text), words);
}

TEST(what_does_not_fit_is_refused_with_a_sentence)
{
    struct scene scene;
    begin(&scene, arena);
    struct access_call ana = {.actor = STR("person:eva"),
                              .name = STR("ana"),
                              .role = ROLE_VIEWER,
                              .mark = STR("m"),
                              .life_ms = 1000,
                              .now = now};
    static const char none[] =
        "There is no account \"ana\"; \"reeve account list\" shows those there are.";
    check_refused(&scene, account_change_role, ana, none);
    check_refused(&scene, account_set_password, ana, none);
    check_refused(&scene, account_remove, ana, none);
    CHECK_OK(account_add(&scene.access, &ana, &scene.out, &scene.err), &scene.err);
    fold(&scene);
    check_refused(&scene, account_add, ana,
                  "There is an account \"ana\" already; \"reeve account role\" changes what it "
                  "may.");
    check_refused(&scene, account_change_role, ana,
                  "ana has the role viewer already; nothing changed.");
    check_refused(&scene, api_token_revoke, ana,
                  "No API token \"ana\" is good now; \"reeve api-token list\" shows them.");
    CHECK_OK(api_token_make(&scene.access, &ana, &scene.out, &scene.err), &scene.err);
    fold(&scene);
    check_refused(&scene, api_token_make, ana,
                  "There is an API token \"ana\" already; revoke it first, or take another name.");
    ana.now = instant_add_ms(now, 1000);
    check_refused(&scene, api_token_make, ana,
                  "This very token was made before; an old token is never good again.");
    check_refused(&scene, api_token_revoke, ana,
                  "No API token \"ana\" is good now; \"reeve api-token list\" shows them.");
    ana.name = STR("Ana");
    static const char bad[] = "A name is 1 to 32 of a-z, 0-9, dot, dash and underscore, and begins "
                              "with a letter.";
    check_refused(&scene, account_add, ana, bad);
    check_refused(&scene, api_token_make, ana, bad);
    check_refused(&scene, account_make_administrator, ana, bad);
}

TEST(there_is_a_most_of_accounts)
{
    struct scene scene;
    begin(&scene, arena);
    struct access_call call = {.actor = STR("person:eva"), .now = now};
    for (int i = 0; i < LIMIT_ACCOUNTS; i++) {
        call.name = str_printf(arena, "u%d", i);
        CHECK_OK(account_add(&scene.access, &call, &scene.out, &scene.err), &scene.err);
        fold(&scene);
    }
    call.name = STR("one-more");
    check_refused(&scene, account_add, call,
                  "There are 500 accounts, which is the most; remove one that nobody uses.");
}

TEST(the_page_token_makes_an_administrator_of_whoever_it_names)
{
    struct scene scene;
    begin(&scene, arena);
    struct access_call call = {.actor = STR("person:page"),
                               .name = STR("ana"),
                               .role = ROLE_ADMINISTRATOR,
                               .mark = STR("m1"),
                               .now = now};
    CHECK_OK(account_make_administrator(&scene.access, &call, &scene.out, &scene.err), &scene.err);
    fold(&scene);
    CHECK_INT(scene.out.count, 2);
    CHECK(access_has_administrator(&scene.access));
    call.mark = STR("m2");
    CHECK_OK(account_make_administrator(&scene.access, &call, &scene.out, &scene.err), &scene.err);
    fold(&scene);
    CHECK_INT(scene.out.count, 3); /* only the password is new */
    CHECK_STR(str_of(account_find(&scene.access, STR("ana"))->mark), "m2");
    call.role = ROLE_VIEWER;
    CHECK_OK(account_change_role(&scene.access, &call, &scene.out, &scene.err), &scene.err);
    fold(&scene);
    struct access_call session = {
        .actor = STR("person:ana"), .name = call.name, .mark = STR("s1"), .now = now};
    session_open(&scene.access, &session, &scene.out);
    fold(&scene);
    call.role = ROLE_ADMINISTRATOR;
    size_t before = scene.out.count;
    CHECK_OK(account_make_administrator(&scene.access, &call, &scene.out, &scene.err), &scene.err);
    fold(&scene);
    CHECK_INT(scene.out.count, before + 3); /* a session ended, a role, a password */
    CHECK_INT(scene.access.session_count, 0);
    CHECK(access_has_administrator(&scene.access));
}

TEST(the_facts_read_as_sentences_and_hold_no_secret)
{
    struct scene scene;
    begin(&scene, arena);
    struct access_call call = {.actor = STR("person:eva"),
                               .name = STR("ana"),
                               .role = ROLE_OPERATOR,
                               .mark = STR("m"),
                               .life_ms = 1000,
                               .now = now};
    CHECK_OK(account_add(&scene.access, &call, &scene.out, &scene.err), &scene.err);
    fold(&scene);
    CHECK_OK(account_set_password(&scene.access, &call, &scene.out, &scene.err), &scene.err);
    CHECK_OK(api_token_make(&scene.access, &call, &scene.out, &scene.err), &scene.err);
    CHECK_STR(event_sentence(arena, &scene.out.items[0]),
              "Eva made the account ana with the role operator.");
    CHECK_STR(event_sentence(arena, &scene.out.items[1]), "Eva set the password of ana.");
    CHECK_STR(event_sentence(arena, &scene.out.items[2]),
              "Eva made the API token ana with the scope operator, good until 22:13:21 UTC.");
    CHECK_STR(scene.out.items[2].subject, "program:ana");
}
