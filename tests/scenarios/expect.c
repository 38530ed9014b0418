/* expect.c - what a scenario wants to have happened since the last "at", and how things stand. */
#include "expect.h"

#include "action/perform.h"

enum { COUNT_ANY = -1, FIELDS_WANTED_MAX = 8 };

/* The line as it stands in the file, put together again. */
static struct str sentence_of(struct scenario *scenario, const struct line *line)
{
    struct text text;
    text_init(&text, &scenario->arena, 1000);
    for (size_t i = 1; i < line->word_count; i++)
        text_printf(&text, line->words[i].quoted ? "%s\"%.*s\"" : "%s%.*s", i > 1 ? " " : "",
                    STR_ARGS(line->words[i].text));
    return text_str(&text);
}

bool expect_word(const struct line *line, size_t at, const char *word)
{
    return at < line->word_count && !line->words[at].quoted && str_is(line->words[at].text, word);
}

const struct word *expect_word_at(const struct line *line, size_t at)
{
    return &line->words[at < line->word_count ? at : line->word_count - 1];
}

bool expect_unmet(struct scenario *scenario, const struct line *line, struct err *err,
                  struct str but)
{
    return scenario_wrong(scenario, err, "expected %.*s, but %.*s",
                          STR_ARGS(sentence_of(scenario, line)), STR_ARGS(but));
}

bool expect_contains(struct str text, struct str part)
{
    if (part.n == 0)
        return true;
    for (size_t i = 0; i + part.n <= text.n; i++)
        if (memcmp(text.p + i, part.p, part.n) == 0)
            return true;
    return false;
}

/* Takes `containing "…"` at *at; "" when there is none. */
bool expect_containing(struct scenario *scenario, const struct line *line, size_t *at,
                       struct str *out_text, struct err *err)
{
    *out_text = STR("");
    if (!expect_word(line, *at, "containing"))
        return true;
    if (*at + 1 >= line->word_count || !line->words[*at + 1].quoted ||
        line->words[*at + 1].text.n == 0)
        return scenario_bad(scenario, &line->words[*at], err,
                            "Behind \"containing\" stands a text in quotes.");
    *out_text = line->words[*at + 1].text;
    *at += 2;
    return true;
}

/* Takes `at TIME`; *out_ms -1: none was said. */
static bool take_time(struct scenario *scenario, const struct line *line, size_t *at,
                      int64_t *out_ms, struct err *err)
{
    *out_ms = -1;
    if (!expect_word(line, *at, "at"))
        return true;
    if (*at + 1 >= line->word_count)
        return scenario_bad(scenario, &line->words[*at], err, "Behind \"at\" stands a time.");
    if (!statement_time(scenario, &line->words[*at + 1], out_ms, err))
        return false;
    *at += 2;
    return true;
}

bool expect_end(struct scenario *scenario, const struct line *line, size_t at, struct err *err)
{
    return at >= line->word_count ||
           scenario_bad(scenario, &line->words[at], err, "\"%.*s\" is not understood here.",
                        STR_ARGS(line->words[at].text));
}

static bool count_fits(const struct wanted *wanted, int64_t count)
{
    return wanted->count == COUNT_ANY ? count > 0 : count == wanted->count;
}

static struct str count_text(struct scenario *scenario, int64_t count)
{
    return count == 0 ? STR("there was none")
                      : str_printf(&scenario->arena, "there %s %lld", count == 1 ? "was" : "were",
                                   (long long)count);
}

/* One condition on a field: NAME="…" or NAME~"…". */
struct field_wanted {
    struct str name, value;
    bool part;
};

static bool read_field(struct scenario *scenario, const struct word *word, enum event_kind kind,
                       struct field_wanted *out_field, struct err *err)
{
    const struct event_row *row = event_row(kind);
    size_t n = 0;
    while (n < word->text.n && word->text.p[n] != '=' && word->text.p[n] != '~')
        n++;
    struct line value;
    struct err inner = {0};
    out_field->name = str_slice(word->text, 0, n);
    out_field->part = n < word->text.n && word->text.p[n] == '~';
    if (n == word->text.n ||
        !script_words(&scenario->arena, str_from(word->text, n + 1), 1, &value, &inner) ||
        value.word_count != 1)
        return scenario_bad(scenario, word, err,
                            "\"%.*s\" is not understood here; a field is NAME=\"…\" or NAME~\"…\".",
                            STR_ARGS(word->text));
    out_field->value = value.words[0].text;
    bool known = str_is(out_field->name, "actor") || str_is(out_field->name, "sentence");
    for (size_t i = 0; i < EVENT_FIELDS_MAX && row->fields[i].name; i++)
        known = known || str_is(out_field->name, row->fields[i].name);
    return known || scenario_bad(scenario, word, err, "The event %s has no field \"%.*s\".",
                                 row->name, STR_ARGS(out_field->name));
}

