/* breach.c - the fold of a breach timeline, and what it decides. */
#include "incident/inside.h"

#include "incident/propose.h"

struct instant breach_line_due(const struct breach *breach, int line)
{
    int64_t after_ms = breach->lines[line].after_ms;
    int64_t next_ms = 0;
    for (int i = 0; after_ms == 0 && i < breach->count; i++) {
        int64_t other_ms = breach->lines[i].after_ms;
        if (other_ms > 0 && (next_ms == 0 || other_ms < next_ms))
            next_ms = other_ms;
    }
    if (after_ms == 0)
        after_ms = next_ms ? next_ms : BREACH_AT_ONCE_MS;
    return instant_add_ms(breach->aware, after_ms);
}

bool breach_is_open(const struct breach *breach)
{
    for (int i = 0; i < breach->count; i++)
        if (instant_is_zero(breach->lines[i].done))
            return true;
    return !breach->is_law_over;
}

struct instant breach_kept_until(const struct breach *breach)
{
    struct instant newest = breach->law_ended;
    if (breach_is_open(breach))
        return (struct instant){INT64_MAX};
    for (int i = 0; i < breach->count; i++)
        if (instant_before(newest, breach->lines[i].done))
            newest = breach->lines[i].done;
    return instant_add_ms(newest, BREACH_KEPT_MS);
}

static struct instant law_due(const struct breach *breach)
{
    return instant_add_ms(breach->aware, BREACH_LAW_MS);
}

void breach_shift(struct breach *breach, int64_t by_ms)
{
    if (!breach)
        return;
    incident_shift(&breach->aware, by_ms);
    incident_shift(&breach->law_missed, by_ms);
    for (int i = 0; i < breach->count; i++)
        incident_shift(&breach->lines[i].missed, by_ms);
}

/* --- fold --- */

static void fold_begun(struct incidents *incidents, struct incident *incident,
                       const struct event *event)
{
    struct breach *breach = incident->breach ? incident->breach : incidents->free_breaches;
    if (!breach)
        breach = arena_make(incidents->arena, struct breach);
    else if (breach == incidents->free_breaches)
        incidents->free_breaches = breach->next_free;
    *breach = (struct breach){.aware = event_instant(event, "aware")};
    incident->breach = breach;
    incident->is_no_breach = false;
}

static void fold_line(struct breach *breach, const struct event *event)
{
    if (breach->count == BREACH_LINES_MAX || event_int(event, "item") != breach->count + 1)
        return;
    struct breach_line *line = &breach->lines[breach->count++];
    *line = (struct breach_line){.line = event_int(event, "line"),
                                 .after_ms = event_int(event, "after_ms")};
    str_keep(line->statement, sizeof line->statement, event_str(event, "statement"));
    str_keep(line->text, sizeof line->text, event_str(event, "text"));
}

/* What would not be late by the new instant was not missed. */
static void fold_aware(struct breach *breach, const struct event *event)
{
    breach->aware = event_instant(event, "from");
    breach->is_stated = true;
    for (int i = 0; i < breach->count; i++)
        if (instant_before(event->at, breach_line_due(breach, i)))
            breach->lines[i].missed = (struct instant){0};
    if (instant_before(event->at, law_due(breach)))
        breach->law_missed = (struct instant){0};
}

static void fold_law(struct breach *breach, const struct event *event)
{
    breach->is_law_over = true;
    breach->is_waived = event->kind == EVENT_INCIDENT_AUTHORITY_WAIVED;
    breach->law_ended = event->at;
    str_keep(breach->law_by, sizeof breach->law_by, actor_name(event->actor));
}

static void fold_deed(struct breach *breach, const struct event *event)
{
    int64_t item = event_int(event, "item");
    if (item == 0 && event->kind == EVENT_INCIDENT_DEED_UNDONE)
        breach->is_law_over = breach->is_waived = false;
    if (item < 1 || item > breach->count)
        return;
    struct breach_line *line = &breach->lines[item - 1];
    if (event->kind == EVENT_INCIDENT_DEED_MISSED) {
        line->missed = event->at;
    } else if (event->kind == EVENT_INCIDENT_DEED_UNDONE) {
        line->done = (struct instant){0};
        line->undone = event->at;
        line->by[0] = line->how[0] = '\0';
    } else {
        line->done = event->at;
        str_keep(line->by, sizeof line->by, actor_name(event->actor));
        str_keep(line->how, sizeof line->how, event_str(event, "how"));
    }
}

