/* alert.c - the state machine, as folds and decisions. */
#include "alert/alert.h"

#include <math.h>

void alerts_init(struct alerts *alerts, struct arena *arena)
{
    *alerts = (struct alerts){.arena = arena};
    map_init(&alerts->table, LIMIT_RULES * 2);
    silences_init(&alerts->silences);
}

void alerts_done(struct alerts *alerts)
{
    map_done(&alerts->table);
}

const struct alert *alert_find(const struct alerts *alerts, struct str rule)
{
    return map_find(&alerts->table, rule);
}

const struct alert *alert_next(const struct alerts *alerts, size_t *at)
{
    struct map_entry *entry = map_next(&alerts->table, at);
    return entry ? entry->value : NULL;
}

int64_t alert_held_ms(const struct alert *alert, struct instant now)
{
    int64_t held_ms = instant_ms_between(alert->since, now) - alert->frozen_ms;
    if (!instant_is_zero(alert->unknown_since))
        held_ms -= instant_ms_between(alert->unknown_since, now);
    return held_ms > 0 ? held_ms : 0;
}

const char *alert_state_name(enum alert_state state)
{
    switch (state) {
    case ALERT_INACTIVE: return "inactive";
    case ALERT_PENDING: return "pending";
    case ALERT_FIRING: return "firing";
    }
    return "";
}

static struct instant later_of(struct instant a, struct instant b)
{
    return instant_before(a, b) ? b : a;
}

static int64_t length_of(struct instant from, struct instant to)
{
    return instant_before(from, to) ? instant_ms_between(from, to) : 0;
}

/* What an alert that is not pending keeps over a start: how long it was quiet, or missing. */
static void keep_lengths(struct alert *alert, struct instant last_seen, struct instant started,
                         struct instant now)
{
    int64_t gap_ms = length_of(last_seen, now);
    bool goes_on = gap_ms <= QUIET_GAP_MS;
    if (!instant_is_zero(alert->unknown_since))
        alert->missed_ms += length_of(later_of(alert->unknown_since, started), last_seen);
    if (alert->flap.is_flapping)
        alert->flap.swung = goes_on ? instant_add_ms(alert->flap.swung, gap_ms) : now;
    if (instant_is_zero(alert->calm_since))
        return;
    if (goes_on) {
        alert->calm_since = instant_add_ms(alert->calm_since, gap_ms);
        return;
    }
    alert->calm_ms += length_of(alert->calm_since, last_seen);
    alert->calm_since = (struct instant){0};
}

/* What happened while nobody ran is not known: it does not count toward `for`, and after more than
 * a moment a quiet time begins anew. */
static void fold_start(struct alerts *alerts, const struct event *event)
{
    struct instant last_seen = event_instant(event, "last_seen");
    struct instant started = alerts->started;
    if (!instant_is_zero(started))
        ran_add(&alerts->ran, started, last_seen);
    alerts->started = alerts->emptied = event->at;
    size_t at = 0;
    struct map_entry *entry;
    while ((entry = map_next(&alerts->table, &at))) {
        struct alert *alert = entry->value;
        keep_lengths(alert, last_seen, started, event->at);
        if (alert->state != ALERT_PENDING || !instant_is_zero(alert->unknown_since))
            continue;
        struct instant from = instant_before(last_seen, alert->since) ? alert->since : last_seen;
        if (instant_before(from, event->at))
            alert->frozen_ms += instant_ms_between(from, event->at);
    }
}

static void shift(struct instant *at, int64_t by_ms)
{
    if (!instant_is_zero(*at))
        *at = instant_add_ms(*at, by_ms);
}

/* A step of the wall clock moves what is being counted with it: five minutes stay five minutes. */
static void fold_step(struct alerts *alerts, int64_t by_ms)
{
    struct map_entry *entry;
    size_t at = 0;
    shift(&alerts->started, by_ms);
    ran_shift(&alerts->ran, by_ms);
    while ((entry = map_next(&alerts->table, &at))) {
        struct alert *alert = entry->value;
        shift(&alert->since, by_ms);
        shift(&alert->calm_since, by_ms);
        shift(&alert->unknown_since, by_ms);
        shift(&alert->closed, by_ms);
        flap_shift(&alert->flap, by_ms);
    }
}

