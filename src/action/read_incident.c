/* read_incident.c - "status", "incident list" and "incident show". */
#include "action/reads.h"

#include "base/noun.h"

enum { STEP_BYTES_MAX = 100, REHEARSALS_TOLD = 5 };

/* The first clock that is neither met nor missed, or NULL. */
static const struct clock_view *next_clock(const struct incident_view *view)
{
    const struct clock_view *next = NULL;
    for (size_t i = 0; i < view->clock_count; i++) {
        const struct clock_view *clock = &view->clocks[i];
        if (!instant_is_zero(clock->met) || clock->missed)
            continue;
        if (!next || instant_before(clock->due, next->due))
            next = clock;
    }
    return next;
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
    json_open_array(w, "clocks");
    for (size_t i = 0; i < view->clock_count; i++) {
        json_open_object(w, NULL);
        json_str(w, "name", view->clocks[i].name);
        reply_instant(w, "due", view->clocks[i].due);
        reply_instant(w, "met", view->clocks[i].met);
        json_bool(w, "missed", view->clocks[i].missed);
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
        json_close_object(w);
    }
    json_close_array(w);
    write_life(w, view);
    json_close_object(w);
}

/* Every incident that is not resolved: a line, and an element of the array key. */
static size_t add_incidents(const struct world *world, struct reply *reply, struct json_writer *w,
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
    if (add_incidents(world, reply, &w, NULL) == 0)
        text_adds(&reply->text, "No incident is open.\n");
    return true;
}

static void add_clock(struct reply *reply, const struct clock_view *clock, struct instant now)
{
    char due[INSTANT_TEXT_BYTES];
    instant_write(clock->due, due);
    text_printf(&reply->text, "  %-24.*s due %.19sZ, ", STR_ARGS(clock->name), due);
    if (!instant_is_zero(clock->met))
        text_adds(&reply->text, "done\n");
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
        text_printf(&reply->text, "  reeve run \"%.*s\": %.*s\n", STR_ARGS(view->offers[i].name),
                    STR_ARGS(view->offers[i].why));
    for (size_t i = 0; i < view->vendor_count; i++)
        text_printf(&reply->text, "  ask %.*s (%.*s): %.*s%s%.*s\n", STR_ARGS(view->vendors[i].who),
                    STR_ARGS(view->vendors[i].service), STR_ARGS(view->vendors[i].address),
                    view->vendors[i].escalation.n ? "; " : "",
                    STR_ARGS(view->vendors[i].escalation));
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
    if (view.merged_into > 0)
        text_printf(&reply->text, "  merged into incident %lld\n", (long long)view.merged_into);
    for (size_t i = 0; i < view.link_count; i++)
        text_printf(&reply->text, "  linked with incident %lld\n", (long long)view.links[i]);
    if (view.note.n > 0)
        text_printf(&reply->text, "  %.*s\n", STR_ARGS(view.note));
    for (size_t i = 0; i < view.clock_count; i++)
        add_clock(reply, &view.clocks[i], world->now);
    for (size_t i = 0; i < view.tick_count; i++)
        text_printf(&reply->text, "  [%c] %d. %.*s%s%.*s\n", view.ticks[i].done ? 'x' : ' ',
                    view.ticks[i].item, STR_ARGS(view.ticks[i].text),
                    view.ticks[i].done ? " - " : "", STR_ARGS(view.ticks[i].by));
    for (size_t i = 0; i < view.follow_up_count; i++)
        read_add_follow_up(&reply->text, &view.follow_ups[i], false);
    add_offers(reply, &view);
    return true;
}

static size_t add_troubled_rules(const struct world *world, struct reply *reply,
                                 struct json_writer *w)
{
    size_t troubled = 0;
    json_open_array(w, "rules");
    for (size_t i = 0; i < world->rules.count; i++) {
        const struct rule *rule = &world->rules.items[i];
        const struct alert *alert = alert_find(&world->alerts, rule->id);
        bool unknown = alert && !instant_is_zero(alert->unknown_since);
        if (!alert || (alert->state == ALERT_INACTIVE && !unknown))
            continue;
        troubled++;
        const struct evaluation *now = world->evaluations ? &world->evaluations[i] : NULL;
        struct str progress = view_aside(
            world, reply->arena, rule, alert_progress(reply->arena, alert, rule, now, world->now));
        text_printf(&reply->text, "rule on line %d %s: %.*s%s%.*s\n", rule->line,
                    unknown ? "unknown" : alert_state_name(alert->state), STR_ARGS(rule->title),
                    progress.n ? "; " : "", STR_ARGS(progress));
        json_open_object(w, NULL);
        json_int(w, "line", rule->line);
        json_str(w, "title", rule->title);
        json_str(w, "state", str_of(unknown ? "unknown" : alert_state_name(alert->state)));
        json_str(w, "progress", progress);
        json_close_object(w);
    }
    json_close_array(w);
    return troubled;
}

