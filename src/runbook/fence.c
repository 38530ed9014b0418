/* fence.c - what stands between fence marks: commands with their notes, numbered English that is a
 * procedure, what programs printed, and text that is none of these. */
#include "runbook/builder.h"

#include "base/text.h"
#include "runbook/command.h"
#include "runbook/fence_line.h"
#include "runbook/marks.h"
#include "runbook/shell.h"

enum { COMMAND_LINES_MAX = 500, COMMAND_BYTES_MAX = 64 * 1024, OPERATOR_BYTES_MAX = 6 };

enum fence_form { FENCE_SHELL, FENCE_SQL, FENCE_CODE, FENCE_UNNAMED, FENCE_LITERAL };

struct fence {
    struct builder *builder;
    const struct piece *piece;
    enum fence_form form;
    int parent; /* statement outside of the fence */
    int note;   /* statement of the note above, or -1 */
    struct str title;
    int step;      /* number of the last step under that note */
    bool screen;   /* the text of a terminal */
    bool prompt;   /* commands stand behind prompts, the rest is output */
    bool prose;    /* numbered English only */
    bool drawn;    /* without a language, and a picture: no line of it is a command */
    bool silent;   /* without a language, and without a command: nothing is a note either */
    bool printed;  /* the line above the fence says that a program printed this */
    bool output;   /* from here to the next blank line a program printed it */
    bool bare;     /* no command stands directly above */
    bool inner;    /* between the marks of a fence that itself is indented like code */
    bool unclosed; /* a quotation of this fence is never closed: lines join by marks alone */
    struct command_names names;
};

static enum fence_form form_of(struct str language, bool *out_screen)
{
    static const struct {
        struct str name;
        enum fence_form form;
        bool screen;
    } forms[] = {{STR("bash"), FENCE_SHELL, false},
                 {STR("sh"), FENCE_SHELL, false},
                 {STR("shell"), FENCE_SHELL, false},
                 {STR("zsh"), FENCE_SHELL, false},
                 {STR("ksh"), FENCE_SHELL, false},
                 {STR("fish"), FENCE_SHELL, false},
                 {STR("console"), FENCE_SHELL, true},
                 {STR("terminal"), FENCE_SHELL, true},
                 {STR("shell-session"), FENCE_SHELL, true},
                 {STR("shellsession"), FENCE_SHELL, true},
                 {STR("sh-session"), FENCE_SHELL, true},
                 {STR("bash-session"), FENCE_SHELL, true},
                 {STR("powershell"), FENCE_SHELL, false},
                 {STR("pwsh"), FENCE_SHELL, false},
                 {STR("ps1"), FENCE_SHELL, false},
                 {STR("cmd"), FENCE_SHELL, false},
                 {STR("bat"), FENCE_SHELL, false},
                 {STR("sql"), FENCE_SQL, false},
                 {STR("psql"), FENCE_SQL, false},
                 {STR("mysql"), FENCE_SQL, false},
                 {STR("postgresql"), FENCE_SQL, false},
                 {STR("postgres"), FENCE_SQL, false},
                 {STR("pgsql"), FENCE_SQL, false},
                 {STR("plpgsql"), FENCE_SQL, false},
                 {STR("tsql"), FENCE_SQL, false},
                 {STR("sqlite"), FENCE_SQL, false},
                 {STR("python"), FENCE_CODE, false},
                 {STR("py"), FENCE_CODE, false},
                 {STR("python3"), FENCE_CODE, false},
                 {STR("ruby"), FENCE_CODE, false},
                 {STR("rb"), FENCE_CODE, false},
                 {STR(""), FENCE_UNNAMED, false}};
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        if (language.n == forms[i].name.n && str_equal(language, forms[i].name)) {
            *out_screen = forms[i].screen;
            return forms[i].form;
        }
    return FENCE_LITERAL;
}

static struct str line_at(const struct fence *fence, int line)
{
    return fence->builder->source->lines[line - 1];
}

static struct str text_at(const struct fence *fence, int line)
{
    return line <= fence->piece->last_line ? str_trim(line_at(fence, line)) : (struct str){"", 0};
}