static struct alert *alert_for(struct alerts *alerts, const struct event *event)
{
    struct str rule = event_str(event, "rule");
    struct alert *alert = map_find(&alerts->table, rule);
    if (!alert) {
        alert = arena_make(alerts->arena, struct alert);
        if (!map_put(&alerts->table, rule, alert))
            return NULL;
        alert->rule = str_copy(alerts->arena, rule);
        alert->title = str_copy(alerts->arena, event_str(event, "title"));
    }
    alert->line = event_int(event, "line");
    return alert;
}

/* The alert of a rule that fired when it left the runbook stays as long as its incident does: were
 * it forgotten, the incident would pass for over as soon as the rule comes back. */
static void fold_retired(struct alerts *alerts, struct alert *alert)
{
    alert->retired = alert->state == ALERT_FIRING && alert->incident != 0;
    alert->calm_since = (struct instant){0};
    if (!alert->retired)
        (void)map_remove(&alerts->table, alert->rule);
}

static void fold_joined(const struct alerts *alerts, const struct event *event)
{
    struct alert *alert = map_find(&alerts->table, event_str(event, "rule"));
    if (alert)
        alert->incident = event_int(event, "number");
}

static void fold_resolved(struct alerts *alerts, int64_t number, struct instant at_time)
{
    struct map_entry *entry;
    size_t at = 0;
    while ((entry = map_next(&alerts->table, &at))) {
        struct alert *alert = entry->value;
        if (alert->incident != number)
            continue;
        alert->incident = 0;
        alert->closed = at_time;
        if (alert->retired)
            (void)map_remove(&alerts->table, alert->rule);
    }
}

/* What belonged to an incident belongs to the one that it was merged into. */
static void fold_merged(struct alerts *alerts, int64_t number, int64_t into)
{
    struct map_entry *entry;
    size_t at = 0;
    while ((entry = map_next(&alerts->table, &at))) {
        struct alert *alert = entry->value;
        if (alert->incident == number)
            alert->incident = into;
    }
}

static void set_state(struct alert *alert, enum alert_state state, struct instant at)
{
    alert->state = state;
    alert->since = at;
    alert->calm_since = (struct instant){0};
    alert->calm_ms = 0;
    alert->paused_ms = 0;
    alert->frozen_ms = 0;
}

/* Not quiet any more: it begins anew. */
static void end_quiet(struct alert *alert)
{
    alert->calm_since = (struct instant){0};
    alert->calm_ms = 0;
}

/* Quiet until it became unknown. Where the telemetry has just begun anew, it goes on once that is
 * over in a moment. */
static void pause_quiet(struct alert *alert, struct instant at, struct instant emptied)
{
    bool begins = instant_ms_between(emptied, at) < START_GRACE_MS;
    bool quiet = !instant_is_zero(alert->calm_since);
    alert->paused_ms = begins && quiet ? instant_ms_between(alert->calm_since, at) : 0;
    alert->paused_calm_ms = alert->calm_ms;
    end_quiet(alert);
}

static void resume_quiet(struct alert *alert, struct instant at, int64_t unknown_ms)
{
    if (alert->paused_ms > 0 && unknown_ms <= QUIET_GAP_MS) {
        alert->calm_since = instant_add_ms(at, -alert->paused_ms);
        alert->calm_ms = alert->paused_calm_ms;
    }
    alert->paused_ms = 0;
}

static void keep_reason(struct alert *alert, struct str reason)
{
    size_t n = reason.n < sizeof alert->reason - 1 ? reason.n : sizeof alert->reason - 1;
    if (n > 0)
        memcpy(alert->reason, reason.p, n);
    alert->reason[n] = '\0';
}

