/* look_slow.c - db:slow: what takes the database's time, in all and since the last look. */
#include "postgres/look_all.h"

#include "base/noun.h"
#include "postgres/slow_delta.h"

#include <stdlib.h>

enum { WHOLE, STATEMENTS };
enum { SHOWN = 20, SHOWN_MEAN = 10 };

#define SHARE_PERCENT  20.0
#define TIME_LEAST_MS  10000.0 /* shares of less say nothing */
#define MEAN_CALLS     5.0     /* a mean of fewer calls is none */
#define GROWN_TIMES    3.0
#define GROWN_CALLS    10.0
#define GROWN_LEAST_MS 5.0

/* clang-format off */
const struct look_question look_slow_questions[] = {
    [WHOLE] = {.what = "The statistics of statements",
     .sql = "SELECT i.dealloc AS evictions, i.stats_reset::text AS reset, extract(epoch FROM "
            "clock_timestamp() - i.stats_reset) AS since_s, (SELECT system_identifier FROM "
            "pg_control_system())::text AS system, t.calls, t.total_ms, t.entries, "
            "current_setting('pg_stat_statements.max', true) AS most, "
            "current_setting('pg_stat_statements.track', true) AS track FROM "
            "@.pg_stat_statements_info i, (SELECT sum(calls)::float8 AS calls, "
            "sum(total_exec_time) AS total_ms, count(*) AS entries FROM "
            "@.pg_stat_statements(false)) t",
     .statements = true},
    [STATEMENTS] = {.what = "The statements",
     .sql = "SELECT concat_ws(' ', s.userid, s.dbid, CASE WHEN s.toplevel THEN 't' ELSE 'f' "
            "END, s.queryid) AS key, coalesce(r.rolname, s.userid::text) AS user, d.datname AS "
            "database, s.queryid, s.calls, s.total_exec_time AS total_ms, s.mean_exec_time AS "
            "mean_ms, s.min_exec_time AS min_ms, s.max_exec_time AS max_ms, s.rows, "
            "left(regexp_replace(s.query, '\\s+', ' ', 'g'), 300) AS query FROM "
            "@.pg_stat_statements s LEFT JOIN pg_roles r ON r.oid = s.userid LEFT JOIN "
            "pg_database d ON d.oid = s.dbid WHERE s.queryid IS NOT NULL ORDER BY "
            "s.total_exec_time DESC, 1 LIMIT 500",
     .statements = true},
};
/* clang-format on */

struct slow {
    struct look *look;
    const struct look_table *table;
    struct slow_moment now, before;
    bool compared;
    struct slow_delta *deltas; /* parallel to the rows of the table */
};

static double real_of(const struct look_table *table, size_t row, const char *name)
{
    double value;
    (void)look_real(table, row, name, &value);
    return value;
}

static void read_now(struct slow *slow, const struct look_table *whole)
{
    struct arena *arena = slow->look->arena;
    const struct look_table *table = slow->table;
    struct slow_statement *made = arena_array(arena, table->count + 1, sizeof *made);
    int64_t entries;
    for (size_t i = 0; i < table->count; i++)
        made[i] =
            (struct slow_statement){look_cell(table, i, "key"),
                                    {real_of(table, i, "calls"), real_of(table, i, "total_ms"),
                                     real_of(table, i, "min_ms"), real_of(table, i, "max_ms")}};
    slow->now = (struct slow_moment){.system = look_cell(whole, 0, "system"),
                                     .reset = look_cell(whole, 0, "reset"),
                                     .at_us = slow->look->at_us,
                                     .calls = real_of(whole, 0, "calls"),
                                     .total_ms = real_of(whole, 0, "total_ms"),
                                     .statements = made,
                                     .count = table->count};
    (void)look_int(whole, 0, "evictions", &slow->now.evictions);
    (void)look_int(whole, 0, "entries", &entries);
    slow->now.complete = entries <= (int64_t)table->count;
}

static void compare_all(struct slow *slow)
{
    struct look *look = slow->look;
    if (!slow_read(look->arena, look->before, &slow->before)) {
        look_note(look, "What was done since the last look is said from the second look on.");
        return;
    }
    const char *why = slow_why_not(&slow->before, &slow->now);
    if (why) {
        look_not_known(look, "since_last", "",
                       "What statements did since the last look is not known: %s; the next look "
                       "can tell.",
                       why);
        return;
    }
    slow->compared = true;
    slow->deltas = arena_array(look->arena, slow->now.count + 1, sizeof *slow->deltas);
    size_t unknown = slow_gone(&slow->before, &slow->now);
    for (size_t i = 0; i < slow->now.count; i++) {
        slow->deltas[i] = slow_compare(&slow->before, &slow->now, &slow->now.statements[i]);
        unknown += slow->deltas[i].kind == SLOW_UNKNOWN;
    }
    struct str ago =
        look_figure(look->arena, (double)(slow->now.at_us - slow->before.at_us) / 1e6, "s");
    look_note(look, "The last look was %.*s ago.", STR_ARGS(ago));
    if (unknown > 0)
        look_not_known(look, "since_last", "",
                       "What %zu %s did since the last look is not known: their entries were "
                       "evicted, reset one by one, or not among the %d kept.",
                       unknown, noun((int64_t)unknown, "statement", "statements"), SLOW_KEPT_MAX);
    if (slow->now.evictions != slow->before.evictions)
        look_note(look,
                  "Entries were evicted in %lld rounds since the last look: what is said of it is "
                  "the least that was done; pg_stat_statements.max may be too small.",
                  (long long)(slow->now.evictions - slow->before.evictions));
}