void incident_fold_breach(struct incidents *incidents, struct incident *incident,
                          const struct event *event)
{
    struct breach *breach = incident->breach;
    incidents->kept_until = (struct instant){0};
    if (event->kind == EVENT_INCIDENT_BREACH_BEGUN) {
        fold_begun(incidents, incident, event);
    } else if (event->kind == EVENT_INCIDENT_TICKED_BY_ACTION ||
               event->kind == EVENT_INCIDENT_UNTICKED) {
        incident_fold_ticked(incident, event);
    } else if (event->kind == EVENT_INCIDENT_RUN_LINKED) {
        incident_fold_run(incidents, incident, event);
    } else if (!breach) {
        return; /* a foreign ledger */
    } else if (event->kind == EVENT_INCIDENT_BREACH_LINE) {
        fold_line(breach, event);
    } else if (event->kind == EVENT_INCIDENT_BREACH_WITHDRAWN) {
        incident->is_no_breach = true;
        breach->next_free = incidents->free_breaches;
        incidents->free_breaches = breach;
        incident->breach = NULL;
    } else if (event->kind == EVENT_INCIDENT_AWARE) {
        fold_aware(breach, event);
    } else if (event->kind == EVENT_INCIDENT_AUTHORITY_MISSED) {
        breach->law_missed = event->at;
    } else if (event->kind == EVENT_INCIDENT_AUTHORITY_TOLD ||
               event->kind == EVENT_INCIDENT_AUTHORITY_WAIVED) {
        fold_law(breach, event);
    } else if (event->kind <= EVENT_INCIDENT_DEED_MISSED) {
        fold_deed(breach, event);
    }
}

/* --- a merger --- */

/* The line that says the same; -1: there is none. */
static int find_same(const struct breach *breach, const struct breach_line *line)
{
    for (int i = 0; i < breach->count; i++)
        if ((line->statement[0] && strcmp(breach->lines[i].statement, line->statement) == 0) ||
            strcmp(breach->lines[i].text, line->text) == 0)
            return i;
    return -1;
}

/* What was done first, and not said to be undone since, is what was done. */
static void take_deed(struct breach_line *to, const struct breach_line *from)
{
    bool is_undone = !instant_is_zero(to->undone) && instant_before(from->done, to->undone);
    bool is_first = instant_is_zero(to->done) || instant_before(from->done, to->done);
    if (!instant_is_zero(from->done) && is_first && !is_undone) {
        to->done = from->done;
        str_keep(to->by, sizeof to->by, str_of(from->by));
        str_keep(to->how, sizeof to->how, str_of(from->how));
    }
    if (instant_before(to->undone, from->undone))
        to->undone = from->undone;
    if (instant_is_zero(to->missed))
        to->missed = from->missed; /* it was told */
}

/* One notification is of what is one; that the one needed none says nothing of the other. */
static void take_law(struct breach *to, const struct breach *from)
{
    bool told = from->is_law_over && !from->is_waived;
    if (told &&
        (!to->is_law_over || to->is_waived || instant_before(from->law_ended, to->law_ended))) {
        to->is_law_over = true;
        to->is_waived = false;
        to->law_ended = from->law_ended;
        str_keep(to->law_by, sizeof to->law_by, str_of(from->law_by));
    } else if (!from->is_law_over && to->is_waived) {
        to->is_law_over = to->is_waived = false;
    }
    if (instant_is_zero(to->law_missed))
        to->law_missed = from->law_missed;
}

void incident_take_breach(struct incidents *incidents, struct incident *to, struct incident *from)
{
    struct breach *breach = from->breach;
    struct breach *into = to->breach;
    incidents->kept_until = (struct instant){0};
    if (!breach)
        return;
    from->breach = NULL;
    if (!into) {
        to->breach = breach;
        return;
    }
    if (instant_before(breach->aware, into->aware)) {
        into->aware = breach->aware;
        into->is_stated = breach->is_stated;
    }
    for (int i = 0; i < breach->count; i++) {
        int same = find_same(into, &breach->lines[i]);
        if (same >= 0)
            take_deed(&into->lines[same], &breach->lines[i]);
        else if (into->count < BREACH_LINES_MAX)
            into->lines[into->count++] = breach->lines[i];
    }
    take_law(into, breach);
    breach->next_free = incidents->free_breaches;
    incidents->free_breaches = breach;
}

/* --- decisions --- */

static struct event *add(const struct incident_world *world, const struct incident *incident,
                         enum event_kind kind, struct event_list *out)
{
    struct event *event =
        event_list_add(out, kind, world->now, STR("reeve"),
                       str_printf(out->arena, "incident:%lld", (long long)incident->number));
    event_set_int(event, "number", incident->number);
    return event;
}

static struct event *add_item(const struct incident_world *world, const struct incident *incident,
                              enum event_kind kind, int line, struct event_list *out)
{
    struct event *event = add(world, incident, kind, out);
    event_set_int(event, "item", line + 1);
    event_set_str(event, "text", str_copy(out->arena, str_of(incident->breach->lines[line].text)));
    return event;
}

/* The worst severity whose words name a breach; NULL: none does. */
static const struct severity_level *find_level(const struct severity_plan *plan)
{
    for (int i = 0; i < plan->level_count; i++)
        if (propose_is_breach(&plan->levels[i]))
            return &plan->levels[i];
    return NULL;
}

/* Whoever declares one in a hurry does not look up which severity it is: the text says it. */
static void raise_severity(const struct incident_world *world, const struct incident *incident,
                           struct event_list *out)
{
    const struct severity_level *level = find_level(world->plan);
    if (!level || level->rank >= severity_get(world->plan, str_of(incident->severity))->rank)
        return;
    struct event *event = add(world, incident, EVENT_INCIDENT_SEVERITY_CHANGED, out);
    event_set_str(event, "from", str_copy(out->arena, str_of(incident->severity)));
    event_set_str(event, "to", level->id);
    event_set_str(event, "reason",
                  level->line > 0
                      ? str_printf(out->arena, "it is a breach, which is a %.*s (line %d)",
                                   STR_ARGS(level->id), level->line)
                      : STR("it is a breach"));
}

