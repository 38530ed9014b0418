/* fuzz_irc.c - what an IRC server sends, line by line, with orders of ours between: every line that
 * we send is whole, one line and not too long; every answer can be read back. */
#include "fuzz.h"

#include "irc/session.h"

#include <stdlib.h>

static void check_sent(void *context, struct str line)
{
    (void)context;
    bool good = line.n >= 3 && line.n <= IRC_LINE_BYTES && str_ends(line, "\r\n") &&
                str_find_byte(line, '\r', 0) == line.n - 2 &&
                str_find_byte(line, '\n', 0) == line.n - 1 &&
                str_find_byte(line, '\0', 0) == line.n;
    if (!good)
        abort();
}

static void check_told(void *context, const struct channel_heard *heard)
{
    struct arena *arena = context;
    struct channel_heard again;
    struct err err = {0};
    struct str line = channel_heard_write(arena, heard);
    if (str_utf8_valid(line, NULL) &&
        !channel_heard_parse(arena, str_slice(line, 0, line.n - 1), &again, &err))
        abort();
    if (heard->kind == CHANNEL_HEARD_SAID &&
        (!str_utf8_valid(heard->text, NULL) || !str_utf8_valid(heard->who, NULL)))
        abort();
}

static void order(struct irc_session *session, enum channel_order_kind kind, int64_t now_ms)
{
    struct str lines[] = {STR("10:00 UTC  one"), STR("a\r\nQUIT :two")};
    struct channel_order given = {.kind = kind,
                                  .incident = 7,
                                  .name = STR("incident-7"),
                                  .channel = STR("#incident-7"),
                                  .mark = STR("[incident 7]"),
                                  .topic = STR("P1 open [incident 7]"),
                                  .text = STR("answer"),
                                  .lines = lines,
                                  .line_count = 2,
                                  .through = 12};
    irc_session_order(session, &given, now_ms);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct irc_session session;
    struct arena arena;
    struct str rest = {(const char *)data, size};
    struct str line;
    int64_t now_ms = 0;
    arena_init(&arena);
    session = (struct irc_session){.settings = {.nick = STR("reeve"),
                                                .account = size % 3 ? STR("") : STR("bot"),
                                                .password = STR("secret")},
                                   .context = &arena,
                                   .send = check_sent,
                                   .tell = check_told};
    irc_session_init(&session, &arena);
    irc_session_begin(&session, now_ms);
    while (str_split(&rest, '\n', &line)) {
        now_ms += 700;
        if (str_starts(line, "!")) {
            order(&session, (enum channel_order_kind)(line.n % CHANNEL_ORDERS), now_ms);
            continue;
        }
        irc_session_line(&session, line, now_ms);
        irc_session_tick(&session, now_ms);
    }
    irc_session_tick(&session, now_ms + IRC_SILENT_MS + 1);
    irc_session_done(&session);
    arena_done(&arena);
    return 0;
}