static struct str field_text(struct arena *arena, const struct event *event, struct str name)
{
    const struct event_row *row = event_row(event->kind);
    size_t i = 0;
    if (str_is(name, "actor"))
        return event->actor;
    if (str_is(name, "sentence"))
        return event_sentence(arena, event);
    while (!str_is(name, row->fields[i].name))
        i++; /* read_field has seen that there is one */
    const struct event_value *value = &event->values[i];
    char instant[INSTANT_TEXT_BYTES];
    struct text text;
    switch (row->fields[i].type) {
    case FIELD_STR:
    case FIELD_TEXT: return value->str;
    case FIELD_BOOL: return value->integer ? STR("true") : STR("false");
    case FIELD_INSTANT:
        instant_write((struct instant){value->integer}, instant);
        return str_copy(arena, str_of(instant));
    case FIELD_REAL:
        text_init(&text, arena, 64);
        text_real(&text, value->real);
        return text_str(&text);
    case FIELD_INT:
    case FIELD_NONE: break;
    }
    return str_printf(arena, "%lld", (long long)value->integer);
}

static bool fields_fit(struct arena *arena, const struct event *event,
                       const struct field_wanted *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct str text = field_text(arena, event, fields[i].name);
        if (fields[i].part ? !expect_contains(text, fields[i].value)
                           : !str_equal(text, fields[i].value))
            return false;
    }
    return true;
}

static bool expect_event(struct scenario *scenario, const struct line *line,
                         const struct wanted *wanted, struct err *err)
{
    struct field_wanted fields[FIELDS_WANTED_MAX];
    size_t field_count = 0;
    enum event_kind kind;
    size_t at = wanted->at;
    int64_t time_ms;
    if (at >= line->word_count || !event_kind_find(line->words[at].text, &kind))
        return scenario_bad(scenario, expect_word_at(line, at), err,
                            "Behind \"event\" stands its kind, such as alert.fired.");
    for (at++; at < line->word_count && !expect_word(line, at, "at"); at++)
        if (field_count == FIELDS_WANTED_MAX ||
            !read_field(scenario, &line->words[at], kind, &fields[field_count++], err))
            return false;
    if (!take_time(scenario, line, &at, &time_ms, err) || !expect_end(scenario, line, at, err))
        return false;
    int64_t count = 0;
    for (size_t i = scenario->window_event; i < scenario->core.memory.count; i++) {
        struct arena arena;
        arena_init(&arena);
        struct event event = story_event(scenario, &arena, i);
        count += event.kind == kind && (time_ms < 0 || story_event_ms(scenario, i) == time_ms) &&
                 fields_fit(&arena, &event, fields, field_count);
        arena_done(&arena);
    }
    return count_fits(wanted, count) ||
           expect_unmet(scenario, line, err, count_text(scenario, count));
}

