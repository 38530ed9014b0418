/* check.c - what the reader found: conflicts, what the owner alone can decide, and hints. What is
 * unclear was said when it was read. */
#include "runbook/check.h"

enum { CHECKED_MAX = 2 * LIMIT_RUNBOOK_LINES };

void check_find(struct builder *builder, const struct statement *at, enum finding_level level,
                const char *code, struct str text)
{
    builder_find(
        builder,
        (struct finding){
            .level = level, .line = at->line, .column = at->column, .code = code, .text = text});
}

static void decide_open(struct builder *builder, const struct statement *at, const char *code,
                        struct str text)
{
    check_find(builder, at, FINDING_OPEN_DECISION, code, text);
}

static void hint(struct builder *builder, const struct statement *at, const char *code,
                 struct str text)
{
    check_find(builder, at, FINDING_HINT, code, text);
}

static void conflict(struct builder *builder, const struct statement *at, struct str text)
{
    check_find(builder, at, FINDING_ERROR, "conflict", text);
}

const struct statement *check_first(struct map *map, struct str key, const struct statement *at)
{
    const struct statement *first = map_find(map, key);
    if (!first)
        (void)!map_put(map, key, (void *)(uintptr_t)at);
    return first;
}

static void check_severity(struct builder *builder, const struct statement *at, struct map *seen)
{
    if (at->severity.situation)
        return;
    struct str key = str_printf(builder->arena, "severity %.*s", STR_ARGS(at->severity.id));
    const struct statement *first = check_first(seen, key, at);
    if (first && first->severity.when.n && at->severity.when.n &&
        !str_equal(first->severity.when, at->severity.when))
        conflict(builder, at,
                 str_printf(builder->arena,
                            "%.*s is defined here and, otherwise, on line %d. Keep one definition.",
                            STR_ARGS(at->severity.id), first->line));
}

static void hint_who(struct builder *builder, const struct statement *at)
{
    const struct response_statement *response = &at->response;
    struct str rest = STR(" must be a role or a person under people: in reeve.yaml.");
    if (response->role.n && !str_equal_nocase(response->role, response->to))
        rest = str_printf(builder->arena,
                          " is told as \"%.*s\": somebody must have this role under "
                          "people: in reeve.yaml.",
                          STR_ARGS(response->role));
    hint(builder, at, "who-is",
         str_printf(builder->arena, "\"%.*s\"%.*s", STR_ARGS(response->to), STR_ARGS(rest)));
}

static void check_response(struct builder *builder, const struct statement *at, struct map *seen)
{
    const struct response_statement *response = &at->response;
    if (response->calendar)
        decide_open(builder, at, "no-calendar",
                    str_printf(builder->arena,
                               "No clock counts the time in \"%.*s\": it is shown and never "
                               "enforced. Give it in hours, for example \"24 hours\".",
                               STR_ARGS(at->text)));
    if (response->act == DUTY_ESCALATE && response->to.n == 0)
        decide_open(
            builder, at, "nobody-named",
            str_printf(builder->arena,
                       "Nobody is named for \"%.*s\". Name who is told (\"%.*s to the head of "
                       "operations\"), or on_call.secondary is told.",
                       STR_ARGS(at->text), STR_ARGS(at->text)));
    else if (response->to.n)
        hint_who(builder, at);
    /* Several escalations of one severity to different parties are a ladder, not a conflict. */
    struct str key = str_printf(builder->arena, "duty %.*s %d %.*s", STR_ARGS(response->level),
                                (int)response->act, STR_ARGS(response->to));
    const struct statement *first = response->level.n ? check_first(seen, key, at) : NULL;
    if (first && (first->response.after_ms != response->after_ms ||
                  first->response.recurring != response->recurring ||
                  first->response.calendar != response->calendar))
        conflict(builder, at,
                 str_printf(builder->arena,
                            "\"%.*s\" for %.*s says something else than line %d. Keep one of them.",
                            STR_ARGS(at->text), STR_ARGS(response->level), first->line));
}

