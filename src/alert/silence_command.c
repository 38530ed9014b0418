/* silence_command.c - what people ask of silences. */
#include "alert/meant.h"
#include "alert/silence.h"
#include "base/moment.h"

enum { SHOWN_BYTES = 100, KEY_SHOWN_BYTES = 32, LISTED_MAX = 8, LIST_BYTES = 1024 };

static struct str subject_of(struct arena *arena, int64_t number)
{
    return str_printf(arena, "silence:%lld", (long long)number);
}

static bool parse_length(struct str words, int64_t *out_ms)
{
    int64_t length_ms = 0;
    if (!span_parse(words, &length_ms) || length_ms < 1 || length_ms > SILENCE_MOST_MS)
        return false;
    *out_ms = length_ms;
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
    if (call->until.n > 0 && !moment_parse(call->until, MOMENT_AHEAD, call->now, &until, err))
        return false;
    int64_t length_ms = instant_ms_between(call->now, until);
    if (length_ms < SILENCE_LEAST_MS || length_ms > SILENCE_MOST_MS)
        return err_set(err, ERR_USAGE, "silence",
                       "A silence lasts from 1 minute to 30 days from now; give another end.");
    *out_length_ms = given_ms;
    *out_until = until;
    return true;
}

/* What is to be silenced; rules: several of one line, or NULL. */
struct muted {
    enum silence_scope scope;
    struct str what, title, sender;
    int64_t line;
    const bool *rules;
    size_t rule_count;
    struct instant until;
    int64_t length_ms;
};

static struct muted mute_rule(struct arena *arena, const struct rule *rule)
{
    return (struct muted){.scope = SILENCE_RULE,
                          .what = rule->id,
                          .title = rule_shown(arena, rule),
                          .line = rule->line};
}

static bool find_rule(struct arena *arena, const struct rules *rules, struct str what,
                      struct muted *out_muted, struct err *err)
{
    bool *meant = NULL;
    size_t count = rules_meant(arena, rules, what, &meant);
    if (count > 1 && !rules_are_of_one_line(rules, meant))
        return err_set(err, ERR_USAGE, "rule",
                       "%zu rules could be meant by \"%.*s\"; say more of the words, its line, "
                       "or the signal.",
                       count, STR_ARGS(str_cut(what, SHOWN_BYTES)));
    for (size_t i = 0; i < rules->count; i++) {
        if (!meant[i])
            continue;
        *out_muted = mute_rule(arena, &rules->items[i]);
        out_muted->rules = count > 1 ? meant : NULL;
        out_muted->rule_count = count;
        return true;
    }
    return err_set(err, ERR_USAGE, "rule",
                   "No rule and no signal of the runbook is called \"%.*s\"; \"reeve alert "
                   "list\" shows the rules, and \"all\" is everything.",
                   STR_ARGS(str_cut(what, SHOWN_BYTES)));
}

static bool find_of_runbook(struct arena *arena, const struct rules *rules, struct str what,
                            struct muted *out_muted, struct err *err)
{
    if (str_is_nocase(what, "all")) {
        *out_muted = (struct muted){.scope = SILENCE_EVERYTHING, .title = STR("everything")};
        return true;
    }
    for (size_t i = 0; i < rules->count; i++) {
        struct str name = rules->items[i].signal_name;
        if (name.n == 0 || !str_equal_nocase(name, what))
            continue;
        *out_muted = (struct muted){.scope = SILENCE_SIGNAL, .what = name, .title = name};
        return true;
    }
    return find_rule(arena, rules, what, out_muted, err);
}

static bool holds(const struct str *names, size_t count, struct str name)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(names[i], name))
            return true;
    return false;
}

/* "backup, report", cut to what a sentence can hold. */
static struct str list_names(struct arena *arena, const struct str *names, size_t count)
{
    struct text text;
    text_init(&text, arena, LIST_BYTES);
    for (size_t i = 0; i < count && i < LISTED_MAX; i++)
        text_printf(&text, "%s%.*s", i > 0 ? ", " : "", STR_ARGS(names[i]));
    if (count > LISTED_MAX)
        text_printf(&text, " and %zu more", count - LISTED_MAX);
    return text_str(&text);
}

static bool find_job(struct arena *arena, const struct silence_choices *choices, struct str job,
                     struct muted *out_muted, struct err *err)
{
    if (holds(choices->jobs, choices->job_count, job)) {
        *out_muted = (struct muted){.scope = SILENCE_HEARTBEAT,
                                    .what = job,
                                    .title = str_printf(arena, "heartbeat %.*s", STR_ARGS(job))};
        return true;
    }
    if (choices->job_count == 0)
        return err_set(err, ERR_USAGE, "heartbeat",
                       "There is no heartbeat \"%.*s\", and no other: reeve.yaml names none under "
                       "heartbeats:.",
                       STR_ARGS(str_cut(job, SHOWN_BYTES)));
    return err_set(err, ERR_USAGE, "heartbeat", "There is no heartbeat \"%.*s\"; there are: %.*s.",
                   STR_ARGS(str_cut(job, SHOWN_BYTES)),
                   STR_ARGS(list_names(arena, choices->jobs, choices->job_count)));
}

