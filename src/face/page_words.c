/* page_words.c - how the parts of runs and procedures are said: states, times, who, commands. */
#include "face/page_run.h"

#include "base/noun.h"
#include "ledger/event.h"

enum { WORDS_BYTES_MAX = 140 };

static const struct state_words unknown = {"", "Unknown", "unknown"};

static const struct state_words of_runs[] = {
    {"going", "Going", "turn"},
    {"stopped", "Stopped", "firing"},
    {"cancelled", "Cancelled", "pending"},
    {"done", "Done", "ok"},
};

static const struct state_words of_steps[] = {
    {"planned", "Planned", "plan"},
    {"waiting", "Waiting", "pending"},
    {"approval", "Needs approval", "pending"},
    {"ready", "Ready", "turn"},
    {"running", "Running", "turn"},
    {"done", "Done", "ok"},
    {"failed", "Failed", "firing"},
    {"doubted", "In doubt", "finding"},
    {"skipped", "Skipped", "skipped"},
    {"left-out", "Does not apply", "skipped"},
    {"asks", "Asks", "turn"},
};

const struct state_words *run_words(struct str state)
{
    for (size_t i = 0; i < sizeof of_runs / sizeof *of_runs; i++)
        if (str_is(state, of_runs[i].name))
            return &of_runs[i];
    return &unknown;
}

const struct state_words *step_words(struct str state)
{
    for (size_t i = 0; i < sizeof of_steps / sizeof *of_steps; i++)
        if (str_is(state, of_steps[i].name))
            return &of_steps[i];
    return &unknown;
}

struct str state_said(struct str state)
{
    return str_is(state, "approval")  ? STR("waiting for an approval")
           : str_is(state, "doubted") ? STR("in doubt")
                                      : state;
}

bool step_is_over(const struct run_step_view *step)
{
    return str_is(step->state, "done") || str_is(step->state, "skipped");
}

bool step_is_bad(const struct run_step_view *step)
{
    return str_is(step->state, "failed") || str_is(step->state, "doubted");
}

bool step_has_due(const struct run_step_view *step)
{
    if (instant_is_zero(step->due) || step_is_over(step) || step_is_bad(step))
        return false;
    if (str_is(step->when, "for"))
        return str_is(step->state, "running");
    return !str_is(step->when, "after") || str_is(step->state, "waiting");
}

void state_mark_write(struct text *text, const struct state_words *words)
{
    text_printf(text, "<span class=\"mark %s\">%s</span>", words->mark, words->word);
}

struct str first_words(struct str words)
{
    return str_cut(str_slice(words, 0, str_find_byte(words, '\n', 0)), WORDS_BYTES_MAX);
}

void who_write(struct text *text, struct str actor)
{
    text_html_visible(text, actor_name(actor));
}

void when_write(struct text *text, struct str when, int64_t time_ms, int time_months)
{
    struct str length = time_months > 0 ? str_printf(text->arena, "%d %s", time_months,
                                                     noun(time_months, "month", "months"))
                                        : duration_text(text->arena, time_ms);
    if (str_is(when, "for"))
        text_printf(text, "lasts %.*s", STR_ARGS(length));
    else if (str_is(when, "after"))
        text_printf(text, "not before %.*s after the step before it", STR_ARGS(length));
    else if (str_is(when, "at") && time_ms == 0 && time_months == 0)
        text_adds(text, "due as soon as the run begins");
    else if (str_is(when, "at") || str_is(when, "within"))
        text_printf(text, "due within %.*s of the run's beginning", STR_ARGS(length));
}

const char *does_words(struct str does, bool has_command)
{
    if (str_is(does, "manual"))
        return has_command ? "by a person, with this command" : "by a person";
    if (str_is(does, "command"))
        return "by Reeve, which runs this command";
    if (str_is(does, "hold"))
        return "by the clock; it fails when a rule begins to fire";
    if (str_is(does, "wait"))
        return "by the clock";
    if (str_is(does, "query"))
        return "by Reeve, which asks the database and changes nothing";
    if (str_is(does, "notify"))
        return "by Reeve, which sends a mail";
    if (str_is(does, "choice"))
        return "by a person, who chooses from a menu";
    return "";
}

void people_write(struct text *text, struct str people)
{
    if (people.n == 0)
        return;
    text_adds(text, "<span>tells ");
    text_html_visible(text, people);
    text_adds(text, "</span>");
}

void command_write(struct text *text, struct str command, const char *label)
{
    struct text shown;
    if (command.n == 0)
        return;
    text_init(&shown, text->arena, 8 * command.n + 1);
    text_visible(&shown, command, true);
    text_printf(text,
                "<pre class=\"command\" tabindex=\"0\" role=\"region\" aria-label=\"%s\"><code>",
                label);
    text_html(text, text_str(&shown));
    text_adds(text, "</code></pre>");
}

void note_write(struct text *text, struct str note)
{
    if (note.n == 0)
        return;
    text_adds(text, "<p class=\"warn\">");
    text_html_visible(text, note);
    text_adds(text, str_ends(note, ".") ? "</p>" : ".</p>");
}

void warnings_write(struct text *text, struct str warnings)
{
    struct str line;
    while (warnings.n > 0 && str_split(&warnings, '\n', &line)) {
        text_adds(text, "<p class=\"reason bad\"><strong>Look closely:</strong> ");
        text_html_visible(text, line);
        text_adds(text, "</p>");
    }
}

void step_list_next(struct step_list *list, int depth)
{
    while (list->count > 0 && list->depths[list->count - 1] > depth) {
        text_adds(list->text, "</li></ol>");
        list->count--;
    }
    bool deeper = list->count == 0 || list->depths[list->count - 1] < depth;
    if (deeper && list->count < LIMIT_RUNBOOK_NESTING) {
        text_adds(list->text, list->count == 0 ? "<ol class=\"steps\">" : "<ol>");
        list->depths[list->count++] = depth;
    } else {
        text_adds(list->text, "</li>");
    }
}

void step_list_end(struct step_list *list)
{
    for (; list->count > 0; list->count--)
        text_adds(list->text, "</li></ol>");
}

void environment_write(struct text *text, struct str environment)
{
    if (environment.n == 0)
        return;
    text_adds(text, "<span class=\"mark rehearsal\">Rehearsal in ");
    text_html_visible(text, environment);
    text_adds(text, "</span> ");
}