static void fold_alert(struct alert *alert, const struct event *event, struct instant emptied)
{
    alert->retired = false;
    flap_fold(&alert->flap, event);
    switch ((unsigned)event->kind) { /* the rest is passed over */
    case EVENT_ALERT_PENDING:
        if (alert->state == ALERT_FIRING)
            end_quiet(alert);
        else
            set_state(alert, ALERT_PENDING, event->at);
        break;
    case EVENT_ALERT_CALMED:
        if (alert->state == ALERT_FIRING)
            alert->calm_since = event->at;
        else
            set_state(alert, ALERT_INACTIVE, event->at);
        break;
    case EVENT_ALERT_FIRED: set_state(alert, ALERT_FIRING, event->at); break;
    case EVENT_ALERT_RESOLVED: set_state(alert, ALERT_INACTIVE, event->at); break;
    case EVENT_ALERT_HELD: end_quiet(alert); break;
    case EVENT_ALERT_UNKNOWN:
        alert->unknown_since = event->at;
        alert->missed_ms = event_int(event, "missed_ms");
        pause_quiet(alert, event->at, emptied);
        keep_reason(alert, event_str(event, "reason"));
        break;
    case EVENT_ALERT_KNOWN:
        alert->frozen_ms += event_int(event, "unknown_ms");
        alert->unknown_since = (struct instant){0};
        resume_quiet(alert, event->at, event_int(event, "unknown_ms"));
        break;
    default: break;
    }
}

void alert_fold(struct alerts *alerts, const struct event *event)
{
    silence_fold(&alerts->silences, event);
    if (event->kind == EVENT_NODE_STARTED) {
        fold_start(alerts, event);
        return;
    }
    if (event->kind == EVENT_CLOCK_STEPPED) {
        fold_step(alerts, event_int(event, "by_ms"));
        alerts->emptied = alerts->stepped = event->at;
        return;
    }
    if (event->kind == EVENT_INCIDENT_OPENED || event->kind == EVENT_INCIDENT_JOINED ||
        event->kind == EVENT_INCIDENT_FOLLOWED || event->kind == EVENT_INCIDENT_REOPENED)
        fold_joined(alerts, event);
    if (event->kind == EVENT_INCIDENT_RESOLVED)
        fold_resolved(alerts, event_int(event, "number"), event->at);
    if (event->kind == EVENT_INCIDENT_MERGED)
        fold_merged(alerts, event_int(event, "number"), event_int(event, "into"));
    if (event->kind < EVENT_ALERT_PENDING || event->kind > EVENT_ALERT_STEADY)
        return;
    struct alert *alert = alert_for(alerts, event);
    if (alert && event->kind == EVENT_ALERT_RETIRED)
        fold_retired(alerts, alert);
    else if (alert)
        fold_alert(alert, event, alerts->emptied);
}

/* What a decision about one rule looks at. */
struct matter {
    const struct rule *rule;
    const struct evaluation *evaluation;
    const struct alert *alert; /* NULL: inactive and known */
    const struct silences *silences;
    struct instant started; /* of the node */
    const struct ran *ran;  /* before that */
    struct instant stepped; /* of the clock */
    struct instant now;
    struct event_list *events;
};

static struct event *add(const struct matter *matter, enum event_kind kind)
{
    struct arena *arena = matter->events->arena;
    struct event *event =
        event_list_add(matter->events, kind, matter->now, STR("reeve"),
                       str_printf(arena, "rule:%.*s", STR_ARGS(matter->rule->id)));
    event_set_str(event, "rule", str_copy(arena, matter->rule->id));
    event_set_int(event, "line", matter->rule->line);
    event_set_str(event, "title", str_copy(arena, matter->rule->title));
    return event;
}

