/* test_session.c - a server that is played: registration, nicks, channels of ours and of others,
 * posts that are confirmed, the pace, silence, kicks. */
#include "session_rig.h"

TEST(we_register_and_are_ready_when_the_server_says_so)
{
    struct rig *rig = rig_make(arena);
    rig->session.settings.password = STR("letmein");
    irc_session_begin(&rig->session, 0);
    CHECK_STR(take(&rig->sent),
              "PASS :letmein\r\nNICK reeve\r\nUSER reeve 0 * :Reeve, the incident's log\r\n");
    hear(rig, "PING :abc");
    CHECK_STR(take(&rig->sent), "PONG :abc\r\n");
    CHECK_STR(take(&rig->told), "");
    hear(rig, ":s 005 reeve CHANNELLEN=50 :are supported");
    hear(rig, ":s 376 reeve :End");
    CHECK_STR(take(&rig->told), "{\"heard\":\"ready\",\"name_bytes\":49}\n");
    irc_session_done(&rig->session);
}

TEST(an_account_is_logged_in_by_sasl_before_the_welcome)
{
    struct rig *rig = rig_make(arena);
    rig->session.settings.account = STR("bot");
    rig->session.settings.password = STR("pw");
    irc_session_begin(&rig->session, 0);
    hear(rig, ":s CAP * ACK :sasl");
    hear(rig, "AUTHENTICATE +");
    struct str sent = take(&rig->sent);
    CHECK(str_starts(sent, "CAP REQ :sasl\r\nNICK reeve\r\n"));
    CHECK(str_ends(sent, "AUTHENTICATE PLAIN\r\nAUTHENTICATE Ym90AGJvdABwdw==\r\n"));
    hear(rig, ":s 903 reeve :ok");
    CHECK_STR(take(&rig->sent), "CAP END\r\n");
    irc_session_begin(&rig->session, 0);
    hear(rig, ":s 904 reeve :SASL authentication failed");
    CHECK(rig->session.failed);
    CHECK_STR(str_of(rig->session.problem),
              "the server does not take the account: SASL authentication failed; look at "
              "account: and password: under channels:");
    irc_session_begin(&rig->session, 0);
    hear(rig, ":s 908 reeve SCRAM-SHA-256 :are available SASL mechanisms");
    hear(rig, ":s 904 reeve :SASL authentication failed");
    CHECK_STR(str_of(rig->session.problem),
              "the server does not take a name and a password (SASL PLAIN), only SCRAM-SHA-256");
    irc_session_done(&rig->session);
}

TEST(a_server_that_has_no_accounts_just_now_is_used_without_and_asked_again)
{
    struct rig *rig = rig_make(arena);
    rig->session.settings.account = STR("bot");
    rig->session.settings.password = STR("pw");
    irc_session_begin(&rig->session, 0);
    hear(rig, ":s CAP * NAK :sasl");
    CHECK(str_ends(take(&rig->sent), "\r\nCAP END\r\n"));
    hear(rig, ":s 001 reeve :Welcome");
    hear(rig, ":s 376 reeve :End");
    CHECK_STR(
        take(&rig->told),
        "{\"heard\":\"ready\",\"name_bytes\":49,\"reason\":\"the server offers none (SASL) just "
        "now; it is tried again, and where it never does, take account: away\"}\n");
    wait(rig, IRC_ACCOUNT_FIRST_MS + 500);
    CHECK_STR(take(&rig->sent), "CAP REQ :sasl\r\n");
    hear(rig, ":s CAP reeve NAK :sasl");
    wait(rig, IRC_ACCOUNT_FIRST_MS + 500); /* twice as long now */
    CHECK_STR(take(&rig->sent), "");
    wait(rig, IRC_ACCOUNT_FIRST_MS);
    CHECK_STR(take(&rig->sent), "CAP REQ :sasl\r\n");
    CHECK_STR(take(&rig->told), "");
    hear(rig, ":s CAP reeve ACK :sasl");
    hear(rig, "AUTHENTICATE :+");
    CHECK_STR(take(&rig->sent), "AUTHENTICATE PLAIN\r\nAUTHENTICATE Ym90AGJvdABwdw==\r\n");
    hear(rig, ":s 903 reeve :ok");
    CHECK_STR(take(&rig->sent), ""); /* registration is long over */
    CHECK_STR(take(&rig->told), "{\"heard\":\"called\"}\n");
    /* One that is refused later ends no connection. */
    irc_session_begin(&rig->session, rig->now_ms);
    hear(rig, ":s 421 * CAP :Unknown command");
    hear(rig, ":s 376 reeve :End");
    wait(rig, IRC_ACCOUNT_FIRST_MS + 500);
    hear(rig, ":s CAP reeve ACK :sasl");
    (void)take(&rig->told);
    hear(rig, ":s 904 reeve :SASL authentication failed");
    CHECK(!rig->session.failed);
    struct str told = take(&rig->told);
    CHECK(str_starts(told,
                     "{\"heard\":\"called\",\"reason\":\"the server does not take the account"));
    irc_session_done(&rig->session);
}