/* "degradation >50%" against "degradation <50%": exactly 50 % belongs to neither. */
static void check_edges(struct builder *builder, const struct statement *at, struct map *seen)
{
    struct words words;
    words_parse(at->severity.when, &words);
    for (int i = 1; i < words.count; i++) {
        enum comparison comparison = CMP_NONE;
        int number = i;
        if (!words_has_comparison(&words, i) || !words_comparison(&words, &number, &comparison))
            continue;
        int from = i;
        while (from > 0 && words.at[from - 1].type == WORD_NAME)
            from--;
        struct str what = words_span(&words, from, i);
        struct str amount = words_span(&words, number, number + 2);
        const char *other = comparison == CMP_OVER    ? "under"
                            : comparison == CMP_UNDER ? "over"
                                                      : NULL;
        const char *mine = comparison == CMP_OVER ? "over" : "under";
        if (!other || from == i)
            continue;
        struct str key =
            str_lower(builder->arena, str_printf(builder->arena, "edge %s %.*s %.*s", mine,
                                                 STR_ARGS(what), STR_ARGS(amount)));
        struct str opposite =
            str_lower(builder->arena, str_printf(builder->arena, "edge %s %.*s %.*s", other,
                                                 STR_ARGS(what), STR_ARGS(amount)));
        (void)check_first(seen, key, at);
        const struct statement *first = map_find(seen, opposite);
        if (first)
            decide_open(
                builder, at, "undefined-edge",
                str_printf(builder->arena,
                           "%.*s of exactly %.*s is neither %.*s (line %d) nor %.*s. Write \"at "
                           "least\" in one of the two.",
                           STR_ARGS(what), STR_ARGS(amount), STR_ARGS(first->severity.id),
                           first->line, STR_ARGS(at->severity.id)));
    }
}

static void hint_no_signal(struct builder *builder, const struct statement *at)
{
    struct str metric = at->alert.metric;
    struct str near = vocabulary_near_phrase(VOCABULARY_SIGNAL, metric);
    struct str guess =
        near.n ? str_printf(builder->arena, "; did you mean \"%.*s\"?", STR_ARGS(near)) : STR(".");
    hint(builder, at, "no-signal",
         str_printf(builder->arena,
                    "\"%.*s\" is no signal known by name%.*s Measure it under signals: in "
                    "reeve.yaml, or say under vocabulary: which one it is.",
                    STR_ARGS(metric), STR_ARGS(guess)));
}

static void check_alert_signal(struct builder *builder, const struct statement *at)
{
    const struct alert_statement *alert = &at->alert;
    if (alert->cmp == CMP_NONE)
        decide_open(
            builder, at, "state-signal",
            str_printf(builder->arena,
                       "\"%.*s\" is a state without a number: which measurement shows it? Bind "
                       "\"%.*s\" under signals: in reeve.yaml.",
                       STR_ARGS(at->text),
                       STR_ARGS(alert->signal.n ? alert->signal : alert->metric)));
    else if (alert->signal.n == 0)
        hint_no_signal(builder, at);
    if (alert->cmp != CMP_NONE && alert->mode == WINDOW_NONE)
        hint(builder, at, "no-window",
             STR("No window is given, so the rule fires as soon as it is true once. Add for "
                 "example \"for 5 minutes\"."));
    if (str_starts_nocase(alert->of, "limit"))
        decide_open(builder, at, "which-limit",
                    str_printf(builder->arena,
                               "Which limit is meant for %.*s? Name it under signals: in "
                               "reeve.yaml.",
                               STR_ARGS(alert->metric)));
    if (str_is(alert->signal, "failed auth attempts"))
        decide_open(
            builder, at, "which-scope",
            STR("Are failed attempts counted over all accounts, per account or per address? "
                "Without a word they are counted over all."));
    if (str_is(alert->signal, "disk usage") || str_is(alert->signal, "memory usage"))
        decide_open(builder, at, "which-hosts",
                    str_printf(builder->arena,
                               "Whose %.*s is meant? Without a word, that of every host "
                               "watched, each by itself.",
                               STR_ARGS(alert->signal)));
}

static void check_alert(struct builder *builder, const struct statement *at, struct map *seen)
{
    struct str level = at->alert.level;
    check_alert_signal(builder, at);
    if (check_first(seen, str_printf(builder->arena, "alerts %.*s", STR_ARGS(level)), at))
        return;
    if (str_is(level, "critical"))
        decide_open(
            builder, at, "which-severity",
            STR("Which severity have critical alerts? Without a word they open P1, and P0 only "
                "when "
                "triage shows an outage; alerts: in reeve.yaml changes it."));
    else if (str_is(level, "warning"))
        decide_open(
            builder, at, "which-severity",
            STR("Which severity have warning alerts? Without a word they open P3 with a message in "
                "working hours; alerts: in reeve.yaml changes it."));
    else if (level.n == 0)
        decide_open(
            builder, at, "which-severity",
            STR("Which severity has this alert? Put it under a heading that names one, for example "
                "\"Critical Alerts\"."));
}

