/* drill_verify.c - what was restored is looked at: all pages and indexes, all rows, and whatever
 * the company wants to know. */
#include "postgres/drill.h"

#include "os/capture.h"
#include "os/clock.h"

enum { SAID_MOST = 4 * 1024 * 1024, SHOWN_MOST = 300, WORDS_MAX = 24 };

bool drill_run(struct drill *drill, const char *const *words, struct str *out_said, int *out_code)
{
    const char *argv[WORDS_MAX + 1] = {NULL};
    struct captured captured;
    struct err err = {0};
    argv[0] = str_printf(drill->arena, "%.*s%s", STR_ARGS(drill->binaries), words[0]).p;
    for (size_t n = 1; words[n] && n < WORDS_MAX; n++)
        argv[n] = words[n];
    struct capture capture = {argv, plain_environment(drill->arena), drill->pgbackrest.until_ms,
                              SAID_MOST, true};
    if (!capture_run(drill->arena, &capture, &captured, &err)) {
        *out_said = str_printf(drill->arena, "%s cannot be started: %s", words[0], err.text);
        *out_code = -1;
        return false;
    }
    *out_said = captured.output;
    *out_code = captured.exit_code;
    if (captured.late || captured.cut)
        *out_said =
            captured.late ? STR("it did not end in time") : STR("it found more than can be shown");
    return !captured.late && !captured.cut && captured.exit_code == 0;
}

/* The first line that says something, and how many more there are. */
static struct str first_of(struct drill *drill, struct str said)
{
    struct str first = STR("");
    size_t more = 0;
    struct str line;
    while (str_split(&said, '\n', &line)) {
        if (str_trim(line).n == 0)
            continue;
        more += first.n > 0;
        if (first.n == 0)
            first = str_trim(line);
    }
    first = str_cut(work_clean(drill->arena, first), SHOWN_MOST);
    return more == 0 ? first
                     : str_printf(drill->arena, "%.*s (and %zu lines more)", STR_ARGS(first), more);
}

static bool check_structure(struct drill *drill)
{
    struct str said;
    int code = 0;
    const char *words[] = {"pg_amcheck",
                           "--all",
                           "--install-missing",
                           "--heapallindexed",
                           "--jobs=2",
                           "--no-password",
                           str_printf(drill->arena, "--host=%.*s", STR_ARGS(drill->folder)).p,
                           "--port=5432",
                           str_printf(drill->arena, "--username=%.*s", STR_ARGS(drill->user)).p,
                           "--maintenance-db=postgres",
                           NULL};
    bool good = drill_run(drill, words, &said, &code);
    return drill_step(drill, "amcheck", good,
                      good ? STR("Every table and every B-tree index of every database is sound.")
                           : str_printf(drill->arena,
                                        code == 2 ? "Damage was found: %.*s."
                                                  : "amcheck could not look at all: %.*s.",
                                        STR_ARGS(first_of(drill, said))));
}

/* The databases that can be entered, a name each. */
static PGresult *ask_databases(struct drill *drill)
{
    LINK_SCOPED link = {.conn = NULL};
    if (!link_open(&link, drill->arena, &drill->address, NULL, clock_boot_us() + 10 * 1000000))
        return NULL;
    link.until_us = clock_boot_us() + 60 * 1000000;
    return link_ask(&link,
                    "SELECT datname FROM pg_catalog.pg_database WHERE datallowconn AND NOT "
                    "datistemplate ORDER BY datname",
                    NULL, 0);
}

/* A table that cannot be read to its end makes this fail, too. */
static bool count_rows(struct drill *drill, const char *database, int64_t *tables, int64_t *rows,
                       struct str *out_wrong)
{
    LINK_SCOPED link = {.conn = NULL};
    int64_t left_ms = drill->pgbackrest.until_ms - clock_boot_ms();
    int64_t some_tables = 0;
    int64_t some_rows = 0;
    if (!link_open(&link, drill->arena, &drill->address, database,
                   clock_boot_us() + 10 * 1000000)) {
        *out_wrong = link.failure.sentence;
        return false;
    }
    link.until_us = clock_boot_us() + left_ms * 1000;
    RESULT_SCOPED counted = link_ask(
        &link,
        "SELECT count(*), coalesce(sum((pg_catalog.xpath('/row/c/text()', "
        "pg_catalog.query_to_xml(pg_catalog.format('SELECT count(*) AS c FROM ONLY %I.%I', "
        "n.nspname, c.relname), false, true, '')))[1]::text::bigint), 0) FROM "
        "pg_catalog.pg_class c "
        "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'm') "
        "AND "
        "c.relpersistence = 'p' AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND "
        "n.nspname NOT LIKE 'pg_toast%'",
        NULL, 0);
    if (!str_int(link_value(counted, 0), &some_tables) ||
        !str_int(link_value(counted, 1), &some_rows)) {
        *out_wrong = link.timed_out ? STR("the time was over")
                                    : work_clean(drill->arena, str_of(PQerrorMessage(link.conn)));
        return false;
    }
    *tables += some_tables;
    *rows += some_rows;
    return true;
}

