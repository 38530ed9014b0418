/* read_incident.c - "incident list" and "incident show". */
#include "action/reads.h"

/* The first clock that runs and is not missed, or NULL. */
static const struct clock_view *next_clock(const struct incident_view *view)
{
    const struct clock_view *next = NULL;
    for (size_t i = 0; i < view->clock_count; i++) {
        const struct clock_view *clock = &view->clocks[i];
        if (!instant_is_zero(clock->met) || clock->missed || clock->stopped)
            continue;
        if (!next || instant_before(clock->due, next->due))
            next = clock;
    }
    return next;
}

/* What did not happen in time, and who else was told because of that: an incident that is late must
 * not read like any other. */
static void add_late(struct reply *reply, const struct incident_view *view, struct instant now)
{
    bool any = false;
    for (size_t i = 0; i < view->clock_count; i++) {
        const struct clock_view *clock = &view->clocks[i];
        if (!instant_is_zero(clock->met) || !clock->missed)
            continue;
        text_printf(&reply->text, "%s%.*s, due %.*s ago",
                    any ? "; " : "  LATE: ", STR_ARGS(clock->name),
                    STR_ARGS(reply_age(reply, clock->due, now)));
        any = true;
    }
    for (size_t i = 0; i < view->clock_count; i++)
        if (view->clocks[i].is_escalated)
            text_printf(&reply->text, "  (escalated%.*s)",
                        STR_ARGS(str_from(view->clocks[i].name, strlen("Escalation"))));
    if (view->is_unreached)
        text_adds(&reply->text, "  NOBODY COULD BE TOLD");
}

static void add_line(struct reply *reply, const struct incident_view *view, struct instant now)
{
    const struct clock_view *clock = next_clock(view);
    text_printf(&reply->text, "%lld  %.*s  %-12.*s  since %-12.*s  %.*s", (long long)view->number,
                STR_ARGS(view->severity), STR_ARGS(view->state),
                STR_ARGS(reply_age(reply, view->since, now)), STR_ARGS(view->title));
    if (view->commander.n > 0)
        text_printf(&reply->text, "  (commander: %.*s)", STR_ARGS(view->commander));
    if (!instant_is_zero(view->mitigated) && instant_is_zero(view->acknowledged) &&
        instant_is_zero(view->resolved))
        text_adds(&reply->text, "  (waits for a person)");
    add_late(reply, view, now);
    if (clock)
        text_printf(&reply->text, "  (%.*s in %.*s)", STR_ARGS(clock->name),
                    STR_ARGS(reply_age(reply, now, clock->due)));
    text_byte(&reply->text, '\n');
}

static void write_follow_ups(struct json_writer *w, const struct incident_view *view)
{
    json_open_array(w, "follow_ups");
    for (size_t i = 0; i < view->follow_up_count; i++)
        read_write_follow_up(w, &view->follow_ups[i]);
    json_close_array(w);
}

/* What is offered: procedures, contacts, another severity. */
static void write_offers(struct json_writer *w, const struct incident_view *view)
{
    json_str(w, "proposed_severity", view->proposal.severity);
    json_str(w, "proposed_why", view->proposal.why);
    json_open_array(w, "procedures");
    for (size_t i = 0; i < view->offer_count; i++) {
        json_open_object(w, NULL);
        json_str(w, "name", view->offers[i].name);
        json_str(w, "why", view->offers[i].why);
        json_int(w, "run", view->offers[i].run);
        json_close_object(w);
    }
    json_close_array(w);
    json_open_array(w, "contacts");
    for (size_t i = 0; i < view->vendor_count; i++) {
        json_open_object(w, NULL);
        json_str(w, "service", view->vendors[i].service);
        json_str(w, "who", view->vendors[i].who);
        json_str(w, "address", view->vendors[i].address);
        json_str(w, "escalation", view->vendors[i].escalation);
        json_str(w, "subject", view->vendors[i].subject);
        json_str(w, "body", view->vendors[i].body);
        json_close_object(w);
    }
    json_close_array(w);
}

