/* fence.c - what stands between fence marks: commands with their notes, numbered English that is a
 * procedure, and text that is neither. */
#include "runbook/builder.h"

#include "base/text.h"

enum { COMMAND_LINES_MAX = 200, COMMAND_BYTES_MAX = 64 * 1024 };

enum fence_form { FENCE_SHELL, FENCE_SQL, FENCE_CODE, FENCE_UNNAMED, FENCE_LITERAL };

struct fence {
    struct builder *builder;
    const struct piece *piece;
    enum fence_form form;
    int parent; /* statement outside of the fence */
    int note;   /* statement of the note above, or -1 */
    struct str title;
    int step;    /* number of the last step under that note */
    bool prompt; /* commands stand behind "$ ", the rest is output */
    bool prose;  /* numbered English only */
};

static enum fence_form form_of(struct str language)
{
    static const struct {
        const char *name;
        enum fence_form form;
    } forms[] = {{"bash", FENCE_SHELL}, {"sh", FENCE_SHELL},      {"shell", FENCE_SHELL},
                 {"zsh", FENCE_SHELL},  {"console", FENCE_SHELL}, {"shell-session", FENCE_SHELL},
                 {"sql", FENCE_SQL},    {"psql", FENCE_SQL},      {"python", FENCE_CODE},
                 {"ruby", FENCE_CODE},  {"", FENCE_UNNAMED}};
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        if (str_is(language, forms[i].name))
            return forms[i].form;
    return FENCE_LITERAL;
}

static struct str line_at(const struct fence *fence, int line)
{
    return fence->builder->source->lines[line - 1];
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

/* "1. Stop application traffic": the words behind the number, or an empty string. */
static struct str numbered_words(struct str line)
{
    size_t i = 0;
    while (i < line.n && byte_is_digit(line.p[i]))
        i++;
    if (i == 0 || i > 3 || i + 2 >= line.n || (line.p[i] != '.' && line.p[i] != ')') ||
        line.p[i + 1] != ' ')
        return (struct str){"", 0};
    struct str words = str_trim(str_from(line, i + 1));
    return words.n && byte_is_alpha(words.p[0]) ? words : (struct str){"", 0};
}

static struct str boxed_words(struct str line)
{
    struct str rest =
        str_starts(line, "- ") || str_starts(line, "* ") ? str_trim(str_from(line, 2)) : line;
    if (str_starts(rest, "[ ] ") || str_starts(rest, "[x] ") || str_starts(rest, "[X] "))
        return str_trim(str_from(rest, 4));
    return (struct str){"", 0};
}

static bool is_note(const struct fence *fence, struct str line, struct str *out_words)
{
    const char *mark = fence->form == FENCE_SQL ? "--" : "#";
    if (!str_starts(line, mark) || str_starts(line, "#!"))
        return false;
    size_t n = strlen(mark);
    while (n < line.n && line.p[n] == mark[0])
        n++;
    *out_words = str_trim(str_from(line, n));
    return true;
}

static bool read_step(struct fence *fence, int line, struct str text)
{
    struct str words = numbered_words(text);
    struct str boxed = boxed_words(text);
    bool allowed = fence->form == FENCE_SHELL || (fence->form == FENCE_UNNAMED && fence->prose);
    if (!allowed || (words.n == 0 && boxed.n == 0))
        return false;
    struct sentence_place place = {.in_list = true,
                                   .ordered = boxed.n == 0,
                                   .box = boxed.n > 0,
                                   .path = fence->builder->path,
                                   .heading = fence->builder->heading};
    struct str said = boxed.n ? boxed : words;
    struct sentence *sentence = &fence->builder->sentence;
    sentence_begin(sentence, fence->builder->arena, &place, said);
    sentence->base = statement_at(fence, STATEMENT_STEP, line, said);
    if (sentence_step(sentence) != READ_YES)
        return false;
    sentence->made[0].step.number = ++fence->step;
    (void)builder_add(fence->builder, sentence->made[0]);
    return true;
}

/* Is a quote still open at the end of the text? */
static bool has_open_quote(struct str text)
{
    char quote = 0;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (c == '\\' && quote != '\'')
            i++;
        else if (quote)
            quote = c == quote ? 0 : quote;
        else if (c == '\'' || c == '"')
            quote = c;
    }
    return quote != 0;
}

