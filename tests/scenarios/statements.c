/* statements.c - what a scenario can say: one row a statement, and its playing. */
#include "scenario.h"

#include "action/perform.h"
#include "harness/test.h"

#include <stdarg.h>
#include <stdio.h>

enum { FILE_BYTES_MAX = 4 << 20 };

bool scenario_bad(const struct scenario *scenario, const struct word *word, struct err *err,
                  const char *format, ...)
{
    char text[700], place[256];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    (void)snprintf(place, sizeof place, "%.*s:%d:%zu", STR_ARGS(scenario->script.file),
                   scenario->line->number, word->column);
    return err_set(err, ERR_USAGE, place, "%s", text);
}

bool scenario_wrong(const struct scenario *scenario, struct err *err, const char *format, ...)
{
    char text[700], place[256];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    (void)snprintf(place, sizeof place, "%.*s:%d", STR_ARGS(scenario->script.file),
                   scenario->line->number);
    return err_set(err, ERR_REFUSED, place, "%s", text);
}

/* The block, or the file that the one word names, from the root of the project. */
static bool read_text(struct scenario *scenario, const struct line *line, struct str *out_file,
                      struct str *out_text, struct err *err)
{
    struct arena *arena = &scenario->arena;
    if ((line->word_count == 2) == (line->block_line > 0) || line->word_count > 2)
        return scenario_bad(scenario, &line->words[0], err,
                            "Behind it stands a file, or below it, indented by 4, the text.");
    *out_file = scenario->script.file;
    *out_text = line->block;
    if (line->word_count == 1)
        return true;
    *out_file = str_copy(arena, line->words[1].text);
    FILE *file = fopen(test_source_path(arena, out_file->p).p, "rb");
    if (!file)
        return scenario_bad(scenario, &line->words[1], err, "There is no file %.*s.",
                            STR_ARGS(line->words[1].text));
    char *data = arena_alloc(arena, FILE_BYTES_MAX);
    *out_text = (struct str){data, fread(data, 1, FILE_BYTES_MAX, file)};
    (void)fclose(file);
    return true;
}

static bool play_runbook(struct scenario *scenario, const struct line *line, struct err *err)
{
    struct str file;
    struct str text;
    struct err inner = {0};
    if (!read_text(scenario, line, &file, &text, err))
        return false;
    if (!program_read(&scenario->arena, STR("RUNBOOK.md"), text, &scenario->program, &inner))
        return scenario_bad(scenario, &line->words[0], err, "The runbook cannot be read: %s %s",
                            inner.place, inner.text);
    for (int i = 0; i < scenario->program->finding_count; i++) {
        const struct finding *finding = &scenario->program->findings[i];
        if (finding->level == FINDING_ERROR)
            return scenario_bad(scenario, &line->words[0], err, "The runbook's line %d: %.*s",
                                finding->line, STR_ARGS(finding->text));
    }
    return !scenario->begun || (clock_take_runbook(scenario, err) && clock_turn(scenario, err));
}

static bool play_config(struct scenario *scenario, const struct line *line, struct err *err)
{
    struct config_input input = {.file = STR("reeve.yaml")};
    struct config_errors errors;
    struct str file;
    if (scenario->begun && scenario->core.up)
        return scenario_bad(scenario, &line->words[0], err,
                            "The configuration stands before the first \"at\", or changes while "
                            "Reeve is stopped.");
    if (!read_text(scenario, line, &file, &input.text, err))
        return false;
    if (!config_read(&scenario->arena, &input, &scenario->config, &errors))
        return scenario_bad(scenario, &line->words[0], err, "%s: %s", errors.items[0].place,
                            errors.items[0].text);
    scenario->config_known = true;
    targets_make(scenario);
    return true;
}

