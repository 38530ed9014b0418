/* fuzz_rota.c - the words of rotas: what is read is in range, and a layer made of it answers. */
#include "fuzz.h"

#include "people/rota_text.h"

#include <stdlib.h>

static void must(bool good)
{
    if (!good)
        abort();
}

/* The shift and the span around any instant contain it. */
static void ask(const struct rota_layer *layer)
{
    for (int64_t day = -2000; day < 40000; day += 1777) {
        struct instant at = {day * INT64_C(86400000000) + 123456789};
        struct rota_turn turn = rota_turn_at(layer, at);
        struct rota_span span = rota_span_at(layer, at);
        must(turn.from.us <= at.us && at.us < turn.to.us && turn.slot < layer->slot_count);
        must(span.from.us <= at.us && at.us < span.to.us);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct rota_slot slots[3];
    struct str text = {(const char *)data, size};
    struct rota_handover handover;
    struct rota_date date = {0};
    struct rota_window window;
    int64_t length_min = ROTA_DAY_MIN;
    struct err errs[4] = {0};
    bool read[] = {rota_parse_handover(text, &handover, &errs[0]),
                   rota_parse_every(text, &length_min, &errs[1]),
                   rota_parse_date(text, &date, &errs[2]),
                   rota_parse_window(text, &window, &errs[3])};
    for (size_t i = 0; i < 4; i++)
        must(read[i] || (errs[i].kind == ERR_USAGE && errs[i].text[0]));
    if (read[0])
        must(handover.weekday >= -1 && handover.weekday < 7 && handover.minute >= 0 &&
             handover.minute < ROTA_DAY_MIN && handover.zone.n <= size && handover.week >= 0 &&
             handover.week <= ROTA_WEEK_LAST && handover.day >= 0 &&
             handover.day <= ROTA_DAY_LAST && (handover.week == 0 || handover.weekday >= 0));
    must(length_min >= ROTA_HOUR_MIN && length_min <= ROTA_LENGTH_MAX_MIN && date.wall_min >= 0);
    struct rota_layer layer = {
        .length_min = length_min, .anchor_min = date.wall_min, .slots = slots, .slot_count = 3};
    if (read[3]) {
        must(window.weekdays > 0 && window.weekdays < 0x80 && window.from_minute >= 0 &&
             window.from_minute < ROTA_DAY_MIN && window.to_minute >= 0 &&
             window.to_minute <= ROTA_DAY_MIN);
        layer.windows = &window;
        layer.window_count = 1;
    }
    ask(&layer);
    if (read[0] && (handover.week > 0 || handover.day > 0)) {
        int months = 1;
        (void)!rota_parse_months(text, &months);
        layer.length_min = 0;
        layer.month = (struct rota_month){.every = months,
                                          .week = handover.week,
                                          .weekday = handover.week > 0 ? handover.weekday : 0,
                                          .day = handover.day,
                                          .minute = handover.minute};
        layer.anchor_month = ROTA_ZERO_MONTH;
        ask(&layer);
    }
    return 0;
}