/* page [to NAME] [by METHOD] [containing "…"]… [at TIME] */
static bool expect_page(struct scenario *scenario, const struct line *line,
                        const struct wanted *wanted, struct err *err)
{
    struct str parts[FIELDS_WANTED_MAX];
    size_t part_count = 0;
    size_t at = wanted->at;
    int64_t time_ms;
    enum method method = METHODS;
    struct str person = STR("");
    if (expect_word(line, at, "to") && at + 1 < line->word_count) {
        person = line->words[at + 1].text;
        at += 2;
    }
    if (expect_word(line, at, "by")) {
        const struct word *word = expect_word_at(line, at + 1);
        method = METHOD_SMTP;
        if (!expect_word(line, at + 1, "mail") && (!word || !method_find(word->text, &method)))
            return scenario_bad(scenario, word, err,
                                "By mail, webhook, ntfy, sms, voice, slack or another way.");
        at += 2;
    }
    while (expect_word(line, at, "containing") && part_count < FIELDS_WANTED_MAX)
        if (!expect_containing(scenario, line, &at, &parts[part_count++], err))
            return false;
    if (!take_time(scenario, line, &at, &time_ms, err) || !expect_end(scenario, line, at, err))
        return false;
    int64_t count = 0;
    for (size_t i = scenario->window_sent; i < scenario->sent_count; i++) {
        const struct sent *sent = &scenario->sent[i];
        bool fits = !sent->follows && (person.n == 0 || str_equal(sent->person, person)) &&
                    (method == METHODS || sent->method == method) &&
                    (time_ms < 0 || sent->at_ms == time_ms);
        for (size_t p = 0; p < part_count; p++)
            fits = fits && (expect_contains(sent->text, parts[p]) ||
                            expect_contains(sent->subject, parts[p]));
        count += fits;
    }
    return count_fits(wanted, count) ||
           expect_unmet(scenario, line, err, count_text(scenario, count));
}

static bool expect_reply(struct scenario *scenario, const struct line *line,
                         const struct wanted *wanted, struct err *err)
{
    struct answered *answered = &scenario->answered;
    size_t at = wanted->at;
    bool ok = expect_word(line, at, "ok");
    struct str part;
    if (!ok && !expect_word(line, at, "refused"))
        return scenario_bad(scenario, expect_word_at(line, at), err,
                            "Write: expect reply ok, or expect reply refused.");
    if (answered->line == 0)
        return scenario_bad(scenario, &line->words[0], err, "Nothing was asked yet.");
    answered->waits = false;
    at++;
    struct str but =
        str_printf(&scenario->arena, "it was %s: %.*s", answered->ok ? "ok" : "refused",
                   STR_ARGS(str_trim(answered->text)));
    if (ok != answered->ok)
        return expect_unmet(scenario, line, err, but);
    while (expect_word(line, at, "containing")) {
        if (!expect_containing(scenario, line, &at, &part, err))
            return false;
        if (!expect_contains(answered->text, part))
            return expect_unmet(scenario, line, err, but);
    }
    for (; expect_word(line, at, "lacking"); at += 2) {
        if (at + 1 >= line->word_count || !line->words[at + 1].quoted)
            return scenario_bad(scenario, &line->words[at], err,
                                "Behind \"lacking\" stands a text in quotes.");
        if (expect_contains(answered->text, line->words[at + 1].text))
            return expect_unmet(scenario, line, err, but);
    }
    return expect_end(scenario, line, at, err);
}

static bool find_rule(struct scenario *scenario, const struct word *word, size_t *out_index,
                      struct err *err)
{
    const struct rules *rules = &scenario->core.world.rules;
    size_t found = 0;
    for (size_t i = 0; i < rules->count; i++) {
        if (!expect_contains(rules->items[i].title, word->text))
            continue;
        *out_index = i;
        found++;
    }
    return found == 1 ||
           scenario_bad(scenario, word, err, "%zu rules of the runbook contain \"%.*s\"; name one.",
                        found, STR_ARGS(word->text));
}

static struct str rule_text(struct scenario *scenario, size_t index)
{
    const struct world *world = &scenario->core.world;
    const struct rule *rule = &world->rules.items[index];
    const struct alert *alert = alert_find(&world->alerts, rule->id);
    struct text text;
    text_init(&text, &scenario->arena, 4000);
    text_printf(&text, "%s", alert ? alert_state_name(alert->state) : "inactive");
    if (alert && !instant_is_zero(alert->unknown_since))
        text_adds(&text, ", unknown");
    if (world->evaluations)
        text_printf(&text, "; %.*s; %.*s", STR_ARGS(world->evaluations[index].value_text),
                    STR_ARGS(world->evaluations[index].reason));
    text_printf(&text, "; %.*s",
                STR_ARGS(alert_progress(&scenario->arena, alert, rule,
                                        world->evaluations ? &world->evaluations[index] : NULL,
                                        scenario_now(scenario))));
    return text_str(&text);
}

