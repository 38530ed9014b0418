/* silence.c - silences as folds, decisions and commands. */
#include "alert/silence.h"

#include "alert/alert.h"

enum { DAY_MS = 24 * 3600 * 1000, SHOWN_BYTES = 100 };

static const char *const scope_names[] = {"all", "signal", "rule"};

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

bool silence_mutes(const struct silence *silence, const struct rule *rule)
{
    switch (silence->scope) {
    case SILENCE_ALL: return true;
    case SILENCE_SIGNAL: return str_equal_nocase(rule->signal_name, str_of(silence->what));
    case SILENCE_RULE: return str_is(rule->id, silence->what);
    }
    return false;
}

const struct silence *silence_of(const struct silences *silences, const struct rule *rule)
{
    const struct silence *last = NULL;
    for (size_t i = 0; i < silences->count; i++) {
        const struct silence *silence = &silences->items[i];
        if (silence_mutes(silence, rule) && (!last || instant_before(last->until, silence->until)))
            last = silence;
    }
    return last;
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
    struct str scope = event_str(event, "scope");
    *silence = (struct silence){.number = number,
                                .scope = str_is(scope, "all")      ? SILENCE_ALL
                                         : str_is(scope, "signal") ? SILENCE_SIGNAL
                                                                   : SILENCE_RULE,
                                .opened = event->at,
                                .until = event_instant(event, "until"),
                                .is_length = event_int(event, "for_ms") > 0};
    str_keep(silence->what, sizeof silence->what, event_str(event, "what"));
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

static const struct rule *find_firing(const struct alerts *alerts, const struct rules *rules,
                                      const struct silence *silence)
{
    for (size_t i = 0; i < rules->count; i++) {
        const struct alert *alert = alert_find(alerts, rules->items[i].id);
        if (alert && alert->state == ALERT_FIRING && silence_mutes(silence, &rules->items[i]))
            return &rules->items[i];
    }
    return NULL;
}

static bool ends_soon(const struct silence *silence, struct instant now)
{
    int64_t half_ms = instant_ms_between(silence->opened, silence->until) / 2;
    int64_t before_ms = half_ms < SILENCE_TELL_MS ? half_ms : SILENCE_TELL_MS;
    return !instant_before(now, instant_add_ms(silence->until, -before_ms));
}

void silence_decide(const struct alerts *alerts, const struct rules *rules, struct instant now,
                    struct event_list *out)
{
    const struct silences *silences = &alerts->silences;
    for (size_t i = 0; i < silences->count; i++) {
        const struct silence *silence = &silences->items[i];
        struct str title = str_copy(out->arena, str_of(silence->title));
        if (!instant_before(now, silence->until)) {
            struct event *over =
                add(out, EVENT_SILENCE_EXPIRED, silence->number, STR("reeve"), now);
            event_set_str(over, "title", title);
            continue;
        }
        const struct rule *rule =
            !silence->told && ends_soon(silence, now) ? find_firing(alerts, rules, silence) : NULL;
        if (!rule)
            continue;
        struct event *ending = add(out, EVENT_SILENCE_ENDING, silence->number, STR("reeve"), now);
        event_set_str(ending, "rule", str_copy(out->arena, rule->id));
        event_set_int(ending, "line", rule->line);
        event_set_str(ending, "title", str_copy(out->arena, rule->title));
        event_set_instant(ending, "until", silence->until);
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

/* --- commands --- */

static bool parse_length(struct str words, int64_t *out_ms)
{
    static const char units[] = "smhdw";
    static const int64_t unit_ms[] = {1000, 60 * 1000, 3600 * 1000, DAY_MS, INT64_C(7) * DAY_MS};
    int64_t number = 0;
    size_t digits = 0;
    while (digits < words.n && byte_is_digit(words.p[digits]))
        digits++;
    struct str unit = str_trim(str_from(words, digits));
    const char *at = unit.n == 1 ? strchr(units, unit.p[0]) : NULL;
    if (str_is(unit, "min"))
        at = &units[1];
    if (!at || !*at || !str_int(str_slice(words, 0, digits), &number) || number < 1 ||
        number > SILENCE_MOST_MS / unit_ms[at - units])
        return false;
    *out_ms = number * unit_ms[at - units];
    return true;
}

/* "16:00": the next one, UTC. */
static bool parse_clock(struct str words, struct instant now, struct instant *out_at)
{
    char day[INSTANT_TEXT_BYTES];
    char whole[INSTANT_TEXT_BYTES + 8];
    if (words.n != 5 || words.p[2] != ':')
        return false;
    instant_write(now, day);
    memcpy(whole, day, 11);
    memcpy(whole + 11, words.p, 5);
    memcpy(whole + 16, ":00Z", 5);
    if (!instant_parse(str_of(whole), out_at))
        return false;
    if (!instant_before(now, *out_at))
        *out_at = instant_add_ms(*out_at, DAY_MS);
    return true;
}

static bool find_end(const struct silence_call *call, int64_t *out_length_ms,
                     struct instant *out_until, struct err *err)
{
    int64_t given_ms = 0;
    if ((call->for_length.n > 0) == (call->until.n > 0))
        return err_set(err, ERR_USAGE, "silence",
                       "A silence needs one end: --for 2h, or --until 2026-11-29T16:00:00Z.");
    if (call->for_length.n > 0 && !parse_length(call->for_length, &given_ms))
        return err_set(err, ERR_USAGE, "for",
                       "\"%.*s\" is no length of time up to 30 days; write it like 45m, 2h or 7d.",
                       STR_ARGS(str_cut(call->for_length, 40)));
    struct instant until = instant_add_ms(call->now, given_ms);
    if (call->until.n > 0 && !instant_parse(call->until, &until) &&
        !parse_clock(call->until, call->now, &until))
        return err_set(err, ERR_USAGE, "until",
                       "\"%.*s\" is no instant; write it like 2026-11-29T16:00:00Z, or 16:00 for "
                       "the next one in UTC.",
                       STR_ARGS(str_cut(call->until, 40)));
    int64_t length_ms = instant_ms_between(call->now, until);
    if (length_ms < SILENCE_LEAST_MS || length_ms > SILENCE_MOST_MS)
        return err_set(err, ERR_USAGE, "silence",
                       "A silence lasts from 1 minute to 30 days from now; give another end.");
    *out_length_ms = given_ms;
    *out_until = until;
    return true;
}

/* What is to be silenced. */
struct muted {
    enum silence_scope scope;
    struct str what, title;
    int64_t line;
};

static struct muted mute_rule(const struct rule *rule)
{
    return (struct muted){SILENCE_RULE, rule->id, rule->title, rule->line};
}

/* By line, or by words that only it has; a whole sentence before a part. */
static bool find_rule(const struct rules *rules, struct str what, struct muted *out_muted,
                      struct err *err)
{
    int64_t line = 0;
    size_t count = 0;
    bool is_line = str_int(what, &line);
    char words[SILENCE_WHAT_BYTES];
    str_keep(words, sizeof words, what);
    for (size_t i = 0; i < rules->count; i++) {
        const struct rule *rule = &rules->items[i];
        if (str_equal(rule->id, what) || (!is_line && str_equal_nocase(rule->title, what))) {
            *out_muted = mute_rule(rule);
            return true;
        }
        if (is_line ? rule->line != line : str_find_nocase(rule->title, words, 0) == rule->title.n)
            continue;
        *out_muted = mute_rule(rule);
        count++;
    }
    if (count == 1)
        return true;
    return count > 1
               ? err_set(err, ERR_USAGE, "rule",
                         "%zu rules could be meant by \"%.*s\"; say more of the words, its line, "
                         "or the signal.",
                         count, STR_ARGS(str_cut(what, SHOWN_BYTES)))
               : err_set(err, ERR_USAGE, "rule",
                         "No rule and no signal of the runbook is called \"%.*s\"; \"reeve alert "
                         "list\" shows the rules, and \"all\" is all of them.",
                         STR_ARGS(str_cut(what, SHOWN_BYTES)));
}

static bool find_muted(const struct rules *rules, struct str what, struct muted *out_muted,
                       struct err *err)
{
    if (str_is_nocase(what, "all")) {
        *out_muted = (struct muted){SILENCE_ALL, STR(""), STR("all rules"), 0};
        return true;
    }
    for (size_t i = 0; i < rules->count; i++) {
        struct str name = rules->items[i].signal_name;
        if (name.n == 0 || !str_equal_nocase(name, what))
            continue;
        *out_muted = (struct muted){SILENCE_SIGNAL, name, name, 0};
        return true;
    }
    return find_rule(rules, what, out_muted, err);
}

bool silence_open(const struct silences *silences, const struct rules *rules,
                  const struct silence_call *call, struct event_list *out, struct err *err)
{
    struct muted muted;
    struct instant until;
    int64_t length_ms = 0;
    struct str reason = str_trim(call->reason);
    if (reason.n == 0)
        return err_set(err, ERR_USAGE, "reason",
                       "A silence needs a reason; say why with --reason \"…\".");
    if (!find_muted(rules, str_trim(call->what), &muted, err) ||
        !find_end(call, &length_ms, &until, err))
        return false;
    if (silences->count == SILENCES_MAX)
        return err_set(err, ERR_REFUSED, "silence",
                       "There are %d silences already; end one with \"reeve silence end N\".",
                       SILENCES_MAX);
    struct arena *arena = out->arena;
    struct event *event =
        add(out, EVENT_SILENCE_OPENED, silences->last_number + 1, call->actor, call->now);
    event_set_str(event, "scope", str_of(scope_names[muted.scope]));
    event_set_str(event, "what", str_copy(arena, str_cut(muted.what, SILENCE_WHAT_BYTES - 1)));
    event_set_str(event, "title", str_copy(arena, str_cut(muted.title, SILENCE_WHAT_BYTES - 1)));
    event_set_int(event, "line", muted.line);
    event_set_instant(event, "until", until);
    event_set_int(event, "for_ms", length_ms);
    event_set_str(event, "reason", str_copy(arena, reason));
    return true;
}

bool silence_end(const struct silences *silences, const struct silence_call *call,
                 struct event_list *out, struct err *err)
{
    const struct silence *silence = silence_find(silences, call->number);
    if (!silence)
        return err_set(err, ERR_USAGE, "silence",
                       "Silence %lld is not in force; \"reeve silence list\" shows those that are.",
                       (long long)call->number);
    struct event *event = add(out, EVENT_SILENCE_ENDED, call->number, call->actor, call->now);
    event_set_str(event, "title", str_copy(out->arena, str_of(silence->title)));
    return true;
}
