/* test_vocabulary.c - every row is found by its own words, a mere mention is not, a company's own
 * phrase comes first, and docs/language.md names all that a phrase can stand for. */
#include "harness/test.h"

#include "base/text.h"
#include "runbook/binding.h"

static struct str find(enum vocabulary_kind kind, const char *heading, struct str text)
{
    return kind == VOCABULARY_PRACTICE ? vocabulary_practice(NULL, str_of(heading), text)
                                       : vocabulary_find(NULL, kind, str_of(heading), text);
}

/* The phrase as somebody may write it: "*" is a word that nobody knows. */
static struct str spoken(struct arena *arena, struct str phrase, const char *article)
{
    struct text text;
    struct str rest = phrase;
    struct str word;
    text_init(&text, arena, 1024);
    text_adds(&text, article);
    while (str_split(&rest, ' ', &word)) {
        text_add(&text, str_is(word, "*") ? STR("zebra quagga") : word);
        text_byte(&text, ' ');
    }
    return text_str(&text);
}

/* The index made at build time by vocabulary.py has the words that phrase.c makes of a sentence. */
TEST(every_row_is_found_by_its_words)
{
    int kinds[VOCABULARY_KINDS] = {0};
    for (size_t i = 0; i < vocabulary_row_count(); i++) {
        struct vocabulary_row row = vocabulary_row(i);
        const char *heading = str_copy(arena, row.under).p;
        CHECK_SAME(find(row.kind, heading, spoken(arena, row.phrase, "")), row.target);
        CHECK_SAME(find(row.kind, heading, spoken(arena, row.phrase, "All the ")), row.target);
        kinds[row.kind]++;
    }
    for (int kind = 0; kind < VOCABULARY_KINDS; kind++)
        CHECK(kinds[kind] >= 40);
}

TEST(words_are_compared_without_case_plural_and_articles)
{
    CHECK_STR(vocabulary_signal(NULL, STR("LATENCY")), "response time");
    CHECK_STR(vocabulary_signal(NULL, STR("the p95 API response times")), "response time");
    CHECK_STR(vocabulary_signal(NULL, STR("Latency (p99)")), "response time");
    CHECK_STR(vocabulary_signal(NULL, STR("CPU utilisation")), "cpu usage");
    CHECK_STR(vocabulary_signal(NULL, STR("Failed sign-ins")), "failed auth attempts");
    CHECK_STR(vocabulary_signal(NULL, STR("DB connection pool")), "database connection pool");
    CHECK_STR(vocabulary_find(NULL, VOCABULARY_PARTY, STR(""), STR("the Security Team")),
              "security");
    CHECK_STR(vocabulary_find(NULL, VOCABULARY_PARTY, STR(""), STR("on-call engineers")),
              "primary");
    CHECK_STR(vocabulary_find(NULL, VOCABULARY_SERVICE, STR(""), STR("Databases")), "database");
    CHECK_STR(vocabulary_practice(NULL, STR("Tuning"), STR("Partitions of the large tables")),
              "database:partitions");
}

TEST(near_misses_are_nothing)
{
    static const char *const signals[] = {"checkout error rate",
                                          "free disk",
                                          "free memory",
                                          "diskette usage",
                                          "memory of the customers",
                                          "error rates and latency",
                                          "success rate of errors",
                                          "",
                                          "the",
                                          "p95"};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        CHECK_STR(vocabulary_signal(NULL, str_of(signals[i])), "");
    CHECK_STR(vocabulary_signal(NULL, STR("error rate x x x x x x x x x x x x x x x x x x x x x x "
                                          "x x x")),
              "");
    CHECK_STR(vocabulary_practice(NULL, STR("Planning"), STR("Indexicality of costumes")), "");
    CHECK_STR(vocabulary_find(NULL, VOCABULARY_PARTY, STR(""), STR("security and legal")), "");
    CHECK_INT(vocabulary_dimension(STR("error rate")), DIMENSION_SHARE);
    CHECK_INT(vocabulary_dimension(STR("response time")), DIMENSION_TIME);
    CHECK_INT(vocabulary_dimension(STR("failed auth attempts")), DIMENSION_COUNT);
    CHECK_INT(vocabulary_dimension(STR("queue depth")), DIMENSION_ANY);
    CHECK_INT(vocabulary_dimension(STR("cats")), DIMENSION_ANY);
}