bool statement_time(const struct scenario *scenario, const struct word *word, int64_t *out_ms,
                    struct err *err)
{
    struct instant at;
    int64_t length_ms;
    bool further = str_starts(word->text, "+");
    if (script_length(further ? str_from(word->text, 1) : word->text, &length_ms)) {
        *out_ms = length_ms + (further ? scenario->boot_ms : 0);
        return true;
    }
    if (instant_parse(word->text, &at)) {
        *out_ms = scenario_boot_ms(scenario, at);
        return true;
    }
    return scenario_bad(scenario, word, err,
                        "\"%.*s\" is no time: write 2m30s (since the begin), +30s (from now) or "
                        "2026-03-29T01:00:00Z.",
                        STR_ARGS(word->text));
}

static bool begin(struct scenario *scenario, const struct line *line, struct err *err)
{
    if (!scenario->program || !scenario->config_known)
        return scenario_bad(scenario, &line->words[0], err,
                            "Before the first \"at\" stand runbook and config.");
    (void)!instant_parse(line->words[1].text, &scenario->start);
    return true;
}

static bool play_at(struct scenario *scenario, const struct line *line, struct err *err)
{
    int64_t to_ms;
    if (line->word_count != 2)
        return scenario_bad(scenario, &line->words[0], err, "Write: at 2m30s.");
    if (!scenario->begun && !begin(scenario, line, err))
        return false;
    if (!statement_time(scenario, &line->words[1], &to_ms, err))
        return false;
    if (to_ms < scenario->boot_ms)
        return scenario_bad(scenario, &line->words[1], err, "That is past: it is %.*s already.",
                            STR_ARGS(story_time(&scenario->arena, scenario->boot_ms)));
    scenario->window_line = line->number;
    scenario->window_ms = scenario->boot_ms;
    scenario->window_event = scenario->core.memory.count;
    scenario->window_sent = scenario->sent_count;
    return clock_advance(scenario, to_ms, err);
}

static bool play_clock(struct scenario *scenario, const struct line *line, struct err *err)
{
    int64_t by_ms;
    struct str text = line->word_count == 2 ? line->words[1].text : STR("");
    bool back = str_starts(text, "-");
    if ((!back && !str_starts(text, "+")) || !script_length(str_from(text, 1), &by_ms))
        return scenario_bad(scenario, &line->words[0], err,
                            "Write: clock +1h or clock -1h, by what the wall clock is set.");
    scenario->offset_ms += back ? -by_ms : by_ms;
    return true;
}

static struct watched *target_of(struct scenario *scenario, const struct line *line,
                                 struct err *err)
{
    struct watched *target =
        line->word_count > 1 ? targets_find(scenario, line->words[1].text) : NULL;
    if (!target)
        (void)scenario_bad(scenario, &line->words[line->word_count > 1], err,
                           "Behind \"%.*s\" stands a target of the configuration.",
                           STR_ARGS(line->words[0].text));
    return target;
}

static bool sample_block(struct scenario *scenario, struct watched *target, const struct line *line,
                         struct err *err)
{
    struct str rest = line->block;
    struct str text;
    struct line *own = arena_make(&scenario->arena, struct line);
    own->number = line->block_line;
    scenario->line = own;
    for (; rest.p && str_split(&rest, '\n', &text); own->number++) {
        struct err inner = {0};
        if (!script_words(&scenario->arena, text, 5, own, &inner))
            return scenario_bad(scenario, &(struct word){.column = 5}, err, "%s", inner.text);
        if (own->word_count > 0 && !targets_sample(scenario, target, own, 0, err))
            return false;
    }
    scenario->line = line;
    return true;
}

static bool play_sample(struct scenario *scenario, const struct line *line, struct err *err)
{
    struct watched *target = target_of(scenario, line, err);
    if (!target)
        return false;
    if ((line->word_count > 2) == (line->block_line > 0))
        return scenario_bad(scenario, &line->words[0], err,
                            "Behind the target stands a series, or below it stand several.");
    if (line->word_count > 2)
        return targets_sample(scenario, target, line, 2, err);
    return sample_block(scenario, target, line, err);
}