TEST(services_that_do_not_answer_are_not_waited_for)
{
    struct rig *rig = rig_make(arena);
    rig->session.settings.account = STR("bot");
    rig->session.settings.password = STR("pw");
    irc_session_begin(&rig->session, 0);
    hear(rig, ":s CAP * ACK :sasl");
    (void)take(&rig->sent);
    wait(rig, IRC_ACCOUNT_MS + 500);
    CHECK_STR(take(&rig->sent), "AUTHENTICATE *\r\nCAP END\r\n");
    hear(rig, ":s 906 reeve :SASL authentication aborted");
    hear(rig, ":s 376 reeve :End");
    CHECK(!rig->session.failed);
    CHECK_STR(take(&rig->told),
              "{\"heard\":\"ready\",\"name_bytes\":49,\"reason\":\"the server's services do not "
              "answer; it is tried again\"}\n");
    irc_session_done(&rig->session);
}

TEST(a_topic_that_the_server_would_cut_keeps_its_mark)
{
    struct rig *rig = rig_make(arena);
    struct text topic;
    welcome(rig);
    hear(rig, ":s 005 reeve TOPICLEN=100 :are supported");
    (void)take(&rig->sent);
    text_init(&topic, arena, 400);
    for (int i = 0; i < 60; i++)
        text_adds(&topic, "š");
    text_adds(&topic, " [incident 7 of 2026-11-30T22:00:00Z]");
    order(rig, (struct channel_order){.kind = CHANNEL_ORDER_CREATE, .topic = text_str(&topic)});
    hear(rig, ":s 366 reeve #incident-7 :End of NAMES");
    wait(rig, 5000);
    struct str sent = take(&rig->sent);
    struct str set = str_from(sent, str_find(sent, "TOPIC #incident-7 :", 0) + 19);
    CHECK(set.n <= 100 + 2 && str_utf8_valid(set, NULL));
    CHECK(str_ends(set, "š… [incident 7 of 2026-11-30T22:00:00Z]\r\n"));
    irc_session_done(&rig->session);
}

TEST(a_topic_that_somebody_else_sets_is_set_again_and_not_in_a_race)
{
    struct rig *rig = rig_make(arena);
    make_channel(rig);
    hear(rig, ":reeve!~r@10.0.0.1 TOPIC #incident-7 :P1 open [incident 7]");
    wait(rig, 10000);
    CHECK_STR(take(&rig->sent), "");
    hear(rig, ":joe!~j@10.0.0.2 TOPIC #incident-7 :False alarm");
    wait(rig, 4000);
    struct str said = take(&rig->sent);
    CHECK(str_starts(said, "PRIVMSG #incident-7 :joe: the topic says what I know"));
    CHECK(str_find(said, "TOPIC #", 0) == said.n);
    wait(rig, 4000);
    CHECK_STR(take(&rig->sent), "TOPIC #incident-7 :P1 open [incident 7]\r\n");
    hear(rig, ":reeve!~r@10.0.0.1 TOPIC #incident-7 :P1 open [incident 7]");
    hear(rig, ":joe!~j@10.0.0.2 TOPIC #incident-7 :False alarm");
    wait(rig, 40000);
    CHECK_STR(take(&rig->sent), "");
    wait(rig, 20000);
    CHECK_STR(take(&rig->sent), "TOPIC #incident-7 :P1 open [incident 7]\r\n");
    irc_session_done(&rig->session);
}