static void put_delta(struct look_result *result, const struct slow *slow, size_t row)
{
    const struct slow_delta *delta = slow->compared ? &slow->deltas[row] : NULL;
    if (!delta || delta->kind == SLOW_UNKNOWN) {
        look_put(result, STR("unknown"));
        look_put(result, STR("unknown"));
        return;
    }
    look_put_real(result, delta->calls);
    look_put_real(result, delta->ms);
}

static void show_rows(struct slow *slow, const char *title, const size_t *rows, size_t count)
{
    const struct look_table *table = slow->table;
    struct look_result result;
    look_result_open(slow->look, title,
                     "queryid user database #calls #total_ms #share_percent #mean_ms #max_ms "
                     "#calls_since #since_ms query",
                     &result);
    for (size_t i = 0; i < count; i++) {
        size_t row = rows[i];
        double total = slow->now.total_ms;
        look_row_open(&result);
        look_put(&result, look_cell(table, row, "queryid"));
        look_put(&result, look_cell(table, row, "user"));
        look_put(&result, look_cell(table, row, "database"));
        look_put(&result, look_cell(table, row, "calls"));
        look_put_real(&result, real_of(table, row, "total_ms"));
        look_put_real(&result, total > 0 ? 100 * real_of(table, row, "total_ms") / total : 0);
        look_put_real(&result, real_of(table, row, "mean_ms"));
        look_put_real(&result, real_of(table, row, "max_ms"));
        put_delta(&result, slow, row);
        look_put(&result, look_cell(table, row, "query"));
        look_row_close(&result);
    }
    look_result_close(&result);
}

/* A row and by what it is sorted. */
struct rank {
    double by;
    size_t row;
};