static bool play_scrape(struct scenario *scenario, const struct line *line, struct err *err)
{
    struct watched *target = target_of(scenario, line, err);
    struct str word = line->word_count > 2 ? line->words[2].text : STR("");
    if (!target)
        return false;
    if (line->block_line > 0 && !str_is(word, "gives"))
        word = STR("");
    if (str_is(word, "fails")) {
        target->problem = line->word_count > 3 ? line->words[3].text
                                               : STR("it cannot be reached: Connection refused");
    } else if (str_is(word, "answers") && line->word_count == 3) {
        target->problem = STR("");
        target->body = (struct str){0};
    } else if (str_is(word, "gives") && line->word_count == 3 && line->block_line > 0) {
        target->problem = STR("");
        target->body = line->block;
    } else {
        return scenario_bad(scenario, &line->words[0], err,
                            "Write: scrape TARGET fails \"why\", scrape TARGET answers, or scrape "
                            "TARGET gives, with the text below it.");
    }
    return true;
}

static bool play_worker(struct scenario *scenario, const struct line *line, struct err *err)
{
    return workers_script(scenario, line, err);
}

static bool perform(struct scenario *scenario, struct call *call, int argc, const char *const *argv,
                    struct err *err)
{
    struct reply reply;
    struct err refused = {0};
    reply_init(&reply, &scenario->arena);
    bool good =
        call_parse(call, &scenario->arena, argc, argv, &refused) &&
        action_perform(&scenario->core.engine, call, scenario_now(scenario), &reply, &refused);
    scenario->answered = (struct answered){
        .waits = true,
        .ok = good,
        .line = scenario->line->number,
        .text = good ? text_str(&reply.text) : str_copy(&scenario->arena, str_of(refused.text))};
    return clock_turn(scenario, err);
}

static bool play_call(struct scenario *scenario, const struct line *line, struct err *err)
{
    const char *argv[SCENARIO_WORDS_MAX];
    int argc = 0;
    int used = 0;
    size_t by = line->word_count < 4 ? 0 : line->word_count - 2;
    if (by == 0 || !str_is(line->words[by].text, "by"))
        return scenario_bad(scenario, &line->words[0], err,
                            "Write: call incident ack 1 by anna (or: by token, the page's).");
    for (size_t i = 1; i < by; i++)
        argv[argc++] = str_copy(&scenario->arena, line->words[i].text).p;
    const struct action *action = action_find(argc, argv, &used);
    if (!action || action->effect == EFFECT_LOCAL)
        return scenario_bad(scenario, &line->words[1], err,
                            "The running Reeve has no such command.");
    struct str who = line->words[by + 1].text;
    struct call call;
    call_init(&call, action,
              str_is(who, "token") ? caller_of_token() : caller_of_user(&scenario->arena, who));
    return perform(scenario, &call, argc - used, argv + used, err);
}

static bool play_step(struct scenario *scenario, const struct line *line, struct err *err)
{
    return runs_step(scenario, line, err);
}

static bool play_link(struct scenario *scenario, const struct line *line, struct err *err)
{
    return workers_link(scenario, line, err);
}

/* Ended as by SIGTERM: it still says so. */
static bool play_stop(struct scenario *scenario, const struct line *line, struct err *err)
{
    struct event_list events;
    struct err inner = {0};
    (void)line;
    event_list_init(&events, &scenario->arena);
    struct event *event = event_list_add(&events, EVENT_NODE_STOPPED, scenario_now(scenario),
                                         STR("reeve"), STR("node:local"));
    event_set_str(event, "reason", STR("signal 15"));
    if (!engine_append(&scenario->core.engine, &events, &inner) && !scenario->core.crashed)
        return scenario_wrong(scenario, err, "the stop cannot be recorded: %s", inner.text);
    clock_kill(scenario);
    scenario->stopped = true;
    return true;
}

static bool play_kill(struct scenario *scenario, const struct line *line, struct err *err)
{
    (void)line;
    (void)err;
    clock_kill(scenario);
    scenario->stopped = true;
    return true;
}

static bool play_start(struct scenario *scenario, const struct line *line, struct err *err)
{
    if (scenario->core.up)
        return scenario_bad(scenario, &line->words[0], err, "Reeve runs already.");
    scenario->stopped = false;
    return clock_advance(scenario, scenario->boot_ms, err);
}

