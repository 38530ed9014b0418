/* incident.c - the state rows of an incident and the fold. */
#include "incident/inside.h"

#include <stdlib.h>

static void take_acknowledged(struct incident *incident, const struct event *event)
{
    incident->acknowledged = event->at;
    str_keep(incident->acknowledged_by, sizeof incident->acknowledged_by,
             event_str(event, "person"));
}

static void take_mitigated(struct incident *incident, const struct event *event)
{
    incident->mitigated = event->at;
    incident->update_missed_at = (struct instant){0}; /* updates are due while it is going on */
    incident->reopen_until = instant_add_ms(event->at, INCIDENT_REOPEN_MS);
}

static void take_reopened(struct incident *incident, const struct event *event)
{
    incident->acknowledged = incident->mitigated = incident->resolved = (struct instant){0};
    incident->reopen_until = (struct instant){0};
    incident->reopened++;
    incident->reopened_at = event->at;
    incident->acknowledged_by[0] = '\0';
    incident->clock_from = incident->paged_from = incident->update_from = event->at;
    incident->update_missed_at = incident->resolution_missed_at = (struct instant){0};
    incident_forget_levels(incident);
    incident->unreached = 0;
}

static void take_resolved(struct incident *incident, const struct event *event)
{
    /* Pages count their attempts on for this long after the closing, even when the clock was set
     * back since the mitigation while nobody ran. */
    struct instant last = instant_add_ms(event->at, INCIDENT_REOPEN_MS);
    incident->resolved = event->at;
    /* One that was resolved while it fires comes back as well. */
    if (instant_before(last, incident->reopen_until) ||
        (instant_is_zero(incident->reopen_until) && incident->rule_count > 0))
        incident->reopen_until = last;
}

struct incident_row {
    enum incident_state from;
    enum event_kind on;
    enum incident_state to;
    const char *sentence;
    void (*take)(struct incident *incident, const struct event *event);
};

static const struct incident_row rows[] = {
    {INCIDENT_OPEN, EVENT_INCIDENT_ACKNOWLEDGED, INCIDENT_ACKNOWLEDGED,
     "Somebody is on it: the response clock is met and pages stop.", take_acknowledged},
    {INCIDENT_MITIGATED, EVENT_INCIDENT_ACKNOWLEDGED, INCIDENT_MITIGATED,
     "Somebody has seen it after its alerts had ended.", take_acknowledged},
    {INCIDENT_OPEN, EVENT_INCIDENT_MITIGATED, INCIDENT_MITIGATED,
     "Its alerts have ended before anybody answered; a person resolves it.", take_mitigated},
    {INCIDENT_ACKNOWLEDGED, EVENT_INCIDENT_MITIGATED, INCIDENT_MITIGATED,
     "Its alerts have ended; a person resolves it.", take_mitigated},
    {INCIDENT_MITIGATED, EVENT_INCIDENT_REOPENED, INCIDENT_OPEN,
     "It came back: its clocks and pages begin anew.", take_reopened},
    {INCIDENT_RESOLVED, EVENT_INCIDENT_REOPENED, INCIDENT_OPEN,
     "It came back soon after it was resolved: its clocks and pages begin anew.", take_reopened},
    {INCIDENT_OPEN, EVENT_INCIDENT_RESOLVED, INCIDENT_RESOLVED, "A person closed it.",
     take_resolved},
    {INCIDENT_ACKNOWLEDGED, EVENT_INCIDENT_RESOLVED, INCIDENT_RESOLVED, "A person closed it.",
     take_resolved},
    {INCIDENT_MITIGATED, EVENT_INCIDENT_RESOLVED, INCIDENT_RESOLVED, "A person closed it.",
     take_resolved},
};

static const struct incident_row *find_row(enum incident_state from, enum event_kind on)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].from == from && rows[i].on == on)
            return &rows[i];
    }
    return NULL;
}

const char *incident_row_sentence(enum incident_state from, enum event_kind on)
{
    const struct incident_row *row = find_row(from, on);
    return row ? row->sentence : NULL;
}

const char *incident_state_name(enum incident_state state)
{
    static const char *const names[INCIDENT_STATES] = {"open", "acknowledged", "mitigated",
                                                       "resolved"};
    return names[state];
}

