/* fuzz_slack_calls.c - any bytes as what Slack answers, and as what is to be written there: each
 * request is JSON, a message is within what Slack takes, no line is lost, every no has a sentence.
 */
#include "fuzz.h"

#include "notify/slack_calls.h"

#include <stdlib.h>

static void check_json(struct arena *arena, struct str body)
{
    struct json *root = NULL;
    if (!json_parse(arena, body, &root, NULL))
        abort();
}

static void check_answer(struct arena *arena, struct str s, long status)
{
    struct slack_call call = slack_create(arena, STR("x"));
    struct slack_http http = {.status = status, .body = s, .problem = STR("no")};
    struct slack_answer answer = slack_read(arena, &call, &http);
    if (answer.outcome == SLACK_DONE ? !answer.root && answer.sentence.n > 0
                                     : answer.sentence.n == 0 || answer.sentence.n > 300)
        abort();
    if ((answer.outcome == SLACK_LATER) != (answer.wait_ms > 0))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str s = {(const char *)data, size};
    struct str lines[64];
    size_t count = 0;
    struct arena arena;
    arena_init(&arena);
    static const long statuses[] = {0, 200, 301, 404, 429, 503};
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
        check_answer(&arena, s, statuses[i]);
    if (str_utf8_valid(s, NULL)) {
        struct str rest = s;
        while (count < 64 && str_split(&rest, '\n', &lines[count]))
            count++;
        for (size_t at = 0, taken = 0; at < count; at += taken) {
            struct str text = slack_lines(&arena, lines + at, count - at, &taken);
            if (taken == 0 || text.n > SLACK_MESSAGE_BYTES)
                abort();
            check_json(&arena, slack_post(&arena, STR("C1"), text).body);
        }
        check_json(&arena, slack_topic(&arena, STR("C1"), str_cut(s, 400)).body);
    }
    arena_done(&arena);
    return 0;
}
