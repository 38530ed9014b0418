/* backup.c - what pgbackrest and the server say of the backups, judged. */
#include "postgres/backup.h"

#include "postgres/pgbackrest.h"

/* The names of the WAL of the cluster's present version, in each repository. */
static size_t list_wal(const struct pgbackrest *pgbackrest, const struct backup_info *info,
                       int64_t segment_bytes, struct backup_wal *wals)
{
    struct arena *arena = pgbackrest->work->arena;
    size_t count = 0;
    for (size_t i = 0; i < info->archive_count; i++) {
        const struct backup_archive *of = &info->archives[i];
        if (of->database != info->database || of->last.n == 0)
            continue;
        struct backup_wal *wal = &wals[count++];
        struct str names;
        const char *words[] = {
            str_printf(arena, "--repo=%lld", (long long)of->repo).p, "repo-ls", "--recurse",
            str_printf(arena, "archive/%.*s/%.*s", STR_ARGS(info->stanza), STR_ARGS(of->id)).p,
            NULL};
        *wal = (struct backup_wal){.of = of};
        wal->read = pgbackrest_ask(pgbackrest, words, &names, &wal->problem);
        if (wal->read)
            wal->list = wal_read(arena, names, segment_bytes);
    }
    return count;
}

static bool read_limits(const struct work *work, struct backup_limits *limits)
{
    const struct json *encrypted = json_get(work->body, "encrypted");
    limits->encrypted = encrypted && encrypted->type == JSON_TRUE;
    return json_get_int(work->body, "newest_ms", &limits->newest_ms) && limits->newest_ms > 0 &&
           json_get_int(work->body, "wal_ms", &limits->wal_ms) && limits->wal_ms > 0;
}

static struct str first_sentence(const struct backup_judgement *judgement)
{
    for (int verdict = BACKUP_BAD; verdict <= BACKUP_UNKNOWN; verdict++)
        for (size_t i = 0; i < judgement->count; i++)
            if (judgement->checks[i].verdict == (enum backup_verdict)verdict)
                return judgement->checks[i].sentence;
    return STR("All is well.");
}

void postgres_backup_perform(const struct work *work, struct order_result *out_result)
{
    static const char *const words[] = {"--output=json", "info", NULL};
    struct arena *arena = work->arena;
    struct pgbackrest pgbackrest;
    struct backup_limits limits = {0};
    struct backup_info info;
    struct backup_server server;
    struct backup_wal wals[BACKUP_ARCHIVES_MAX];
    struct str said;
    struct str reason;
    struct err err = {0};
    if (!pgbackrest_read(work, &pgbackrest) || !read_limits(work, &limits)) {
        *out_result = work_result(arena, ORDER_REFUSED,
                                  "The order's program, stanza and limits cannot be read.");
        return;
    }
    if (!pgbackrest_ask(&pgbackrest, words, &said, &reason)) {
        *out_result = work_result(arena, ORDER_FAILED, "%.*s", STR_ARGS(reason));
        return;
    }
    if (!backup_read_info(arena, said, pgbackrest.stanza, &info, &err)) {
        *out_result = work_result(arena, ORDER_FAILED, "%s", err.text);
        return;
    }
    backup_ask_server(arena, json_get_str(work->secrets, "url"), &server);
    size_t count = list_wal(&pgbackrest, &info, server.segment_bytes, wals);
    struct backup_matter matter = {&info, &server, wals, count, limits, work->now};
    struct backup_judgement *judgement = arena_make(arena, struct backup_judgement);
    backup_judge(arena, &matter, judgement);
    struct text text;
    text_init(&text, arena, ORDER_OUTPUT_BYTES);
    struct json_writer w = {.text = &text};
    backup_write(&w, &matter, judgement);
    *out_result = (struct order_result){
        .outcome = judgement->bad + judgement->unknown == 0 ? ORDER_DONE : ORDER_FAILED,
        .detail = first_sentence(judgement),
        .output = text_str(&text)};
}