static int compare_ranks(const void *a, const void *b)
{
    const struct rank *x = a;
    const struct rank *y = b;
    if (x->by > y->by || x->by < y->by)
        return x->by > y->by ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

static void show_ranked(struct slow *slow, const char *title, struct rank *ranks, size_t count)
{
    size_t rows[SHOWN];
    size_t shown = 0;
    if (count == 0)
        return;
    qsort(ranks, count, sizeof *ranks, compare_ranks);
    for (; shown < count && shown < SHOWN_MEAN; shown++)
        rows[shown] = ranks[shown].row;
    show_rows(slow, title, rows, shown);
}

static void show(struct slow *slow)
{
    const struct look_table *table = slow->table;
    struct rank *ranks = arena_array(slow->look->arena, table->count + 1, sizeof *ranks);
    size_t first[SHOWN];
    size_t count = 0;
    for (; count < SHOWN && count < table->count; count++)
        first[count] = count;
    show_rows(slow, "By total time", first, count);
    count = 0;
    for (size_t i = 0; i < table->count; i++)
        if (real_of(table, i, "calls") >= MEAN_CALLS)
            ranks[count++] = (struct rank){real_of(table, i, "mean_ms"), i};
    show_ranked(slow, "By mean time", ranks, count);
    count = 0;
    for (size_t i = 0; slow->compared && i < table->count; i++)
        if (slow->deltas[i].kind != SLOW_UNKNOWN && slow->deltas[i].calls > 0)
            ranks[count++] = (struct rank){slow->deltas[i].ms, i};
    show_ranked(slow, "By time since the last look", ranks, count);
}

static struct str place_of(struct slow *slow, size_t row)
{
    return str_printf(slow->look->arena, "query %.*s",
                      STR_ARGS(look_cell(slow->table, row, "queryid")));
}

static void judge_share(struct slow *slow, size_t row)
{
    double total = real_of(slow->table, row, "total_ms");
    double share = slow->now.total_ms > 0 ? 100 * total / slow->now.total_ms : 0;
    struct arena *arena = slow->look->arena;
    struct str place = place_of(slow, row);
    if (share < SHARE_PERCENT || total < TIME_LEAST_MS)
        return;
    look_find(slow->look, (struct look_mark){"share", place, share, "percent"},
              "%.*s (%.*s, %.*s) takes %.0f %% of all time of statements: %.*s calls of %.*s; make "
              "it rarer or quicker first, EXPLAIN (ANALYZE, BUFFERS) shows where it goes.",
              STR_ARGS(place), STR_ARGS(look_cell(slow->table, row, "user")),
              STR_ARGS(str_cut(look_cell(slow->table, row, "query"), 120)), share,
              STR_ARGS(look_count(arena, real_of(slow->table, row, "calls"))),
              STR_ARGS(look_figure(arena, real_of(slow->table, row, "mean_ms"), "ms")));
}

/* Slower since the last look than all the time before it. */
static void judge_growth(struct slow *slow, size_t row)
{
    const struct slow_delta *delta = slow->compared ? &slow->deltas[row] : NULL;
    struct arena *arena = slow->look->arena;
    struct str place = place_of(slow, row);
    if (!delta || (delta->kind != SLOW_KNOWN && delta->kind != SLOW_AT_LEAST) ||
        delta->calls < GROWN_CALLS || delta->before.calls < GROWN_CALLS)
        return;
    double mean = delta->ms / delta->calls;
    double before = delta->before.total_ms / delta->before.calls;
    if (mean < GROWN_LEAST_MS || mean < GROWN_TIMES * before)
        return;
    look_find(slow->look, (struct look_mark){"slower", place, mean, "ms"},
              "%.*s (%.*s, %.*s) takes %.*s since the last look, before that %.*s: its plan, its "
              "data or what it waits for has changed; EXPLAIN it, and see db:locks.",
              STR_ARGS(place), STR_ARGS(look_cell(slow->table, row, "user")),
              STR_ARGS(str_cut(look_cell(slow->table, row, "query"), 120)),
              STR_ARGS(look_figure(arena, mean, "ms")), STR_ARGS(look_figure(arena, before, "ms")));
}

/* Why an answer failed, where that is one of what goes wrong with the extension. */
static bool say_why(struct look *look, const struct look_table *table)
{
    struct str state = str_of(table->sqlstate);
    struct str schema = look->server.statements;
    struct str grant = str_printf(look->arena, "GRANT USAGE ON SCHEMA %.*s TO %.*s;",
                                  STR_ARGS(schema), STR_ARGS(look->server.user));
    if (str_is(state, "55000"))
        look_not_known(look, "statements", "",
                       "What statements take is not known: pg_stat_statements is not in "
                       "shared_preload_libraries, which takes a restart.");
    else if (str_is(state, "42501"))
        look_not_known(look, "statements", grant.p,
                       "What statements take is not known: pg_stat_statements is in schema %.*s, "
                       "which this user may not use.",
                       STR_ARGS(schema));
    else if (str_is(state, "42703") || str_is(state, "42P01"))
        look_not_known(look, "statements", "ALTER EXTENSION pg_stat_statements UPDATE;",
                       "What statements take is not known: the extension in database %.*s is older "
                       "than 1.9.",
                       STR_ARGS(look->server.database));
    else
        return false;
    return true;
}

/* Nothing is known of statements. True: something is. */
static bool check(struct look *look, const struct look_table *tables)
{
    if (look->server.statements.n == 0) {
        look_not_known(look, "statements", "CREATE EXTENSION pg_stat_statements;",
                       "What statements take is not known: pg_stat_statements is not in database "
                       "%.*s; it also has to be in shared_preload_libraries, which takes a "
                       "restart.",
                       STR_ARGS(look->server.database));
        return false;
    }
    for (size_t i = 0; i <= STATEMENTS; i++)
        if ((tables[i].failed && say_why(look, &tables[i])) ||
            !look_answered(look, &look_slow_questions[i], &tables[i]))
            return false;
    return true;
}

void look_slow_judge(struct look *look, const struct look_table *tables)
{
    struct slow slow = {.look = look, .table = &tables[STATEMENTS]};
    if (!check(look, tables))
        return;
    if (str_is(look_cell(&tables[WHOLE], 0, "track"), "none"))
        look_not_known(look, "statements", "",
                       "What statements take is not known: pg_stat_statements.track is none.");
    if (!look->server.stats)
        look_not_known(look, "statements", look_grant(look->arena, &look->server, "pg_monitor").p,
                       "Statements of other users are hidden: shares are of the whole, and the "
                       "largest may not be among those shown.");
    read_now(&slow, &tables[WHOLE]);
    compare_all(&slow);
    show(&slow);
    for (size_t i = 0; i < slow.table->count; i++) {
        judge_share(&slow, i);
        judge_growth(&slow, i);
    }
    look_note(look, "Counted since %.*s, for %.*s, %.*s of %.*s entries.",
              STR_ARGS(look_cell(&tables[WHOLE], 0, "reset")),
              STR_ARGS(look_cell_figure(look, &tables[WHOLE], 0, "since_s", "s")),
              STR_ARGS(look_cell(&tables[WHOLE], 0, "entries")),
              STR_ARGS(look_cell(&tables[WHOLE], 0, "most")));
    struct json_writer w = {.text = &look->extra};
    slow_write(&w, "keep", &slow.now);
}
