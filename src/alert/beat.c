/* beat.c - when a heartbeat is due, what it is, and what of that is to be recorded. */
#include "alert/beat.h"

#include "base/text.h"

#include <stdio.h>

void beat_rule_id(struct str name, char out_rule[BEAT_RULE_BYTES])
{
    char named[16 + BEAT_NAME_BYTES];
    int n = snprintf(named, sizeof named, "heartbeat %.*s", STR_ARGS(str_cut(name, 64)));
    (void)snprintf(out_rule, BEAT_RULE_BYTES, "%016llx",
                   (unsigned long long)str_hash((struct str){named, (size_t)n}));
}

bool beat_name_is_good(struct str name)
{
    if (name.n == 0 || name.n >= BEAT_NAME_BYTES || !byte_is_alnum(name.p[0]))
        return false;
    for (size_t i = 0; i < name.n; i++)
        if (!byte_is_alnum(name.p[i]) && !memchr("-_.", name.p[i], 3))
            return false;
    return true;
}

void beats_init(struct beats *beats, struct arena *arena)
{
    *beats = (struct beats){.arena = arena};
}

struct beat *beat_find(const struct beats *beats, struct str name)
{
    for (size_t i = 0; i < beats->count; i++)
        if (str_is(name, beats->items[i]->name))
            return beats->items[i];
    return NULL;
}

/* NULL: a ledger of another company, with more of them than one can have. */
static struct beat *find_or_add(struct beats *beats, struct str name)
{
    struct beat *beat = beat_find(beats, name);
    if (beat || beats->count == sizeof beats->items / sizeof *beats->items)
        return beat;
    if (!beats->items[beats->count]) /* else one that was dropped */
        beats->items[beats->count] = arena_make(beats->arena, struct beat);
    beat = beats->items[beats->count++];
    *beat = (struct beat){0};
    str_keep(beat->name, sizeof beat->name, name);
    beat_rule_id(name, beat->rule);
    return beat;
}

static void drop(struct beats *beats, struct beat *beat)
{
    for (size_t i = 0; i < beats->count; i++) {
        if (beats->items[i] != beat)
            continue;
        beats->items[i] = beats->items[--beats->count];
        beats->items[beats->count] = beat; /* its memory is used again */
        return;
    }
}

static void shift(struct instant *at, int64_t by_ms)
{
    if (!instant_is_zero(*at))
        *at = instant_add_ms(*at, by_ms);
}

static void fold_step(struct beats *beats, int64_t by_ms)
{
    for (size_t i = 0; i < beats->count; i++) {
        struct beat *beat = beats->items[i];
        struct instant *times[] = {&beat->expected, &beat->since, &beat->heard.done,
                                   &beat->heard.begun, &beat->heard.failed};
        for (size_t k = 0; k < sizeof times / sizeof *times; k++)
            shift(times[k], by_ms);
    }
    shift(&beats->started, by_ms);
    ran_shift(&beats->ran, by_ms);
}

static void fold_start(struct beats *beats, const struct event *event)
{
    struct ran *ran = &beats->ran;
    /* Of many starts the oldest runs become one, so that starts without end hide nothing. */
    if (ran->count == RUNS_KEPT)
        ran->runs[1].from = ran->runs[0].from;
    if (!instant_is_zero(beats->started))
        ran_add(ran, beats->started, event_instant(event, "last_seen"));
    beats->started = event->at;
}

static enum beat_trouble trouble_of(enum event_kind kind)
{
    return kind == EVENT_BEAT_LATE      ? BEAT_LATE
           : kind == EVENT_BEAT_FAILED  ? BEAT_FAILED
           : kind == EVENT_BEAT_OVERRAN ? BEAT_OVERRAN
                                        : BEAT_WELL;
}

void beat_fold(struct beats *beats, const struct event *event)
{
    if (event->kind == EVENT_CLOCK_STEPPED)
        fold_step(beats, event_int(event, "by_ms"));
    if (event->kind == EVENT_NODE_STARTED)
        fold_start(beats, event);
    if (event->kind < EVENT_BEAT_EXPECTED || event->kind > EVENT_BEAT_DROPPED)
        return;
    struct beat *beat = find_or_add(beats, event_str(event, "name"));
    if (!beat)
        return;
    if (event->kind == EVENT_BEAT_DROPPED) {
        drop(beats, beat);
    } else if (event->kind == EVENT_BEAT_EXPECTED) {
        beat->expected = event->at;
        beat->expected_count = event_int(event, "count");
        str_keep(beat->plan, sizeof beat->plan, event_str(event, "plan"));
    } else {
        beat->trouble = trouble_of(event->kind);
        beat->since = event->at;
        if (event->kind != EVENT_BEAT_BACK)
            beat->trouble_count = event_int(event, "count");
    }
}