static void check_schedule(struct builder *builder, const struct statement *at)
{
    if (at->schedule.timed && at->schedule.zone.n == 0)
        decide_open(builder, at, "no-zone",
                    STR("No time zone is named. Write it behind the times, for example \"UTC\"."));
    struct str zone = at->schedule.zone;
    bool named = zone.n == 0 || str_is(zone, "UTC") || str_is(zone, "GMT") ||
                 str_find_byte(zone, '/', 0) < zone.n;
    if (!named)
        decide_open(builder, at, "which-zone",
                    str_printf(builder->arena,
                               "\"%.*s\" is not one time zone. Write UTC or a name with its "
                               "place, for example \"Europe/Dublin\".",
                               STR_ARGS(zone)));
}

/* Whom a step tells and what it speaks of, where the words say so. */
static void check_asked(struct builder *builder, const struct statement *at, struct map *seen)
{
    struct words words;
    words_parse(at->text, &words);
    for (int i = 0; i + 1 < words.count && i < 6; i++)
        if ((words_is(&words, i, WD_NOTIFY) || words_is(&words, i, WD_INFORM)) && !words.cut) {
            struct str party = words_span(&words, i + 1, words.count);
            decide_open(builder, at, "who-is",
                        str_printf(builder->arena,
                                   "Who is \"%.*s\"? Name them under people: in reeve.yaml, as a "
                                   "person or as one role, roles: [\"%.*s\"].",
                                   STR_ARGS(str_cut(party, 80)), STR_ARGS(str_cut(party, 80))));
            break;
        }
    for (int i = 0; i < words.count; i++)
        if (words_is(&words, i, WD_STAGING) && !check_first(seen, STR("staging"), at)) {
            decide_open(builder, at, "which-address",
                        STR("Where is staging? Give its address under services: in reeve.yaml."));
            break;
        }
}

static void check_step(struct builder *builder, const struct statement *at, struct map *seen)
{
    if (at->step.asks)
        check_asked(builder, at, seen);
}

/* Another way to the same contact, of the line before which the same was found. */
static bool is_said_again(const struct statement *at, int i)
{
    const struct statement *before = at - 1;
    return i > 0 && before->kind == STATEMENT_CONTACT && before->line == at->line &&
           before->contact.placeholder == at->contact.placeholder;
}

static void check_contact(struct builder *builder, const struct statement *at)
{
    if (at->contact.placeholder)
        decide_open(builder, at, "unfilled",
                    str_printf(builder->arena,
                               "The contact for %.*s is not filled in; nobody is told by it. "
                               "Write who it is and how to reach them.",
                               STR_ARGS(at->contact.service.n ? at->contact.service : at->text)));
    else if (at->contact.address.n == 0)
        hint(builder, at, "no-address",
             str_printf(builder->arena,
                        "\"%.*s\" is no address that can be written to: it is shown to people.",
                        STR_ARGS(at->contact.method.n ? at->contact.method : at->contact.who)));
}

void check_program(struct builder *builder)
{
    struct map seen;
    map_init(&seen, CHECKED_MAX);
    for (int i = 0; i < builder->program->count; i++) {
        const struct statement *at = &builder->program->statements[i];
        if (at->kind == STATEMENT_SEVERITY) {
            check_severity(builder, at, &seen);
            check_edges(builder, at, &seen);
        } else if (at->kind == STATEMENT_RESPONSE) {
            check_response(builder, at, &seen);
        } else if (at->kind == STATEMENT_ALERT) {
            check_alert(builder, at, &seen);
        } else if (at->kind == STATEMENT_SCHEDULE) {
            check_schedule(builder, at);
        } else if (at->kind == STATEMENT_STEP) {
            check_step(builder, at, &seen);
        } else if (at->kind == STATEMENT_CONTACT && !is_said_again(at, i)) {
            check_contact(builder, at);
        }
        check_values(builder, at);
    }
    map_done(&seen);
    check_levels(builder);
    check_commands(builder);
    check_references(builder);
}
