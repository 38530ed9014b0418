/* silence.c - silences as folds and decisions. */
#include "alert/silence.h"

static const char *const scope_names[SILENCE_SCOPES] = {"all",       "signal", "rule", "everything",
                                                        "heartbeat", "sender", "key",  "name"};

const char *silence_scope_name(enum silence_scope scope)
{
    return scope_names[scope];
}

void silences_init(struct silences *silences)
{
    *silences = (struct silences){0};
}

const struct silence *silence_find(const struct silences *silences, int64_t number)
{
    for (size_t i = 0; i < silences->count; i++)
        if (silences->items[i].number == number)
            return &silences->items[i];
    return NULL;
}

bool silence_mutes(const struct silence *silence, const struct silence_matter *matter)
{
    bool rule = matter->kind == SILENCE_OF_RULE;
    bool sent = matter->kind == SILENCE_OF_ALERT && str_is(matter->sender, silence->sender);
    switch (silence->scope) {
    case SILENCE_ALL: return rule;
    case SILENCE_SIGNAL: return rule && str_equal_nocase(matter->signal, str_of(silence->what));
    case SILENCE_RULE: return rule && str_is(matter->id, silence->what);
    case SILENCE_EVERYTHING: return true;
    case SILENCE_HEARTBEAT:
        return matter->kind == SILENCE_OF_HEARTBEAT && str_is(matter->name, silence->what);
    case SILENCE_SENDER: return sent;
    case SILENCE_KEY: return sent && str_is(matter->key, silence->what);
    case SILENCE_NAME: return sent && str_equal_nocase(matter->name, str_of(silence->what));
    case SILENCE_SCOPES: break;
    }
    return false;
}

const struct silence *silence_of(const struct silences *silences,
                                 const struct silence_matter *matter)
{
    const struct silence *last = NULL;
    for (size_t i = 0; i < silences->count; i++) {
        const struct silence *silence = &silences->items[i];
        if (silence_mutes(silence, matter) &&
            (!last || instant_before(last->until, silence->until)))
            last = silence;
    }
    return last;
}

struct silence_matter silence_matter_of_rule(const struct rule *rule)
{
    return (struct silence_matter){.kind = SILENCE_OF_RULE,
                                   .id = rule->id,
                                   .signal = rule->signal_name,
                                   .name = STR(""),
                                   .sender = STR(""),
                                   .key = STR(""),
                                   .title = rule->title,
                                   .level = rule->level,
                                   .line = rule->line};
}

const struct silence *silence_of_rule(const struct silences *silences, const struct rule *rule)
{
    const struct silence_matter matter = silence_matter_of_rule(rule);
    return silence_of(silences, &matter);
}

const struct silence *silence_of_job(const struct silences *silences, struct str name)
{
    const struct silence_matter matter = {.kind = SILENCE_OF_HEARTBEAT, .name = name};
    return silence_of(silences, &matter);
}

/* One that is not known is of a newer Reeve, and mutes nothing here. */
static enum silence_scope scope_of(struct str name)
{
    int scope = 0;
    while (scope < SILENCE_SCOPES && !str_is(name, scope_names[scope]))
        scope++;
    return (enum silence_scope)scope;
}

/* More than there can be are of a foreign ledger: what is not kept mutes nothing. */
static void fold_opened(struct silences *silences, const struct event *event)
{
    int64_t number = event_int(event, "number");
    if (number <= silences->last_number)
        return;
    silences->last_number = number;
    if (silences->count == SILENCES_MAX)
        return;
    struct silence *silence = &silences->items[silences->count++];
    *silence = (struct silence){.number = number,
                                .scope = scope_of(event_str(event, "scope")),
                                .by_person = str_starts(event->actor, "person:"),
                                .opened = event->at,
                                .until = event_instant(event, "until"),
                                .is_length = event_int(event, "for_ms") > 0};
    str_keep(silence->what, sizeof silence->what, event_str(event, "what"));
    str_keep(silence->sender, sizeof silence->sender, event_str(event, "sender"));
    str_keep(silence->title, sizeof silence->title, event_str(event, "title"));
    str_keep(silence->by, sizeof silence->by, actor_name(event->actor));
    struct str reason = event_str(event, "reason");
    str_keep(silence->reason, sizeof silence->reason, reason.n > 0 ? reason : STR("(erased)"));
}