static void write_life(struct json_writer *w, const struct incident_view *view)
{
    if (view->channel.n > 0)
        json_str(w, "channel", view->channel);
    json_open_array(w, "roles");
    for (size_t i = 0; i < view->role_count; i++) {
        json_open_object(w, NULL);
        json_str(w, "role", view->roles[i].name);
        json_str(w, "person", view->roles[i].person);
        reply_instant(w, "since", view->roles[i].since);
        json_close_object(w);
    }
    json_close_array(w);
    json_open_array(w, "links");
    for (size_t i = 0; i < view->link_count; i++)
        json_int(w, NULL, view->links[i]);
    json_close_array(w);
    json_int(w, "merged_into", view->merged_into);
    reply_instant(w, "resolved", view->resolved);
    reply_instant(w, "closed", view->closed);
    write_follow_ups(w, view);
    write_offers(w, view);
    read_write_work(w, view);
}

static void write_incident(struct json_writer *w, const struct incident_view *view)
{
    json_open_object(w, NULL);
    json_int(w, "number", view->number);
    json_str(w, "severity", view->severity);
    json_str(w, "title", view->title);
    json_str(w, "state", view->state);
    json_str(w, "cause", view->cause);
    reply_instant(w, "opened", view->opened);
    reply_instant(w, "acknowledged", view->acknowledged);
    json_str(w, "acknowledged_by", view->acknowledged_by);
    reply_instant(w, "mitigated", view->mitigated);
    json_str(w, "note", view->note);
    json_bool(w, "unreached", view->is_unreached);
    json_open_array(w, "clocks");
    for (size_t i = 0; i < view->clock_count; i++) {
        json_open_object(w, NULL);
        json_str(w, "name", view->clocks[i].name);
        reply_instant(w, "due", view->clocks[i].due);
        reply_instant(w, "met", view->clocks[i].met);
        json_bool(w, "missed", view->clocks[i].missed);
        json_bool(w, "stopped", view->clocks[i].stopped);
        json_close_object(w);
    }
    json_close_array(w);
    json_open_array(w, "checklist");
    for (size_t i = 0; i < view->tick_count; i++) {
        json_open_object(w, NULL);
        json_int(w, "item", view->ticks[i].item);
        json_str(w, "text", view->ticks[i].text);
        json_bool(w, "done", view->ticks[i].done);
        json_str(w, "by", view->ticks[i].by);
        json_str(w, "because", view->ticks[i].because);
        json_str(w, "bound", view->ticks[i].bound);
        json_close_object(w);
    }
    json_close_array(w);
    json_open_array(w, "said");
    for (size_t i = 0; i < view->said_count; i++) {
        json_open_object(w, NULL);
        json_str(w, "sender", view->said[i].sender);
        json_str(w, "name", view->said[i].name);
        json_str(w, "summary", view->said[i].summary);
        json_str(w, "url", view->said[i].url);
        json_close_object(w);
    }
    json_close_array(w);
    write_life(w, view);
    json_close_object(w);
}

size_t read_add_incidents(const struct world *world, struct reply *reply, struct json_writer *w,
                          const char *key)
{
    size_t count = 0;
    const struct incident_view *views = view_incidents(world, reply->arena, &count);
    json_open_array(w, key);
    for (size_t i = 0; i < count; i++) {
        add_line(reply, &views[i], world->now);
        write_incident(w, &views[i]);
    }
    json_close_array(w);
    return count;
}

bool read_incident_list(const struct call *call, const struct world *world, struct reply *reply,
                        struct err *err)
{
    struct json_writer w = {.text = &reply->json};
    if (call_str(call, "state").n || call_str(call, "severity").n || call_str(call, "since").n ||
        call_str(call, "text").n || call_str(call, "before").n)
        return read_incident_history(call, world, reply, err);
    if (read_add_incidents(world, reply, &w, NULL) == 0)
        text_adds(&reply->text, "No incident is open.\n");
    return true;
}

static void add_clock(struct reply *reply, const struct clock_view *clock, struct instant now)
{
    char due[INSTANT_TEXT_BYTES];
    instant_write(clock->due, due);
    text_printf(&reply->text, "  %-24.*s due %.19sZ, ", STR_ARGS(clock->name), due);
    if (!instant_is_zero(clock->met))
        text_adds(&reply->text, clock->is_escalated ? "escalated\n" : "done\n");
    else if (clock->stopped)
        text_adds(&reply->text, "stopped\n");
    else if (clock->missed || instant_before(clock->due, now))
        text_printf(&reply->text, "missed %.*s ago\n", STR_ARGS(reply_age(reply, clock->due, now)));
    else
        text_printf(&reply->text, "in %.*s\n", STR_ARGS(reply_age(reply, now, clock->due)));
}

