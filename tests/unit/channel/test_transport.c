/* test_transport.c - orders and answers as lines, there and back; what is no line is refused. */
#include "channel/transport.h"
#include "harness/test.h"

static struct str without_end(struct str line)
{
    return str_slice(line, 0, line.n - 1);
}

TEST(an_order_reads_back_as_it_was_written)
{
    struct str lines[] = {STR("10:00 UTC  Incident 7, P1: x"), STR("\"quoted\" \xe2\x9c\x94")};
    struct channel_order order = {.kind = CHANNEL_ORDER_POST,
                                  .incident = 7,
                                  .channel = STR("#incident-7"),
                                  .lines = lines,
                                  .line_count = 2,
                                  .through = 120,
                                  .to = STR("#incident-3")};
    struct channel_order read;
    struct err err = {0};
    struct str line = channel_order_write(arena, &order);
    CHECK(str_ends(line, "\n"));
    CHECK(channel_order_parse(arena, without_end(line), &read, &err));
    CHECK_INT((int64_t)read.kind, CHANNEL_ORDER_POST);
    CHECK_INT(read.incident, 7);
    CHECK_INT(read.through, 120);
    CHECK_STR(read.to, "#incident-3");
    CHECK_INT((int64_t)read.line_count, 2);
    CHECK(str_equal(read.lines[1], lines[1]));
    CHECK_STR(read.channel, "#incident-7");
    CHECK_STR(read.mark, "");
}

TEST(an_answer_reads_back_as_it_was_written)
{
    struct channel_heard heard = {.kind = CHANNEL_HEARD_SAID,
                                  .channel = STR("#c"),
                                  .who = STR("ana!a@h"),
                                  .text = STR("on it"),
                                  .id = STR("17")};
    struct channel_heard read;
    struct err err = {0};
    CHECK(channel_heard_parse(arena, without_end(channel_heard_write(arena, &heard)), &read, &err));
    CHECK_INT((int64_t)read.kind, CHANNEL_HEARD_SAID);
    CHECK_STR(read.who, "ana!a@h");
    CHECK_STR(read.text, "on it");
    CHECK_STR(read.id, "17");
}

TEST(what_is_no_line_is_refused_in_a_sentence)
{
    static const char *const lines[] = {
        "", "[]", "{}", "{\"heard\":\"shouted\"}", "{\"heard\":7}", "{\"heard\":\"said\""};
    struct channel_heard heard;
    struct channel_order order;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct err err = {0};
        CHECK(!channel_heard_parse(arena, str_of(lines[i]), &heard, &err));
        CHECK(err.text[0] != '\0');
        CHECK(!channel_order_parse(arena, str_of(lines[i]), &order, &err));
    }
}