static void fold_end(struct silences *silences, int64_t number)
{
    size_t i = 0;
    while (i < silences->count && silences->items[i].number != number)
        i++;
    if (i == silences->count)
        return;
    silences->count--;
    memmove(&silences->items[i], &silences->items[i + 1],
            (silences->count - i) * sizeof *silences->items);
}

static void fold_step(struct silences *silences, int64_t by_ms)
{
    for (size_t i = 0; i < silences->count; i++) {
        struct silence *silence = &silences->items[i];
        silence->opened = instant_add_ms(silence->opened, by_ms);
        if (silence->is_length)
            silence->until = instant_add_ms(silence->until, by_ms);
    }
}

void silence_fold(struct silences *silences, const struct event *event)
{
    switch ((unsigned)event->kind) { /* the rest is passed over */
    case EVENT_CLOCK_STEPPED: fold_step(silences, event_int(event, "by_ms")); break;
    case EVENT_SILENCE_OPENED: fold_opened(silences, event); break;
    case EVENT_SILENCE_ENDING:
    case EVENT_SILENCE_EXPIRING:
        for (size_t i = 0; i < silences->count; i++)
            silences->items[i].told |= silences->items[i].number == event_int(event, "number");
        break;
    case EVENT_SILENCE_ENDED:
    case EVENT_SILENCE_EXPIRED: fold_end(silences, event_int(event, "number")); break;
    default: break;
    }
}

static struct event *add(struct event_list *out, enum event_kind kind, int64_t number,
                         struct str actor, struct instant now)
{
    struct event *event = event_list_add(out, kind, now, actor,
                                         str_printf(out->arena, "silence:%lld", (long long)number));
    event_set_int(event, "number", number);
    return event;
}

/* What opens nothing when the silence ends needs no warning. */
static const struct silence_matter *find_firing(const struct silence_firing *firing,
                                                const struct silence *silence)
{
    for (size_t i = 0; i < firing->count; i++)
        if (firing->items[i].level.n > 0 && silence_mutes(silence, &firing->items[i]))
            return &firing->items[i];
    return NULL;
}

struct instant silence_tells_at(const struct silence *silence)
{
    int64_t half_ms = instant_ms_between(silence->opened, silence->until) / 2;
    int64_t before_ms = half_ms < SILENCE_TELL_MS ? half_ms : SILENCE_TELL_MS;
    return instant_add_ms(silence->until, -before_ms);
}

static bool ends_soon(const struct silence *silence, struct instant now)
{
    return !instant_before(now, silence_tells_at(silence));
}

bool silence_asks(const struct silences *silences, struct instant now)
{
    for (size_t i = 0; i < silences->count; i++)
        if (!silences->items[i].told && ends_soon(&silences->items[i], now))
            return true;
    return false;
}

static void say_ending(const struct silence *silence, const struct silence_matter *matter,
                       struct instant now, struct event_list *out)
{
    bool rule = matter->kind == SILENCE_OF_RULE;
    struct event *ending = add(out, rule ? EVENT_SILENCE_ENDING : EVENT_SILENCE_EXPIRING,
                               silence->number, STR("reeve"), now);
    event_set_str(ending, "rule", str_copy(out->arena, matter->id));
    if (rule)
        event_set_int(ending, "line", matter->line);
    event_set_str(ending, "title", str_copy(out->arena, matter->title));
    event_set_instant(ending, "until", silence->until);
}

void silence_decide(const struct silences *silences, const struct silence_firing *firing,
                    struct instant now, struct event_list *out)
{
    for (size_t i = 0; i < silences->count; i++) {
        const struct silence *silence = &silences->items[i];
        struct str title = str_copy(out->arena, str_of(silence->title));
        if (!instant_before(now, silence->until)) {
            struct event *over =
                add(out, EVENT_SILENCE_EXPIRED, silence->number, STR("reeve"), now);
            event_set_str(over, "title", title);
            continue;
        }
        const struct silence_matter *matter =
            !silence->told && ends_soon(silence, now) ? find_firing(firing, silence) : NULL;
        if (matter)
            say_ending(silence, matter, now, out);
    }
}

struct str silence_words(struct arena *arena, const struct silence *silence, struct instant now)
{
    char until[INSTANT_TEXT_BYTES];
    char today[INSTANT_TEXT_BYTES];
    instant_write(silence->until, until);
    instant_write(now, today);
    bool same_day = strncmp(until, today, 10) == 0;
    return str_printf(arena, "silenced until %.*s%s%.5s UTC by %s: %s", same_day ? 0 : 10, until,
                      same_day ? "" : " ", until + 11, silence->by, silence->reason);
}