static bool is_continued(const struct fence *fence, struct str so_far, struct str last, int next)
{
    if (fence->form == FENCE_SQL)
        return last.n == 0 || (last.p[last.n - 1] != ';' && last.p[0] != '\\');
    if (fence->form == FENCE_CODE) {
        struct str line =
            next <= fence->piece->last_line ? line_at(fence, next) : (struct str){"", 0};
        return line.n > 0 && byte_is_blank(line.p[0]);
    }
    return str_ends(last, "\\") || has_open_quote(so_far);
}

/* Joins the lines of one command beginning at line; returns its last line. */
static int read_command(struct fence *fence, int line, struct str first)
{
    struct text text;
    int last = line;
    struct str part = first;
    text_init(&text, fence->builder->arena, COMMAND_BYTES_MAX);
    text_add(&text, first);
    while (last < fence->piece->last_line && last - line < COMMAND_LINES_MAX &&
           is_continued(fence, text_str(&text), part, last + 1)) {
        struct str words;
        struct str next = str_trim(line_at(fence, last + 1));
        if (fence->form == FENCE_SQL && (next.n == 0 || is_note(fence, next, &words)))
            break;
        last++;
        part = next;
        text_byte(&text, '\n');
        text_add(&text, part);
    }
    struct statement statement = statement_at(fence, STATEMENT_COMMAND, line, text_str(&text));
    statement.last_line = last;
    statement.command =
        (struct command_statement){fence->title, fence->piece->language, statement.text};
    (void)builder_add(fence->builder, statement);
    return last;
}

static bool is_command_line(struct str line)
{
    static const char *const sql[] = {"SELECT ", "INSERT ", "UPDATE ", "DELETE ", "ALTER ",
                                      "CREATE ", "DROP ",   "GRANT ",  "REVOKE ", NULL};
    for (int i = 0; sql[i]; i++)
        if (str_starts(line, sql[i]))
            return true;
    struct str first = str_slice(line, 0, str_find_byte(line, ' ', 0));
    return str_starts(line, "$ ") ||
           (vocabulary_program(first) != PROGRAM_NO && first.n < line.n) || str_starts(line, "./");
}

static void look_ahead(struct fence *fence)
{
    bool command = false;
    int numbered = 0;
    for (int line = fence->piece->line; line <= fence->piece->last_line; line++) {
        struct str text = str_trim(line_at(fence, line));
        fence->prompt |= str_starts(text, "$ ");
        command |= is_command_line(text);
        numbered += numbered_words(text).n > 0 || boxed_words(text).n > 0;
    }
    fence->prose = numbered > 0 && !command;
}

/* Reads the statement that begins at line; returns its last line. */
static int read_line(struct fence *fence, int line)
{
    struct str words;
    struct str text = str_trim(line_at(fence, line));
    if (text.n == 0)
        return line;
    bool commands =
        fence->form == FENCE_SHELL || fence->form == FENCE_SQL || fence->form == FENCE_CODE;
    if ((commands || (fence->form == FENCE_UNNAMED && !fence->prose)) &&
        is_note(fence, text, &words)) {
        fence->note = -1;
        fence->step = 0;
        fence->title = words;
        fence->note = builder_add(fence->builder, statement_at(fence, STATEMENT_NOTE, line, words));
        return line;
    }
    if (read_step(fence, line, text))
        return line;
    bool prompt = str_starts(text, "$ ");
    if (prompt)
        text = str_trim(str_from(text, 2));
    if ((commands && (!fence->prompt || prompt)) ||
        (fence->form == FENCE_UNNAMED && (prompt || (!fence->prompt && is_command_line(text)))))
        return read_command(fence, line, text);
    (void)builder_add(fence->builder, statement_at(fence, STATEMENT_LITERAL, line, text));
    return line;
}

void fence_read(struct builder *builder, const struct piece *piece, int parent)
{
    struct fence fence = {.builder = builder,
                          .piece = piece,
                          .form = form_of(piece->language),
                          .parent = parent,
                          .note = -1};
    look_ahead(&fence);
    for (int line = piece->line; line <= piece->last_line; line++)
        line = read_line(&fence, line);
}
