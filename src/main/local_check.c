/* local_check.c - "check": what the lines of runbooks are understood as, file after file.
 *
 * Promises: the answer leaves as it is made, to a terminal file by file and else some files at a
 * time, and an arena holds one file at a time, so that the memory for ten thousand files is that
 * for the largest. A file that cannot be read is said and the
 * next one is read; the exit code tells at the end. */
#include "main/local_actions.h"

#include "base/noun.h"
#include "main/check_summary.h"
#include "main/compose.h"
#include "main/config_fit.h"
#include "main/config_watch.h"
#include "main/local_runbook.h"
#include "main/rule_findings.h"
#include "os/file.h"
#include "os/tree.h"
#include "runbook/contract.h"
#include "runbook/report.h"
#include "runbook/same_heading.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const level_names[] = {"error", "open decision", "hint", "decided"};
enum { DECIDED = FINDING_HINT + 1, LEVELS, OUT_BYTES_MAX = 256 * 1024 * 1024, EXIT_FINDINGS = 1 };
enum { CHUNK_BYTES = 1024 * 1024 }; /* most files fit; no more is kept between two */
enum { SEND_BYTES = 64 * 1024 };    /* so much is worth a call of the system */

enum form { FORM_TEXT, FORM_JSON, FORM_SARIF, FORM_ANNOTATIONS };

struct check {
    struct app *app;
    enum form form;
    bool lines;
    struct arena arena; /* of the file that is read now */
    struct arena out_arena;
    struct text out; /* what was not sent yet */
    bool terminal;   /* somebody looks on: every file is sent at once */
    struct sarif sarif;
    struct same_heading same;
    struct signals signals; /* those of the configuration, and those that are known anyway */
    struct check_summary summary;
    bool configured; /* a configuration speaks of one of the files */
    int counts[LEVELS];
    int files, unread, unread_code;
    struct str last; /* the file read last, for the summary of one */
    struct err *err; /* why nothing more can be written */
    bool failed;
};

/* What the configuration answers is not open any more. */
static int level_of(const struct finding *finding)
{
    return finding->answer.n > 0 ? DECIDED : (int)finding->level;
}

static void add_lines(struct text *text, const struct program *program)
{
    for (int i = 0; i < program->count; i++) {
        const struct statement *s = &program->statements[i];
        text_printf(text, "%5d  %-10s %.*s", s->line, statement_kind_name(s->kind),
                    STR_ARGS(s->text));
        if (s->meaning.n > 0)
            text_printf(text, "\n%19s= %.*s", "", STR_ARGS(s->meaning));
        text_byte(text, '\n');
    }
    text_byte(text, '\n');
}

static void add_findings(struct text *text, const struct program *program)
{
    for (int i = 0; i < program->finding_count; i++) {
        const struct finding *f = &program->findings[i];
        text_add(text, program->file); /* piece by piece: these are most of the answer */
        text_byte(text, ':');
        text_int(text, f->line);
        text_byte(text, ':');
        text_int(text, f->column);
        text_adds(text, ": ");
        text_adds(text, level_names[level_of(f)]);
        text_adds(text, ": ");
        text_add(text, f->text);
        text_adds(text, " [");
        text_adds(text, f->code);
        text_adds(text, "]\n");
        if (f->answer.n > 0)
            text_printf(text, "    = %.*s\n", STR_ARGS(f->answer));
    }
}

static void add_counts(struct text *text, const struct check *check)
{
    const int *counts = check->counts;
    text_printf(text, "%d %s, %d %s, %d %s", counts[0], noun(counts[0], "error", "errors"),
                counts[1], noun(counts[1], "open decision", "open decisions"), counts[2],
                noun(counts[2], "hint", "hints"));
    if (counts[DECIDED] > 0)
        text_printf(text, "; %d decided in reeve.yaml", counts[DECIDED]);
    if (check->unread > 0)
        text_printf(text, "; %d %s not read", check->unread, noun(check->unread, "file", "files"));
    text_adds(text, ".\n");
}

static void add_summary(struct text *text, const struct check *check)
{
    check_summary_write(text, &check->summary, check->files, check->last, check->configured);
    add_counts(text, check);
}