TEST(who_may_not_speak_is_in_the_channel_still)
{
    struct rig *rig = rig_make(arena);
    struct str lines[] = {STR("10:00 UTC  one")};
    struct channel_order post = {
        .kind = CHANNEL_ORDER_POST, .lines = lines, .line_count = 1, .through = 9};
    make_channel(rig);
    order(rig, post);
    hear(rig, ":s 404 reeve #incident-7 :Cannot send to channel (+m)");
    hear(rig, ":s PONG s :reeve-1");
    CHECK_STR(take(&rig->told),
              "{\"heard\":\"refused\",\"incident\":7,\"wait_ms\":30000,\"reason\":"
              "\"the server says: Cannot send to channel (+m)\"}\n");
    wait(rig, 70000);
    struct str sent = take(&rig->sent);
    CHECK_INT((int64_t)str_find(sent, "JOIN", 0), (int64_t)sent.n);
    order(rig, post);
    hear(rig, ":s PONG s :reeve-2");
    CHECK_STR(take(&rig->told), "{\"heard\":\"posted\",\"incident\":7,\"through\":9}\n");
    irc_session_done(&rig->session);
}

TEST(a_nick_in_use_gets_a_number_and_ours_is_taken_again)
{
    struct rig *rig = rig_make(arena);
    irc_session_begin(&rig->session, 0);
    (void)take(&rig->sent);
    hear(rig, ":s 433 * reeve :Nickname is already in use");
    CHECK_STR(take(&rig->sent), "NICK reeve1\r\n");
    hear(rig, ":s 001 reeve1 :Welcome");
    hear(rig, ":s 376 reeve1 :End");
    wait(rig, IRC_NICK_MS + 1000);
    CHECK_STR(take(&rig->sent), "NICK reeve\r\n");
    hear(rig, ":reeve1!r@h NICK :reeve");
    CHECK_STR(str_of(rig->session.nick), "reeve");
    irc_session_done(&rig->session);
}

TEST(an_empty_channel_becomes_ours_and_one_of_others_is_taken)
{
    struct rig *rig = rig_make(arena);
    welcome(rig);
    (void)take(&rig->sent);
    (void)take(&rig->told);
    order(rig, (struct channel_order){.kind = CHANNEL_ORDER_CREATE});
    CHECK_STR(take(&rig->sent), "JOIN #incident-7\r\n");
    hear(rig, ":reeve!~r@10.0.0.1 JOIN :#incident-7");
    hear(rig, ":s 353 reeve = #incident-7 :@reeve");
    hear(rig, ":s 366 reeve #incident-7 :End of NAMES");
    CHECK_STR(take(&rig->told), "{\"heard\":\"created\",\"incident\":7,\"name\":\"incident-7\","
                                "\"channel\":\"#incident-7\"}\n");
    CHECK_STR(take(&rig->sent),
              "MODE #incident-7 +n-t\r\nTOPIC #incident-7 :P1 open [incident 7]\r\n");
    irc_session_done(&rig->session);

    rig = rig_make(arena);
    welcome(rig);
    (void)take(&rig->told);
    order(rig, (struct channel_order){.kind = CHANNEL_ORDER_CREATE});
    hear(rig, ":s 332 reeve #incident-7 :the party on Friday");
    hear(rig, ":s 353 reeve = #incident-7 :@ana reeve");
    hear(rig, ":s 366 reeve #incident-7 :End of NAMES");
    CHECK(str_starts(take(&rig->told), "{\"heard\":\"taken\",\"incident\":7,"));
    CHECK(str_ends(take(&rig->sent), "PART #incident-7\r\n"));
    irc_session_done(&rig->session);
}

