/* probe.c - the table of what can be looked at. */
#include "probe/probe.h"

#include "os/clock.h"

#include <stdarg.h>
#include <stdio.h>

enum { SENTENCE_BYTES = 600, OUTPUT_MARGIN_MS = 200 };

static const struct {
    const char *kind;
    void (*look)(struct probe *probe);
} kinds[] = {{"host", probe_host},
             {"http", probe_http},
             {"page", probe_page},
             {"postgres", probe_postgres},
             {"pgbouncer", probe_pgbouncer},
             {"redis", probe_redis},
             {"status_page", probe_status_page},
             {"openai", probe_openai}};

__attribute__((format(printf, 2, 0))) static struct str sentence(struct probe *probe,
                                                                 const char *format, va_list words)
{
    char text[SENTENCE_BYTES];
    (void)vsnprintf(text, sizeof text, format, words);
    return work_clean(probe->work->arena, str_of(text));
}

void probe_fail(struct probe *probe, const char *format, ...)
{
    va_list words;
    if (probe->failure.n > 0)
        return;
    va_start(words, format);
    probe->failure = sentence(probe, format, words);
    va_end(words);
}

void probe_refuse(struct probe *probe, const char *format, ...)
{
    va_list words;
    va_start(words, format);
    probe->failure = sentence(probe, format, words);
    va_end(words);
    probe->refused = true;
}

int64_t probe_left_ms(const struct probe *probe)
{
    int64_t left_ms = (probe->until_us - clock_boot_us()) / 1000;
    return left_ms > 0 ? left_ms : 0;
}

static void (*find(struct str kind))(struct probe *)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (str_is(kind, kinds[i].kind))
            return kinds[i].look;
    return NULL;
}

void probe_perform(const struct work *work, struct order_result *out_result)
{
    struct str kind = json_get_str(work->body, "kind");
    void (*look)(struct probe *) = find(kind);
    struct text text;
    if (!look) {
        *out_result = work_result(work->arena, ORDER_REFUSED, "\"%.*s\" is no kind of probe.",
                                  STR_ARGS(str_cut(kind, 40)));
        return;
    }
    /* Its own words about what is slow are better than those of whoever kills it. */
    int64_t ms = work->deadline_ms > 2 * OUTPUT_MARGIN_MS ? work->deadline_ms - OUTPUT_MARGIN_MS
                                                          : work->deadline_ms;
    struct probe probe = {.work = work, .until_us = clock_boot_us() + ms * 1000};
    text_init(&probe.samples, work->arena, PROBE_SAMPLES_BYTES);
    look(&probe);
    if (text_full(&probe.samples))
        probe_fail(&probe,
                   "It shows more than %d kB of samples, of which the last are left out; "
                   "name less in reeve.yaml",
                   PROBE_SAMPLES_BYTES / 1024);
    text_init(&text, work->arena, ORDER_OUTPUT_BYTES);
    struct json_writer w = {.text = &text};
    json_open_object(&w, NULL);
    if (probe.etag.n > 0)
        json_str(&w, "etag", probe.etag);
    json_str(&w, "note", probe.note);
    json_str(&w, "samples", text_str(&probe.samples));
    if (probe.unchanged)
        json_bool(&w, "unchanged", true);
    json_close_object(&w);
    bool good = probe.failure.n == 0;
    *out_result = (struct order_result){.outcome = good            ? ORDER_DONE
                                                   : probe.refused ? ORDER_REFUSED
                                                                   : ORDER_FAILED,
                                        .detail = good ? probe.seen : probe.failure,
                                        .output = text_str(&text)};
}
