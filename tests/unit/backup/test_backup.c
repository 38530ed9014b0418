/* test_backup.c - what pgBackRest answered, WAL without and with gaps, and what is judged of it. */
#include "backup/backup.h"
#include "harness/test.h"

#include <string.h>

enum { MB16 = 16 * 1024 * 1024 };
#define NOW_S INT64_C(1796100000)

#define REPO(code, message, cipher)                                                                \
    "{\"cipher\":\"" cipher "\",\"key\":1,\"status\":{\"code\":" code ",\"message\":\"" message    \
    "\"}}"
#define BACKUP(label, start, stop, error, from, until)                                             \
    "{\"archive\":{\"start\":\"" from "\",\"stop\":\"" until                                       \
    "\"},\"backrest\":{\"format\":5,\"version\":\"2.45\"},\"database\":{\"id\":1,"                 \
    "\"repo-key\":1},\"error\":" error                                                             \
    ",\"info\":{\"delta\":9,\"repository\":{\"delta\":3,\"size\":3},\"size\":9},\"label\":"        \
    "\"" label "\",\"prior\":null,\"timestamp\":{\"start\":" start ",\"stop\":" stop               \
    "},\"type\":\"full\"}"
#define STANZA(repo, backups)                                                                      \
    "[{\"archive\":[{\"database\":{\"id\":1,\"repo-key\":1},\"id\":\"15-1\",\"max\":"              \
    "\"000000010000000000000009\",\"min\":\"000000010000000000000001\"}],\"backup\":[" backups     \
    "],\"cipher\":\"none\",\"db\":[{\"id\":1,\"repo-key\":1,\"system-id\":7714160211462825942,"    \
    "\"version\":\"15\"}],\"name\":\"main\",\"repo\":[" repo                                       \
    "],\"status\":{\"code\":0,\"lock\":{\"backup\":{\"held\":false}},\"message\":\"ok\"}}]"
#define WAL(n) "00000001000000000000000" n
#define TWO                                                                                        \
    BACKUP("A", "1796000000", "1796000100", "false", WAL("2"), WAL("2"))                           \
    "," BACKUP("B", "1796090000", "1796090100", "false", WAL("6"), WAL("7"))

static struct backup_info info_of(struct arena *arena, const char *json)
{
    struct backup_info info;
    struct err err = {0};
    CHECK(backup_read_info(arena, str_of(json), STR("main"), &info, &err));
    return info;
}

static struct backup_server server_of(void)
{
    return (struct backup_server){.archiving = true,
                                  .last_archived = STR(WAL("9")),
                                  .archived_at = {(NOW_S - 60) * 1000000},
                                  .waiting = 0,
                                  .segment_bytes = MB16,
                                  .system_id = STR("7714160211462825942")};
}

/* Of segments 1 to 9, those whose digit stands in names. */
static struct wal_list wal_of(struct arena *arena, const char *digits)
{
    struct text text;
    text_init(&text, arena, 64 * 1024);
    for (; *digits; digits++)
        text_printf(&text, "0000000100000000/00000001000000000000000%c-0af3.zst\n", *digits);
    return wal_read(arena, text_str(&text), MB16);
}

static struct backup_judgement judge(struct arena *arena, const struct backup_info *info,
                                     const struct backup_server *server, struct wal_list list)
{
    struct backup_judgement judgement;
    struct backup_wal wal = {
        .of = info->archive_count > 0 ? &info->archives[0] : NULL, .read = true, .list = list};
    struct backup_matter matter = {.info = info,
                                   .server = server,
                                   .wals = &wal,
                                   .wal_count = info->archive_count,
                                   .limits = {26 * 3600 * 1000, 15 * 60 * 1000, true},
                                   .now = {NOW_S * 1000000}};
    backup_judge(arena, &matter, &judgement);
    return judgement;
}

static const struct backup_check *check_of(const struct backup_judgement *judgement,
                                           const char *name, enum backup_verdict verdict)
{
    for (size_t i = 0; i < judgement->count; i++)
        if (strcmp(judgement->checks[i].name, name) == 0 && judgement->checks[i].verdict == verdict)
            return &judgement->checks[i];
    return NULL;
}

TEST(names_of_segments)
{
    static const struct {
        const char *name;
        int64_t bytes;
        uint64_t number;
    } good[] = {{"000000010000000000000001", MB16, 1},
                {"0000000A00000001000000FF", MB16, 511},
                {"000000010000000100000000", MB16, 256},
                {"000000010000000100000003", 1 << 30, 7},
                {"000000010000000100000000", 1 << 20, 4096}};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct wal_segment segment;
        CHECK(wal_parse(str_of(good[i].name), good[i].bytes, &segment));
        CHECK_INT((int64_t)segment.number, (int64_t)good[i].number);
        CHECK_STR(wal_name(arena, segment, good[i].bytes), good[i].name);
    }
    static const char *const bad[] = {"",
                                      "00000001000000000000000",
                                      "0000000100000000000000011",
                                      "000000000000000000000001",
                                      "00000001000000000000000g",
                                      "0000000100000000000000ab",
                                      "000000010000000000000100",
                                      "00000002.history"};
    struct wal_segment segment;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK(!wal_parse(str_of(bad[i]), MB16, &segment));
}

