/* test_order.c - names of orders and outcomes, and the result line. */
#include "harness/test.h"
#include "run/order.h"

TEST(every_kind_and_outcome_is_found_by_its_name)
{
    for (int i = 0; i < ORDER_KINDS; i++) {
        enum order_kind kind = ORDER_KINDS;
        CHECK(order_kind_find(str_of(order_kind_name((enum order_kind)i)), &kind));
        CHECK_INT(kind, i);
    }
    for (int i = 0; i <= ORDER_DOUBTED; i++) {
        enum order_outcome outcome = ORDER_DONE;
        CHECK(order_outcome_find(str_of(order_outcome_name((enum order_outcome)i)), &outcome));
        CHECK_INT(outcome, i);
    }
    enum order_kind kind = ORDER_HEARTBEAT;
    CHECK(!order_kind_find(STR("page.pigeon"), &kind));
    CHECK_INT(kind, ORDER_HEARTBEAT);
}

TEST(a_result_is_read_as_it_was_written)
{
    struct order_result sent = {.outcome = ORDER_REFUSED, .detail = STR("550 \"no\" such user")};
    struct str line = order_result_write(arena, &sent);
    CHECK_STR(line, "{\"detail\":\"550 \\\"no\\\" such user\",\"outcome\":\"refused\"}\n");
    struct order_result got = order_result_read(arena, line);
    CHECK_INT(got.outcome, ORDER_REFUSED);
    CHECK_SAME(got.detail, sent.detail);
}

TEST(what_is_no_result_is_doubted)
{
    static const char *const lines[] = {"",
                                        "done",
                                        "{\"outcome\":\"done\"",
                                        "[]",
                                        "{}",
                                        "{\"outcome\":\"perhaps\"}",
                                        "{\"outcome\":7}",
                                        "\xff"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct order_result got = order_result_read(arena, str_of(lines[i]));
        CHECK_INT(got.outcome, ORDER_DOUBTED);
        CHECK_STR(got.detail, "The worker gave no result.");
    }
}

TEST(a_long_detail_still_gives_a_whole_line)
{
    char *long_text = arena_alloc(arena, 100000);
    memset(long_text, '\x01', 100000);
    struct order_result sent = {.outcome = ORDER_DONE, .detail = {long_text, 100000}};
    struct order_result got = order_result_read(arena, order_result_write(arena, &sent));
    CHECK_INT(got.outcome, ORDER_DONE);
    CHECK_INT(got.detail.n, 2048);
}

TEST(an_output_is_read_as_it_was_written_up_to_its_limit)
{
    char *long_text = arena_alloc(arena, ORDER_OUTPUT_BYTES + 1);
    memset(long_text, '\x01', ORDER_OUTPUT_BYTES + 1);
    struct order_result sent = {
        .outcome = ORDER_DONE, .detail = STR("ok"), .output = {long_text, ORDER_OUTPUT_BYTES}};
    struct str line = order_result_write(arena, &sent);
    CHECK(line.n <= order_line_bytes(ORDER_POSTGRES_QUERY));
    struct order_result got = order_result_read(arena, line);
    CHECK_INT(got.outcome, ORDER_DONE);
    CHECK_SAME(got.output, sent.output);
    sent.output.n++; /* whoever makes it keeps the limit: too much is left out whole */
    got = order_result_read(arena, order_result_write(arena, &sent));
    CHECK_INT(got.outcome, ORDER_DONE);
    CHECK_INT(got.output.n, 0);
    CHECK_INT(order_line_bytes(ORDER_PAGE_SMTP), ORDER_LINE_BYTES);
}
