/* fuzz_backup.c - the answers of pgBackRest: info, and behind a NUL the names of WAL. Whatever they
 * are, each check has a sentence, and what is not well is not called so. */
#include "fuzz.h"

#include "backup/backup.h"

#include <stdlib.h>

static void must(bool good)
{
    if (!good)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct err err = {0};
    struct backup_info info;
    struct str all = {(const char *)data, size};
    size_t end = str_find_byte(all, '\0', 0);
    arena_init(&arena);
    if (!backup_read_info(&arena, str_slice(all, 0, end), STR("main"), &info, &err)) {
        must(err.kind == ERR_OUTSIDE && err.text[0]);
        arena_done(&arena);
        return 0;
    }
    struct backup_server server = {.archiving = true,
                                   .last_archived = STR("000000010000000000000004"),
                                   .archived_at = {1},
                                   .segment_bytes = 16 * 1024 * 1024};
    struct backup_wal wals[BACKUP_ARCHIVES_MAX];
    for (size_t i = 0; i < info.archive_count; i++)
        wals[i] =
            (struct backup_wal){.of = &info.archives[i],
                                .read = true,
                                .list = wal_read(&arena, str_from(all, end < size ? end + 1 : size),
                                                 server.segment_bytes)};
    struct backup_matter matter = {.info = &info,
                                   .server = &server,
                                   .wals = wals,
                                   .wal_count = info.archive_count,
                                   .limits = {1000, 1000, true},
                                   .now = {INT64_C(1796100000000000)}};
    struct backup_judgement *judgement = arena_make(&arena, struct backup_judgement);
    backup_judge(&arena, &matter, judgement);
    must(judgement->count <= BACKUP_CHECKS_MAX && judgement->count > 0);
    for (size_t i = 0; i < judgement->count; i++)
        must(judgement->checks[i].sentence.n > 0);
    must(judgement->newest || judgement->bad > 0);
    struct text text;
    text_init(&text, &arena, 1024 * 1024);
    struct json_writer w = {.text = &text};
    backup_write(&w, &matter, judgement);
    struct json *written = NULL;
    must(json_parse(&arena, text_str(&text), &written, &err));
    struct text shown;
    text_init(&shown, &arena, 1024 * 1024);
    backup_report(&shown, written);
    must(shown.n > 0);
    arena_done(&arena);
    return 0;
}