static struct event *add_valued(const struct matter *matter, enum event_kind kind)
{
    struct event *event = add(matter, kind);
    double value = matter->evaluation->value;
    event_set_real(event, "value", isfinite(value) ? value : 0);
    event_set_str(event, "value_text",
                  str_copy(matter->events->arena, matter->evaluation->value_text));
    return event;
}

static void decide_pending(const struct matter *matter, int64_t for_ms)
{
    event_set_int(add_valued(matter, EVENT_ALERT_PENDING), "for_ms", for_ms);
}

static void decide_fired(const struct matter *matter, int64_t held_ms)
{
    struct arena *arena = matter->events->arena;
    struct event *event = add_valued(matter, EVENT_ALERT_FIRED);
    event_set_str(event, "level", str_copy(arena, matter->rule->level));
    event_set_str(event, "signal", str_copy(arena, matter->rule->signal_name));
    event_set_str(event, "series", str_copy(arena, matter->evaluation->series));
    event_set_int(event, "held_ms", held_ms);
    event_set_int(event, "muted", silence_of_rule(matter->silences, matter->rule) != NULL);
}

/* Do collectors still have their time to connect? Once for what nothing was heard of meanwhile,
 * however often it is started again. */
static bool is_grace(const struct matter *matter)
{
    const struct alert *alert = matter->alert;
    int64_t ran_ms = instant_ms_between(matter->started, matter->now);
    struct instant heard = matter->evaluation->heard;
    if (instant_before(heard, matter->stepped))
        heard = (struct instant){0};
    if (instant_is_zero(heard) && alert)
        heard = alert->unknown_since;
    if (ran_ms >= CONNECT_MS && !instant_is_zero(heard))
        ran_ms += ran_begun_since_ms(matter->ran, heard);
    return ran_ms < START_GRACE_MS;
}

/* For how long it has been missing when that is said: what was read before a start is known to be
 * missing since it would have been silent, and the time while nobody ran does not count. */
static int64_t missed_ms(const struct matter *matter)
{
    struct instant since = matter->evaluation->missing_since;
    bool moved = instant_before(since, matter->stepped); /* by how much cannot be told */
    if (instant_is_zero(since) || moved ||
        (matter->alert && matter->alert->state != ALERT_INACTIVE))
        return 0;
    return ran_since_ms(matter->ran, since) +
           length_of(later_of(since, matter->started), matter->now);
}

/* Missing for its time. What was missed before a start counts, the time between does not, and the
 * collectors get their time to connect first. */
static void decide_missing(const struct matter *matter)
{
    const struct alert *alert = matter->alert;
    struct arena *arena = matter->events->arena;
    struct instant from = later_of(alert->unknown_since, matter->started);
    int64_t missing_ms = alert->missed_ms + instant_ms_between(from, matter->now);
    if (matter->rule->policy.missing != MISSING_FIRES || alert->state == ALERT_FIRING ||
        missing_ms < matter->rule->policy.missing_ms || is_grace(matter))
        return;
    struct evaluation missing = *matter->evaluation;
    missing.value_text =
        str_printf(arena, "missing for %.*s: %.*s", STR_ARGS(duration_text(arena, missing_ms)),
                   STR_ARGS(missing.reason));
    struct matter told = *matter;
    told.evaluation = &missing;
    decide_fired(&told, missing_ms);
}

static void decide_unknown(const struct matter *matter)
{
    const struct alert *alert = matter->alert;
    bool pending = alert && alert->state == ALERT_PENDING;
    bool calmed = alert && !instant_is_zero(alert->calm_since);
    if (alert && !instant_is_zero(alert->unknown_since)) {
        decide_missing(matter);
        return;
    }
    /* One that stays as it is says it only where a time is being counted, which stops. */
    bool stays = matter->rule->policy.missing == MISSING_STAYS && !calmed;
    if (!pending && !calmed && (stays || is_grace(matter)))
        return;
    struct event *event = add(matter, EVENT_ALERT_UNKNOWN);
    event_set_str(event, "reason", str_copy(matter->events->arena, matter->evaluation->reason));
    event_set_int(event, "missed_ms", missed_ms(matter));
}

