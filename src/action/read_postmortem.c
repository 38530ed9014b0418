/* read_postmortem.c - "incident postmortem": the draft, and its numbers as JSON. */
#include "action/postmortem.h"
#include "action/reads.h"

static void write_length(struct json_writer *w, const char *key, struct instant from,
                         struct instant to)
{
    if (instant_is_zero(from) || instant_is_zero(to))
        json_null(w, key);
    else
        json_int(w, key, instant_ms_between(from, to));
}

static void write_impacts(struct json_writer *w, const struct postmortem *postmortem)
{
    json_open_array(w, "impact");
    for (size_t i = 0; i < postmortem->impact_count; i++) {
        const struct impact *impact = &postmortem->impacts[i];
        json_open_object(w, NULL);
        json_int(w, "line", impact->line);
        json_str(w, "rule", impact->title);
        reply_instant(w, "fired", impact->fired);
        reply_instant(w, "ended", impact->ended);
        json_int(w, "firing_ms", impact->firing_ms);
        json_int(w, "unknown_ms", impact->unknown_ms);
        json_str(w, "when_it_fired", impact->fired_text);
        json_str(w, "worst", impact->worst_text);
        json_int(w, "readings_in_ledger", impact->readings);
        json_close_object(w);
    }
    json_close_array(w);
}

bool read_incident_postmortem(const struct call *call, const struct world *world,
                              struct reply *reply, struct err *err)
{
    struct postmortem postmortem;
    struct json_writer w = {.text = &reply->json};
    if (!postmortem_read(world, reply->arena, call_int(call, "number"), &postmortem, err))
        return false;
    postmortem_write(&reply->text, world, &postmortem, call_flag(call, "picture"));
    const struct past_view *past = &postmortem.past;
    json_open_object(&w, NULL);
    json_int(&w, "number", past->number);
    json_str(&w, "severity", past->severity);
    json_str(&w, "state", past->state);
    write_length(&w, "time_to_acknowledge_ms", past->opened, past->acknowledged);
    write_length(&w, "time_to_mitigate_ms", past->opened, past->first_mitigated);
    write_length(&w, "time_to_resolve_ms", past->opened, past->resolved);
    write_impacts(&w, &postmortem);
    json_open_array(&w, "findings");
    for (size_t i = 0; i < postmortem.finding_count; i++)
        json_str(&w, NULL, postmortem.findings[i]);
    json_close_array(&w);
    json_str(&w, "markdown", text_str(&reply->text));
    json_close_object(&w);
    return true;
}
