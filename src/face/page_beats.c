/* page_beats.c - jobs that have to be heard of, on the main page. */
#include "face/page_internal.h"

static void beat_write(struct text *text, const struct beat_view *beat, struct instant now)
{
    const char *mark = !beat->well ? "firing" : beat->known ? "ok" : "unknown";
    text_printf(text, "<li><span class=\"mark %s\">", mark);
    text_html(text, beat->state);
    text_adds(text, "</span> <strong>");
    text_html(text, beat->name);
    text_adds(text, "</strong> <span class=\"url\">");
    text_html(text, beat->plan);
    text_adds(text, "</span>");
    if (!instant_is_zero(beat->last)) {
        text_adds(text, "<span class=\"seen\">, has ended well ");
        html_clock_write(text, "since", beat->last, now);
        text_adds(text, " ago</span>");
    }
    if (!instant_is_zero(beat->due)) {
        text_adds(text, str_is(beat->state, "late") ? ", was due " : ", due ");
        html_time_write(text, beat->due);
    }
    if (beat->incident > 0)
        text_printf(text, ", <a href=\"/incidents/%lld\">incident %lld</a>",
                    (long long)beat->incident, (long long)beat->incident);
    if (beat->words.n) {
        text_adds(text, "<p>");
        text_html(text, beat->words);
        text_adds(text, "</p>");
    }
    silence_form_write(text, &(struct silence_form){.silence = beat->silence,
                                                    .muted = beat->muted,
                                                    .heartbeat = beat->name,
                                                    .name = beat->name});
    text_adds(text, "</li>");
}

void beats_write(struct text *text, const struct page_view *view)
{
    if (view->beat_count == 0)
        return;
    text_adds(text, "<section class=\"targets\" aria-labelledby=\"beats-head\">"
                    "<h2 id=\"beats-head\">Jobs that have to be heard of</h2><ul>");
    for (size_t i = 0; i < view->beat_count; i++)
        beat_write(text, &view->beats[i], view->now);
    text_adds(text, "</ul></section>");
}