void incidents_init(struct incidents *incidents, struct arena *arena)
{
    *incidents = (struct incidents){.arena = arena};
    map_init(&incidents->rules, (size_t)LIMIT_RULES * 2 + LIMIT_INBOUND_GROUPS);
    map_init(&incidents->followed, (size_t)LIMIT_RULES * 2 + LIMIT_INBOUND_GROUPS);
}

void incidents_done(struct incidents *incidents)
{
    map_done(&incidents->rules);
    map_done(&incidents->followed);
}

struct incident *incident_find(const struct incidents *incidents, int64_t number)
{
    size_t low = 0;
    size_t high = incidents->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (incidents->items[middle]->number < number)
            low = middle + 1;
        else
            high = middle;
    }
    bool found = low < incidents->count && incidents->items[low]->number == number;
    return found ? incidents->items[low] : NULL;
}

const struct incident_rule *incident_rule_next(const struct incidents *incidents,
                                               const struct incident *incident, size_t *at)
{
    struct map_entry *entry;
    while ((entry = map_next(&incidents->rules, at))) {
        const struct incident_rule *rule = entry->value;
        if (rule->incident == incident)
            return rule;
    }
    return NULL;
}

/* Takes the rule out of the list of those that follow its cause. */
static void unfollow(struct incidents *incidents, struct incident_rule *rule)
{
    struct str cause = str_of(rule->follows);
    if (cause.n == 0)
        return;
    if (rule->follower_after)
        rule->follower_after->follower_before = rule->follower_before;
    if (rule->follower_before)
        rule->follower_before->follower_after = rule->follower_after;
    else if (!rule->follower_after)
        (void)map_remove(&incidents->followed, cause);
    else if (!map_put(&incidents->followed, cause, rule->follower_after))
        abort(); /* it takes the place of this one */
    rule->follower_before = rule->follower_after = NULL;
    rule->follows[0] = '\0';
}

static void follow(struct incidents *incidents, struct incident_rule *rule, struct str cause)
{
    unfollow(incidents, rule);
    str_keep(rule->follows, sizeof rule->follows, cause);
    struct str key = str_of(rule->follows);
    if (key.n == 0)
        return;
    rule->follower_after = map_find(&incidents->followed, key);
    if (rule->follower_after)
        rule->follower_after->follower_before = rule;
    if (!map_put(&incidents->followed, key, rule))
        abort(); /* there are no more causes than rules that follow them */
}

static void drop_rule(struct incidents *incidents, struct incident_rule *rule)
{
    unfollow(incidents, rule);
    if (rule->incident)
        rule->incident->rule_count--;
    map_remove(&incidents->rules, str_of(rule->id));
    *rule = (struct incident_rule){.next_free = incidents->free_rules};
    incidents->free_rules = rule;
}

/* Rules beyond the table: those that no longer fire have done their duty. */
static void make_room(struct incidents *incidents)
{
    struct map_entry *entry;
    size_t at = 0;
    if (incidents->rules.count < incidents->rules.max)
        return;
    while ((entry = map_next(&incidents->rules, &at))) {
        struct incident_rule *rule = entry->value;
        if (rule->firing)
            continue;
        drop_rule(incidents, rule);
        return;
    }
}

static void join_rule(struct incidents *incidents, struct incident *incident, struct str id,
                      int64_t line)
{
    struct incident_rule *rule = map_find(&incidents->rules, id);
    if (id.n == 0)
        return;
    if (!rule) {
        make_room(incidents);
        rule = incidents->free_rules ? incidents->free_rules
                                     : arena_make(incidents->arena, struct incident_rule);
        if (!map_put(&incidents->rules, id, rule))
            return; /* more rules fire than a runbook can have: a foreign ledger */
        if (rule == incidents->free_rules)
            incidents->free_rules = rule->next_free;
        *rule = (struct incident_rule){0};
        str_keep(rule->id, sizeof rule->id, id);
    }
    if (rule->incident)
        rule->incident->rule_count--;
    incident->rule_count++;
    rule->incident = incident;
    rule->line = line ? line : rule->line;
    rule->firing = true;
    rule->covered = false;
    rule->retired = false;
    unfollow(incidents, rule);
    rule->alone_since = (struct instant){0};
}

void incident_move_rules(struct incidents *incidents, struct incident *from, struct incident *to)
{
    struct map_entry *entry;
    size_t at = 0;
    while ((entry = map_next(&incidents->rules, &at))) {
        struct incident_rule *rule = entry->value;
        if (rule->incident != from || !rule->firing)
            continue;
        rule->incident = to;
        from->rule_count--;
        to->rule_count++;
    }
}