TEST(a_channel_with_our_mark_is_ours_again)
{
    struct rig *rig = rig_make(arena);
    welcome(rig);
    (void)take(&rig->told);
    order(rig, (struct channel_order){.kind = CHANNEL_ORDER_CREATE});
    hear(rig, ":s 332 reeve #incident-7 :P1 open [incident 7]");
    hear(rig, ":s 353 reeve = #incident-7 :@ana reeve");
    hear(rig, ":s 366 reeve #incident-7 :End of NAMES");
    CHECK(str_starts(take(&rig->told), "{\"heard\":\"created\",\"incident\":7,"));
    irc_session_done(&rig->session);
}

TEST(a_post_is_answered_after_the_servers_pong_and_fits_into_lines)
{
    struct rig *rig = rig_make(arena);
    struct str lines[30];
    for (size_t i = 0; i < 30; i++)
        lines[i] =
            str_printf(arena, "10:%02zu UTC  \xc5\xa1 line number %zu of the timeline", i, i);
    make_channel(rig);
    order(rig, (struct channel_order){
                   .kind = CHANNEL_ORDER_POST, .lines = lines, .line_count = 30, .through = 99});
    size_t at_once = 0;
    struct str sent = take(&rig->sent);
    for (size_t i = 0; i < sent.n; i++)
        at_once += sent.p[i] == '\n';
    CHECK_INT((int64_t)at_once, IRC_BURST);
    CHECK_STR(take(&rig->told), "");
    wait(rig, 2000);
    struct str rest = take(&rig->sent);
    CHECK(str_ends(rest, "PING :reeve-1\r\n"));
    struct str line;
    while (str_split(&sent, '\n', &line))
        CHECK(line.n < IRC_LINE_BYTES && str_utf8_valid(line, NULL));
    hear(rig, ":s PONG s :reeve-1");
    CHECK_STR(take(&rig->told), "{\"heard\":\"posted\",\"incident\":7,\"through\":99}\n");
    hear(rig, ":s PONG s :reeve-1");
    CHECK_STR(take(&rig->told), "");
    irc_session_done(&rig->session);
}

TEST(whoever_comes_is_told_the_facts_alone_and_once)
{
    struct rig *rig = rig_make(arena);
    struct str lines[] = {STR("Incident 7, P1, open: Down"), STR("Commander: nobody yet.")};
    make_channel(rig);
    hear(rig, ":zoe!z@h JOIN :#incident-7");
    CHECK_STR(take(&rig->sent), ""); /* nothing is known yet */
    order(rig,
          (struct channel_order){.kind = CHANNEL_ORDER_FACTS, .lines = lines, .line_count = 2});
    wait(rig, 5000);
    (void)take(&rig->sent);
    hear(rig, ":ana!a@h JOIN :#Incident-7");
    CHECK_STR(take(&rig->sent),
              "NOTICE ana :Incident 7, P1, open: Down | Commander: nobody yet.\r\n");
    hear(rig, ":ana!a@h PART :#incident-7");
    hear(rig, ":ana!a@h JOIN :#incident-7");
    hear(rig, ":ana!a@h JOIN :#other");
    CHECK_STR(take(&rig->sent), "");
    /* A swarm gets no more than what fits beside the timeline. */
    for (int i = 0; i < 200; i++)
        hear(rig, str_printf(arena, ":bot%d!b@h JOIN :#incident-7%c", i, 0).p);
    wait(rig, 60000);
    struct str sent = take(&rig->sent), line;
    size_t count = 0;
    while (str_split(&sent, '\n', &line))
        count += str_starts(line, "NOTICE bot");
    CHECK(count >= IRC_GREET_QUEUE && count <= IRC_GREET_QUEUE + IRC_BURST);
    irc_session_done(&rig->session);
}