bool beat_hear(struct beats *beats, struct str name, enum beat_word word, int64_t code,
               struct instant at)
{
    struct beat *beat = find_or_add(beats, name);
    if (!beat)
        return false;
    struct beat_heard *heard = &beat->heard;
    if (word == BEAT_BEGUN)
        heard->begun = at;
    else if (word == BEAT_DONE)
        heard->done = at;
    else
        heard->failed = at;
    if (word == BEAT_FAILURE)
        heard->code = code;
    heard->count += word == BEAT_DONE;
    return true;
}

void beats_know(struct beats *beats, bool lost, struct instant now)
{
    beats->known = true;
    for (size_t i = 0; i < beats->count; i++) {
        struct beat *beat = beats->items[i];
        int64_t least =
            beat->expected_count > beat->trouble_count ? beat->expected_count : beat->trouble_count;
        if (lost)
            beat->heard = (struct beat_heard){0};
        if (beat->heard.count < least)
            beat->heard.count = least;
        /* What was expected by a clock that went ahead has its period from now on. */
        bool ahead = instant_before(now, beat->expected) && beat->heard.count == least;
        if (lost || ahead)
            beat->expected = (struct instant){0};
    }
}

bool beat_due(const struct beat_plan *plan, const struct beat *beat, struct instant *out_due)
{
    bool heard = beat->heard.count > beat->expected_count;
    struct instant from = heard ? beat->heard.done : beat->expected;
    struct window_span next;
    if (plan->every_ms > 0) {
        *out_due = instant_add_ms(from, plan->every_ms);
        return true;
    }
    /* A job that is a little early, or whose clock is, is not asked for again at once. */
    if (heard)
        from = instant_add_ms(from, BEAT_EARLY_MS);
    if (!plan->when || !rule_find_next(plan->when, plan->calendar, from, &next, NULL))
        return false;
    *out_due = next.from;
    return true;
}

/* From when on it is late. One that has begun in time may take its time. */
static bool late_from(const struct beat_plan *plan, const struct beat *beat,
                      struct instant *out_late)
{
    if (instant_is_zero(beat->expected) || !beat_due(plan, beat, out_late))
        return false;
    *out_late = instant_add_ms(*out_late, plan->grace_ms);
    if (!beat_runs(beat) || plan->longest_ms == 0 || beat->heard.begun.us > out_late->us)
        return true;
    struct instant end = instant_add_ms(beat->heard.begun, plan->longest_ms);
    if (instant_before(*out_late, end))
        *out_late = end;
    return true;
}

/* What should have been heard of since then and was not: can that be because nobody listened? What
 * comes every every_ms (0: not) is waited for anew, when that is not much longer than nobody did.
 */
static bool may_be_unheard(const struct beats *beats, struct instant since, int64_t wait_ms,
                           int64_t every_ms, struct instant now)
{
    if (instant_before(beats->started, since) || instant_before(now, since))
        return false;
    int64_t listened_ms =
        ran_since_ms(&beats->ran, since) + instant_ms_between(beats->started, now);
    int64_t deaf_ms = instant_ms_between(since, now) - listened_ms;
    int64_t again_ms = deaf_ms > BEAT_AGAIN_MS ? deaf_ms : BEAT_AGAIN_MS;
    wait_ms = wait_ms > BEAT_RETRY_MS ? wait_ms : BEAT_RETRY_MS;
    return deaf_ms > 0 && listened_ms < wait_ms + (every_ms < again_ms ? every_ms : again_ms);
}

static bool is_late(const struct beats *beats, const struct beat_plan *plan,
                    const struct beat *beat, struct instant now)
{
    struct instant late;
    if (!late_from(plan, beat, &late) || instant_before(now, late))
        return false;
    struct instant due = instant_add_ms(late, -plan->grace_ms);
    return beat->trouble == BEAT_LATE ||
           !may_be_unheard(beats, due, plan->grace_ms, plan->every_ms, now);
}

enum beat_trouble beat_trouble_at(const struct beats *beats, const struct beat_plan *plan,
                                  const struct beat *beat, struct instant now)
{
    const struct beat_heard *heard = &beat->heard;
    struct instant end = instant_add_ms(heard->begun, plan->longest_ms);
    if (heard->failed.us > heard->done.us)
        return BEAT_FAILED;
    if (beat_runs(beat) && plan->longest_ms > 0 && !instant_before(now, end) &&
        (beat->trouble == BEAT_OVERRAN || !may_be_unheard(beats, end, 0, 0, now)))
        return BEAT_OVERRAN;
    if (is_late(beats, plan, beat, now))
        return BEAT_LATE;
    /* Only hearing of it ends what was recorded: no other period, and no lost file. */
    return heard->count <= beat->trouble_count ? beat->trouble : BEAT_WELL;
}

/* A fact about one. */
struct saying {
    const struct beat_plan *plan;
    const struct beat *beat;
    const struct silences *silences;
    struct instant now;
    struct event_list *out;
};

