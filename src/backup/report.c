/* report.c - a judgement for programs and for people. */
#include "backup/backup.h"

enum { HEAD_BYTES = 1024 };

static const char *const verdicts[] = {
    [BACKUP_WELL] = "well", [BACKUP_BAD] = "bad", [BACKUP_UNKNOWN] = "unknown"};

static void write_instant(struct json_writer *w, const char *key, struct instant at)
{
    char text[INSTANT_TEXT_BYTES];
    if (instant_is_zero(at)) {
        json_null(w, key);
        return;
    }
    instant_write(at, text);
    json_str(w, key, str_of(text));
}

static void write_newest(struct json_writer *w, const struct backup *newest)
{
    if (!newest) {
        json_null(w, "newest");
        return;
    }
    json_open_object(w, "newest");
    write_instant(w, "begun", newest->begun);
    json_int(w, "bytes", newest->bytes);
    write_instant(w, "ended", newest->ended);
    json_str(w, "label", newest->label);
    json_int(w, "repository", newest->repo);
    json_int(w, "stored_bytes", newest->stored_bytes);
    json_str(w, "type", newest->type);
    json_close_object(w);
}

void backup_write(struct json_writer *w, const struct backup_matter *matter,
                  const struct backup_judgement *judgement)
{
    const struct backup_info *info = matter->info;
    json_open_object(w, NULL);
    json_int(w, "backups", (int64_t)info->count);
    json_open_array(w, "checks");
    for (size_t i = 0; i < judgement->count; i++) {
        json_open_object(w, NULL);
        json_str(w, "name", str_of(judgement->checks[i].name));
        json_str(w, "sentence", judgement->checks[i].sentence);
        json_str(w, "verdict", str_of(verdicts[judgement->checks[i].verdict]));
        json_close_object(w);
    }
    json_close_array(w);
    write_newest(w, judgement->newest);
    json_bool(w, "ok", judgement->bad + judgement->unknown == 0);
    json_str(w, "postgresql", info->version);
    write_instant(w, "restorable_from",
                  judgement->has_window ? judgement->window_begin : (struct instant){0});
    write_instant(w, "restorable_until",
                  judgement->has_window ? matter->server->archived_at : (struct instant){0});
    json_str(w, "stanza", info->stanza);
    json_close_object(w);
}

static struct str size_text(struct arena *arena, const struct json *of, const char *key)
{
    int64_t bytes = 0;
    if (!json_get_int(of, key, &bytes))
        return STR("?");
    if (bytes < 10 * 1000 * 1000)
        return str_printf(arena, "%.1f MB", (double)bytes / 1e6);
    return bytes < INT64_C(10000000000) ? str_printf(arena, "%lld MB", (long long)(bytes / 1000000))
                                        : str_printf(arena, "%.1f GB", (double)bytes / 1e9);
}

/* "2026-12-01 02:41:41 UTC" */
static struct str moment_text(struct arena *arena, struct str instant)
{
    if (instant.n < 19)
        return STR("?");
    return str_printf(arena, "%.*s %.*s UTC", STR_ARGS(str_slice(instant, 0, 10)),
                      STR_ARGS(str_slice(instant, 11, 19)));
}

/* Which backups there are, and which moments can be restored: two lines. */
static void write_head(struct text *out, const struct json *output)
{
    struct arena *arena = out->arena;
    const struct json *newest = json_get(output, "newest");
    struct str from = json_get_str(output, "restorable_from");
    struct str until = json_get_str(output, "restorable_until");
    int64_t count = 0;
    bool counted = json_get_int(output, "backups", &count);
    struct str version = json_get_str(output, "postgresql");
    struct str stanza = json_get_str(output, "stanza");
    text_printf(out, "%.*s: ", STR_ARGS(stanza));
    if (counted)
        text_printf(out, "%lld backup%s", (long long)count, count == 1 ? "" : "s");
    if (version.n > 0)
        text_printf(out, " of PostgreSQL %.*s", STR_ARGS(version));
    if (newest && newest->type == JSON_OBJECT) {
        struct str bytes = size_text(arena, newest, "bytes");
        struct str stored = size_text(arena, newest, "stored_bytes");
        struct str label = json_get_str(newest, "label");
        text_printf(out, ", the newest is %.*s: %.*s, %.*s in the repository", STR_ARGS(label),
                    STR_ARGS(bytes), STR_ARGS(stored));
    }
    text_byte(out, '\n');
    if (from.n > 0) {
        struct str begin = moment_text(arena, from);
        text_printf(out, "Any moment from %.*s", STR_ARGS(begin));
        if (until.n > 0) {
            struct str end = moment_text(arena, until);
            text_printf(out, " to %.*s", STR_ARGS(end));
        }
        text_adds(out, " can be restored, as far as names tell; only a drill proves it.\n");
    } else {
        text_adds(out, "No moment is known that can be restored.\n");
    }
}