static void remove_incident(struct incidents *incidents, struct incident *incident)
{
    struct map_entry *entry;
    size_t at = 0;
    while ((entry = map_next(&incidents->rules, &at))) {
        struct incident_rule *rule = entry->value;
        if (rule->incident != incident)
            continue;
        if (rule->covered)
            rule->incident = NULL;
        else
            drop_rule(incidents, rule);
    }
    for (size_t i = incident->slot + 1; i < incidents->count; i++) {
        incidents->items[i - 1] = incidents->items[i];
        incidents->items[i - 1]->slot = i - 1;
    }
    incidents->count--;
    incident_drop_work(incidents, incident);
    incident->next_free = incidents->free_incidents;
    incidents->free_incidents = incident;
}

/* Resolved incidents leave the state when nothing can reopen them any more. */
static void remove_closed(struct incidents *incidents, struct instant at)
{
    bool has_removed = false;
    if (at.us <= incidents->kept_until.us)
        return;
    incidents->kept_until = (struct instant){INT64_MAX};
    for (size_t i = incidents->count; i-- > 0;) {
        struct incident *incident = incidents->items[i];
        /* One that was merged stays as long as the other one: what has its cause joins that. */
        if (incident->state != INCIDENT_RESOLVED ||
            (incident->merged_into && incident_find(incidents, incident->merged_into)))
            continue;
        /* What is left of a breach is still to be done, and the law's clock runs on. */
        struct instant until = incident->reopen_until;
        if (incident->breach && until.us < breach_kept_until(incident->breach).us)
            until = breach_kept_until(incident->breach);
        if (until.us < at.us) {
            remove_incident(incidents, incident);
            has_removed = true;
        } else if (until.us < incidents->kept_until.us) {
            incidents->kept_until = until;
        }
    }
    if (has_removed)
        incidents->kept_until = (struct instant){0};
}

static void remove_oldest_closed(struct incidents *incidents)
{
    for (size_t i = 0; i < incidents->count; i++) {
        if (incidents->items[i]->state != INCIDENT_RESOLVED)
            continue;
        remove_incident(incidents, incidents->items[i]);
        return;
    }
}

static void fold_opened(struct incidents *incidents, const struct event *event)
{
    int64_t number = event_int(event, "number");
    if (number <= incidents->last_number || incidents->open_count >= LIMIT_INCIDENTS_OPEN)
        return;
    if (incidents->count == sizeof incidents->items / sizeof *incidents->items)
        remove_oldest_closed(incidents);
    struct incident *incident = incidents->free_incidents;
    if (incident)
        incidents->free_incidents = incident->next_free;
    else
        incident = arena_make(incidents->arena, struct incident);
    *incident = (struct incident){.number = number,
                                  .slot = incidents->count,
                                  .line = event_int(event, "line"),
                                  .opened = event->at,
                                  .begun = event->at,
                                  .clock_from = event->at,
                                  .update_from = event->at,
                                  .paged_from = event->at,
                                  .runs = incident->runs};
    str_keep(incident->severity, sizeof incident->severity, event_str(event, "severity"));
    str_keep(incident->title, sizeof incident->title, event_str(event, "title"));
    str_keep(incident->cause, sizeof incident->cause, event_str(event, "cause"));
    str_keep(incident->rule, sizeof incident->rule, event_str(event, "rule"));
    incidents->items[incidents->count++] = incident;
    incidents->open_count++;
    incidents->last_number = number;
    join_rule(incidents, incident, event_str(event, "rule"), incident->line);
}

static void cover_rules(struct incidents *incidents, const struct incident *incident)
{
    struct map_entry *entry;
    size_t at = 0;
    while ((entry = map_next(&incidents->rules, &at))) {
        struct incident_rule *rule = entry->value;
        if (rule->incident != incident)
            continue;
        /* One that has left the runbook opens an incident again when it comes back. */
        rule->firing = rule->firing && !rule->retired;
        rule->covered = rule->firing;
    }
}