static struct event *add(const struct saying *saying, enum event_kind kind, struct str name)
{
    struct event_list *out = saying->out;
    char rule[BEAT_RULE_BYTES];
    beat_rule_id(name, rule);
    struct event *event = event_list_add(out, kind, saying->now, STR("reeve"),
                                         str_printf(out->arena, "heartbeat:%.*s", STR_ARGS(name)));
    event_set_str(event, "name", str_copy(out->arena, name));
    event_set_str(event, "rule", str_copy(out->arena, str_of(rule)));
    return event;
}

/* "exit code 3" */
static struct str failure_words(struct arena *arena, const struct beat *beat)
{
    return beat->heard.code == BEAT_SAID_FAILED
               ? STR("it said so")
               : str_printf(arena, "exit code %lld", (long long)beat->heard.code);
}

static struct event *say_late(const struct saying *saying)
{
    struct event *event = add(saying, EVENT_BEAT_LATE, saying->plan->name);
    struct instant due = saying->beat->expected;
    if (!beat_due(saying->plan, saying->beat, &due))
        due = saying->now;
    event_set_instant(event, "due", due);
    event_set_instant(event, "last", saying->beat->heard.done);
    event_set_int(event, "grace_ms", saying->plan->grace_ms);
    return event;
}

static void say(const struct saying *saying, enum beat_trouble trouble)
{
    const struct beat *beat = saying->beat;
    struct event *event = NULL;
    switch (trouble) {
    case BEAT_LATE: event = say_late(saying); break;
    case BEAT_FAILED:
        event = add(saying, EVENT_BEAT_FAILED, saying->plan->name);
        event_set_str(event, "reason", failure_words(saying->out->arena, beat));
        break;
    case BEAT_OVERRAN:
        event = add(saying, EVENT_BEAT_OVERRAN, saying->plan->name);
        event_set_instant(event, "begun", beat->heard.begun);
        event_set_int(event, "longest_ms", saying->plan->longest_ms);
        break;
    case BEAT_WELL:
        event = add(saying, EVENT_BEAT_BACK, saying->plan->name);
        event_set_int(event, "gap_ms",
                      instant_before(saying->now, beat->since)
                          ? 0
                          : instant_ms_between(beat->since, saying->now));
        return;
    }
    event_set_int(event, "count", beat->heard.count);
    event_set_int(event, "muted", silence_of_job(saying->silences, saying->plan->name) != NULL);
}

static void decide_one(const struct beats *beats, const struct saying *from)
{
    struct saying saying = *from;
    struct str words = str_cut(saying.plan->words, BEAT_PLAN_BYTES - 1);
    saying.beat = beat_find(beats, saying.plan->name);
    if (!saying.beat || instant_is_zero(saying.beat->expected) ||
        !str_is(words, saying.beat->plan)) {
        struct event *event = add(&saying, EVENT_BEAT_EXPECTED, saying.plan->name);
        event_set_str(event, "plan", str_copy(saying.out->arena, words));
        event_set_int(event, "count", saying.beat ? saying.beat->heard.count : 0);
        return;
    }
    enum beat_trouble trouble = beat_trouble_at(beats, saying.plan, saying.beat, saying.now);
    if (trouble != saying.beat->trouble)
        say(&saying, trouble);
}

void beat_decide(const struct beats *beats, const struct beat_plans *plans,
                 const struct silences *silences, struct instant now, struct event_list *out)
{
    struct saying saying = {.silences = silences, .now = now, .out = out};
    if (!beats->known)
        return;
    for (size_t i = 0; i < plans->count; i++) {
        saying.plan = &plans->items[i];
        decide_one(beats, &saying);
    }
    for (size_t i = 0; i < beats->count; i++) {
        bool planned = false;
        for (size_t k = 0; k < plans->count; k++)
            planned = planned || str_is(plans->items[k].name, beats->items[i]->name);
        if (!planned)
            (void)add(&saying, EVENT_BEAT_DROPPED, str_of(beats->items[i]->name));
    }
}

const char *beat_state_name(const struct beat *beat)
{
    switch (beat->trouble) {
    case BEAT_LATE: return "late";
    case BEAT_FAILED: return "failing";
    case BEAT_OVERRAN: return "running too long";
    case BEAT_WELL: break;
    }
    return beat_runs(beat)                     ? "running"
           : instant_is_zero(beat->heard.done) ? "never heard of"
                                               : "on time";
}

struct str beat_title(struct arena *arena, const struct beat *beat)
{
    switch (beat->trouble) {
    case BEAT_LATE: return str_printf(arena, "Heartbeat %s is late", beat->name);
    case BEAT_FAILED: return str_printf(arena, "The job of heartbeat %s failed", beat->name);
    case BEAT_OVERRAN:
        return str_printf(arena, "The job of heartbeat %s runs too long", beat->name);
    case BEAT_WELL: break;
    }
    return str_printf(arena, "Heartbeat %s", beat->name);
}