static struct statement statement_at(const struct fence *fence, enum statement_kind kind, int line,
                                     struct str text)
{
    struct str whole = line_at(fence, line);
    struct str trimmed = str_trim(whole);
    return (struct statement){.kind = kind,
                              .line = line,
                              .last_line = line,
                              .column = (int)(trimmed.p - whole.p) + 1,
                              .text = text,
                              .parent = fence->note >= 0 ? fence->note : fence->parent};
}

static void add_literal(struct fence *fence, int line)
{
    (void)builder_add(fence->builder,
                      statement_at(fence, STATEMENT_LITERAL, line, text_at(fence, line)));
}

/* The prompt of a line; on a screen "# apt update" is root's, "# Update the host" a note. */
static size_t prompt_of(const struct fence *fence, struct str line)
{
    const struct map *programs = &fence->builder->programs;
    size_t prompt = shell_prompt(line, fence->screen);
    if (prompt && line.p[0] == '#')
        return line_is_command(str_trim(str_from(line, prompt)), programs, false) ? prompt : 0;
    if (prompt == 0 && str_starts(line, "% ")) {
        struct str rest = str_trim(str_from(line, 2));
        bool runs = vocabulary_program(line_first_word(rest)) != PROGRAM_NO;
        return runs && line_is_command(rest, programs, false) ? 2 : 0;
    }
    /* "$sudo lsblk": no blank behind the mark, but a program. */
    if (prompt == 0 && str_starts(line, "$") && line.n > 2 && byte_is_alpha(line.p[1])) {
        struct str rest = str_from(line, 1);
        bool runs = vocabulary_program(line_first_word(rest)) != PROGRAM_NO;
        return runs && line_is_command(rest, programs, false);
    }
    return prompt;
}

static bool is_note(const struct fence *fence, struct str line, struct str *out_words)
{
    const char *mark = fence->form == FENCE_SQL ? "--" : "#";
    if (fence->form != FENCE_SQL && str_starts(line, "//") && !str_starts(line, "///"))
        mark = "//";
    if (!str_starts(line, mark) || (mark[0] == '#' && prompt_of(fence, line)))
        return false;
    size_t n = strlen(mark);
    while (n < line.n && line.p[n] == mark[0])
        n++;
    if (str_starts(line, "#!"))
        n = 0;
    *out_words = str_trim(str_from(line, n));
    return true;
}

static void add_note(struct fence *fence, int line, struct str words)
{
    bool interpreter = str_starts(text_at(fence, line), "#!");
    fence->note = -1;
    fence->step = 0;
    int note = builder_add(fence->builder, statement_at(fence, STATEMENT_NOTE, line, words));
    if (interpreter)
        return; /* says what runs the commands, and is no title of them */
    fence->title = words;
    fence->note = note;
}

static bool read_step(struct fence *fence, int line, struct str words, bool box)
{
    struct sentence_place place = {.in_list = true,
                                   .ordered = !box,
                                   .box = box,
                                   .path = fence->builder->path,
                                   .heading = fence->builder->heading};
    struct sentence *sentence = &fence->builder->sentence;
    sentence_begin(sentence, fence->builder->arena, &place, words);
    sentence->base = statement_at(fence, STATEMENT_STEP, line, words);
    if (sentence_step(sentence) != READ_YES)
        return false;
    sentence->made[0].step.number = ++fence->step;
    (void)builder_add(fence->builder, sentence->made[0]);
    return true;
}

/* English that is indented like code and stands between no marks is a paragraph. */
static void read_paragraph(struct fence *fence, int line, struct str text)
{
    struct builder *builder = fence->builder;
    struct sentence_place place = {.path = builder->path, .heading = builder->heading};
    place.sections = builder->sections;
    place.path_sections = builder->path_sections;
    sentence_begin(&builder->sentence, builder->arena, &place, text);
    builder->sentence.base = statement_at(fence, STATEMENT_GUIDANCE, line, text);
    sentence_net(&builder->sentence);
    (void)builder_add_sentence(builder);
}

