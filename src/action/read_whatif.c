/* read_whatif.c - "alert whatif": who would be told of what, in which order, if rules fired. */
#include "action/reads.h"

#include "alert/meant.h"
#include "base/moment.h"
#include "calendar/rule.h"
#include "state/whatif.h"

enum { CHOICES_BYTES_MAX = 600 };

/* All rules of the one line that is meant, by its number, its words, or a part of these. */
static bool find_rule(const struct world *world, struct arena *arena, struct str asked,
                      bool *out_firing, struct err *err)
{
    struct str words = str_trim(asked);
    bool *meant = NULL;
    size_t count = rules_meant(arena, &world->rules, words, &meant);
    if (count == 0)
        return err_set(err, ERR_USAGE, NULL,
                       "\"%.*s\" is no rule of the runbook; \"reeve alert list\" shows them.",
                       STR_ARGS(str_cut(words, 100)));
    if (!rules_are_of_one_line(&world->rules, meant)) {
        struct str choices = rules_choices(arena, &world->rules, meant, CHOICES_BYTES_MAX);
        return err_set(err, ERR_USAGE, NULL,
                       "%zu rules could be meant by \"%.*s\": %.*s; say more of its words, or its "
                       "line.",
                       count, STR_ARGS(str_cut(words, 100)), STR_ARGS(choices));
    }
    for (size_t i = 0; i < world->rules.count; i++)
        out_firing[i] = out_firing[i] || meant[i];
    return true;
}

/* A sentence may have commas: all of it first, then its parts. */
static bool find_rules(const struct world *world, struct arena *arena, struct str asked,
                       bool *out_firing, struct err *err)
{
    struct err whole = {0};
    if (find_rule(world, arena, asked, out_firing, &whole))
        return true;
    if (str_find_byte(asked, ',', 0) == asked.n) {
        *err = whole;
        return false;
    }
    for (size_t at = 0; at <= asked.n;) {
        size_t end = str_find_byte(asked, ',', at);
        if (!find_rule(world, arena, str_slice(asked, at, end), out_firing, err))
            return false;
        at = end + 1;
    }
    return true;
}

static struct str time_text(struct arena *arena, struct instant at)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    char text[INSTANT_TEXT_BYTES];
    instant_write(at, text);
    return str_printf(arena, "%s %.10s %.8sZ", days[civil_of(at).weekday], text, text + 11);
}

static void say_rules(const struct world *world, const bool *firing, struct reply *reply,
                      struct json_writer *w)
{
    json_open_array(w, "rules");
    for (size_t i = 0; i < world->rules.count; i++) {
        const struct rule *rule = &world->rules.items[i];
        if (!firing[i])
            continue;
        const struct severity_level *level = severity_of_alert(&world->plan, rule->level);
        text_printf(&reply->text, "%.*s (line %d): opens %.*s%s%.*s, answered within %.*s\n",
                    STR_ARGS(rule_shown(reply->arena, rule)), rule->line, STR_ARGS(level->id),
                    level->word.n ? " " : "", STR_ARGS(level->word),
                    STR_ARGS(duration_text(reply->arena, level->respond_ms)));
        json_open_object(w, NULL);
        json_str(w, "rule", rule->id);
        json_int(w, "line", rule->line);
        json_str(w, "title", rule->title);
        json_str(w, "severity", level->id);
        json_int(w, "respond_ms", level->respond_ms);
        json_close_object(w);
    }
    json_close_array(w);
}

/* When the first fact of a kind is due; else the instant that was asked for. */
static struct instant time_of(const struct whatif *whatif, enum event_kind kind, struct instant at)
{
    for (size_t i = 0; i < whatif->count; i++)
        if (whatif->facts[i].event.kind == kind)
            return whatif->facts[i].at;
    return at;
}

/* As the pager will, when the time for it has come. */
static void say_party(const struct world *world, const char *party, struct instant at,
                      struct reply *reply, struct json_writer *w)
{
    const struct person **people =
        arena_array(reply->arena, LIMIT_PEOPLE, sizeof(const struct person *));
    size_t count = strcmp(party, ONCALL_SECONDARY) == 0
                       ? oncall_unanswered(&world->oncall, at, people)
                       : oncall_party(&world->oncall, str_of(party), at, people);
    text_printf(&reply->text, "%s: ", party);
    json_open_array(w, party);
    for (size_t i = 0; i < count; i++) {
        text_printf(&reply->text, "%s%.*s", i ? ", " : "", STR_ARGS(people[i]->id));
        json_str(w, NULL, people[i]->id);
    }
    json_close_array(w);
    text_adds(&reply->text, count ? "\n" : "nobody can be reached\n");
}