TEST(what_is_no_segment_is_passed_over)
{
    struct wal_list list = wal_read(
        arena,
        STR("0000000100000000\n0000000100000000/000000010000000000000003-ab.zst\n"
            "0000000100000000/000000010000000000000002.00000028.backup\n00000002.history\n"
            "0000000100000000/000000010000000000000004.partial-cd.gz\n000000010000000000000001\n"),
        MB16);
    CHECK_INT((int64_t)list.count, 2);
    CHECK_INT((int64_t)list.items[0].number, 1);
    CHECK_INT((int64_t)list.items[1].number, 3);
}

TEST(a_chain_ends_where_one_is_missing)
{
    struct wal_segment last;
    struct wal_segment gap;
    struct wal_list list = wal_of(arena, "98724316");
    CHECK(wal_follow(&list, (struct wal_segment){1, 1}, &last, &gap));
    CHECK_INT((int64_t)last.number, 4);
    CHECK_INT((int64_t)gap.number, 5);
    CHECK(wal_follow(&list, (struct wal_segment){1, 6}, &last, &gap));
    CHECK_INT((int64_t)last.number, 9);
    CHECK_INT((int64_t)gap.number, 0);
    CHECK(!wal_follow(&list, (struct wal_segment){1, 5}, &last, &gap));
    CHECK(!wal_follow(&list, (struct wal_segment){2, 6}, &last, &gap));
}

TEST(a_chain_goes_over_to_a_later_timeline)
{
    struct wal_segment last;
    struct wal_segment gap;
    /* Promoted within segment 3: it stands on both. Then within 4, of which the first has none. */
    struct wal_list list = wal_read(
        arena,
        STR("000000010000000000000001\n000000010000000000000002\n000000010000000000000003\n"
            "000000020000000000000003\n000000020000000000000004\n000000030000000000000005\n"),
        MB16);
    CHECK(wal_follow(&list, (struct wal_segment){1, 1}, &last, &gap));
    CHECK_INT(last.timeline, 3);
    CHECK_INT((int64_t)last.number, 5);
    CHECK_INT((int64_t)gap.number, 0);
    /* What an old primary went on to write is no part of the later timeline. */
    list = wal_read(arena,
                    STR("000000010000000000000001\n000000020000000000000001\n"
                        "000000010000000000000002\n000000020000000000000003\n"),
                    MB16);
    CHECK(wal_follow(&list, (struct wal_segment){2, 1}, &last, &gap));
    CHECK_INT((int64_t)last.number, 1);
    CHECK_INT((int64_t)gap.number, 2);
}

TEST(all_is_well)
{
    struct backup_info info = info_of(arena, STANZA(REPO("0", "ok", "aes-256-cbc"), TWO));
    struct backup_server server = server_of();
    struct backup_judgement judgement = judge(arena, &info, &server, wal_of(arena, "123456789"));
    CHECK_INT((int64_t)judgement.bad, 0);
    CHECK_INT((int64_t)judgement.unknown, 0);
    CHECK_INT((int64_t)judgement.count, 6);
    CHECK_STR(judgement.newest->label, "B");
    CHECK(judgement.has_window);
    CHECK_INT(judgement.window_begin.us / 1000000, 1796000100);
}

TEST(the_newest_backup)
{
    struct backup_server server = server_of();
    struct wal_list list = wal_of(arena, "123456789");
    struct backup_info old = info_of(
        arena, STANZA(REPO("0", "ok", "aes-256-cbc"),
                      BACKUP("A", "1796000000", "1796000100", "false", WAL("2"), WAL("2"))));
    struct backup_judgement judgement = judge(arena, &old, &server, list);
    CHECK(check_of(&judgement, "newest", BACKUP_BAD) != NULL);
    struct backup_info broken =
        info_of(arena, STANZA(REPO("0", "ok", "aes-256-cbc"),
                              BACKUP("A", "1796090000", "1796090100", "true", WAL("2"), WAL("2"))));
    judgement = judge(arena, &broken, &server, list);
    CHECK(check_of(&judgement, "checksums", BACKUP_BAD) != NULL);
    CHECK(check_of(&judgement, "newest", BACKUP_BAD) != NULL && !judgement.newest);
    CHECK(!judgement.has_window);
}