/* Its sender may have left the configuration while its alerts stay. */
static bool find_sender(struct arena *arena, const struct silence_choices *choices,
                        struct str sender, struct err *err)
{
    bool found = holds(choices->senders, choices->sender_count, sender);
    for (size_t i = 0; i < choices->firing.count && !found; i++) {
        const struct silence_matter *matter = &choices->firing.items[i];
        found = matter->kind == SILENCE_OF_ALERT && str_equal(matter->sender, sender);
    }
    if (found)
        return true;
    if (choices->sender_count == 0)
        return err_set(err, ERR_USAGE, "sender",
                       "There is no sender \"%.*s\", and no other that sends alerts: reeve.yaml "
                       "names none under senders:.",
                       STR_ARGS(str_cut(sender, SHOWN_BYTES)));
    return err_set(err, ERR_USAGE, "sender",
                   "No sender of alerts is called \"%.*s\"; there are: %.*s.",
                   STR_ARGS(str_cut(sender, SHOWN_BYTES)),
                   STR_ARGS(list_names(arena, choices->senders, choices->sender_count)));
}

/* The open alert of the sender that has the key, or alone one that begins so. */
static const struct silence_matter *find_key(struct arena *arena,
                                             const struct silence_choices *choices,
                                             const struct silence_call *call, struct err *err)
{
    const struct silence_matter *found = NULL;
    size_t fitting = 0;
    size_t count = 0;
    struct str *keys = arena_array(arena, LISTED_MAX, sizeof *keys);
    for (size_t i = 0; i < choices->firing.count; i++) {
        const struct silence_matter *matter = &choices->firing.items[i];
        if (matter->kind != SILENCE_OF_ALERT || !str_equal(matter->sender, call->sender))
            continue;
        if (str_equal(matter->key, call->key))
            return matter;
        if (count < LISTED_MAX)
            keys[count] = str_cut(matter->key, KEY_SHOWN_BYTES);
        count++;
        if (!str_equal(str_slice(matter->key, 0, call->key.n), call->key))
            continue;
        found = matter;
        fitting++;
    }
    if (fitting == 1)
        return found;
    struct str sender = str_cut(call->sender, SHOWN_BYTES);
    struct str key = str_cut(call->key, SHOWN_BYTES);
    if (fitting > 1)
        err_set(err, ERR_USAGE, "key",
                "%zu open alerts of %.*s have keys that begin with \"%.*s\"; give more of it.",
                fitting, STR_ARGS(sender), STR_ARGS(key));
    else if (count == 0)
        err_set(err, ERR_USAGE, "key",
                "No alert of %.*s is open, so none has the key \"%.*s\"; silence it by --name, "
                "before it fires.",
                STR_ARGS(sender), STR_ARGS(key));
    else
        err_set(err, ERR_USAGE, "key",
                "No open alert of %.*s has the key \"%.*s\"; those that are open have: %.*s.",
                STR_ARGS(sender), STR_ARGS(key), STR_ARGS(list_names(arena, keys, count)));
    return NULL;
}

static bool find_alerts(struct arena *arena, const struct silence_choices *choices,
                        const struct silence_call *call, struct muted *out_muted, struct err *err)
{
    struct str sender = call->sender;
    const struct silence_matter *matter = NULL;
    if (!find_sender(arena, choices, sender, err))
        return false;
    if (call->key.n > 0 && !(matter = find_key(arena, choices, call, err)))
        return false;
    struct muted muted = {.scope = SILENCE_SENDER,
                          .title = str_printf(arena, "all alerts of %.*s", STR_ARGS(sender)),
                          .sender = sender};
    if (call->name.n > 0) {
        muted.scope = SILENCE_NAME;
        muted.what = call->name;
        muted.title =
            str_printf(arena, "alerts \"%.*s\" of %.*s", STR_ARGS(call->name), STR_ARGS(sender));
    } else if (matter) {
        muted.scope = SILENCE_KEY;
        muted.what = matter->key;
        muted.title = str_printf(arena, "alert \"%.*s\" (key %.*s) of %.*s", STR_ARGS(matter->name),
                                 STR_ARGS(str_cut(matter->key, KEY_SHOWN_BYTES)), STR_ARGS(sender));
    }
    *out_muted = muted;
    return true;
}

