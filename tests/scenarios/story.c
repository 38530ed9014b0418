/* story.c - what happened since the last "at", one line a fact or an order. */
#include "scenario.h"

#include "ledger/codec.h"

#include <stdlib.h>

enum { STORY_BYTES_MAX = 7000, LINES_MAX = 40 };

struct event story_event(struct scenario *scenario, struct arena *arena, size_t index)
{
    struct event event;
    struct err err = {0};
    if (!codec_read(arena, &scenario->core.memory.entries[index], &event, &err))
        abort(); /* what was written in this run can be read */
    return event;
}

int64_t story_event_ms(const struct scenario *scenario, size_t index)
{
    return index < SCENARIO_EVENTS_MAX ? scenario->event_ms[index] : scenario->boot_ms;
}

struct str story_time(struct arena *arena, int64_t at_ms)
{
    struct text text;
    text_init(&text, arena, 64);
    int64_t s = at_ms / 1000;
    if (s >= 86400)
        text_printf(&text, "%lldd", (long long)(s / 86400));
    if (s >= 3600)
        text_printf(&text, "%lldh", (long long)(s / 3600 % 24));
    if (s >= 60)
        text_printf(&text, "%lldm", (long long)(s / 60 % 60));
    text_printf(&text, "%llds", (long long)(s % 60));
    if (at_ms % 1000)
        text_printf(&text, "%lldms", (long long)(at_ms % 1000));
    return text_str(&text);
}

static void write_event(struct scenario *scenario, struct text *text, size_t index)
{
    struct event event = story_event(scenario, text->arena, index);
    struct str time = story_time(text->arena, story_event_ms(scenario, index));
    struct str sentence = event_sentence(text->arena, &event);
    text_printf(text, "  %-8.*s event %s: %.*s\n", STR_ARGS(time), event_row(event.kind)->name,
                STR_ARGS(str_slice(sentence, 0, 160)));
}

static void write_sent(struct text *text, const struct sent *sent)
{
    struct str time = story_time(text->arena, sent->at_ms);
    if (sent->follows)
        return;
    text_printf(text, "  %-8.*s page to %.*s by %s: %.*s\n", STR_ARGS(time), STR_ARGS(sent->person),
                sent->method == METHOD_SMTP ? "mail" : method_name(sent->method),
                STR_ARGS(sent->subject));
}

/* The newest LINES_MAX lines, facts and orders in the order in which they happened. */
struct str story_write(struct scenario *scenario, struct arena *arena)
{
    struct text text;
    text_init(&text, arena, STORY_BYTES_MAX);
    size_t order = scenario->window_sent;
    size_t count = scenario->core.memory.count;
    size_t lines = count - scenario->window_event + scenario->sent_count - order;
    text_printf(&text, "since the \"at\" on line %d (now %.*s):\n", scenario->window_line,
                STR_ARGS(story_time(arena, scenario->boot_ms)));
    if (lines == 0)
        text_adds(&text, "  nothing\n");
    if (lines > LINES_MAX)
        text_printf(&text, "  … %zu lines before\n", lines - LINES_MAX);
    for (size_t i = scenario->window_event; i <= count; i++) {
        for (; order < scenario->sent_count && scenario->sent[order].event_count <= i; order++)
            if (lines-- <= LINES_MAX)
                write_sent(&text, &scenario->sent[order]);
        if (i < count && lines-- <= LINES_MAX)
            write_event(scenario, &text, i);
    }
    return text_str(&text);
}