TEST(what_people_write_is_told_and_what_others_send_is_not)
{
    struct rig *rig = rig_make(arena);
    make_channel(rig);
    hear(rig, ":ana!a@h PRIVMSG #INCIDENT-7 :reeve: ack");
    CHECK_STR(take(&rig->told), "{\"heard\":\"said\",\"channel\":\"#incident-7\",\"who\":"
                                "\"ana!a@h\",\"text\":\"ack\"}\n");
    hear(rig, ":ana!a@h PRIVMSG reeve :resolve");
    hear(rig, ":ana!a@h PRIVMSG #other :resolve");
    hear(rig, ":ana!a@h NOTICE #incident-7 :resolve");
    hear(rig, ":reeve!r@h PRIVMSG #incident-7 :resolve");
    hear(rig, ":ana!a@h PRIVMSG #incident-7 :\001VERSION\001");
    CHECK_STR(take(&rig->told), "");
    irc_session_done(&rig->session);
}

/* Another has our nick: reeve1 is in its channel. */
static struct rig *other_rig(struct arena *arena)
{
    struct rig *rig = rig_make(arena);
    irc_session_begin(&rig->session, rig->now_ms);
    hear(rig, ":s 433 * reeve :Nickname is already in use");
    hear(rig, ":s 001 reeve1 :Welcome");
    hear(rig, ":s 376 reeve1 :End");
    CHECK_STR(take(&rig->told), "{\"heard\":\"ready\",\"name_bytes\":49,\"name\":\"reeve1\"}\n");
    order(rig, (struct channel_order){.kind = CHANNEL_ORDER_CREATE});
    hear(rig, ":reeve1!~r@10.0.0.1 JOIN :#incident-7");
    hear(rig, ":s 353 reeve1 = #incident-7 :@reeve1");
    hear(rig, ":s 366 reeve1 #incident-7 :End of NAMES");
    wait(rig, 5000);
    (void)take(&rig->sent);
    (void)take(&rig->told);
    return rig;
}

/* What is told of it, as the core reads it. */
static void says(struct rig *rig, const char *text, const char *told)
{
    (void)take(&rig->told);
    hear(rig, str_printf(rig->arena, ":ana!a@h PRIVMSG #incident-7 :%s%c", text, 0).p);
    struct str line = str_printf(rig->arena,
                                 "{\"heard\":\"said\",\"channel\":\"#incident-7\",\"who\":"
                                 "\"ana!a@h\",\"text\":\"%s\"}\n",
                                 told);
    CHECK_STR(take(&rig->told), line.p);
}

TEST(both_the_nick_that_we_have_and_our_own_are_ours)
{
    struct rig *rig = other_rig(arena);
    says(rig, "reeve1: ack", "ack");
    says(rig, "Reeve: ack", "ack");
    says(rig, "reeve, page ben", "page ben");
    says(rig, "reeves: ack", "reeves: ack");
    says(rig, "ana: ack", "ana: ack");
    /* It is free: we have it, and the one before it is still ours for those who saw it. */
    wait(rig, IRC_NICK_MS);
    CHECK_STR(take(&rig->sent), "NICK reeve\r\n");
    hear(rig, ":reeve1!~r@10.0.0.1 NICK :reeve");
    CHECK_STR(take(&rig->told), "{\"heard\":\"called\"}\n");
    says(rig, "reeve1: ack", "ack");
    hear(rig, ":reeve1!x@h JOIN :#incident-7"); /* that is somebody now */
    says(rig, "reeve1: ack", "reeve1: ack");
    /* The server may rename us as well. */
    hear(rig, ":reeve!~r@10.0.0.1 NICK :Guest77");
    CHECK_STR(take(&rig->told), "{\"heard\":\"called\",\"name\":\"Guest77\"}\n");
    says(rig, "reeve: ack", "ack");
    irc_session_done(&rig->session);
}