static void decide_known(const struct matter *matter)
{
    struct event *event = add(matter, EVENT_ALERT_KNOWN);
    event_set_str(event, "value_text",
                  str_copy(matter->events->arena, matter->evaluation->value_text));
    event_set_int(event, "unknown_ms",
                  instant_ms_between(matter->alert->unknown_since, matter->now));
}

static int64_t quiet_ms(const struct matter *matter)
{
    const struct evaluation *evaluation = matter->evaluation;
    if (evaluation->truth == TRUTH_TOO_LITTLE || evaluation->reason.n > 0)
        return QUIET_NO_TRAFFIC_MS;
    if (matter->alert->flap.is_flapping)
        return FLAP_QUIET_MS;
    int64_t for_ms = matter->rule->for_ms;
    if (for_ms < QUIET_LEAST_MS)
        return QUIET_LEAST_MS;
    return for_ms < QUIET_MOST_MS ? for_ms : QUIET_MOST_MS;
}

static bool is_quiet(const struct matter *matter)
{
    int64_t calm_ms = instant_ms_between(matter->alert->calm_since, matter->now);
    return calm_ms >= quiet_ms(matter) &&
           calm_ms + matter->alert->calm_ms >= matter->rule->policy.keeps_firing_ms;
}

/* True when there was something to say of it. */
static bool decide_flapping(const struct matter *matter)
{
    const struct flap *flap = &matter->alert->flap;
    bool steady = matter->evaluation->truth == TRUTH_TRUE &&
                  instant_is_zero(matter->alert->calm_since) && flap_is_quiet(flap, matter->now);
    int64_t changes = flap_changes(flap, matter->now);
    if (flap->is_flapping && steady) {
        (void)add_valued(matter, EVENT_ALERT_STEADY);
        return true;
    }
    if (flap->is_flapping || changes < FLAP_CHANGES)
        return false;
    struct event *event = add(matter, EVENT_ALERT_FLAPPING);
    event_set_int(event, "changes", changes);
    event_set_int(event, "within_ms", FLAP_WITHIN_MS);
    return true;
}

static void decide_firing(const struct matter *matter)
{
    struct instant calm = matter->alert->calm_since;
    bool unrecovered = matter->rule->policy.has_recovery &&
                       matter->evaluation->truth == TRUTH_FALSE &&
                       (matter->evaluation->unrecovered == TRUTH_TRUE ||
                        matter->evaluation->unrecovered == TRUTH_UNKNOWN);
    /* What was quiet before a start is only remembered to keep it firing. */
    bool quiet = !instant_is_zero(calm) ||
                 (matter->alert->calm_ms > 0 && matter->rule->policy.keeps_firing_ms > 0);
    if (decide_flapping(matter))
        return;
    if (matter->evaluation->truth == TRUTH_TRUE) {
        if (quiet || matter->alert->retired)
            decide_pending(matter, 0);
    } else if (unrecovered) {
        if (quiet || matter->alert->retired)
            (void)add_valued(matter, EVENT_ALERT_HELD);
    } else if (instant_is_zero(calm)) {
        (void)add_valued(matter, EVENT_ALERT_CALMED);
    } else if (is_quiet(matter)) {
        (void)add_valued(matter, EVENT_ALERT_RESOLVED);
    }
}

static void decide_rule(const struct matter *matter)
{
    bool is_true = matter->evaluation->truth == TRUTH_TRUE;
    if (matter->evaluation->truth == TRUTH_UNKNOWN) {
        decide_unknown(matter);
        return;
    }
    if (matter->alert && !instant_is_zero(matter->alert->unknown_since)) {
        decide_known(matter);
        return;
    }
    switch (matter->alert ? matter->alert->state : ALERT_INACTIVE) {
    case ALERT_INACTIVE:
        if (is_true && matter->rule->for_ms > 0)
            decide_pending(matter, matter->rule->for_ms);
        else if (is_true)
            decide_fired(matter, 0);
        break;
    case ALERT_PENDING:
        if (!is_true)
            (void)add_valued(matter, EVENT_ALERT_CALMED);
        else if (alert_held_ms(matter->alert, matter->now) >= matter->rule->for_ms)
            decide_fired(matter, alert_held_ms(matter->alert, matter->now));
        break;
    case ALERT_FIRING: decide_firing(matter); break;
    }
}