static bool flush(struct check *check)
{
    struct str out = text_str(&check->out);
    if (text_full(&check->out))
        check->failed = true;
    if (check->failed)
        (void)err_set(check->err, ERR_SELF, "check", "The answer about one file is over %d MB.",
                      OUT_BYTES_MAX / 1024 / 1024);
    else if (out.n > 0 && !(check->form == FORM_TEXT ? app_say_prose(out) : app_say(out, true)))
        check->failed = !err_set(check->err, ERR_OUTSIDE, "standard output",
                                 "The answer could not be written.");
    if (check->out.capacity <= CHUNK_BYTES) {
        check->out.n = 0;
        return !check->failed;
    }
    arena_reset(&check->out_arena);
    text_init(&check->out, &check->out_arena, OUT_BYTES_MAX);
    return !check->failed;
}

/* Sends what was written, when it is enough, and forgets the file. */
static bool send_out(struct check *check)
{
    arena_reset(&check->arena);
    bool now = check->terminal || check->out.n >= SEND_BYTES || text_full(&check->out);
    return now ? flush(check) : !check->failed;
}

static void add_program(struct check *check, const struct program *program)
{
    struct json_writer w = {.text = &check->out};
    switch (check->form) {
    case FORM_TEXT:
        if (check->lines)
            add_lines(&check->out, program);
        add_findings(&check->out, program);
        break;
    case FORM_JSON: /* One object a line, as docs/language.md promises to other programs. */
        for (int i = 0; i < program->count; i++)
            contract_write_statement(&w, program, i);
        break;
    case FORM_SARIF: sarif_add_program(&check->sarif, program); break;
    case FORM_ANNOTATIONS: annotation_add_program(&check->out, program); break;
    }
}

/* The line and column behind the file's name in "file:line:column"; 0 when there are none. */
static void read_place(struct str file, struct str place, struct report_problem *problem)
{
    int64_t numbers[2] = {0, 0};
    struct str part;
    if (place.n <= file.n || !str_equal(str_slice(place, 0, file.n), file))
        return;
    struct str rest = str_from(place, file.n + 1);
    for (int i = 0; i < 2 && str_split(&rest, ':', &part); i++)
        if (!str_int(part, &numbers[i]))
            numbers[i] = 0;
    problem->line = (int)numbers[0];
    problem->column = (int)numbers[1];
}

static bool add_problem(struct check *check, struct str file, const struct err *err)
{
    struct report_problem problem = {.file = file, .sentence = err->text};
    read_place(file, str_of(err->place), &problem);
    check->unread++;
    (void)flush(check); /* what was said of the files before stands before this */
    if (err_exit_code(err->kind) > check->unread_code)
        check->unread_code = err_exit_code(err->kind);
    if (check->form == FORM_SARIF)
        sarif_add_problem(&check->sarif, &problem);
    else if (check->form == FORM_ANNOTATIONS)
        annotation_add_problem(&check->out, &problem);
    (void)fprintf(stderr, "reeve: %s%s%s\n", err->place, err->place[0] ? ": " : "", err->text);
    return send_out(check) && flush(check);
}

/* Secrets are looked for where this command runs, which may be elsewhere than the daemon. */
static void add_unset_secrets(struct arena *arena, const struct config *config,
                              struct config_notes *notes)
{
    for (size_t i = 0; i < config->secret_count; i++) {
        const struct config_secret *secret = &config->secrets[i];
        if (!secret->from_file && !getenv(secret->source.p) && notes->count < CONFIG_NOTES_MAX)
            notes->items[notes->count++] = (struct config_note){
                .place = secret->place,
                .sentence = str_printf(
                    arena, "The variable %.*s is not set here; \"reeve serve\" needs it.",
                    STR_ARGS(secret->source))};
    }
}

/* name: "database", "the primary on call". */
static struct config_place place_of_rota(struct arena *arena, const struct config *config,
                                         struct str name)
{
    for (size_t i = 0; i < config->rota_count; i++) {
        struct str rota = config->rotas[i].name;
        if (str_equal(rota, name) ||
            str_equal(str_printf(arena, "the %.*s on call", STR_ARGS(rota)), name))
            return config->rotas[i].place;
    }
    return (struct config_place){1, 1};
}

/* What a Reeve that runs by this configuration knows, and no file says: that it goes by another one
 * still, and who is on call or soon will be and cannot be told for certain. */