/* The worst that fires unheard, and silences that end while a rule of them fires; the rules count
 * as trouble of their own. */
static void add_muted(const struct world *world, struct reply *reply, struct json_writer *w)
{
    size_t count = 0;
    const struct str *sentences = view_muted(world, reply->arena, &count);
    json_open_array(w, "muted");
    for (size_t i = 0; i < count; i++) {
        text_printf(&reply->text, "SILENCED: %.*s\n", STR_ARGS(sentences[i]));
        json_str(w, NULL, sentences[i]);
    }
    json_close_array(w);
}

/* Ways to people that do not work: no page that was given up may stay unseen. */
static size_t add_failed_pages(const struct world *world, struct reply *reply,
                               struct json_writer *w)
{
    size_t at = 0;
    size_t failed = 0;
    const struct page *page;
    json_open_array(w, "pages_failed");
    while ((page = page_next(&world->pages, &at))) {
        const struct person *person = person_find(&world->people, str_of(page->person));
        if (!page->down || !instant_is_zero(page->closed) || !person ||
            !person_has_method(person, page->method))
            continue; /* of an incident that is over, or a way that was taken away */
        failed++;
        text_printf(&reply->text, "page %s to %s by %s was given up: %s\n", page->id, page->person,
                    method_name(page->method), page->problem);
        json_open_object(w, NULL);
        json_str(w, "page", str_of(page->id));
        json_str(w, "person", str_of(page->person));
        json_str(w, "method", str_of(method_name(page->method)));
        json_str(w, "problem", str_of(page->problem));
        json_close_object(w);
    }
    json_close_array(w);
    return failed;
}

static size_t add_silent_targets(const struct world *world, struct reply *reply,
                                 struct json_writer *w)
{
    size_t count = 0;
    size_t silent = 0;
    const struct target_view *targets = view_targets(world, reply->arena, &count);
    json_open_array(w, "targets_down");
    for (size_t i = 0; i < count; i++) {
        if (targets[i].up && targets[i].problem.n > 0)
            text_printf(&reply->text, "target %.*s is read, but %.*s\n", STR_ARGS(targets[i].name),
                        STR_ARGS(targets[i].problem));
        if (targets[i].up || targets[i].waits)
            continue;
        silent++;
        text_printf(&reply->text, "target %.*s: %.*s\n", STR_ARGS(targets[i].name),
                    STR_ARGS(targets[i].problem));
        json_open_object(w, NULL);
        json_str(w, "name", targets[i].name);
        json_str(w, "problem", targets[i].problem);
        json_close_object(w);
    }
    json_close_array(w);
    return silent;
}

/* Why they are not known: what was read before a start is not said to be never shown. */
static struct str why_unread(const struct world *world, struct arena *arena, size_t unread,
                             size_t heard)
{
    if (!world->evaluations)
        return STR("the daemon reads them, and it does not run");
    if (world->telemetry.name_count == 0)
        return STR("there is no target to read from; name one under targets: in reeve.yaml");
    struct str start = instant_words(arena, world->alerts.started, world->now);
    if (heard == 0)
        return str_printf(arena, "no target has shown what they need since the start at %.*s",
                          STR_ARGS(start));
    return str_printf(
        arena, "%s read before the start at %.*s and nothing was heard since",
        heard == unread ? heard == 1 ? "it was" : "they were"
                        : str_printf(arena, "%zu of them %s", heard, heard == 1 ? "was" : "were").p,
        STR_ARGS(start));
}

/* Rules that nothing is known of, and no fact says so yet: silence is not health. */
static size_t add_unread_rules(const struct world *world, struct reply *reply,
                               struct json_writer *w)
{
    size_t unread = 0;
    size_t heard = 0;
    for (size_t i = 0; i < world->rules.count; i++) {
        const struct rule *rule = &world->rules.items[i];
        const struct alert *alert = alert_find(&world->alerts, rule->id);
        bool said = alert && !instant_is_zero(alert->unknown_since);
        bool known = world->evaluations && world->evaluations[i].truth != TRUTH_UNKNOWN;
        bool is_unread = rule->problem.n == 0 && !said && !known;
        unread += is_unread;
        heard += is_unread && world->evaluations &&
                 !instant_before(world->alerts.started, world->evaluations[i].heard) &&
                 !instant_is_zero(world->evaluations[i].heard);
    }
    json_int(w, "rules_not_read", (int64_t)unread);
    if (unread == 0)
        return 0;
    text_printf(&reply->text, "not known: %zu %s; %.*s\n", unread,
                noun((int64_t)unread, "rule", "rules"),
                STR_ARGS(why_unread(world, reply->arena, unread, heard)));
    return unread;
}