static bool play_restart(struct scenario *scenario, const struct line *line, struct err *err)
{
    clock_kill(scenario);
    return play_start(scenario, line, err);
}

static bool play_crash(struct scenario *scenario, const struct line *line, struct err *err)
{
    bool before = line->word_count > 1 && str_is(line->words[1].text, "before");
    bool after = line->word_count > 1 && str_is(line->words[1].text, "after");
    enum event_kind kind;
    if (line->word_count != 3 || (!before && !after))
        return scenario_bad(scenario, &line->words[0], err,
                            "Write: crash before page.started, crash after incident.opened, or "
                            "crash after append (whatever is appended next).");
    bool any = str_is(line->words[2].text, "append");
    if (!any && !event_kind_find(line->words[2].text, &kind))
        return scenario_bad(scenario, &line->words[2], err, "There is no event %.*s.",
                            STR_ARGS(line->words[2].text));
    if (scenario->crash != CRASH_NEVER)
        return scenario_bad(scenario, &line->words[0], err,
                            "The crash of line %d has not happened yet.", scenario->crash_line);
    scenario->crash_line = line->number;
    scenario->crash = before ? CRASH_LOST : CRASH_DURABLE;
    scenario->crash_kind = any ? STR("") : line->words[2].text;
    return true;
}

static bool play_ledger(struct scenario *scenario, const struct line *line, struct err *err)
{
    bool fails = line->word_count == 2 && str_is(line->words[1].text, "fails");
    if (!fails && (line->word_count != 2 || !str_is(line->words[1].text, "works")))
        return scenario_bad(scenario, &line->words[0], err,
                            "Write: ledger fails (the disk is full), or ledger works.");
    scenario->core.memory.refuse_from = fails ? 1 : 0;
    return true;
}

static const struct row {
    const char *word;
    bool (*play)(struct scenario *scenario, const struct line *line, struct err *err);
    bool running;     /* Reeve must run */
    bool begun;       /* time must have begun */
    bool block;       /* lines may stand below it */
    size_t words_max; /* 0: the statement sees to it */
} rows[] = {
    {.word = "runbook", .play = play_runbook, .block = true},
    {.word = "config", .play = play_config, .block = true},
    {.word = "at", .play = play_at},
    {.word = "clock", .play = play_clock, .begun = true},
    {.word = "sample", .play = play_sample, .block = true},
    {.word = "scrape", .play = play_scrape, .block = true, .words_max = 4},
    {.word = "worker", .play = play_worker},
    {.word = "call", .play = play_call, .running = true, .begun = true},
    {.word = "step", .play = play_step, .running = true, .begun = true},
    {.word = "job", .play = elsewhere_job, .running = true, .begun = true, .words_max = 3},
    {.word = "send", .play = elsewhere_send, .running = true, .begun = true, .words_max = 5},
    {.word = "open", .play = play_link, .running = true, .begun = true},
    {.word = "press", .play = play_link, .running = true, .begun = true},
    {.word = "stop", .play = play_stop, .running = true, .begun = true, .words_max = 1},
    {.word = "kill", .play = play_kill, .running = true, .begun = true, .words_max = 1},
    {.word = "start", .play = play_start, .begun = true, .words_max = 1},
    {.word = "restart", .play = play_restart, .running = true, .begun = true, .words_max = 1},
    {.word = "crash", .play = play_crash},
    {.word = "ledger", .play = play_ledger, .begun = true},
    {.word = "expect", .play = expect_play, .begun = true},
};

static const struct row *find_row(struct str word)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (str_is(word, rows[i].word))
            return &rows[i];
    return NULL;
}

bool statement_known(struct str word)
{
    return find_row(word) != NULL;
}