/* Numbered or boxed English, and in a block of commands a sentence that tells to do something. */
static bool read_english(struct fence *fence, int line, struct str text)
{
    struct str words = line_numbered(text);
    struct str boxed = line_boxed(text);
    bool shell = fence->form == FENCE_SHELL;
    if ((shell || (fence->form == FENCE_UNNAMED && fence->prose)) && words.n + boxed.n > 0)
        return read_step(fence, line, boxed.n ? boxed : words, boxed.n > 0);
    if (!fence->piece->fenced && !fence->inner && !fence->printed && line_is_english(text)) {
        read_paragraph(fence, line, text);
        return true;
    }
    if (!shell || fence->prompt || !line_is_english(text))
        return false;
    struct words parsed;
    words_parse(text, &parsed);
    fence->output = text.p[text.n - 1] == ':';
    if (fence->output || vocabulary_verb(&parsed, 0) == VERB_NO ||
        !read_step(fence, line, text, false))
        add_literal(fence, line);
    return true;
}

/* The lines of SQL join to the semicolon, not further than a blank line or a note. */
static bool goes_on_sql(const struct fence *fence, struct str last, int next, bool in_body)
{
    struct str words;
    struct str following = text_at(fence, next);
    bool ended = last.n > 0 && (last.p[last.n - 1] == ';' || last.p[0] == '\\');
    if (in_body)
        return next <= fence->piece->last_line;
    return !ended && following.n > 0 && !is_note(fence, following, &words) &&
           !(fence->form != FENCE_SQL && prompt_of(fence, following));
}

/* Indented lines, closing brackets and the other branches belong to what they stand under. */
static bool goes_on_code(const struct fence *fence, int depth, int next)
{
    static const char *const branches[] = {"else",    "elif",   "elsif", "except", "rescue",
                                           "finally", "ensure", "end",   NULL};
    struct str whole = next <= fence->piece->last_line ? line_at(fence, next) : (struct str){"", 0};
    struct str text = str_trim(whole);
    if (depth > 0)
        return next <= fence->piece->last_line;
    if (text.n == 0)
        return false;
    for (int i = 0; branches[i]; i++) {
        size_t n = strlen(branches[i]);
        if (str_starts(text, branches[i]) && (text.n == n || !byte_is_alnum(text.p[n])))
            return true;
    }
    return byte_is_blank(whole.p[0]) || strchr(")]}", text.p[0]);
}

struct command_lines {
    struct text text;
    int last;
    enum command_language language;
    struct shell shell;
    int depth;    /* LANGUAGE_CODE: brackets open */
    bool in_body; /* LANGUAGE_SQL: between two "$$" */
};

static void take_line(struct command_lines *command, struct str part)
{
    if (command->language == LANGUAGE_SHELL)
        shell_line(&command->shell, part);
    else if (command->language == LANGUAGE_CODE)
        command->depth += line_brackets(part);
    else
        for (size_t at = str_find(part, "$$", 0); at < part.n; at = str_find(part, "$$", at + 2))
            command->in_body = !command->in_body;
}

/* A line of nothing but an operator stands between two halves of one expression. */
static bool is_operator(struct str line)
{
    static const char *const operators[] = {"-", "+", "/", "*", "and", "or", "unless", NULL};
    for (int i = 0; line.n <= OPERATOR_BYTES_MAX && operators[i]; i++)
        if (str_is(line, operators[i]))
            return true;
    return false;
}

static bool goes_on(const struct fence *fence, const struct command_lines *command, struct str last,
                    int next)
{
    if (command->language == LANGUAGE_SQL)
        return goes_on_sql(fence, last, next, command->in_body);
    if (command->language == LANGUAGE_CODE)
        return goes_on_code(fence, command->depth, next);
    struct str following = text_at(fence, next);
    struct str words;
    if (is_operator(last) && is_note(fence, following, &words))
        return false;
    if (str_starts(following, "| ") || str_starts(following, "&& ") || is_operator(following) ||
        (is_operator(last) && following.n) || str_starts(following, "/ ") ||
        (fence->prompt && shell_continuation_prompt(following)))
        return true;
    return fence->unclosed ? shell_is_joined(&command->shell) : shell_is_open(&command->shell);
}

/* Joins the lines of the command that begins at line. False when it is still open where the fence
 * ends. */