/* One event per rule is enough to remember what it was; inactive known rules leave no alert. */
static void decide_retired(const struct alerts *alerts, const struct map *in_force,
                           struct instant now, struct event_list *out_events)
{
    size_t at = 0;
    const struct alert *alert;
    while ((alert = alert_next(alerts, &at))) {
        if (alert->retired || map_find(in_force, alert->rule))
            continue;
        struct arena *arena = out_events->arena;
        struct event *event = event_list_add(out_events, EVENT_ALERT_RETIRED, now, STR("reeve"),
                                             str_printf(arena, "rule:%.*s", STR_ARGS(alert->rule)));
        event_set_str(event, "rule", str_copy(arena, alert->rule));
        event_set_int(event, "line", alert->line);
        event_set_str(event, "title", str_copy(arena, alert->title));
    }
}

void alert_decide(const struct alerts *alerts, const struct rules *rules,
                  const struct evaluation *evaluations, struct instant now,
                  struct event_list *out_events)
{
    struct map in_force;
    map_init(&in_force, LIMIT_RULES);
    for (size_t i = 0; i < rules->count; i++) {
        struct matter matter = {.rule = &rules->items[i],
                                .evaluation = &evaluations[i],
                                .alert = alert_find(alerts, rules->items[i].id),
                                .silences = &alerts->silences,
                                .started = alerts->started,
                                .ran = &alerts->ran,
                                .stepped = alerts->stepped,
                                .now = now,
                                .events = out_events};
        /* The same sentence twice under one heading is one rule. */
        if (map_find(&in_force, matter.rule->id) ||
            !map_put(&in_force, matter.rule->id, &rules->items[i]))
            continue;
        decide_rule(&matter);
    }
    decide_retired(alerts, &in_force, now, out_events);
    map_done(&in_force);
}

struct str alert_progress(struct arena *arena, const struct alert *alert, const struct rule *rule,
                          const struct evaluation *evaluation, struct instant now)
{
    if (!alert)
        return STR("");
    struct str reason = evaluation && evaluation->truth == TRUTH_UNKNOWN ? evaluation->reason
                                                                         : str_of(alert->reason);
    struct str since = duration_text(arena, instant_ms_between(alert->since, now));
    struct text text;
    text_init(&text, arena, 2048);
    if (alert->state == ALERT_PENDING)
        text_printf(&text, "true for %.*s of %.*s",
                    STR_ARGS(duration_text(arena, alert_held_ms(alert, now))),
                    STR_ARGS(duration_text(arena, rule->for_ms)));
    if (alert->state == ALERT_FIRING)
        text_printf(&text, "firing for %.*s", STR_ARGS(since));
    if (alert->state == ALERT_FIRING && !instant_is_zero(alert->calm_since))
        text_printf(&text, ", quiet for %.*s",
                    STR_ARGS(duration_text(arena, instant_ms_between(alert->calm_since, now) /
                                                      1000 * 1000)));
    if (alert->flap.is_flapping)
        text_printf(&text, ", flapping: %lld changes in %.*s", (long long)alert->flap.said,
                    STR_ARGS(duration_text(arena, FLAP_WITHIN_MS)));
    if (instant_is_zero(alert->unknown_since))
        return text_str(&text);
    text_printf(&text, "%sunknown for %.*s: %.*s", text.n > 0 ? "; " : "",
                STR_ARGS(duration_text(arena, instant_ms_between(alert->unknown_since, now))),
                STR_ARGS(reason));
    return text_str(&text);
}