/* The runbook's windows around the instant; they mute nothing: silences do. */
static void say_windows(const struct world *world, struct instant at, struct reply *reply,
                        struct json_writer *w)
{
    const struct program *program = world->program;
    struct calendar calendar = {.zone = zone_utc()};
    json_open_array(w, "windows");
    for (int i = 0; i < program->count; i++) {
        const struct statement *statement = &program->statements[i];
        const struct schedule_statement *schedule = &statement->schedule;
        struct recurrence_rule rule;
        struct rule_span span;
        struct err err = {0};
        if (statement->kind != STATEMENT_SCHEDULE || schedule->form != SCHEDULE_WINDOW)
            continue;
        bool utc = str_is_nocase(schedule->zone, "UTC") || str_is_nocase(schedule->zone, "GMT");
        bool known = utc && rule_of_schedule(schedule, &rule, &err) &&
                     rule_find_span(&rule, &calendar, at, &span, &err);
        if (known && !span.inside)
            continue;
        text_printf(&reply->text, "window on line %d, %.*s: %s; a window mutes no page\n",
                    statement->line, STR_ARGS(statement->text),
                    known ? "applies then"
                    : utc ? "cannot be told"
                          : "in a zone that cannot be told here");
        json_open_object(w, NULL);
        json_int(w, "line", statement->line);
        json_str(w, "text", statement->text);
        json_bool(w, "known", known);
        json_close_object(w);
    }
    json_close_array(w);
}

/* "  silenced until 16:00 UTC by ana: …; it opens nothing before that", or that it does not count.
 */
static void say_silences(const struct world *world, const bool *firing, struct instant at,
                         struct reply *reply, struct json_writer *w)
{
    size_t count = 0;
    const struct whatif_silence *found = whatif_silences(world, reply->arena, firing, at, &count);
    json_open_array(w, "silences");
    for (size_t i = 0; i < count; i++) {
        const struct silence *silence = found[i].silence;
        text_printf(&reply->text, "silence %lld of %s, line %d: %.*s; %s\n",
                    (long long)silence->number, silence->title, found[i].rule->line,
                    STR_ARGS(silence_words(reply->arena, silence, at)),
                    found[i].is_over ? "it is over by then and mutes nothing"
                                     : "nothing is opened and nobody is told before that");
        json_open_object(w, NULL);
        json_int(w, "number", silence->number);
        json_str(w, "of", str_of(silence->title));
        json_str(w, "by", str_of(silence->by));
        json_str(w, "reason", str_of(silence->reason));
        reply_instant(w, "until", silence->until);
        json_int(w, "line", found[i].rule->line);
        json_bool(w, "mutes", !found[i].is_over);
        json_close_object(w);
    }
    json_close_array(w);
}

static void say_fact(const struct whatif_fact *fact, struct instant at, struct reply *reply,
                     struct json_writer *w)
{
    struct str sentence = event_sentence(reply->arena, &fact->event);
    int64_t after_ms = instant_ms_between(at, fact->at) / 1000 * 1000;
    text_printf(&reply->text, "  %.*s  %s%-11.*s %.*s", STR_ARGS(time_text(reply->arena, fact->at)),
                after_ms > 0 ? "+" : " ",
                STR_ARGS(after_ms > 0 ? duration_text(reply->arena, after_ms) : STR("at once")),
                STR_ARGS(sentence));
    if (fact->held)
        text_adds(&reply->text, " Muted until then: this severity waits for working hours, Monday "
                                "to Friday 09:00-17:00 UTC.");
    if (fact->again > 0)
        text_printf(&reply->text, " Again %lld times while nobody answers.",
                    (long long)fact->again);
    text_byte(&reply->text, '\n');
    json_open_object(w, NULL);
    reply_instant(w, "at", fact->at);
    json_int(w, "after_ms", after_ms);
    json_str(w, "kind", str_of(event_row(fact->event.kind)->name));
    json_str(w, "sentence", sentence);
    json_bool(w, "held", fact->held);
    json_int(w, "again", fact->again);
    json_close_object(w);
}

static void say_facts(const struct whatif *whatif, struct instant at, struct reply *reply,
                      struct json_writer *w)
{
    text_printf(&reply->text, "if they fire at %.*s and nobody answers:\n",
                STR_ARGS(time_text(reply->arena, at)));
    json_open_array(w, "facts");
    for (size_t i = 0; i < whatif->count; i++)
        say_fact(&whatif->facts[i], at, reply, w);
    json_close_array(w);
    if (whatif->count == 0)
        text_adds(&reply->text, "  nothing: what they belong to is open already and said, or it is "
                                "silenced for longer than is looked ahead\n");
    if (whatif->is_cut)
        text_adds(&reply->text, "  and more\n");
}

bool read_alert_whatif(const struct call *call, const struct world *world, struct reply *reply,
                       struct err *err)
{
    bool *firing = arena_array(reply->arena, world->rules.count + 1, sizeof *firing);
    struct instant at = world->now;
    struct str said = call_str(call, "at");
    if ((said.n > 0 && !moment_parse(said, MOMENT_AHEAD, world->now, &at, err)) ||
        !find_rules(world, reply->arena, call_str(call, "firing"), firing, err))
        return false;
    struct whatif whatif = whatif_play(world, reply->arena, firing, at);
    struct json_writer w = {.text = &reply->json};
    json_open_object(&w, NULL);
    reply_instant(&w, "at", at);
    say_rules(world, firing, reply, &w);
    say_party(world, ONCALL_PRIMARY, time_of(&whatif, EVENT_PAGE_REQUESTED, at), reply, &w);
    say_party(world, ONCALL_SECONDARY, time_of(&whatif, EVENT_INCIDENT_RESPONSE_MISSED, at), reply,
              &w);
    say_windows(world, at, reply, &w);
    say_silences(world, firing, at, reply, &w);
    say_facts(&whatif, at, reply, &w);
    json_close_object(&w);
    return true;
}