static void add_running(struct check *check, const struct config *config,
                        struct config_notes *notes)
{
    const struct json *status = config_watch_status(&check->arena, check->app->socket_path);
    const struct json *unproved = status ? json_get(status, "on_call_to_prove") : NULL;
    struct str waits = config_watch_said(&check->arena, status, config, app_now());
    if (waits.n > 0 && notes->count < CONFIG_NOTES_MAX)
        notes->items[notes->count++] = (struct config_note){.place = {1, 1}, .sentence = waits};
    for (const struct json *item = unproved ? unproved->first : NULL;
         item && notes->count < CONFIG_NOTES_MAX; item = item->next)
        notes->items[notes->count++] = (struct config_note){
            .place = place_of_rota(&check->arena, config, json_get_str(item, "rota")),
            .sentence = json_get_str(item, "sentence")};
}

/* What is found in the configuration, in the form of the answer; as JSON, where every object is a
 * line of the runbook, it goes to stderr. */
static bool add_notes(struct check *check, const struct program *program, struct err *err)
{
    struct arena *arena = &check->arena;
    const struct config *config = &check->app->config;
    if (!local_is_configured(check->app, program->file) || config->file.n == 0)
        return true;
    struct config_notes *notes = arena_make(arena, struct config_notes);
    if (!config_fit(arena, config, program, notes, err))
        return false;
    add_unset_secrets(arena, config, notes);
    add_running(check, config, notes);
    struct program found = {.file = config->file,
                            .findings = arena_array(arena, notes->count, sizeof(struct finding))};
    for (size_t i = 0; i < notes->count; i++) {
        const struct config_note *note = &notes->items[i];
        enum finding_level level = note->is_error ? FINDING_ERROR : FINDING_HINT;
        found.findings[found.finding_count++] = (struct finding){.level = level,
                                                                 .line = (int)note->place.line,
                                                                 .column = (int)note->place.column,
                                                                 .code = "configuration",
                                                                 .text = note->sentence};
        check->counts[level]++;
        if (check->form == FORM_JSON)
            (void)fprintf(stderr, "reeve: %.*s:%zu:%zu: %.*s\n", STR_ARGS(config->file),
                          note->place.line, note->place.column, STR_ARGS(note->sentence));
    }
    if (check->form == FORM_TEXT)
        add_findings(&check->out, &found);
    else
        add_program(check, &found);
    return true;
}

/* Lines, JSON and SARIF show what statements mean or are called; the rest does not pay for it. */
static bool read_program(struct check *check, struct str path, struct program **out_program,
                         struct err *err)
{
    struct program_source from = {.file = path, .vocabulary = app_vocabulary(check->app)};
    bool named = check->lines || check->form == FORM_JSON || check->form == FORM_SARIF;
    if (!file_read(&check->arena, path, LIMIT_RUNBOOK_BYTES, &from.text, err))
        return false;
    from.unnamed = !named;
    return program_read_with(&check->arena, &from, out_program, err);
}

static void take_asked(struct check *check, struct str path, const struct program *program)
{
    const struct config *config = &check->app->config;
    if (!local_is_configured(check->app, path) || !config->ask.on)
        return;
    struct rules rules = compose_rules(&check->arena, config, program, &check->signals);
    check_summary_take_asked(&check->summary, &rules, config->ask.url);
}

static bool check_file(void *context, struct str path)
{
    struct check *check = context;
    struct program *program = NULL;
    struct err err = {0};
    if (!read_program(check, path, &program, &err))
        return add_problem(check, path, &err);
    same_heading_check(&check->same, &check->arena, program);
    local_answer(&check->arena, check->app, program);
    bool spoken = local_is_configured(check->app, path);
    rule_findings_add(&check->arena, spoken ? &check->app->config : NULL, &check->signals, program);
    check->configured |= spoken;
    check_summary_take(&check->summary, &check->arena, program, &check->signals);
    take_asked(check, path, program);
    for (int i = 0; i < program->finding_count; i++)
        check->counts[level_of(&program->findings[i])]++;
    check->files++;
    if (check->files == 1)
        check->last = str_copy(&check->app->arena, path);
    add_program(check, program);
    return add_notes(check, program, &err) ? send_out(check)
                                           : add_problem(check, check->app->config.file, &err);
}