void backup_report(struct text *out, const struct json *output)
{
    const struct json *checks = json_get(output, "checks");
    write_head(out, output);
    for (const struct json *one = checks ? checks->first : NULL; one; one = one->next) {
        struct str verdict = json_get_str(one, "verdict");
        struct str sentence = json_get_str(one, "sentence");
        text_printf(out, "  %-8.*s %.*s\n", STR_ARGS(verdict), STR_ARGS(sentence));
    }
}

/* How many checks have this verdict, and the sentence of the first of them. */
static int64_t count_verdict(const struct json *output, const char *verdict, struct str *out_first)
{
    const struct json *checks = json_get(output, "checks");
    int64_t count = 0;
    *out_first = STR("");
    for (const struct json *one = checks ? checks->first : NULL; one; one = one->next) {
        if (!str_is(json_get_str(one, "verdict"), verdict))
            continue;
        if (count++ == 0)
            *out_first = json_get_str(one, "sentence");
    }
    return count;
}

void backup_report_line(struct text *out, const struct json *output)
{
    struct str wrong, hidden, first;
    int64_t bad = count_verdict(output, verdicts[BACKUP_BAD], &wrong);
    int64_t unknown = count_verdict(output, verdicts[BACKUP_UNKNOWN], &hidden);
    int64_t well = count_verdict(output, verdicts[BACKUP_WELL], &first);
    struct str until = json_get_str(output, "restorable_until");
    text_printf(out, "%lld well, %lld bad, %lld unknown", (long long)well, (long long)bad,
                (long long)unknown);
    if (until.n > 0) {
        struct str end = moment_text(out->arena, until);
        text_printf(out, "; can be restored to %.*s", STR_ARGS(end));
    }
    first = bad > 0 ? wrong : hidden;
    if (first.n > 0)
        text_printf(out, ": %.*s", STR_ARGS(first));
}

static void write_column(struct json_writer *w, const char *name)
{
    json_open_object(w, NULL);
    json_str(w, "name", str_of(name));
    json_bool(w, "number", false);
    json_close_object(w);
}

void backup_report_table(struct json_writer *w, const struct json *output)
{
    const struct json *checks = json_get(output, "checks");
    struct text text;
    struct str line;
    json_open_object(w, NULL);
    json_open_array(w, "results");
    json_open_object(w, NULL);
    json_open_array(w, "columns");
    write_column(w, "check");
    write_column(w, "verdict");
    write_column(w, "what is so");
    json_close_array(w);
    json_open_array(w, "rows");
    for (const struct json *one = checks ? checks->first : NULL; one; one = one->next) {
        json_open_array(w, NULL);
        json_str(w, NULL, json_get_str(one, "name"));
        json_str(w, NULL, json_get_str(one, "verdict"));
        json_str(w, NULL, json_get_str(one, "sentence"));
        json_close_array(w);
    }
    json_close_array(w);
    json_int(w, "count", checks ? (int64_t)checks->count : 0);
    json_bool(w, "more", false);
    json_close_object(w);
    json_close_array(w);
    json_open_array(w, "notes");
    text_init(&text, w->text->arena, HEAD_BYTES);
    write_head(&text, output);
    for (struct str rest = text_str(&text); rest.n > 0 && str_split(&rest, '\n', &line);)
        json_str(w, NULL, line);
    json_close_array(w);
    json_close_object(w);
}