static bool join_lines(struct fence *fence, struct command_lines *command, int line,
                       struct str first)
{
    struct str part = first;
    command->last = line;
    take_line(command, part);
    while (goes_on(fence, command, part, command->last + 1)) {
        if (command->last >= fence->piece->last_line || command->last - line >= COMMAND_LINES_MAX)
            return command->language != LANGUAGE_SHELL;
        part = text_at(fence, ++command->last);
        if (!command->text.p) { /* most have one line, and are not copied */
            text_init(&command->text, fence->builder->arena, COMMAND_BYTES_MAX);
            text_add(&command->text, first);
        }
        bool pipe = str_starts(part, "| ") || str_starts(part, "&& ");
        if (fence->prompt)
            part = str_trim(str_from(part, shell_continuation_prompt(part)));
        text_byte(&command->text, pipe ? ' ' : '\n');
        text_add(&command->text, part);
        take_line(command, part);
    }
    return true;
}

static enum command_language language_of(const struct fence *fence, struct str text)
{
    if (fence->form == FENCE_CODE)
        return LANGUAGE_CODE;
    return fence->form == FENCE_SQL || sql_begins(text) ? LANGUAGE_SQL : LANGUAGE_SHELL;
}

/* Reads the command that begins at line; returns its last line. */
static int read_command(struct fence *fence, int line, struct str first)
{
    struct builder *builder = fence->builder;
    struct command_lines command = {.language = language_of(fence, first)};
    if (!join_lines(fence, &command, line, first)) {
        fence->unclosed = true;
        command = (struct command_lines){.language = LANGUAGE_SHELL};
        (void)join_lines(fence, &command, line, first);
    }
    bool foreign = command.language == LANGUAGE_SQL && fence->form != FENCE_SQL;
    struct statement statement = statement_at(fence, STATEMENT_COMMAND, line,
                                              command.text.p ? text_str(&command.text) : first);
    statement.last_line = command.last;
    statement.column = (int)(first.p - line_at(fence, line).p) + 1; /* behind its prompt */
    statement.command =
        (struct command_statement){.title = fence->title,
                                   .language = foreign ? STR("sql") : fence->piece->language,
                                   .text = statement.text};
    command_judge(builder->arena, statement.text, command.language, &fence->names,
                  &statement.command.traits);
    (void)builder_add(builder, statement);
    fence->bare = false;
    return command.last;
}

/* Source of another language among commands: literal, to where its brackets close. */
static int read_source(struct fence *fence, int line)
{
    int depth = 0;
    for (;; line++) {
        depth += line_brackets(text_at(fence, line));
        if (text_at(fence, line).n)
            add_literal(fence, line);
        struct str next = text_at(fence, line + 1);
        bool closes = str_starts(next, "}") || str_starts(next, ")");
        if (line >= fence->piece->last_line ||
            (depth <= 0 && (next.n == 0 || (!closes && !line_is_source(next)))))
            return line;
    }
}

/* A line of a block of commands that was printed by one of them. */
static bool is_printed(struct fence *fence, struct str text)
{
    if (fence->form != FENCE_SHELL)
        return false;
    if (fence->printed && !fence->prompt)
        return true;
    if (line_is_table_head(text))
        fence->output = true;
    return fence->output || line_is_output(text) || (str_is(text, "{") && !fence->bare);
}

static bool is_command(const struct fence *fence, struct str text, size_t prompt)
{
    if (prompt)
        return fence->form == FENCE_SHELL || fence->form == FENCE_UNNAMED;
    if (fence->form == FENCE_UNNAMED)
        return !fence->prompt && !fence->printed && !fence->drawn &&
               line_is_command(text, &fence->builder->programs, fence->bare);
    return fence->form != FENCE_LITERAL && !fence->prompt;
}

/* Reads the statement that begins at line; returns its last line. */
static int read_line(struct fence *fence, int line)
{
    struct str words;
    struct str text = text_at(fence, line);
    if (text.n == 0) {
        fence->output = false;
        return line;
    }
    bool noted = fence->form != FENCE_LITERAL && !(fence->form == FENCE_UNNAMED && fence->silent);
    if (noted && is_note(fence, text, &words)) {
        fence->output = false;
        fence->bare = true;
        add_note(fence, line, words);
        return line;
    }
    size_t prompt = prompt_of(fence, text);
    if (prompt == 0 && fence->form == FENCE_SHELL && line_is_source(text))
        return read_source(fence, line);
    if (prompt == 0 && (read_english(fence, line, text)))
        return line;
    if (prompt == 0 && is_printed(fence, text)) {
        add_literal(fence, line);
        return line;
    }
    if (is_command(fence, text, prompt))
        return read_command(fence, line, str_trim(str_from(text, prompt)));
    add_literal(fence, line);
    return line;
}