static bool wants(struct str name, bool is_folder)
{
    if (is_folder)
        return !str_starts(name, ".") && !str_is(name, "node_modules") && !str_is(name, "vendor");
    struct str end = str_slice(name, name.n > 9 ? name.n - 9 : 0, name.n);
    return str_is_nocase(end, ".markdown") ||
           (name.n > 3 && str_is_nocase(str_from(name, name.n - 3), ".md"));
}

/* A folder that cannot be read leaves files unread; a link leaves out what has another name. */
static void pass_over(void *context, struct str path, const char *sentence)
{
    struct check *check = context;
    struct stat status;
    struct err err = {0};
    if (lstat(path.p, &status) == 0 && S_ISLNK(status.st_mode)) {
        (void)flush(check);
        (void)fprintf(stderr, "reeve: %s: %s\n", path.p, sentence);
        return;
    }
    (void)err_set(&err, ERR_USAGE, path.p, "%s", sentence);
    (void)add_problem(check, path, &err);
}

static bool check_path(struct check *check, struct str path)
{
    struct stat status;
    struct tree_visitor visitor = {check, wants, check_file, pass_over};
    int before = check->files + check->unread;
    if (stat(path.p, &status) != 0 || !S_ISDIR(status.st_mode))
        return check_file(check, path);
    if (!tree_walk(path, &visitor))
        return false;
    if (check->files + check->unread > before)
        return true;
    struct err err = {0};
    (void)err_set(&err, ERR_USAGE, path.p, "There is no *.md or *.markdown file in this folder.");
    return add_problem(check, path, &err);
}

static bool finish(struct check *check)
{
    int findings = 0;
    struct json_writer w = {.text = &check->out};
    for (int level = 0; level < LEVELS; level++)
        findings += check->counts[level];
    if (check->form == FORM_SARIF)
        sarif_end(&check->sarif, check->unread > 0);
    else if (check->form == FORM_JSON)
        contract_write_summary(&w, check->summary.kind_lines, findings, check->unread);
    else if (check->files > 0)
        add_summary(&check->out, check);
    return send_out(check) && flush(check);
}

static bool find_form(const struct call *call, bool json, enum form *out_form, struct err *err)
{
    bool sarif = call_flag(call, "sarif");
    bool annotations = call_flag(call, "annotations");
    if (json + sarif + annotations > 1)
        return err_set(err, ERR_USAGE, "check",
                       "--json, --sarif and --annotations are three forms of the answer; say one.");
    *out_form = json ? FORM_JSON : sarif ? FORM_SARIF : annotations ? FORM_ANNOTATIONS : FORM_TEXT;
    return true;
}

bool local_check(struct app *app, const struct call *call, struct err *err)
{
    struct check check = {.app = app, .lines = call_flag(call, "lines"), .err = err};
    struct str rest = call_str(call, "file");
    struct str path = rest;
    if (!find_form(call, app->json, &check.form, err) || !local_find_config(app, &path, err))
        return false;
    if (rest.n == 0)
        rest = path;
    arena_init_chunks(&check.arena, CHUNK_BYTES);
    arena_init_chunks(&check.out_arena, CHUNK_BYTES);
    text_init(&check.out, &check.out_arena, OUT_BYTES_MAX);
    check.terminal = isatty(STDOUT_FILENO) != 0;
    same_heading_init(&check.same, &app->arena);
    struct err unbound = {0}; /* config_fit says it in its place */
    if (!compose_signals(&check.signals, &app->arena, &app->config, &unbound))
        signals_init(&check.signals, &app->arena);
    if (check.form == FORM_SARIF)
        sarif_begin(&check.sarif, &check.out);
    bool good = true;
    while (good && call_next_path(&rest, &path))
        good = check_path(&check, path);
    good = good && finish(&check);
    same_heading_done(&check.same);
    arena_done(&check.arena);
    arena_done(&check.out_arena);
    bool strict = call_flag(call, "strict") && check.counts[1] + check.counts[2] > 0;
    app->exit_code = check.unread > 0                ? check.unread_code
                     : check.counts[0] > 0 || strict ? EXIT_FINDINGS
                                                     : 0;
    return good;
}