/* A refusal that nobody looks at is a failure. */
static bool check_answered(struct scenario *scenario, const struct line *line, struct err *err)
{
    const struct answered *answered = &scenario->answered;
    bool looks = line && str_is(line->words[0].text, "expect") && line->word_count > 1 &&
                 str_is(line->words[1].text, "reply");
    if (looks || !answered->waits || answered->ok)
        return true;
    char place[256];
    (void)snprintf(place, sizeof place, "%.*s:%d", STR_ARGS(scenario->script.file), answered->line);
    return err_set(err, ERR_REFUSED, place, "this was refused: %.*s", STR_ARGS(answered->text));
}

/* line NULL: the scenario is over. */
bool statement_play(struct scenario *scenario, const struct line *line, struct err *err)
{
    if (!check_answered(scenario, line, err))
        return false;
    if (!line)
        return scenario->crash == CRASH_NEVER ||
               scenario_wrong(scenario, err, "the crash of line %d never happened",
                              scenario->crash_line);
    const struct row *row = find_row(line->words[0].text);
    scenario->line = line;
    if (row->words_max > 0 && line->word_count > row->words_max)
        return scenario_bad(scenario, &line->words[row->words_max], err,
                            "\"%.*s\" is not understood here.",
                            STR_ARGS(line->words[row->words_max].text));
    if (line->block_line > 0 && !row->block)
        return scenario_bad(scenario, &line->words[0], err,
                            "Nothing stands below \"%s\"; a statement begins at the left.",
                            row->word);
    if (row->begun && !scenario->begun)
        return scenario_bad(scenario, &line->words[0], err,
                            "Time has not begun; write \"at 0s\" before it.");
    if (row->running && !scenario->core.up)
        return scenario_bad(scenario, &line->words[0], err,
                            "Reeve does not run; write \"start\" before it.");
    return row->play(scenario, line, err);
}

/* What the core refused has a place of its own, or none: the line that made it do so comes first.
 */
static void name_line(const struct scenario *scenario, struct err *err)
{
    struct err inner = *err;
    if (str_starts(str_of(inner.place), scenario->script.file.p))
        return;
    (void)!scenario_wrong(scenario, err, "%s%s%s", inner.place, inner.place[0] ? ": " : "",
                          inner.text);
}

static void tell(struct scenario *scenario, const struct scenario_ear *ear)
{
    for (size_t i = 0; i < scenario->core.memory.count; i++) {
        struct event event = story_event(scenario, &scenario->arena, i);
        ear->hear(ear->context, story_event_ms(scenario, i), &event);
    }
}

struct source {
    struct str file, text;
    const struct scenario_ear *ear; /* or NULL */
};

static bool play_source(struct arena *arena, const struct source *source, struct str *out_story,
                        struct err *err)
{
    struct scenario *scenario = arena_make(arena, struct scenario);
    *out_story = STR("");
    *scenario = (struct scenario){.start = {1780304400000000}}; /* 2026-06-01T09:00:00Z, a Monday */
    if (!script_read(arena, source->file, source->text, &scenario->script, err))
        return false;
    arena_init(&scenario->arena);
    core_init(&scenario->core);
    scenario->event_ms =
        arena_array(&scenario->arena, SCENARIO_EVENTS_MAX, sizeof *scenario->event_ms);
    workers_init(scenario);
    bool good = true;
    for (size_t i = 0; i <= scenario->script.count && good; i++)
        good = statement_play(scenario,
                              i < scenario->script.count ? &scenario->script.lines[i] : NULL, err);
    if (!good)
        name_line(scenario, err);
    if (!good && err->kind == ERR_REFUSED)
        *out_story = story_write(scenario, arena);
    if (good && source->ear)
        tell(scenario, source->ear);
    targets_close(scenario);
    core_done(&scenario->core);
    arena_done(&scenario->arena);
    return good;
}

bool scenario_play(struct arena *arena, struct str file, struct str source, struct str *out_story,
                   struct err *err)
{
    return play_source(arena, &(struct source){file, source, NULL}, out_story, err);
}

bool scenario_play_for(struct arena *arena, struct str file, struct str source,
                       const struct scenario_ear *ear, struct err *err)
{
    struct str story;
    return play_source(arena, &(struct source){file, source, ear}, &story, err);
}
