/* fuzz_slack.c - any bytes as a click and as an event of Slack: what is taken is within what is
 * promised, and a text never grows when its marks are taken out. */
#include "fuzz.h"

#include "inbound/slack.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str s = {(const char *)data, size};
    struct arena arena;
    struct slack_click click = {0};
    struct slack_event event = {.kind = SLACK_OTHER};
    struct err err = {0};
    arena_init(&arena);
    if (slack_click_read(&arena, s, &click, &err) &&
        (click.incident < 1 || click.user.n == 0 || click.user.n > SLACK_ID_BYTES_MAX ||
         click.text.n > SLACK_TEXT_BYTES_MAX))
        abort();
    if (slack_event_read(&arena, s, &event, &err) && event.kind == SLACK_MESSAGE &&
        (event.user.n == 0 || event.channel.n == 0 || event.id.n == 0 ||
         event.text.n > SLACK_TEXT_BYTES_MAX))
        abort();
    if (slack_plain(&arena, s).n > s.n)
        abort();
    arena_done(&arena);
    return 0;
}