static void fold_row(struct incidents *incidents, struct incident *incident,
                     const struct event *event)
{
    const struct incident_row *row = find_row(incident->state, event->kind);
    if (!row)
        return;
    row->take(incident, event);
    incidents->open_count += row->from == INCIDENT_RESOLVED;
    incidents->open_count -= row->to == INCIDENT_RESOLVED;
    incidents->kept_until = (struct instant){0};
    incident->state = row->to;
    if (event->kind == EVENT_INCIDENT_REOPENED)
        join_rule(incidents, incident, event_str(event, "rule"), 0);
    if (event->kind == EVENT_INCIDENT_RESOLVED)
        cover_rules(incidents, incident);
}

static void fold_escalated(struct incident *incident, const struct event *event)
{
    int64_t step = event_int(event, "step");
    if (step < 1 || step > SEVERITY_STEPS_MAX)
        return;
    if (event_str(event, "words").n > 0)
        incident_add_step(incident, event_str(event, "words"));
    else
        incident->steps_done |= 1U << (step - 1);
    incident_add_escalation(incident, event);
}

/* Another party is told, as by an escalation; after the last step there is none. */
static void fold_unreached(struct incident *incident, const struct event *event)
{
    int64_t step = event_int(event, "step");
    if (step < 1 || step > INCIDENT_UNREACHED_LAST)
        return;
    incident->unreached = (int)step;
    if (step < INCIDENT_UNREACHED_LAST)
        incident_add_escalation(incident, event);
}

static void fold_retitled(struct incident *incident, const struct event *event)
{
    str_keep(incident->title, sizeof incident->title, event_str(event, "title"));
    str_keep(incident->rule, sizeof incident->rule, event_str(event, "rule"));
    incident->line = event_int(event, "line");
}

static void fold_followed(struct incidents *incidents, struct incident *incident,
                          const struct event *event)
{
    join_rule(incidents, incident, event_str(event, "rule"), event_int(event, "line"));
    struct incident_rule *rule = map_find(&incidents->rules, event_str(event, "rule"));
    if (rule)
        follow(incidents, rule, event_str(event, "cause_rule"));
}

/* Those that follow a rule are alone from its end on, and no longer when it fires again. */
static void fold_followers(struct incidents *incidents, const struct event *event)
{
    struct instant since = event->at;
    if (event->kind == EVENT_ALERT_FIRED)
        since = (struct instant){0};
    if (event->kind != EVENT_ALERT_FIRED && event->kind != EVENT_ALERT_RESOLVED &&
        event->kind != EVENT_ALERT_RETIRED)
        return;
    struct incident_rule *rule = map_find(&incidents->followed, event_str(event, "rule"));
    for (; rule; rule = rule->follower_after)
        rule->alone_since = since;
}

static void fold_rule_state(struct incidents *incidents, const struct event *event)
{
    fold_followers(incidents, event);
    struct incident_rule *rule = map_find(&incidents->rules, event_str(event, "rule"));
    if (!rule)
        return;
    rule->retired = event->kind == EVENT_ALERT_RETIRED && rule->firing && rule->incident &&
                    rule->incident->state != INCIDENT_RESOLVED;
    if (rule->retired || (event->kind != EVENT_ALERT_FIRED && event->kind != EVENT_ALERT_RESOLVED &&
                          event->kind != EVENT_ALERT_RETIRED))
        return; /* it keeps its incident going as before */
    rule->firing = event->kind == EVENT_ALERT_FIRED;
    rule->covered = false;
    if (!rule->incident)
        drop_rule(incidents, rule);
}

void incident_fold_group(struct incidents *incidents, struct str group, bool firing)
{
    struct incident_rule *rule = map_find(&incidents->rules, group);
    if (!rule)
        return;
    rule->firing = firing;
    rule->covered = false;
    if (!rule->incident)
        drop_rule(incidents, rule);
}

/* Heartbeats are rules to incidents, by an id of their own. */
static void fold_beat(struct incidents *incidents, const struct event *event)
{
    struct incident_rule *rule = map_find(&incidents->rules, event_str(event, "rule"));
    bool gone = event->kind == EVENT_BEAT_DROPPED;
    if (!rule || event->kind == EVENT_BEAT_EXPECTED)
        return;
    rule->retired =
        gone && rule->firing && rule->incident && rule->incident->state != INCIDENT_RESOLVED;
    if (rule->retired)
        return; /* it keeps its incident going as before */
    rule->firing = !gone && event->kind != EVENT_BEAT_BACK;
    rule->covered = false;
    if (!rule->incident)
        drop_rule(incidents, rule);
}