static bool rule_fits(const struct alert *alert, const struct word *word, bool *out_fits)
{
    enum alert_state state = alert ? alert->state : ALERT_INACTIVE;
    bool unknown = alert && !instant_is_zero(alert->unknown_since);
    if (str_is(word->text, "unknown"))
        *out_fits = unknown;
    else if (str_is(word->text, "known"))
        *out_fits = !unknown;
    else if (str_is(word->text, "inactive") || str_is(word->text, "pending") ||
             str_is(word->text, "firing"))
        *out_fits = str_is(word->text, alert_state_name(state));
    else
        return false;
    return true;
}

/* rule "…" STATE… [containing "…"]… */
static bool expect_rule(struct scenario *scenario, const struct line *line,
                        const struct wanted *wanted, struct err *err)
{
    size_t index = 0;
    size_t at = wanted->at;
    if (at >= line->word_count || !line->words[at].quoted)
        return scenario_bad(scenario, expect_word_at(line, at), err,
                            "Behind \"rule\" stand words of it in quotes.");
    if (!find_rule(scenario, &line->words[at], &index, err))
        return false;
    struct str text = rule_text(scenario, index);
    const struct alert *alert =
        alert_find(&scenario->core.world.alerts, scenario->core.world.rules.items[index].id);
    for (at++; at < line->word_count && !expect_word(line, at, "containing"); at++) {
        bool fits = false;
        if (!rule_fits(alert, &line->words[at], &fits))
            return scenario_bad(scenario, &line->words[at], err,
                                "A rule is inactive, pending or firing, and known or unknown.");
        if (!fits)
            return expect_unmet(scenario, line, err,
                                str_printf(&scenario->arena, "it is %.*s", STR_ARGS(text)));
    }
    while (expect_word(line, at, "containing")) {
        struct str part;
        if (!expect_containing(scenario, line, &at, &part, err))
            return false;
        if (!expect_contains(text, part))
            return expect_unmet(scenario, line, err,
                                str_printf(&scenario->arena, "it is %.*s", STR_ARGS(text)));
    }
    return expect_end(scenario, line, at, err);
}

struct str expect_shown(struct scenario *scenario, const char *noun, int64_t number)
{
    const char *const words[] = {noun, "show",
                                 str_printf(&scenario->arena, "%lld", (long long)number).p};
    struct call call;
    struct reply reply;
    struct err err = {0};
    int used = 0;
    const struct action *action = action_find(3, words, &used);
    reply_init(&reply, &scenario->arena);
    call_init(&call, action, caller_of_user(&scenario->arena, STR("scenario")));
    if (!call_parse(&call, &scenario->arena, 3 - used, words + used, &err) ||
        !action_perform(&scenario->core.engine, &call, scenario_now(scenario), &reply, &err))
        return str_copy(&scenario->arena, str_of(err.text));
    return text_str(&reply.text);
}

static bool expect_no_incident(struct scenario *scenario, const struct line *line, size_t at,
                               struct err *err)
{
    const struct incidents *incidents = &scenario->core.world.incidents;
    int64_t number = 0;
    if (at == line->word_count)
        return incidents->last_number == 0 ||
               expect_unmet(scenario, line, err,
                            str_printf(&scenario->arena, "there have been %lld",
                                       (long long)incidents->last_number));
    if (!str_int(line->words[at].text, &number))
        return scenario_bad(scenario, &line->words[at], err,
                            "Write: expect no incident, or expect no incident 2.");
    if (!expect_end(scenario, line, at + 1, err))
        return false;
    return incidents->last_number < number ||
           expect_unmet(scenario, line, err, STR("there is one"));
}

