/* approval_words.c - what an approval would let happen, in words: for pages, the command line and
 * the mail that asks for it. */
#include "run/approval.h"

#include "people/message.h"
#include "run/command_line.h"
#include "run/rehearsal.h"
#include "run/suspect.h"

enum { WORDS_BYTES_MAX = 2 * LIMIT_RUN_COMMAND_BYTES, NAMES_BYTES_MAX = 8 * 1024 };
enum { MAIL_BYTES_MAX = 64 * 1024, TITLE_BYTES_MAX = 120 };

/* Names only: values of the configuration may be secrets. */
static struct str variables_of(const struct run_settings *settings, struct arena *arena)
{
    struct text text;
    text_init(&text, arena, NAMES_BYTES_MAX);
    text_adds(&text, "PATH, HOME, LANG, PGAPPNAME");
    for (size_t i = 0; i < settings->variable_count; i++)
        if (!str_is(settings->variables[i], "PATH") && !str_is(settings->variables[i], "HOME") &&
            !str_is(settings->variables[i], "LANG"))
            text_printf(&text, ", %.*s", STR_ARGS(settings->variables[i]));
    return text_str(&text);
}

/* The action's command, perhaps with what the runbook hands on behind it. */
static bool is_of(struct str command, struct str binding)
{
    return str_equal(str_slice(command, 0, binding.n), binding) &&
           (command.n == binding.n || command.p[binding.n] == ' ');
}

struct approval_words approval_words(const struct run_world *world, const struct run *run, int step,
                                     struct arena *arena)
{
    const struct run_step *of = &run->steps[step];
    const struct run_settings *settings = run_settings_of(world, run);
    const struct action_binding *binding = action_binding_find(settings, of->action);
    struct approval_words words = {.problem = STR("")};
    struct command_line line;
    struct text runs;
    struct text values;
    struct err err = {0};
    if (of->command.n == 0)
        return words;
    words.warnings = suspect_words(arena, of->text, of->command, &run->values);
    words.refused = run_step_objections(world, run, step, arena);
    if (binding && of->does == DOES_COMMAND && !is_of(of->command, binding->command))
        words.other = str_visible(arena, binding->command, true);
    if (!settings)
        words.problem = run_environment_problem(world, arena, run);
    if (settings && settings->commands) {
        struct str user = procedure_user(settings, of->action);
        words.folder = str_visible(arena, settings->directory, true);
        if (user.n > 0)
            words.folder =
                str_printf(arena, "%.*s, as the user %.*s", STR_ARGS(words.folder), STR_ARGS(user));
        words.variables = variables_of(settings, arena);
    }
    if (!command_line_make(arena, of->command, &run->values, &line, &err)) {
        words.problem = str_copy(arena, str_of(err.text));
        return words;
    }
    if (run_step_every_ms(of) > 0)
        command_line_repeat(arena, &line, run_step_every_ms(of));
    text_init(&runs, arena, WORDS_BYTES_MAX);
    text_init(&values, arena, WORDS_BYTES_MAX);
    command_line_show(&line, &runs);
    for (size_t i = 0; i < line.variable_count; i++)
        text_printf(&values, "%s%.*s=%.*s", i ? "\n" : "", STR_ARGS(line.variables[i].name),
                    STR_ARGS(line.variables[i].value));
    words.runs = text_str(&runs);
    words.values = str_visible(arena, text_str(&values), true);
    return words;
}

static const struct run *find_run(const struct approval_mail *mail)
{
    const struct run *run = run_find(mail->world->runs, mail->page->run);
    return run && mail->page->step >= 1 && mail->page->step <= run->step_count ? run : NULL;
}

struct str approval_header_line(struct arena *arena, struct str words)
{
    struct str shown = str_visible(arena, words, false);
    char *line = arena_alloc(arena, shown.n + 1);
    for (size_t i = 0; i < shown.n; i++)
        line[i] = (unsigned char)shown.p[i] < ' ' ? ' ' : shown.p[i];
    return (struct str){line, shown.n};
}

struct str approval_subject(struct arena *arena, const struct approval_mail *mail)
{
    const struct run *run = find_run(mail);
    struct str title = run ? str_cut(run->procedure, TITLE_BYTES_MAX) : STR("");
    return str_printf(arena, "[approval] Run %lld, step %d: %.*s", (long long)mail->page->run,
                      mail->page->step, STR_ARGS(approval_header_line(arena, title)));
}