static bool find_muted(struct arena *arena, const struct silence_choices *choices,
                       const struct silence_call *call, struct muted *out_muted, struct err *err)
{
    int said = (call->what.n > 0) + (call->job.n > 0) + (call->sender.n > 0);
    if (said == 0 && (call->key.n > 0 || call->name.n > 0))
        return err_set(err, ERR_USAGE, "sender",
                       "--key and --name say which alert of a sender: give --sender NAME too.");
    if (said != 1)
        return err_set(err, ERR_USAGE, "silence",
                       "A silence is of one thing: a rule, a signal or all, --heartbeat JOB, or "
                       "--sender NAME.");
    if (call->sender.n == 0 && (call->key.n > 0 || call->name.n > 0))
        return err_set(err, ERR_USAGE, "sender",
                       "--key and --name go with --sender, and with nothing else.");
    if (call->key.n > 0 && call->name.n > 0)
        return err_set(err, ERR_USAGE, "sender",
                       "--key is one alert, --name all that are called so: give one of them.");
    return call->job.n > 0 ? find_job(arena, choices, call->job, out_muted, err)
           : call->sender.n > 0
               ? find_alerts(arena, choices, call, out_muted, err)
               : find_of_runbook(arena, choices->rules, call->what, out_muted, err);
}

/* One silence more; its number is the next that is free. */
static void add_opened(const struct silences *silences, const struct muted *muted,
                       const struct silence_call *call, struct event_list *out)
{
    struct arena *arena = out->arena;
    int64_t number = silences->last_number + (int64_t)out->count + 1;
    struct event *event = event_list_add(out, EVENT_SILENCE_OPENED, call->now, call->actor,
                                         subject_of(arena, number));
    event_set_int(event, "number", number);
    event_set_str(event, "scope", str_of(silence_scope_name(muted->scope)));
    event_set_str(event, "what", str_copy(arena, str_cut(muted->what, SILENCE_WHAT_BYTES - 1)));
    event_set_str(event, "title", str_copy(arena, str_cut(muted->title, SILENCE_WHAT_BYTES - 1)));
    event_set_int(event, "line", muted->line);
    event_set_instant(event, "until", muted->until);
    event_set_int(event, "for_ms", muted->length_ms);
    event_set_str(event, "reason", str_copy(arena, str_trim(call->reason)));
    event_set_str(event, "sender", str_copy(arena, muted->sender));
}

/* Each rule of the line has a silence of its own, which says that there are others. */
static void add_rules(const struct silences *silences, const struct silence_choices *choices,
                      const struct muted *muted, const struct silence_call *call,
                      struct event_list *out)
{
    struct arena *arena = out->arena;
    for (size_t i = 0; i < choices->rules->count; i++) {
        if (!muted->rules[i])
            continue;
        const struct rule *rule = &choices->rules->items[i];
        struct muted one = mute_rule(arena, rule);
        struct str title = str_cut(rule->title, SILENCE_WHAT_BYTES / 2);
        one.title = str_printf(arena, "%.*s (%.*s%s%zu of %zu rules of its line)", STR_ARGS(title),
                               STR_ARGS(str_cut(rule->part, SILENCE_WHAT_BYTES / 4)),
                               rule->part.n > 0 ? ", " : "", out->count + 1, muted->rule_count);
        one.until = muted->until;
        one.length_ms = muted->length_ms;
        add_opened(silences, &one, call, out);
    }
}

bool silence_open(const struct silences *silences, const struct silence_choices *choices,
                  const struct silence_call *call, struct event_list *out, struct err *err)
{
    struct muted muted;
    if (str_trim(call->reason).n == 0)
        return err_set(err, ERR_USAGE, "reason",
                       "A silence needs a reason; say why with --reason \"…\".");
    if (!find_muted(out->arena, choices, call, &muted, err) ||
        !find_end(call, &muted.length_ms, &muted.until, err))
        return false;
    size_t count = muted.rules ? muted.rule_count : 1;
    if (silences->count + count > SILENCES_MAX)
        return err_set(err, ERR_REFUSED, "silence",
                       "There are %zu silences already%s; end one with \"reeve silence end N\".",
                       silences->count, count > 1 ? ", and 64 are the most" : "");
    if (muted.rules)
        add_rules(silences, choices, &muted, call, out);
    else
        add_opened(silences, &muted, call, out);
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
    struct event *event = event_list_add(out, EVENT_SILENCE_ENDED, call->now, call->actor,
                                         subject_of(out->arena, call->number));
    event_set_int(event, "number", call->number);
    event_set_str(event, "title", str_copy(out->arena, str_of(silence->title)));
    return true;
}
