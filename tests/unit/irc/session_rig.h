/* session_rig.h - a session of IRC with a server that is played: what it sent and told. Included
 * once, by its tests. */
#ifndef TEST_IRC_SESSION_RIG_H
#define TEST_IRC_SESSION_RIG_H

#include "base/text.h"
#include "harness/test.h"
#include "irc/session.h"

struct rig {
    struct arena *arena;
    struct irc_session session;
    struct text sent, told;
    int64_t now_ms;
};

static void keep_sent(void *context, struct str line)
{
    struct rig *rig = context;
    text_add(&rig->sent, line);
}

static void keep_told(void *context, const struct channel_heard *heard)
{
    struct rig *rig = context;
    text_add(&rig->told, channel_heard_write(rig->arena, heard));
}

static struct rig *rig_make(struct arena *arena)
{
    struct rig *rig = arena_make(arena, struct rig);
    rig->arena = arena;
    text_init(&rig->sent, arena, 1024 * 1024);
    text_init(&rig->told, arena, 1024 * 1024);
    rig->session.settings = (struct irc_settings){.nick = STR("reeve"), .account = STR("")};
    rig->session.context = rig;
    rig->session.send = keep_sent;
    rig->session.tell = keep_told;
    irc_session_init(&rig->session, arena);
    return rig;
}

/* What was sent, or told, since the last time. */
static struct str take(struct text *text)
{
    struct str all = str_copy(text->arena, text_str(text));
    text->n = 0;
    return all;
}

static void hear(struct rig *rig, const char *line)
{
    irc_session_line(&rig->session, str_of(line), rig->now_ms);
    irc_session_tick(&rig->session, rig->now_ms);
}

static void wait(struct rig *rig, int64_t length_ms)
{
    for (int64_t i = 0; i < length_ms; i += 250) {
        rig->now_ms += 250;
        irc_session_tick(&rig->session, rig->now_ms);
    }
}

static void welcome(struct rig *rig)
{
    irc_session_begin(&rig->session, rig->now_ms);
    hear(rig, ":s 001 reeve :Welcome");
    hear(rig, ":s 005 reeve CHANNELLEN=50 :are supported");
    hear(rig, ":s 376 reeve :End of MOTD");
}

static void order(struct rig *rig, struct channel_order given)
{
    given.incident = 7;
    given.name = STR("incident-7");
    given.channel = STR("#incident-7");
    given.mark = STR("[incident 7]");
    given.topic = given.topic.n ? given.topic : STR("P1 open [incident 7]");
    irc_session_order(&rig->session, &given, rig->now_ms);
    irc_session_tick(&rig->session, rig->now_ms);
}

static void make_channel(struct rig *rig)
{
    welcome(rig);
    order(rig, (struct channel_order){.kind = CHANNEL_ORDER_CREATE});
    hear(rig, ":reeve!~r@10.0.0.1 JOIN :#incident-7");
    hear(rig, ":s 353 reeve = #incident-7 :@reeve");
    hear(rig, ":s 366 reeve #incident-7 :End of NAMES");
    wait(rig, 5000);
    (void)take(&rig->sent);
    (void)take(&rig->told);
}

#endif