static void add_time(struct text *text, const char *label, struct instant at)
{
    char written[INSTANT_TEXT_BYTES];
    instant_write(at, written);
    text_printf(text, "%s%.10s %.8s UTC\n", label, written, written + 11);
}

/* Each line behind a label. */
static void add_lines(struct text *text, const char *label, struct str lines)
{
    struct str line;
    while (lines.n > 0 && str_split(&lines, '\n', &line))
        text_printf(text, "%s: %.*s\n", label, STR_ARGS(line));
}

static void add_words(struct text *text, const struct approval_words *words)
{
    add_lines(text, "Warning", words->warnings);
    if (words->problem.n > 0)
        text_printf(text, "It cannot be filled in: %.*s\n", STR_ARGS(words->problem));
    if (words->runs.n > 0)
        text_printf(text, "What would run:\n  %.*s\n", STR_ARGS(words->runs));
    if (words->values.n > 0)
        text_printf(text, "With the values:\n  %.*s\n", STR_ARGS(words->values));
    if (words->folder.n > 0)
        text_printf(text, "In the folder: %.*s\nEnvironment: %.*s\n", STR_ARGS(words->folder),
                    STR_ARGS(words->variables));
    if (words->other.n > 0)
        text_printf(text,
                    "reeve.yaml has another command for this action by now; this run does not use "
                    "it:\n  %.*s\n",
                    STR_ARGS(words->other));
}

static void add_answers(struct text *text, const struct approval_mail *mail)
{
    long long number = (long long)mail->page->run;
    int step = mail->page->step;
    if (mail->url.n > 0) {
        text_printf(text, "\nLook at it and approve or refuse: %.*s\n", STR_ARGS(mail->url));
        text_adds(text, "Opening the link changes nothing; it is good once, for you, for exactly "
                        "this.\n");
        add_time(text, "The link is good until: ", mail->page->until);
    }
    text_printf(text,
                "\nOr on the page, or on the machine:\n  reeve run show %lld\n  reeve approve %lld "
                "%d\n  reeve refuse %lld %d REASON\n",
                number, number, step, number, step);
}

struct str approval_text(struct arena *arena, const struct approval_mail *mail)
{
    const struct run *run = find_run(mail);
    struct text text;
    text_init(&text, arena, MAIL_BYTES_MAX);
    if (!run)
        return str_printf(arena, "Run %lld is over; nothing is asked any more.\n",
                          (long long)mail->page->run);
    const struct run_step *step = &run->steps[mail->page->step - 1];
    struct approval_words words = approval_words(mail->world, run, mail->page->step - 1, arena);
    text_printf(&text, "%.*s asks for your approval: step %d of run %lld.\n\n",
                STR_ARGS(actor_name(run_step_asker(run, mail->page->step - 1))), mail->page->step,
                (long long)run->number);
    add_lines(&text, "Refused before", words.refused);
    text_printf(&text, "Run %lld: %.*s\n", (long long)run->number, STR_ARGS(run->procedure));
    if (!str_equal(run_step_asker(run, mail->page->step - 1), run->opened_by))
        text_printf(&text, "Started by %.*s\n", STR_ARGS(actor_name(run->opened_by)));
    if (run->again_by.n > 0)
        text_printf(&text, "%s by %.*s\n", run->taken_back ? "Taken back" : "Resumed",
                    STR_ARGS(actor_name(run->again_by)));
    if (run->environment.n > 0)
        text_printf(&text, "A rehearsal in %.*s, not in production\n", STR_ARGS(run->environment));
    text_printf(&text, "Step %d: %.*s\n", mail->page->step, STR_ARGS(step->text));
    text_printf(&text, "Runbook line %lld\n", (long long)step->line);
    add_words(&text, &words);
    text_printf(&text, "Approvals: %d of %d; each holds for an hour.\n",
                run_step_approved(mail->world, run, mail->page->step - 1), step->approvals);
    add_answers(&text, mail);
    message_add_checkpoint(&text, mail->checkpoint);
    return str_visible(arena, text_str(&text), false);
}
