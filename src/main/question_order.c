/* question_order.c - questions of steps as orders, and their answers as tables. */
#include "main/question_order.h"

#include "backup/backup.h"
#include "base/noun.h"
#include "main/migrate_order.h"
#include "main/query_order.h"
#include "postgres/report.h"
#include "run/question.h"
#include "run/run.h"

enum { TABLE_BYTES = ORDER_OUTPUT_BYTES };

static void add_secret(struct order *order, const char *field, struct str name)
{
    if (name.n == 0)
        return;
    order->secret_fields[order->secret_count] = field;
    order->secret_names[order->secret_count++] = name;
}

bool question_order(struct arena *arena, const struct question_to *to, struct str command,
                    struct order *out_order, struct err *err)
{
    const struct question *question = question_of_command(command);
    bool backup = question && question->of == QUESTION_BACKUP;
    if (backup && !to->backup)
        return err_set(err, ERR_USAGE, NULL, "No backups are named in reeve.yaml any more.");
    if (!backup && !to->database)
        return err_set(err, ERR_USAGE, NULL, "No database is named in reeve.yaml any more.");
    if (question && question->of == QUESTION_FILES && to->migrations.n == 0)
        return err_set(err, ERR_USAGE, NULL, "There is no folder of migrations any more.");
    if (!question && !query_order(arena, to->database, command, out_order, err))
        return false;
    if (backup)
        *out_order = backup_order(arena, to->backup);
    else if (question && question->of == QUESTION_PING)
        *out_order = ping_order();
    else if (question && question->of == QUESTION_FILES)
        *out_order = migrate_status_order(arena, to->migrations);
    else if (question)
        *out_order = look_order(arena, to->database, str_of(question->look), to->before);
    if (!to->database)
        return true;
    add_secret(out_order, "url", to->database->url.name);
    if (question && question->of == QUESTION_PING)
        add_secret(out_order, "pooler", to->database->pooler.name);
    return true;
}

/* "2 results, 12 rows, of db.example:5432/shop". */
static struct str summary_of(struct arena *arena, const struct json *output)
{
    const struct json *results = json_get(output, "results");
    int64_t rows = 0;
    int64_t count = 0;
    bool more = false;
    for (const struct json *one = results ? results->first : NULL; one; one = one->next) {
        const struct json *over = json_get(one, "more");
        rows += json_get_int(one, "count", &count) ? count : 0;
        more = more || (over && over->type == JSON_TRUE);
    }
    return str_printf(
        arena, "%zu %s, %s%lld %s, from database %.*s as %.*s", results ? results->count : 0,
        noun(results ? (int64_t)results->count : 0, "result", "results"), more ? "more than " : "",
        (long long)rows, noun(rows, "row", "rows"), STR_ARGS(json_get_str(output, "database")),
        STR_ARGS(json_get_str(output, "user")));
}

static void write_line(struct text *text, enum question_of of, const struct json *answer)
{
    if (of == QUESTION_PING)
        report_ping_line(text, answer);
    else if (of == QUESTION_LOOK)
        report_look_line(text, answer);
    else if (of == QUESTION_FILES)
        report_migrate_line(text, answer);
    else
        backup_report_line(text, answer);
}

static void write_table(struct json_writer *w, enum question_of of, const struct json *answer)
{
    if (of == QUESTION_PING)
        report_ping_table(w, answer);
    else if (of == QUESTION_LOOK)
        report_look_table(w, answer);
    else if (of == QUESTION_FILES)
        report_migrate_table(w, answer);
    else
        backup_report_table(w, answer);
}

bool question_answer_read(struct arena *arena, struct str command,
                          const struct order_result *result, struct question_answer *out_answer,
                          struct err *err)
{
    const struct question *question = question_of_command(command);
    struct json *answer = NULL;
    struct text text;
    if (!json_parse(arena, result->output, &answer, err))
        return false;
    bool failed = result->outcome != ORDER_DONE;
    *out_answer = (struct question_answer){answer, result->detail, failed || question};
    if (!question && !failed)
        out_answer->summary = summary_of(arena, answer);
    /* What could not be looked at at all has no tables, but says why. */
    if (!question || json_get(answer, "failure"))
        return true;
    text_init(&text, arena, RUN_REASON_BYTES);
    write_line(&text, question->of, answer);
    out_answer->summary = text_str(&text);
    text_init(&text, arena, TABLE_BYTES);
    struct json_writer w = {.text = &text};
    write_table(&w, question->of, answer);
    return json_parse(arena, text_str(&text), &out_answer->output, err);
}