void incident_begin_breach(const struct incident_world *world, const struct incident_begin *begin,
                           struct event_list *out)
{
    const struct breach_plan *plan = &world->plan->breach;
    const struct incident *incident = begin->incident;
    struct event *event = add(world, incident, EVENT_INCIDENT_BREACH_BEGUN, out);
    event->actor = str_copy(out->arena, begin->actor);
    event_set_instant(event, "aware",
                      instant_is_zero(begin->aware) ? incident->begun : begin->aware);
    event_set_str(event, "procedure", plan->name);
    event_set_int(event, "line", plan->line);
    event_set_int(event, "lines", plan->count);
    event_set_str(event, "reason", begin->reason);
    for (int i = 0; i < plan->count; i++) {
        event = add(world, incident, EVENT_INCIDENT_BREACH_LINE, out);
        event_set_int(event, "item", i + 1);
        event_set_int(event, "after_ms", plan->lines[i].after_ms);
        event_set_int(event, "line", plan->lines[i].line);
        event_set_str(event, "statement", str_of(plan->lines[i].statement));
        event_set_str(event, "text", plan->lines[i].text);
    }
    raise_severity(world, incident, out);
}

/* By its words, or because the procedure was begun for it. */
static void decide_begin(const struct incident_world *world, const struct incident *incident,
                         struct event_list *out)
{
    struct incident_begin begin = {.incident = incident, .actor = STR("reeve")};
    for (size_t i = 0; i < incident->run_count; i++)
        if (strcmp(incident->runs[i].purpose, "breach") == 0)
            begin.reason = str_printf(out->arena, "run %lld of its procedure was begun",
                                      (long long)incident->runs[i].run);
    if (begin.reason.n == 0 && breach_is_named(str_of(incident->title)))
        begin.reason = STR("its title says that it is one");
    if (begin.reason.n > 0)
        incident_begin_breach(world, &begin, out);
}

/* A step of a run that is the line, done after the line was last said not to be. */
static const struct incident_step *find_step(const struct incident_world *world,
                                             const struct incident *incident, int line)
{
    const struct breach_line *of = &incident->breach->lines[line];
    for (size_t i = 0; i < world->step_count; i++) {
        const struct incident_step *step = &world->steps[i];
        if (step->incident == incident->number && str_is(step->statement, of->statement) &&
            (instant_is_zero(of->undone) || instant_before(of->undone, step->at)))
            return step;
    }
    return NULL;
}

static void decide_line(const struct incident_world *world, const struct incident *incident,
                        int line, struct event_list *out)
{
    const struct breach_line *of = &incident->breach->lines[line];
    struct instant due = breach_line_due(incident->breach, line);
    if (!instant_is_zero(of->done))
        return;
    const struct incident_step *step = find_step(world, incident, line);
    if (step) {
        struct event *event = add_item(world, incident, EVENT_INCIDENT_DEED_DONE, line, out);
        event->actor = str_copy(out->arena, step->by);
        event_set_int(event, "run", step->run);
        event_set_int(event, "step", step->step);
        event_set_str(event, "how",
                      str_printf(out->arena, "done by step %d of run %lld", step->step,
                                 (long long)step->run));
    } else if (instant_is_zero(of->missed) && !instant_before(world->now, due)) {
        struct event *event = add_item(world, incident, EVENT_INCIDENT_DEED_MISSED, line, out);
        event_set_instant(event, "due", due);
    }
}

void incident_decide_missed(const struct incident_world *world, const struct incident *incident,
                            struct event_list *out)
{
    const struct breach *breach = incident->breach;
    if (!breach)
        return;
    for (int i = 0; i < breach->count; i++)
        decide_line(world, incident, i, out);
    if (breach->is_law_over || !instant_is_zero(breach->law_missed) ||
        instant_before(world->now, law_due(breach)))
        return;
    struct event *event = add(world, incident, EVENT_INCIDENT_AUTHORITY_MISSED, out);
    event_set_instant(event, "due", law_due(breach));
}

void incident_decide_breach(const struct incident_world *world, const struct incident *incident,
                            struct event_list *out)
{
    const struct breach *breach = incident->breach;
    if (!breach && !incident->is_no_breach)
        decide_begin(world, incident, out);
    incident_decide_missed(world, incident, out);
}

void incident_breach_next(const struct incident *incident, struct instant *earliest)
{
    const struct breach *breach = incident->breach;
    for (int i = 0; breach && i < breach->count; i++)
        if (instant_is_zero(breach->lines[i].done) && instant_is_zero(breach->lines[i].missed))
            incident_take_earlier(earliest, breach_line_due(breach, i));
    if (breach && !breach->is_law_over && instant_is_zero(breach->law_missed))
        incident_take_earlier(earliest, law_due(breach));
}