/* What a line below a heading is bound to. */
static struct str bound(struct arena *arena, const struct vocabulary *vocabulary,
                        const char *heading, const char *sentence)
{
    struct statement statement;
    struct err err = {0};
    struct program_source from = {
        .heading = str_of(heading), .text = str_of(sentence), .vocabulary = vocabulary};
    CHECK_OK(sentence_read_with(arena, &from, &statement, &err), &err);
    return binding_of(&statement);
}

TEST(a_step_is_bound_by_its_whole_meaning)
{
    static const char *const cases[][2] = {
        {"Run the database migrations", "db:migrate"},
        {"Do not run migrations", ""},
        {"Never run migrations", ""},
        {"Read about how to run migrations", ""},
        {"Run migrations unless somebody deploys", ""},
        {"Run migrations and deploy", ""},
        {"Run migrations (not in production)", ""},
        {"Run migrations (about a minute)", "db:migrate"},
        {"Restart the API server", "service:restart"},
        {"Restart the API server if needed", "service:restart"},
        {"Restart the API server as necessary.", "service:restart"},
        {"Restart the API server if the queue grows", ""},
        {"Rotate the compromised secret immediately", "secret:rotate"},
        {"Create a hotfix branch", ""},
        {"Provision the new user accounts", ""},
        {"Run migrations on staging", ""},
        {"Restart nothing but the API and the worker", ""},
        {"If the error rate rises, roll back the deployment", "deploy:rollback"},
        {"Revoke the old keys after 24 hours", "secret:revoke"},
        {"Revoke the old keys after 24 hours unless in use", ""},
        {"Revoke the new keys", ""},
        {"Monitor for at least 15 minutes", "health:watch"},
        {"Revoke the old keys after 24 hours by telephone", ""},
        {"15 min: Isolate affected systems", "breach:isolate"},
        {"T+1h (if required): Notify legal", "breach:notify"},
        {"Database: Add read replicas", "scale:replica"},
        {"Export the data using: npm run gdpr:export USER_ID", "gdpr:export"},
        {"Run the thing: npm run nobody:knows", ""},
        {"Update in Netlify env: OPENAI_API_KEY", "env:update"},
        {"Store the old keys in the assistant\xE2\x80\x99s safe", "secret:seal"},
        {"\xE2\x9C\x85 Enable\xC2\xA0maintenance mode", "maintenance:on"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct str got = bound(arena, NULL, "Deploying", cases[i][0]);
        if (!str_is(got, cases[i][1]))
            test_fail(__FILE__, __LINE__, "\"%s\" is bound to \"%.*s\", not \"%s\"", cases[i][0],
                      STR_ARGS(got), cases[i][1]);
        test_checked();
    }
    CHECK_STR(bound(arena, NULL, "Breach", "15 min: Assess scope and impact"), "breach:assess");
    CHECK_STR(bound(arena, NULL, "Outage", "15 min: Assess scope and impact"), "incident:assess");
    CHECK_STR(bound(arena, NULL, "Data Security Practices Planning", "- Access controls"),
              "data:access");
}

TEST(a_company_comes_first)
{
    struct vocabulary own;
    vocabulary_init(&own, arena);
#define ADD(kind, phrase, target) vocabulary_add(&own, VOCABULARY_##kind, STR(phrase), STR(target))
    CHECK_INT(ADD(SIGNAL, "checkout failures", "error rate"), VOCABULARY_TAKEN);
    CHECK_INT(ADD(SIGNAL, "latency", "cart time"), VOCABULARY_TAKEN);
    CHECK_INT(ADD(PARTY, "the wardens", "security"), VOCABULARY_TAKEN);
    CHECK_INT(ADD(ACTION, "flip the switch", "maintenance:on"), VOCABULARY_TAKEN);
    CHECK_INT(ADD(ACTION, "Run migrations", "db:ping"), VOCABULARY_TAKEN);
    CHECK_INT(ADD(PRACTICE, "tidy the shelves", "database:index"), VOCABULARY_TAKEN);
    CHECK_INT(ADD(PRACTICE, "tests passing", "deploy:scans"), VOCABULARY_TAKEN);
    CHECK_INT(ADD(ACTION, "Flip a switch", "maintenance:off"), VOCABULARY_TWICE);
    CHECK_INT(ADD(ACTION, "the", "maintenance:off"), VOCABULARY_EMPTY);
    CHECK_INT(ADD(ACTION, "a b c d e f g h i j k l m n", "maintenance:off"), VOCABULARY_LONG);
    CHECK_STR(bound(arena, &own, "Critical Alerts", "Checkout failures > 5% for 5 minutes"),
              "error rate");
    CHECK_STR(bound(arena, &own, "Critical Alerts", "Latency > 5 seconds"), "cart time");
    CHECK_STR(bound(arena, &own, "Critical Alerts", "Request latency > 5 seconds"),
              "response time");
    CHECK_STR(bound(arena, &own, "Severity Levels", "Escalation: After 1 hour to the Wardens"),
              "security");
    CHECK_STR(bound(arena, &own, "Deploying", "Flip switches"), "maintenance:on");
    CHECK_STR(bound(arena, &own, "Deploying", "Run migrations"), "db:ping");
    CHECK_STR(bound(arena, &own, "Deploying", "Run database migrations"), "db:migrate");
    CHECK_STR(bound(arena, &own, "Best Practices", "We tidy shelves and walls"), "database:index");
    CHECK_STR(vocabulary_find(&own, VOCABULARY_ACTION, STR(""), STR("flip the switches")),
              "maintenance:on");
    CHECK_STR(vocabulary_find(&own, VOCABULARY_CHECK, STR(""), STR("All tests passing")),
              "deploy:scans");
}

TEST(a_company_has_so_many_phrases_and_no_more)
{
    struct vocabulary own;
    vocabulary_init(&own, arena);
    for (int i = 0; i < VOCABULARY_ROWS_MAX; i++)
        CHECK_INT(
            vocabulary_add(&own, VOCABULARY_ACTION, str_printf(arena, "w%d x", i), STR("db:ping")),
            VOCABULARY_TAKEN);
    CHECK_INT(vocabulary_add(&own, VOCABULARY_ACTION, STR("one more"), STR("db:ping")),
              VOCABULARY_FULL);
    CHECK_STR(vocabulary_find(&own, VOCABULARY_ACTION, STR(""), STR("w15999 x")), "db:ping");
}

TEST(slips_of_the_pen_are_guessed)
{
    CHECK_STR(vocabulary_near_phrase(VOCABULARY_SIGNAL, STR("Eror rate")), "error rate");
    CHECK_STR(vocabulary_near_phrase(VOCABULARY_SIGNAL, STR("Zebras")), "");
    CHECK_STR(vocabulary_near_target(VOCABULARY_ACTION, STR("db:migrat")), "db:migrate");
    CHECK_STR(vocabulary_near_target(VOCABULARY_PRACTICE, STR("deploy:test")), "deploy:tests");
    CHECK_STR(vocabulary_target(VOCABULARY_PARTY, STR("Security")), "security");
    CHECK_STR(vocabulary_target(VOCABULARY_PARTY, STR("securty")), "");
}

TEST(the_language_page_names_every_target)
{
    struct str page = test_read_file(arena, test_source_path(arena, "docs/language.md"));
    for (size_t i = 0; i < vocabulary_row_count(); i++) {
        struct str target = vocabulary_row(i).target;
        const char *quoted = str_printf(arena, "`%.*s`", STR_ARGS(target)).p;
        if (str_find(page, quoted, 0) == page.n)
            test_fail(__FILE__, __LINE__, "docs/language.md does not name %s", quoted);
    }
    CHECK(page.n > 0);
}
