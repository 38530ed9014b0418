/* read_incident_work.c - of "incident show": the timeline of a breach, and the runs that belong to
 * an incident. */
#include "action/reads.h"

static void add_due(struct reply *reply, struct instant due, struct instant now)
{
    char at[INSTANT_TEXT_BYTES];
    instant_write(due, at);
    text_printf(&reply->text, "due %.19sZ, ", at);
    if (instant_before(due, now))
        text_printf(&reply->text, "LATE by %.*s", STR_ARGS(reply_age(reply, due, now)));
    else
        text_printf(&reply->text, "in %.*s", STR_ARGS(reply_age(reply, now, due)));
}

static void add_line(struct reply *reply, const struct breach_line_view *line, struct instant now)
{
    text_printf(&reply->text, "  [%c] %d. %.*s (%.*s): ", instant_is_zero(line->done) ? ' ' : 'x',
                line->item, STR_ARGS(line->text), STR_ARGS(line->after));
    if (instant_is_zero(line->done)) {
        add_due(reply, line->due, now);
    } else {
        char at[INSTANT_TEXT_BYTES];
        instant_write(line->done, at);
        text_printf(&reply->text, "%.*s, %.*s %.19sZ%s", STR_ARGS(line->how), STR_ARGS(line->by),
                    at, instant_is_zero(line->missed) ? "" : ", late");
    }
    text_byte(&reply->text, '\n');
}

static void add_law(struct reply *reply, const struct breach_view *breach, struct instant now)
{
    text_adds(&reply->text, "  legal clock, " BREACH_LAW_SOURCE
                            ", notify the supervisory authority within 72 h: ");
    if (breach->is_law_over) {
        char at[INSTANT_TEXT_BYTES];
        instant_write(breach->law_ended, at);
        text_printf(&reply->text, "%s, %.*s %.19sZ%s", breach->is_waived ? "not required" : "done",
                    STR_ARGS(breach->law_by), at,
                    instant_is_zero(breach->law_missed) ? "" : ", late");
    } else {
        add_due(reply, breach->law_due, now);
    }
    text_byte(&reply->text, '\n');
}

static void add_breach(struct reply *reply, const struct incident_view *view, struct instant now)
{
    const struct breach_view *breach = view->breach;
    char at[INSTANT_TEXT_BYTES];
    instant_write(breach->aware, at);
    text_printf(&reply->text, "  breach timeline, known of since %.19sZ (%s):\n", at,
                breach->is_stated ? "as a person said" : "the opening");
    for (int i = 0; i < breach->count; i++)
        add_line(reply, &breach->lines[i], now);
    if (breach->count == 0)
        text_adds(&reply->text, "  the runbook has no breach procedure with times\n");
    add_law(reply, breach, now);
}

void read_add_work(struct reply *reply, const struct incident_view *view, struct instant now)
{
    if (view->breach)
        add_breach(reply, view, now);
    else if (view->may_be_breach)
        text_printf(
            &reply->text,
            "  is it a breach? its timeline begins with \"reeve incident breach %lld WHY\", "
            "and counts from when it was known of\n",
            (long long)view->number);
    for (size_t i = 0; i < view->run_count; i++) {
        const struct linked_run_view *run = &view->runs[i];
        text_printf(&reply->text, "  run %lld, %.*s: %.*s (%.*s)", (long long)run->run,
                    STR_ARGS(run->purpose), STR_ARGS(run->procedure), STR_ARGS(run->state));
        if (run->undoes > 0)
            text_printf(&reply->text, ", takes run %lld back", (long long)run->undoes);
        if (run->in_force && str_is(run->undo, "reeve run undo"))
            text_printf(&reply->text, "; to take it back: reeve run undo %lld WHY",
                        (long long)run->run);
        else if (run->in_force && run->undo.n > 0)
            text_printf(&reply->text, "; to take it back: reeve run \"%.*s\" --incident %lld",
                        STR_ARGS(run->undo), (long long)view->number);
        text_byte(&reply->text, '\n');
    }
}

static void write_breach(struct json_writer *w, const struct breach_view *breach)
{
    json_open_object(w, "breach");
    reply_instant(w, "aware", breach->aware);
    json_bool(w, "aware_is_stated", breach->is_stated);
    json_open_array(w, "lines");
    for (int i = 0; i < breach->count; i++) {
        const struct breach_line_view *line = &breach->lines[i];
        json_open_object(w, NULL);
        json_int(w, "item", line->item);
        json_str(w, "text", line->text);
        json_int(w, "line", line->line);
        reply_instant(w, "due", line->due);
        reply_instant(w, "done", line->done);
        json_str(w, "by", line->by);
        json_str(w, "how", line->how);
        json_bool(w, "missed", !instant_is_zero(line->missed));
        json_close_object(w);
    }
    json_close_array(w);
    json_open_object(w, "authority");
    json_str(w, "source", STR(BREACH_LAW_SOURCE));
    reply_instant(w, "due", breach->law_due);
    json_bool(w, "over", breach->is_law_over);
    json_bool(w, "not_required", breach->is_waived);
    json_bool(w, "missed", !instant_is_zero(breach->law_missed));
    json_close_object(w);
    json_close_object(w);
}

void read_write_work(struct json_writer *w, const struct incident_view *view)
{
    if (view->breach)
        write_breach(w, view->breach);
    else
        json_null(w, "breach");
    json_open_array(w, "runs");
    for (size_t i = 0; i < view->run_count; i++) {
        json_open_object(w, NULL);
        json_int(w, "run", view->runs[i].run);
        json_str(w, "procedure", view->runs[i].procedure);
        json_str(w, "purpose", view->runs[i].purpose);
        json_str(w, "state", view->runs[i].state);
        json_str(w, "undo", view->runs[i].undo);
        json_int(w, "undoes", view->runs[i].undoes);
        json_bool(w, "in_force", view->runs[i].in_force);
        json_close_object(w);
    }
    json_close_array(w);
}
