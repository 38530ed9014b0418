/* drill.c - what pg_controldata and a log say, and the report of a drill. */
#include "backup/drill.h"

static bool find_number(struct str said, const char *name, int64_t *out_number)
{
    struct str line;
    while (str_split(&said, '\n', &line))
        if (str_starts(line, name))
            return str_int(str_trim(str_from(line, str_of(name).n)), out_number);
    return false;
}

bool drill_read_control(struct str said, struct drill_control *out_control)
{
    int64_t version = 0;
    struct drill_control control = {0};
    bool good = find_number(said, "max_connections setting:", &control.connections) &&
                find_number(said, "max_worker_processes setting:", &control.workers) &&
                find_number(said, "max_wal_senders setting:", &control.senders) &&
                find_number(said, "max_prepared_xacts setting:", &control.prepared) &&
                find_number(said, "max_locks_per_xact setting:", &control.locks) &&
                find_number(said, "Data page checksum version:", &version);
    control.checksums = version > 0;
    *out_control = control;
    return good;
}

struct str drill_find_reason(struct str log)
{
    static const char *const marks[] = {"FATAL:  ", "PANIC:  "};
    struct str reason = STR("");
    struct str last = STR("");
    struct str line;
    while (str_split(&log, '\n', &line)) {
        if (str_trim(line).n > 0)
            last = str_trim(line);
        for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
            size_t at = str_find(line, marks[i], 0);
            if (at < line.n)
                reason = str_trim(str_from(line, at + str_of(marks[i]).n));
        }
    }
    return reason.n > 0 ? reason : last;
}

static void add_length(struct text *out, const struct json *of, const char *key, const char *front)
{
    int64_t ms = 0;
    if (!json_get_int(of, key, &ms))
        return;
    struct str length = ms < 10000 ? str_printf(out->arena, "%.1f s", (double)ms / 1000)
                                   : duration_text(out->arena, ms);
    text_printf(out, "%s%.*s", front, STR_ARGS(length));
}

void drill_report(struct text *out, const struct json *output)
{
    const struct json *steps = json_get(output, "steps");
    struct str backup = json_get_str(output, "backup");
    struct str last = json_get_str(output, "last_commit");
    struct str end = json_get_str(output, "sentence");
    for (const struct json *one = steps ? steps->first : NULL; one; one = one->next) {
        const struct json *good = json_get(one, "ok");
        struct str name = json_get_str(one, "name");
        struct str sentence = json_get_str(one, "sentence");
        text_printf(out, "  %-8s %-10.*s", good && good->type == JSON_TRUE ? "well" : "BAD",
                    STR_ARGS(name));
        text_printf(out, " %.*s", STR_ARGS(sentence));
        add_length(out, one, "ms", " ");
        text_byte(out, '\n');
    }
    if (backup.n > 0)
        text_printf(out, "Restored from backup %.*s", STR_ARGS(backup));
    if (backup.n > 0 && last.n >= 19) {
        struct str day = str_slice(last, 0, 10);
        struct str time = str_slice(last, 11, 23 < last.n ? 23 : last.n);
        text_printf(out, "; the last transaction is of %.*s %.*s UTC", STR_ARGS(day),
                    STR_ARGS(time));
    }
    text_adds(out, backup.n > 0 ? ".\n" : "");
    add_length(out, output, "rto_ms", "Measured RTO (until the server answered): ");
    add_length(out, output, "rpo_ms", "; measured RPO (what would have been lost): ");
    text_printf(out, "\n%.*s\n", STR_ARGS(end));
}