void incident_shift(struct instant *at, int64_t by_ms)
{
    if (!instant_is_zero(*at))
        *at = instant_add_ms(*at, by_ms);
}

static void fold_step(struct incidents *incidents, int64_t by_ms)
{
    struct map_entry *entry;
    size_t at_rule = 0;
    incidents->kept_until = (struct instant){0};
    while ((entry = map_next(&incidents->rules, &at_rule)))
        incident_shift(&((struct incident_rule *)entry->value)->alone_since, by_ms);
    for (size_t i = 0; i < incidents->count; i++) {
        struct incident *incident = incidents->items[i];
        incident_shift(&incident->begun, by_ms);
        incident_shift(&incident->clock_from, by_ms);
        incident_shift(&incident->paged_from, by_ms);
        incident_shift(&incident->reopen_until, by_ms);
        incident_shift(&incident->missed_at, by_ms);
        incident_shift(&incident->update_from, by_ms);
        incident_shift(&incident->update_missed_at, by_ms);
        incident_shift_levels(incident, by_ms);
        breach_shift(incident->breach, by_ms);
        for (size_t at = 0; at < incident->role_count; at++)
            incident_shift(&incident->roles[at].since, by_ms);
        for (size_t at = 0; at < incident->escalation_count; at++)
            incident_shift(&incident->escalations[at].at, by_ms);
    }
}

static void fold_known(struct incidents *incidents, struct incident *incident,
                       const struct event *event)
{
    if (event->kind == EVENT_INCIDENT_JOINED) {
        join_rule(incidents, incident, event_str(event, "rule"), event_int(event, "line"));
    } else if (event->kind == EVENT_INCIDENT_FOLLOWED) {
        fold_followed(incidents, incident, event);
    } else if (event->kind == EVENT_INCIDENT_SEVERITY_CHANGED) {
        incident_fold_severity(incident, event);
    } else if (event->kind == EVENT_INCIDENT_RETITLED) {
        fold_retitled(incident, event);
    } else if (event->kind == EVENT_INCIDENT_UNREACHED) {
        fold_unreached(incident, event);
    } else if (event->kind == EVENT_INCIDENT_RESPONSE_MISSED) {
        incident_fold_missed(incident, event);
    } else if (event->kind == EVENT_INCIDENT_ESCALATED) {
        fold_escalated(incident, event);
    } else if (event->kind == EVENT_INCIDENT_NOTED) {
        incident->note_count++;
        incident->update_from = event->at;
        incident->update_missed_at = (struct instant){0};
    } else if (event->kind == EVENT_INCIDENT_TICKED) {
        incident_fold_ticked(incident, event);
    } else {
        fold_row(incidents, incident, event);
    }
}

void incident_fold(struct incidents *incidents, const struct event *event)
{
    /* The clock's own step comes first: an old entry is not late because the clock went ahead. */
    if (event->kind == EVENT_CLOCK_STEPPED)
        fold_step(incidents, event_int(event, "by_ms"));
    if (event->kind == EVENT_INCIDENT_OPENED) {
        fold_opened(incidents, event);
    } else if (event->kind >= EVENT_ALERT_PENDING && event->kind <= EVENT_ALERT_RETIRED) {
        fold_rule_state(incidents, event);
    } else if (event->kind >= EVENT_BEAT_EXPECTED && event->kind <= EVENT_BEAT_DROPPED) {
        fold_beat(incidents, event);
    } else if (event->kind > EVENT_INCIDENT_OPENED && event->kind <= EVENT_INCIDENT_RESOLVED) {
        struct incident *incident = incident_find(incidents, event_int(event, "number"));
        if (incident)
            fold_known(incidents, incident, event);
        if (event->kind == EVENT_INCIDENT_RESOLVED || event->kind == EVENT_INCIDENT_REOPENED)
            incident_fold_ended(incidents, event);
    } else if (event->kind >= EVENT_INCIDENT_ROLE_GIVEN && event->kind <= EVENT_INCIDENT_UNTICKED) {
        incident_fold_life(incidents, event);
    } else if (event->kind >= EVENT_RUN_OPENED && event->kind <= EVENT_RUN_ENDED) {
        incident_fold_runs(incidents, event);
    }
    remove_closed(incidents, event->at);
}