/* incident N [SEVERITY] [STATE] [containing "…"]… */
static bool expect_incident(struct scenario *scenario, const struct line *line,
                            const struct wanted *wanted, struct err *err)
{
    const struct world *world = &scenario->core.world;
    int64_t number = 0;
    size_t at = wanted->at;
    if (wanted->count == 0)
        return expect_no_incident(scenario, line, at, err);
    if (at >= line->word_count || !str_int(line->words[at].text, &number))
        return scenario_bad(scenario, expect_word_at(line, at), err,
                            "Behind \"incident\" stands its number.");
    const struct incident *incident = incident_find(&world->incidents, number);
    bool past = !incident && number >= 1 && number <= world->incidents.last_number;
    if (past && expect_word(line, at + 1, "resolved")) /* the state keeps what is open */
        return expect_end(scenario, line, at + 2, err);
    if (!incident)
        return expect_unmet(scenario, line, err,
                            past ? STR("it is resolved") : STR("there is no such incident"));
    struct str but = str_printf(&scenario->arena, "it is %s %s: %s", incident->severity,
                                incident_state_name(incident->state), incident->title);
    for (at++; at < line->word_count && !expect_word(line, at, "containing"); at++) {
        struct str word = line->words[at].text;
        bool severity = severity_find(&world->plan, word) != NULL;
        bool state = false;
        for (int i = 0; i < INCIDENT_STATES; i++)
            state = state || str_is(word, incident_state_name((enum incident_state)i));
        if (!severity && !state)
            return scenario_bad(scenario, &line->words[at], err,
                                "\"%.*s\" is neither a severity of the runbook nor open, "
                                "acknowledged, mitigated or resolved.",
                                STR_ARGS(word));
        if (severity ? !str_equal_nocase(word, str_of(incident->severity))
                     : !str_is(word, incident_state_name(incident->state)))
            return expect_unmet(scenario, line, err, but);
    }
    while (expect_word(line, at, "containing")) {
        struct str part;
        if (!expect_containing(scenario, line, &at, &part, err))
            return false;
        struct str text = expect_shown(scenario, "incident", number);
        if (!expect_contains(text, part))
            return expect_unmet(scenario, line, err,
                                str_printf(&scenario->arena, "it shows: %.*s", STR_ARGS(text)));
    }
    return expect_end(scenario, line, at, err);
}

/* next due at TIME | next due never */
static bool expect_next(struct scenario *scenario, const struct line *line,
                        const struct wanted *wanted, struct err *err)
{
    size_t at = wanted->at;
    int64_t want_ms = -1;
    bool never = expect_word(line, at, "due") && expect_word(line, at + 1, "never");
    struct instant due = clock_next_due(scenario);
    at += never ? 2 : 1;
    if (!never && (!take_time(scenario, line, &at, &want_ms, err)))
        return false;
    if (!never && want_ms < 0)
        return scenario_bad(scenario, &line->words[0], err,
                            "Write: expect next due at 2m30s, or expect next due never.");
    if (!expect_end(scenario, line, at, err))
        return false;
    if (instant_is_zero(due))
        return never || expect_unmet(scenario, line, err, STR("nothing is due"));
    int64_t due_ms = scenario_boot_ms(scenario, due);
    return (!never && due_ms == want_ms) ||
           expect_unmet(scenario, line, err,
                        str_printf(&scenario->arena, "it is due at %.*s",
                                   STR_ARGS(story_time(&scenario->arena, due_ms))));
}

static const struct thing {
    const char *name, *several; /* several NULL: it cannot be counted */
    bool running;               /* Reeve must run */
    bool (*expect)(struct scenario *scenario, const struct line *line, const struct wanted *wanted,
                   struct err *err);
} things[] = {
    {"event", "events", false, expect_event},  {"page", "pages", false, expect_page},
    {"reply", NULL, false, expect_reply},      {"rule", NULL, true, expect_rule},
    {"incident", NULL, true, expect_incident}, {"next", NULL, true, expect_next},
    {"run", NULL, true, runs_expect},
};

bool expect_play(struct scenario *scenario, const struct line *line, struct err *err)
{
    struct wanted wanted = {.count = COUNT_ANY};
    size_t at = 1;
    if (expect_word(line, at, "no")) {
        wanted.count = 0;
        at++;
    } else if (at < line->word_count && str_int(line->words[at].text, &wanted.count)) {
        at++;
    }
    for (size_t i = 0; i < sizeof things / sizeof *things; i++) {
        bool counted = things[i].several && expect_word(line, at, things[i].several);
        if (!counted && !expect_word(line, at, things[i].name))
            continue;
        if (wanted.count > 0 && !things[i].several)
            return scenario_bad(scenario, &line->words[1], err, "This cannot be counted.");
        if (things[i].running && !scenario->core.up)
            return scenario_bad(scenario, &line->words[at], err, "Reeve does not run.");
        wanted.at = at + 1;
        return things[i].expect(scenario, line, &wanted, err);
    }
    return scenario_bad(scenario, expect_word_at(line, at), err,
                        "What is expected is an event, page, reply, rule, incident, run, or "
                        "\"next due\".");
}