static bool count_all(struct drill *drill)
{
    int64_t tables = 0;
    int64_t rows = 0;
    struct str wrong = STR("");
    RESULT_SCOPED databases = ask_databases(drill);
    int count = PQntuples(databases);
    for (int i = 0; i < count; i++)
        if (!count_rows(drill, PQgetvalue(databases, i, 0), &tables, &rows, &wrong))
            return drill_step(
                drill, "rows", false,
                str_printf(drill->arena, "The rows of database %s cannot be counted: %.*s",
                           PQgetvalue(databases, i, 0), STR_ARGS(str_cut(wrong, SHOWN_MOST))));
    return drill_step(drill, "rows", count > 0,
                      str_printf(drill->arena,
                                 "%lld rows in %lld tables of %d databases were read.",
                                 (long long)rows, (long long)tables, count));
}

/* One row whose first value is true, or a number other than 0, or a text. */
static bool ask_company(struct drill *drill)
{
    LINK_SCOPED link = {.conn = NULL};
    const char *database = drill->database.n > 0 ? str_copy(drill->arena, drill->database).p : NULL;
    if (drill->check.n == 0)
        return true;
    if (!link_open(&link, drill->arena, &drill->address, database, clock_boot_us() + 10 * 1000000))
        return drill_step(drill, "check", false, link.failure.sentence);
    link.until_us = clock_boot_us() + (drill->pgbackrest.until_ms - clock_boot_ms()) * 1000;
    RESULT_SCOPED begun = link_ask(&link, "SET default_transaction_read_only = on", NULL, 0);
    (void)begun;
    RESULT_SCOPED answer = link_ask(&link, str_copy(drill->arena, drill->check).p, NULL, 0);
    struct str value = work_clean(drill->arena, link_value(answer, 0));
    if (PQresultStatus(answer) != PGRES_TUPLES_OK)
        return drill_step(drill, "check", false,
                          str_printf(drill->arena, "services.backup.check failed: %.*s",
                                     STR_ARGS(first_of(drill, str_of(PQerrorMessage(link.conn))))));
    bool good = PQntuples(answer) > 0 && !PQgetisnull(answer, 0, 0) && value.n > 0 &&
                !str_is(value, "f") && !str_is(value, "0");
    return drill_step(drill, "check", good,
                      good ? str_printf(drill->arena, "services.backup.check answers %.*s.",
                                        STR_ARGS(str_cut(value, SHOWN_MOST)))
                           : STR("services.backup.check answers no: its first value is false, 0, "
                                 "empty or missing."));
}

/* When the server is down. */
static bool check_pages(struct drill *drill)
{
    struct str said;
    int code = 0;
    const char *words[] = {"pg_checksums", "--check", "-D",
                           str_printf(drill->arena, "%.*s/data", STR_ARGS(drill->folder)).p, NULL};
    if (!drill->control.checksums)
        return drill_step(
            drill, "pages", true,
            STR("The cluster has no checksums of pages; pg_checksums --enable makes them."));
    bool good = drill_run(drill, words, &said, &code);
    return drill_step(drill, "pages", good,
                      good ? STR("The checksum of every page is right.")
                           : str_printf(drill->arena, "Pages are damaged: %.*s.",
                                        STR_ARGS(first_of(drill, said))));
}

bool drill_verify(struct drill *drill)
{
    /* All of them: who restores has to know everything that is wrong. */
    bool good = check_structure(drill);
    good = count_all(drill) && good;
    good = ask_company(drill) && good;
    if (!drill_stop(drill))
        return drill_step(drill, "stop", false, STR("The restored server did not stop cleanly."));
    return check_pages(drill) && good;
}