TEST(wal_that_is_missing)
{
    struct backup_info info = info_of(arena, STANZA(REPO("0", "ok", "aes-256-cbc"), TWO));
    struct backup_server server = server_of();
    struct backup_judgement judgement = judge(arena, &info, &server, wal_of(arena, "12346789"));
    const struct backup_check *said = check_of(&judgement, "gap", BACKUP_BAD);
    CHECK(said && str_find(said->sentence, WAL("5"), 0) < said->sentence.n);
    CHECK_INT((int64_t)judgement.bad, 1);
    CHECK(judgement.has_window);
    CHECK_INT(judgement.window_begin.us / 1000000, 1796090100);
    judgement = judge(arena, &info, &server, wal_of(arena, "12345689"));
    said = check_of(&judgement, "gap", BACKUP_BAD);
    CHECK_INT((int64_t)judgement.bad, 2); /* nothing later than 6 from A; B not at all */
    CHECK(said && str_find(said->sentence, WAL("7"), 0) < said->sentence.n);
    CHECK(!judgement.has_window);
    judgement = judge(arena, &info, &server, wal_of(arena, ""));
    CHECK_INT((int64_t)judgement.bad, 2);
}

TEST(archiving)
{
    struct backup_info info = info_of(arena, STANZA(REPO("0", "ok", "aes-256-cbc"), TWO));
    struct wal_list list = wal_of(arena, "123456789");
    struct backup_server server = server_of();
    struct backup_judgement judgement;
#define IS(verdict)                                                                                \
    (judgement = judge(arena, &info, &server, list),                                               \
     check_of(&judgement, "archiving", verdict) != NULL)
    server.unarchived_bytes = 5 * 1024 * 1024;
    CHECK(IS(BACKUP_WELL)); /* for a minute only */
    server.archived_at.us = (NOW_S - 3600) * 1000000;
    CHECK(IS(BACKUP_BAD));
    server.unarchived_bytes = 0;
    CHECK(IS(BACKUP_WELL)); /* nothing is written: nothing can be lost */
    server.unarchived_bytes = -1;
    CHECK(IS(BACKUP_UNKNOWN));
    server = server_of();
    server.failed_at = server.archived_at;
    server.last_failed = STR(WAL("9"));
    CHECK(IS(BACKUP_BAD));
    server.failed_at.us -= 1;
    CHECK(IS(BACKUP_WELL)); /* it works again */
    server.last_archived = STR("00000001000000000000000A");
    CHECK(IS(BACKUP_BAD)); /* nobody has it */
    server.last_archived = STR(WAL("9") ".00000028.backup");
    CHECK(IS(BACKUP_WELL));
    server.last_archived = STR("");
    CHECK(IS(BACKUP_UNKNOWN));
    server.archiving = false;
    CHECK(IS(BACKUP_BAD));
    server.standby = true;
    CHECK(IS(BACKUP_UNKNOWN));
    server.problem = STR("Nobody listens.");
    CHECK(IS(BACKUP_UNKNOWN));
    CHECK(check_of(&judgement, "cluster", BACKUP_WELL) == NULL);
    server = server_of();
    server.system_id = STR("1");
    judgement = judge(arena, &info, &server, list);
    CHECK(check_of(&judgement, "cluster", BACKUP_BAD) != NULL);
}

TEST(repositories)
{
    static const struct {
        const char *json;
        const char *name;
        enum backup_verdict verdict;
    } cases[] = {{STANZA(REPO("1", "missing stanza path", "none"), ""), "repository", BACKUP_BAD},
                 {STANZA(REPO("2", "no valid backups", "none"), ""), "repository", BACKUP_BAD},
                 {STANZA(REPO("99", "other", "none"), ""), "repository", BACKUP_BAD},
                 {STANZA(REPO("0", "ok", "none"), TWO), "encryption", BACKUP_BAD},
                 {STANZA(REPO("0", "ok", ""), TWO), "encryption", BACKUP_UNKNOWN}};
    struct backup_server server = server_of();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct backup_info info = info_of(arena, cases[i].json);
        struct backup_judgement judgement =
            judge(arena, &info, &server, wal_of(arena, "123456789"));
        CHECK(check_of(&judgement, cases[i].name, cases[i].verdict) != NULL);
    }
}

TEST(answers_that_are_none)
{
    static const char *const bad[] = {
        "",
        "[]",
        "{}",
        "[{\"name\":\"main\"}]",
        "[{\"name\":\"main\",\"repo\":[{}],\"backup\":[]}]",
        STANZA(REPO("0", "ok", "none"), "{}"),
        STANZA(REPO("0", "ok", "none"), BACKUP("A", "5", "4", "false", "", "")),
        "ERROR: [055]: unable"};
    struct backup_info info;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct err err = {0};
        CHECK(!backup_read_info(arena, str_of(bad[i]), STR("main"), &info, &err));
        CHECK(err.kind == ERR_OUTSIDE && err.text[0]);
    }
}