/* What of Reeve itself does not work, as the page says it. */
static size_t add_own_troubles(const struct world *world, struct reply *reply,
                               struct json_writer *w)
{
    json_open_array(w, "reeve");
    for (size_t i = 0; i < world->trouble_count; i++) {
        text_printf(&reply->text, "reeve: %.*s\n", STR_ARGS(world->troubles[i]));
        json_str(w, NULL, world->troubles[i]);
    }
    json_close_array(w);
    if (world->config_changed.n > 0)
        text_printf(&reply->text, "reeve: %.*s\n", STR_ARGS(world->config_changed));
    json_str(w, "configuration", world->config_digest);
    json_str(w, "configuration_changed", world->config_changed);
    return world->trouble_count + (world->config_changed.n > 0);
}

/* Open runs; one that failed, is in doubt or late is wrong, one that waits for a person is told. */
static size_t add_runs(const struct world *world, struct reply *reply, struct json_writer *w)
{
    size_t count = 0;
    size_t wrong = 0;
    const struct run_view *runs = view_runs(world, reply->arena, false, &count);
    json_open_array(w, "runs");
    for (size_t i = 0; i < count; i++) {
        const struct run_view *run = &runs[i];
        const struct run_step_view *step = run->current ? &run->steps[run->current - 1] : NULL;
        bool late = step && step->overdue;
        bool bad = late || str_is(run->state, "stopped");
        wrong += bad;
        text_printf(&reply->text, "run %lld of \"%.*s\" %.*s%s", (long long)run->number,
                    STR_ARGS(run->procedure), STR_ARGS(run->state), late ? ", overdue" : "");
        if (run->environment.n > 0)
            text_printf(&reply->text, " (rehearsal in %.*s)", STR_ARGS(run->environment));
        if (step)
            text_printf(&reply->text, ": step %d is %.*s: %.*s", step->number,
                        STR_ARGS(step->state), STR_ARGS(str_cut(step->text, STEP_BYTES_MAX)));
        text_byte(&reply->text, '\n');
        json_open_object(w, NULL);
        json_int(w, "number", run->number);
        json_str(w, "procedure", run->procedure);
        json_str(w, "state", run->state);
        json_int(w, "step", run->current);
        json_str(w, "step_state", step ? step->state : STR(""));
        json_bool(w, "wrong", bad);
        json_close_object(w);
    }
    json_close_array(w);
    return wrong;
}

/* A warning, and nothing that is wrong now: it changes no exit code. */
static void add_rehearsals(const struct world *world, struct reply *reply, struct json_writer *w)
{
    int count = 0;
    json_open_array(w, "to_rehearse");
    for (int i = 0; i < world->procedures.count; i++) {
        const struct procedure *procedure = &world->procedures.items[i];
        struct rehearsal_view view = view_rehearsal(world, reply->arena, procedure);
        if (view.warning.n == 0)
            continue;
        struct str title = procedure_unique_name(&world->procedures, procedure, reply->arena);
        if (count++ < REHEARSALS_TOLD)
            text_printf(&reply->text, "to be rehearsed: \"%.*s\" (line %d): %.*s\n",
                        STR_ARGS(title), world->program->statements[procedure->statement].line,
                        STR_ARGS(view.warning));
        json_open_object(w, NULL);
        json_str(w, "procedure", title);
        json_str(w, "warning", view.warning);
        json_close_object(w);
    }
    json_close_array(w);
    if (count > REHEARSALS_TOLD)
        text_printf(&reply->text, "to be rehearsed: %d more; see \"reeve procedure list\"\n",
                    count - REHEARSALS_TOLD);
}

bool read_status(const struct call *call, const struct world *world, struct reply *reply,
                 struct err *err)
{
    (void)call;
    (void)err;
    struct json_writer w = {.text = &reply->json};
    json_open_object(&w, NULL);
    size_t troubles = add_incidents(world, reply, &w, "incidents");
    add_muted(world, reply, &w);
    troubles += add_failed_pages(world, reply, &w);
    troubles += add_troubled_rules(world, reply, &w);
    troubles += add_unread_rules(world, reply, &w);
    troubles += add_silent_targets(world, reply, &w);
    troubles += read_add_heartbeats(world, reply, &w);
    troubles += add_runs(world, reply, &w);
    troubles += read_add_overdue(world, reply, &w);
    troubles += add_own_troubles(world, reply, &w);
    add_rehearsals(world, reply, &w);
    read_add_ways(world, reply, &w);
    json_close_object(&w);
    if (troubles == 0)
        text_adds(&reply->text, "Nothing is wrong.\n");
    reply->exit_code = troubles > 0 ? 1 : 0;
    return true;
}