TEST(what_is_said_to_somebody_else_of_our_nick_is_not_taken_and_that_is_said)
{
    struct rig *rig = other_rig(arena);
    hear(rig, ":reeve!x@h JOIN :#incident-7");
    wait(rig, 5000);
    (void)take(&rig->sent);
    says(rig, "reeve: shall we roll back?", "reeve: shall we roll back?");
    CHECK_STR(take(&rig->sent), "");
    says(rig, "reeve: ack", "reeve: ack");
    CHECK_STR(take(&rig->sent),
              "PRIVMSG #incident-7 :ana: reeve is somebody else in this channel, and I am called "
              "reeve1. Nothing was done; write \"reeve1: ack\", or the command alone.\r\n");
    says(rig, "reeve: ack", "reeve: ack");
    CHECK_STR(take(&rig->sent), ""); /* once in a while */
    says(rig, "reeve1: ack", "ack");
    hear(rig, ":reeve!x@h PART :#incident-7");
    says(rig, "reeve: ack", "ack");
    hear(rig, ":zoe!x@h NICK :zoe2");
    CHECK_STR(take(&rig->sent), "");
    hear(rig, ":zoe2!x@h NICK :reeve"); /* in which channels? the server is asked */
    CHECK_STR(take(&rig->sent), "NAMES #incident-7\r\n");
    hear(rig, ":s 353 reeve1 = #incident-7 :@reeve1 reeve");
    hear(rig, ":s 366 reeve1 #incident-7 :End of NAMES");
    says(rig, "reeve: ack", "reeve: ack");
    hear(rig, ":reeve!x@h QUIT :irc.acme.example split.acme.example");
    CHECK_STR(take(&rig->sent), "NICK reeve\r\n"); /* at once */
    hear(rig, ":s 433 reeve1 reeve :Nickname is already in use");
    hear(rig, ":s 432 reeve1 reeve :Reserved for its owner");
    CHECK(!rig->session.failed);
    says(rig, "reeve: ack", "ack");
    irc_session_done(&rig->session);
}

TEST(a_nick_that_services_keep_gets_a_number_too)
{
    struct rig *rig = rig_make(arena);
    irc_session_begin(&rig->session, 0);
    (void)take(&rig->sent);
    hear(rig, ":s 432 * reeve :Invalid nickname: Reserved for its owner");
    CHECK_STR(take(&rig->sent), "NICK reeve1\r\n");
    for (int i = 0; i < 9; i++)
        hear(rig, ":s 432 * reeve1 :Erroneous nickname");
    CHECK_STR(str_of(rig->session.problem),
              "the server does not take the nick reeve, nor with a number behind it");
    irc_session_done(&rig->session);
}

TEST(texts_cannot_become_commands)
{
    struct rig *rig = rig_make(arena);
    make_channel(rig);
    order(rig, (struct channel_order){.kind = CHANNEL_ORDER_SAY, .text = STR("a\r\nQUIT :b\n")});
    CHECK_STR(take(&rig->sent), "PRIVMSG #incident-7 :a  QUIT :b \r\n");
    irc_session_done(&rig->session);
}

TEST(a_kick_is_said_and_we_come_back_and_who_was_lost_with_a_server_is_shown_the_topic)
{
    struct rig *rig = rig_make(arena);
    make_channel(rig);
    hear(rig, ":ana!a@h QUIT :near.example far.example");
    hear(rig, ":ana!a@h JOIN :#incident-7");
    (void)take(&rig->sent);
    wait(rig, 20000);
    CHECK(str_starts(take(&rig->sent), "TOPIC #incident-7 :"));
    hear(rig, ":ana!a@h KICK #incident-7 reeve :out");
    CHECK(str_starts(take(&rig->told), "{\"heard\":\"refused\",\"incident\":7,"));
    wait(rig, IRC_REJOIN_MS + 500);
    CHECK_STR(take(&rig->sent), "JOIN #incident-7\r\n");
    hear(rig, ":s 366 reeve #incident-7 :End of NAMES");
    CHECK(str_starts(take(&rig->told), "{\"heard\":\"set\",\"incident\":7,"));
    irc_session_done(&rig->session);
}

