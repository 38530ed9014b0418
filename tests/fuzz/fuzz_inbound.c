/* fuzz_inbound.c - any bytes as a body of alerts, in every form: what is read is within its limits,
 * what only fires adds nothing when it is
 * taken twice, and what it opened is what the state holds. The first byte chooses
 * the form and the content type. */
#include "fuzz.h"

#include "inbound/read.h"

#include <stdlib.h>

static void check(const struct inbound_batch *batch)
{
    if (batch->count > LIMIT_INBOUND_ALERTS)
        abort();
    for (size_t i = 0; i < batch->count; i++) {
        const struct inbound_alert *alert = &batch->items[i];
        struct str texts[] = {alert->key, alert->name, alert->severity, alert->summary, alert->url};
        const size_t most[] = {INBOUND_KEY_BYTES, INBOUND_NAME_BYTES, INBOUND_SEVERITY_BYTES,
                               INBOUND_SUMMARY_BYTES, INBOUND_URL_BYTES};
        for (size_t k = 0; k < sizeof most / sizeof *most; k++) {
            if (texts[k].n >= most[k] || !str_utf8_valid(texts[k], NULL))
                abort();
            for (size_t at = 0; at < texts[k].n; at++)
                if ((unsigned char)texts[k].p[at] < ' ' || texts[k].p[at] == 127)
                    abort();
        }
        if (alert->key.n == 0 && alert->change != INBOUND_IS_SEEN)
            abort();
    }
}

static void take(struct arena *arena, const struct inbound_batch *batch)
{
    struct inbounds inbounds;
    struct event_list events, none;
    struct inbound_taken taken, again;
    struct inbound_post post = {.sender = {.name = STR("s"), .opens = STR("P1")},
                                .batch = *batch,
                                .now = {1700000000000000}};
    inbounds_init(&inbounds, arena);
    event_list_init(&events, arena);
    event_list_init(&none, arena);
    inbound_take(&inbounds, &post, &events, &taken);
    for (size_t i = 0; i < events.count; i++)
        inbound_fold(&inbounds, &events.items[i]);
    if (inbounds.open.count != taken.fired - taken.resolved)
        abort();
    if (events.count != taken.fired + taken.resolved)
        abort();
    bool ends = false; /* a body that ends and fires the same alert does so each time */
    for (size_t i = 0; i < batch->count; i++)
        ends = ends || batch->items[i].change == INBOUND_RESOLVES;
    if (!ends) {
        inbound_take(&inbounds, &post, &none, &again);
        if (again.fired != 0 || none.count != 0)
            abort();
    }
    inbounds_done(&inbounds);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const types[] = {"application/json", "application/cloudevents+json",
                                        "application/cloudevents-batch+json", "text/plain"};
    struct arena arena;
    struct err err = {0};
    struct inbound_batch batch = {0};
    struct inbound_said said = {0};
    unsigned first = size > 0 ? data[0] : 0;
    struct inbound_body body = {.form = (enum inbound_form)(first % INBOUND_FORMS),
                                .content_type = str_of(types[first / INBOUND_FORMS % 4]),
                                .text = {(const char *)data + (size > 0), size - (size > 0)},
                                .attributes = {.id = STR("1"),
                                               .source = STR("/s"),
                                               .type = STR("a.b.raised"),
                                               .specversion = STR("1.0"),
                                               .subject = STR(""),
                                               .time = STR("")}};
    arena_init(&arena);
    if (inbound_type_fits(&body, &err) && inbound_read(&arena, &body, &batch, &said, &err)) {
        check(&batch);
        take(&arena, &batch);
    } else if (err.text[0] == '\0') {
        abort();
    }
    arena_done(&arena);
    return 0;
}