static void add_offers(struct reply *reply, const struct incident_view *view)
{
    const struct proposal_view *proposal = &view->proposal;
    if (proposal->severity.n > 0)
        text_printf(&reply->text,
                    "  proposed: %.*s, because %.*s; take it with \"reeve incident "
                    "severity %lld --proposed\"\n",
                    STR_ARGS(proposal->severity), STR_ARGS(proposal->why), (long long)view->number);
    for (size_t i = 0; i < view->offer_count; i++)
        text_printf(
            &reply->text, "  reeve run \"%.*s\" --incident %lld: %.*s%s%.*s\n",
            STR_ARGS(view->offers[i].name), (long long)view->number, STR_ARGS(view->offers[i].why),
            view->offers[i].undo.n > 0 ? "; taken back by: " : "", STR_ARGS(view->offers[i].undo));
    for (size_t i = 0; i < view->vendor_count; i++)
        text_printf(&reply->text, "  ask %.*s (%.*s): %.*s%s%.*s\n", STR_ARGS(view->vendors[i].who),
                    STR_ARGS(view->vendors[i].service), STR_ARGS(view->vendors[i].address),
                    view->vendors[i].escalation.n ? "; " : "",
                    STR_ARGS(view->vendors[i].escalation));
}

/* What another system says of it, in its words. */
static void add_said(struct reply *reply, const struct incident_view *view)
{
    for (size_t i = 0; i < view->said_count; i++) {
        const struct said_view *said = &view->said[i];
        text_printf(&reply->text, "  alert of %.*s, %.*s%s%.*s\n", STR_ARGS(said->sender),
                    STR_ARGS(said->name), said->summary.n > 0 ? ": " : "", STR_ARGS(said->summary));
        if (said->url.n > 0)
            text_printf(&reply->text, "    %.*s\n", STR_ARGS(said->url));
    }
    if (view->said_more > 0)
        text_printf(&reply->text, "  and %zu more alerts\n", view->said_more);
}

bool read_incident_show(const struct call *call, const struct world *world, struct reply *reply,
                        struct err *err)
{
    int64_t number = call_int(call, "number");
    const struct incident *incident = incident_find(&world->incidents, number);
    if (!incident)
        return read_incident_ended(world, number, reply, err);
    struct incident_view view = view_incident(world, reply->arena, incident);
    struct json_writer w = {.text = &reply->json};
    write_incident(&w, &view);
    add_line(reply, &view, world->now);
    if (view.acknowledged_by.n > 0)
        text_printf(&reply->text, "  acknowledged by %.*s\n", STR_ARGS(view.acknowledged_by));
    for (size_t i = 0; i < view.role_count; i++)
        text_printf(&reply->text, "  %.*s: %.*s\n", STR_ARGS(view.roles[i].name),
                    STR_ARGS(view.roles[i].person));
    if (view.channel.n > 0)
        text_printf(&reply->text, "  channel: %.*s\n", STR_ARGS(view.channel));
    if (view.merged_into > 0)
        text_printf(&reply->text, "  merged into incident %lld\n", (long long)view.merged_into);
    for (size_t i = 0; i < view.link_count; i++)
        text_printf(&reply->text, "  linked with incident %lld\n", (long long)view.links[i]);
    if (view.note.n > 0)
        text_printf(&reply->text, "  %.*s\n", STR_ARGS(view.note));
    add_said(reply, &view);
    for (size_t i = 0; i < view.clock_count; i++)
        add_clock(reply, &view.clocks[i], world->now);
    read_add_work(reply, &view, world->now);
    for (size_t i = 0; i < view.tick_count; i++)
        text_printf(&reply->text, "  [%c] %d. %.*s%s%.*s\n", view.ticks[i].done ? 'x' : ' ',
                    view.ticks[i].item, STR_ARGS(view.ticks[i].text),
                    view.ticks[i].done ? " - " : "",
                    STR_ARGS(!view.ticks[i].done           ? STR("")
                             : view.ticks[i].because.n > 0 ? view.ticks[i].because
                                                           : view.ticks[i].by));
    for (size_t i = 0; i < view.follow_up_count; i++)
        read_add_follow_up(&reply->text, &view.follow_ups[i], false);
    add_offers(reply, &view);
    return true;
}