TEST(who_is_in_a_channel_is_invited_where_the_talk_goes_on)
{
    struct rig *rig = rig_make(arena);
    struct str lines[] = {STR("The talk goes on in #incident-3")};
    struct channel_order post = {
        .kind = CHANNEL_ORDER_POST, .lines = lines, .line_count = 1, .to = STR("#incident-3")};
    make_channel(rig);
    order(rig, post); /* we are not there */
    wait(rig, 5000);
    CHECK_STR(take(&rig->sent), "PRIVMSG #incident-7 :The talk goes on in #incident-3\r\n"
                                "PING :reeve-1\r\n");
    irc_session_order(
        &rig->session,
        &(struct channel_order){.kind = CHANNEL_ORDER_JOIN, .channel = STR("#incident-3")},
        rig->now_ms);
    hear(rig, ":s 353 reeve = #incident-3 :@reeve");
    hear(rig, ":s 366 reeve #incident-3 :End of NAMES");
    wait(rig, 5000);
    (void)take(&rig->sent);
    order(rig, post);
    CHECK_STR(take(&rig->sent), "PRIVMSG #incident-7 :The talk goes on in #incident-3\r\n"
                                "NAMES #incident-7\r\nPING :reeve-2\r\n");
    hear(rig, ":s 353 reeve = #incident-7 :@reeve +ana");
    hear(rig, ":s 353 reeve = #incident-7 :ben!b@h");
    hear(rig, ":s 366 reeve #incident-7 :End of NAMES");
    hear(rig, ":s 353 reeve = #incident-7 :zoe"); /* asked for another reason */
    wait(rig, 5000);
    CHECK_STR(take(&rig->sent), "INVITE ana #incident-3\r\nINVITE ben #incident-3\r\n");
    hear(rig, ":s 341 reeve ana #incident-3");
    hear(rig, ":s 443 reeve ben #incident-3 :is already on channel");
    wait(rig, 5000);
    CHECK_STR(take(&rig->sent), "");
    irc_session_done(&rig->session);
}

TEST(a_silent_server_is_asked_and_then_given_up)
{
    struct rig *rig = rig_make(arena);
    welcome(rig);
    (void)take(&rig->sent);
    wait(rig, IRC_SILENT_MS + 500);
    CHECK_STR(take(&rig->sent), "PING :alive\r\n");
    hear(rig, ":s PONG s :alive");
    wait(rig, IRC_SILENT_MS + IRC_DEAD_MS + 1000);
    CHECK(rig->session.failed);
    CHECK_STR(str_of(rig->session.problem), "the server has said nothing for 120 s");
    irc_session_done(&rig->session);
}

TEST(a_server_that_does_not_welcome_us_is_given_up)
{
    struct rig *rig = rig_make(arena);
    irc_session_begin(&rig->session, 0);
    wait(rig, IRC_REGISTER_MS + 500);
    CHECK_STR(str_of(rig->session.problem), "the server did not let us in within 30 s");
    irc_session_begin(&rig->session, rig->now_ms);
    hear(rig, ":s 464 reeve :Access denied: Bad password?");
    CHECK_STR(str_of(rig->session.problem),
              "the server does not let us in: Access denied: Bad password?");
    irc_session_done(&rig->session);
}

TEST(a_ban_says_why)
{
    struct rig *rig = rig_make(arena);
    irc_session_begin(&rig->session, 0);
    hear(rig, ":s 465 * :You're banned!");
    CHECK(!rig->session.failed);
    hear(rig, "ERROR :Closing link: (reeve@h) [K-lined: too much]");
    CHECK_STR(str_of(rig->session.problem),
              "the server does not let us in: You're banned!; the server closed the connection: "
              "Closing link: (reeve@h) [K-lined: too much]");
    irc_session_begin(&rig->session, 0);
    hear(rig, "ERROR :Closing link");
    CHECK_STR(str_of(rig->session.problem), "the server closed the connection: Closing link");
    irc_session_done(&rig->session);
}

TEST(an_order_that_the_server_does_not_answer_is_refused_in_time)
{
    struct rig *rig = rig_make(arena);
    make_channel(rig);
    struct str lines[] = {STR("10:00 UTC  one")};
    order(rig, (struct channel_order){
                   .kind = CHANNEL_ORDER_POST, .lines = lines, .line_count = 1, .through = 9});
    for (int i = 0; i < 7; i++) {
        wait(rig, 10000);
        hear(rig, ":s NOTICE * :still here");
    }
    CHECK_STR(take(&rig->told),
              "{\"heard\":\"refused\",\"incident\":7,\"wait_ms\":30000,\"reason\":\"the server "
              "does not answer in time\"}\n");
    irc_session_done(&rig->session);
}