/* Keeps the programs that a document's sure commands begin with: where a block has no language, a
 * line that begins with one of them is a command as well. */
static void keep_programs(struct builder *builder, const struct piece *piece)
{
    bool screen = false;
    enum fence_form form = form_of(piece->language, &screen);
    struct shell shell = {0};
    for (int line = piece->line; line <= piece->last_line; line++) {
        struct str text = str_trim(builder->source->lines[line - 1]);
        bool open = shell_is_open(&shell);
        size_t prompt = shell_prompt(text, false);
        struct str command = str_trim(str_from(text, prompt));
        struct str first = line_first_word(command);
        bool sure = prompt || (!open && (form == FENCE_SHELL || line_has_option(command)));
        if (form == FENCE_SHELL)
            shell_line(&shell, command);
        if (sure && first.n < command.n && shell_is_program(first) && !line_is_english(command) &&
            !line_is_source(command) && !line_is_output(command) &&
            lexicon_find(first) == WD_UNKNOWN)
            (void)!map_put(&builder->programs, first, builder);
    }
}

static void find_programs(struct builder *builder)
{
    if (builder->programs_known)
        return;
    builder->programs_known = true;
    for (size_t i = 0; i < builder->outline->count; i++) {
        const struct piece *piece = &builder->outline->pieces[i];
        bool screen = false;
        if (piece->kind == PIECE_CODE && form_of(piece->language, &screen) != FENCE_LITERAL)
            keep_programs(builder, piece);
    }
}

enum { DRAWN_LINES = 2 };

/* Does the numbered line tell somebody to do something? "1. Flannel" does not. */
static bool tells(struct str words)
{
    struct words parsed;
    words_parse(words, &parsed);
    return vocabulary_verb(&parsed, 0) != VERB_NO;
}

static void look_ahead(struct fence *fence)
{
    bool command = false;
    int numbered = 0;
    int verbs = 0;
    int drawn = 0;
    bool unnamed = fence->form == FENCE_UNNAMED;
    for (int line = fence->piece->line; line <= fence->piece->last_line; line++) {
        struct str text = text_at(fence, line);
        fence->prompt |= prompt_of(fence, text) > 0;
        if (!unnamed)
            continue;
        struct str words = line_numbered(text);
        struct str boxed = line_boxed(text);
        command |= line_is_command(text, &fence->builder->programs, true);
        numbered += words.n > 0 || boxed.n > 0;
        verbs += boxed.n > 0 || (words.n > 0 && tells(words));
        drawn += line_is_drawn(text);
    }
    fence->prose = numbered > 0 && verbs * 2 >= numbered && !command && drawn == 0;
    fence->drawn = drawn >= DRAWN_LINES && !fence->prompt;
    fence->silent = !command && !fence->prompt;
}

/* A fence that stands in an indented block, as in the notes of some sites: its language counts. */
static bool open_inner(struct fence *fence, int line)
{
    size_t length = 0;
    struct str rest = {"", 0};
    if (fence->piece->fenced || !marks_fence(text_at(fence, line), &length, &rest))
        return false;
    fence->inner = !fence->inner;
    fence->screen = false;
    fence->note = -1;
    fence->title = (struct str){"", 0};
    fence->form = fence->inner ? form_of(str_lower(fence->builder->arena, line_first_word(rest)),
                                         &fence->screen)
                               : FENCE_UNNAMED;
    return true;
}

void fence_read(struct builder *builder, const struct piece *piece, int parent)
{
    struct fence fence = {.builder = builder,
                          .piece = piece,
                          .parent = parent,
                          .note = -1,
                          .bare = true,
                          .title = {"", 0}};
    int first = builder->program->count;
    const struct statement *above = first ? &builder->program->statements[first - 1] : NULL;
    fence.form = form_of(piece->language, &fence.screen);
    fence.printed = above && line_announces_output(above->text);
    if (fence.form == FENCE_UNNAMED)
        find_programs(builder);
    if (fence.form != FENCE_LITERAL)
        look_ahead(&fence);
    for (int line = piece->line; line <= piece->last_line; line++)
        if (!open_inner(&fence, line))
            line = read_line(&fence, line);
    fence_form_commands(builder, first, fence.form == FENCE_CODE);
}
