/* command_line.c - filling the open places of a command without ever pasting text into a program.
 */
#include "run/command_line.h"

#include "base/text.h"

#include <stdio.h>

enum { SCRIPT_BYTES_MAX = 2 * LIMIT_RUN_COMMAND_BYTES, WORDS_MAX = 512, CLOSINGS = 5 };
enum { ANGLE_BYTES_MAX = 66 };

struct filler {
    struct arena *arena;
    struct str command;
    const struct run_value *values;
    int value_count;
    bool used[LIMIT_RUN_VALUES];
    bool quoted[LIMIT_RUN_VALUES]; /* stands in quotation marks somewhere */
    bool begins[LIMIT_RUN_VALUES]; /* begins a word somewhere */
};

struct place { /* where a value belongs: [from, to) */
    size_t from, to;
    int value;
    bool variable; /* "$NAME": the shell puts it in */
};

static bool is_name_byte(char c)
{
    return byte_is_alnum(c) || c == '_';
}

/* A name that needs no marks around it: "USER_ID". */
static bool is_loud(struct str name)
{
    bool upper = false;
    for (size_t i = 0; i < name.n; i++) {
        if (name.p[i] >= 'a' && name.p[i] <= 'z')
            return false;
        upper = upper || (name.p[i] >= 'A' && name.p[i] <= 'Z');
    }
    return upper;
}

/* Does the place of this name, with its marks, begin at i? */
static bool stands_at(struct str command, size_t i, struct str name, struct place *out_place)
{
    static const struct {
        const char *open, *close;
        bool variable;
    } marks[CLOSINGS] = {{"${", "}", true},
                         {"{{", "}}", false},
                         {"<", ">", false},
                         {"{", "}", false},
                         {"[", "]", false}};
    struct str rest = str_from(command, i);
    for (size_t k = 0; k < CLOSINGS; k++) {
        size_t open = strlen(marks[k].open);
        size_t close = strlen(marks[k].close);
        if (!str_starts(rest, marks[k].open))
            continue;
        size_t end = str_find(rest, marks[k].close, open);
        if (end < rest.n && str_equal(str_trim(str_slice(rest, open, end)), name)) {
            *out_place = (struct place){i, i + end + close, 0, marks[k].variable};
            return true;
        }
    }
    bool dollar = rest.n > name.n && rest.p[0] == '$';
    if (!dollar && !is_loud(name))
        return false; /* "pod" in "delete pod <pod>" is a word of the command */
    struct str bare = str_slice(str_from(rest, dollar), 0, name.n);
    if (!str_equal(bare, name))
        return false;
    char before = i > 0 ? command.p[i - 1] : ' ';
    char after = rest.n > name.n + dollar ? rest.p[name.n + dollar] : ' ';
    if (is_name_byte(after) || (!dollar && (is_name_byte(before) || before == '$')))
        return false;
    *out_place = (struct place){i, i + name.n + dollar, 0, dollar};
    return true;
}

static bool find_place(const struct filler *filler, size_t i, struct place *out_place)
{
    for (int v = 0; v < filler->value_count; v++) {
        if (!stands_at(filler->command, i, filler->values[v].name, out_place))
            continue;
        out_place->value = v;
        return true;
    }
    return false;
}

/* Is the "=" at i part of an option ("--target=…")? Elsewhere it sets a variable. */
static bool is_option_value(struct str command, size_t i)
{
    size_t word = i;
    while (word > 0 && !byte_is_blank(command.p[word - 1]))
        word--;
    return command.p[i] == '=' && command.p[word] == '-';
}

/* Marks that only a shell understands. */
static bool needs_shell(const struct filler *filler)
{
    struct str command = filler->command;
    struct place place;
    for (size_t i = 0; i < command.n;) {
        if (find_place(filler, i, &place)) {
            if (place.variable)
                return true;
            i = place.to;
            continue;
        }
        if (strchr("|&;<>()$`\"'\\*?[]#~=%!{}\n\r", command.p[i]) && !is_option_value(command, i))
            return true;
        i++;
    }
    return false;
}

/* Programs of which it is known that they read no argument as a program: the others may hand it on
 * to a shell, here or on another machine. */
static bool reads_plainly(struct str command)
{
    static const char *const programs[] = {"echo",  "printf", "logger", "wall", "cat",
                                           "touch", "mkdir",  "ls",     "test", "notify-send"};
    struct str word = str_trim(command);
    size_t end = 0;
    while (end < word.n && !byte_is_blank(word.p[end]))
        end++;
    word = str_slice(word, 0, end);
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++)
        if (str_is(word, programs[i]))
            return true;
    return false;
}

/* One command, perhaps with its output led elsewhere. */
static bool is_simple(struct str command)
{
    for (size_t i = 0; i < command.n; i++)
        if (strchr("|;&\n`$(", command.p[i]))
            return false;
    return true;
}

static bool is_plain(struct str value)
{
    for (size_t i = 0; i < value.n; i++)
        if (!byte_is_alnum(value.p[i]) && !strchr("_./:@%+,-", value.p[i]))
            return false;
    return true;
}

static bool check_value(const struct filler *filler, int v, bool plain_only, struct err *err)
{
    struct str name = filler->values[v].name;
    struct str value = filler->values[v].value;
    if (value.n == 0)
        return err_set(err, ERR_REFUSED, name.p,
                       "The value of %.*s was erased, so its command cannot be run any more.",
                       STR_ARGS(name));
    if (filler->begins[v] && str_starts(value, "-"))
        return err_set(err, ERR_USAGE, name.p,
                       "%.*s begins with \"-\": the command would take it for an option.",
                       STR_ARGS(name));
    if ((plain_only || filler->quoted[v]) && !is_plain(value))
        return err_set(err, ERR_USAGE, name.p,
                       "%.*s may only have letters, digits and _ . / : @ %% + , - here, because "
                       "the command hands it on to something that reads it once more.",
                       STR_ARGS(name));
    return true;
}

static bool check_values(const struct filler *filler, bool plain_only, struct err *err)
{
    for (int v = 0; v < filler->value_count; v++)
        if (filler->used[v] && !check_value(filler, v, plain_only, err))
            return false;
    return true;
}

/* Words parted by blanks, each place filled within its word. */
static bool fill_words(struct filler *filler, struct command_line *line, struct err *err)
{
    struct str command = filler->command;
    struct place place;
    line->argv = arena_array(filler->arena, WORDS_MAX, sizeof *line->argv);
    for (size_t i = 0; i < command.n;) {
        if (byte_is_blank(command.p[i])) {
            i++;
            continue;
        }
        struct text word;
        text_init(&word, filler->arena, SCRIPT_BYTES_MAX);
        while (i < command.n && (find_place(filler, i, &place) || !byte_is_blank(command.p[i]))) {
            if (!find_place(filler, i, &place)) {
                text_byte(&word, command.p[i++]);
                continue;
            }
            filler->used[place.value] = true;
            filler->begins[place.value] = filler->begins[place.value] || word.n == 0;
            text_add(&word, filler->values[place.value].value);
            i = place.to;
        }
        if (line->argc == WORDS_MAX || text_full(&word))
            return err_set(err, ERR_USAGE, NULL, "The command has more than %d words.", WORDS_MAX);
        line->argv[line->argc++] = text_str(&word);
    }
    return check_values(filler, !reads_plainly(command), err);
}

/* The state of a shell's reader, as far as places need it. */
struct quotes {
    char open;    /* ' or " or 0 */
    int inner;    /* $( or backquotes that are open */
    bool here;    /* a here-document has begun: its body is not followed */
    bool escape;  /* the byte before is a backslash that counts */
    bool comment; /* up to the end of the line; quotes in it are followed all the same */
};

static void follow(struct quotes *quotes, struct str script, size_t i)
{
    char c = script.p[i];
    char next = i + 1 < script.n ? script.p[i + 1] : ' ';
    bool escaped = quotes->escape;
    bool begins = i == 0 || strchr(" \t\n;&|(", script.p[i - 1]);
    quotes->comment = c != '\n' && (quotes->comment || (c == '#' && begins && !quotes->open));
    quotes->escape = !escaped && c == '\\' && quotes->open != '\'';
    if (escaped || quotes->escape)
        return;
    if (quotes->open == '\'') {
        if (c == '\'')
            quotes->open = 0;
        return;
    }
    if (c == '"')
        quotes->open = quotes->open ? 0 : '"';
    else if (c == '\'' && !quotes->open)
        quotes->open = '\'';
    else if (c == '`' || (c == '$' && next == '('))
        quotes->inner++;
    else if (c == '<' && next == '<' && !quotes->open)
        quotes->here = true;
}

static bool fill_place(struct filler *filler, struct text *script, const struct quotes *quotes,
                       const struct place *place, struct err *err)
{
    struct str name = filler->values[place->value].name;
    char variable[32];
    (void)snprintf(variable, sizeof variable, "REEVE_VALUE_%d", place->value + 1);
    if (quotes->inner > 0 || quotes->here)
        return err_set(err, ERR_USAGE, name.p,
                       "%.*s stands inside of $( ), backquotes or a here-document, where it cannot "
                       "be filled in safely; put this command into a script that takes it as an "
                       "argument.",
                       STR_ARGS(name));
    char before = script->n > 0 ? script->p[script->n - 1] : ' ';
    filler->used[place->value] = true;
    filler->quoted[place->value] = filler->quoted[place->value] || quotes->open != 0;
    filler->begins[place->value] =
        filler->begins[place->value] || byte_is_blank(before) || before == '"' || before == '\'';
    text_printf(script,
                quotes->open == '"'    ? "${%s}"
                : quotes->open == '\'' ? "'\"${%s}\"'"
                                       : "\"${%s}\"",
                variable);
    return true;
}

/* "<x>" outside of quotation marks that is no open place: people mean one, a shell reads a file x
 * and empties the file behind it. The words are those that runbook/placeholder.c takes for a place,
 * and shorter ones, and letters of other scripts. Gives where it ends, or from. */
static size_t find_unfilled(struct str command, size_t from)
{
    size_t end = str_find_byte(command, '>', from + 1);
    if (end == command.n || end == from + 1 || end - from > ANGLE_BYTES_MAX ||
        command.p[end - 1] == ' ' || (from > 0 && command.p[from - 1] == '<'))
        return from;
    for (size_t i = from + 1; i < end; i++) {
        char c = command.p[i];
        bool is_first = i == from + 1;
        if (!is_name_byte(c) && (unsigned char)c < 0x80 && (is_first || !strchr(" .|/'-", c)))
            return from;
    }
    return end + 1;
}

static bool check_angle(const struct filler *filler, const struct quotes *quotes, size_t i,
                        struct err *err)
{
    bool read = filler->command.p[i] == '<' && !quotes->open && !quotes->escape && !quotes->here &&
                !quotes->comment;
    size_t end = read ? find_unfilled(filler->command, i) : i;
    struct str angle = str_slice(filler->command, i, end);
    return angle.n == 0 ||
           err_set(err, ERR_USAGE, NULL,
                   "%.*s is no open place, and a shell would read a file for it and write over "
                   "what follows: give the place a name of two letters or more, as in <name>, or "
                   "put it into quotation marks.",
                   STR_ARGS(angle));
}

static bool fill_script(struct filler *filler, struct command_line *line, struct err *err)
{
    struct str command = filler->command;
    struct quotes quotes = {0};
    struct place place;
    struct text script;
    text_init(&script, filler->arena, SCRIPT_BYTES_MAX);
    for (size_t i = 0; i < command.n;) {
        if (!quotes.escape && find_place(filler, i, &place)) {
            if (!fill_place(filler, &script, &quotes, &place, err))
                return false;
            i = place.to;
            continue;
        }
        if (!check_angle(filler, &quotes, i, err))
            return false;
        follow(&quotes, command, i);
        text_byte(&script, command.p[i++]);
    }
    if (text_full(&script))
        return err_set(err, ERR_USAGE, NULL, "The command is longer than %d bytes.",
                       SCRIPT_BYTES_MAX);
    line->argv = arena_array(filler->arena, 3, sizeof *line->argv);
    line->argv[0] = STR("sh");
    line->argv[1] = STR("-c");
    line->argv[2] = text_str(&script);
    line->argc = 3;
    return check_values(filler, !(is_simple(command) && reads_plainly(command)), err);
}

bool command_line_make(struct arena *arena, struct str command, const struct run_values *values,
                       struct command_line *out_line, struct err *err)
{
    struct filler filler = {
        .arena = arena, .command = command, .values = values->items, .value_count = values->count};
    struct command_line line = {0};
    bool shell = needs_shell(&filler);
    if (!(shell ? fill_script(&filler, &line, err) : fill_words(&filler, &line, err)))
        return false;
    for (int v = 0; v < values->count; v++)
        line.used |= filler.used[v] ? UINT32_C(1) << v : 0;
    line.variables = arena_array(arena, (size_t)values->count, sizeof *line.variables);
    for (int v = 0; v < values->count && shell; v++)
        if (filler.used[v])
            line.variables[line.variable_count++] =
                (struct run_value){.name = str_printf(arena, "REEVE_VALUE_%d", v + 1),
                                   .value = values->items[v].value};
    *out_line = line;
    return true;
}

struct str command_line_filled(struct arena *arena, struct str command,
                               const struct run_values *values)
{
    struct filler filler = {
        .command = command, .values = values->items, .value_count = values->count};
    struct place place;
    struct text filled;
    text_init(&filled, arena, SCRIPT_BYTES_MAX);
    for (size_t i = 0; i < command.n;) {
        if (!find_place(&filler, i, &place)) {
            text_byte(&filled, command.p[i++]);
            continue;
        }
        text_add(&filled, values->items[place.value].value);
        i = place.to;
    }
    return text_str(&filled);
}

void command_line_repeat(struct arena *arena, struct command_line *line, int64_t every_ms)
{
    size_t front = 4;
    struct str *argv = arena_array(arena, front + line->argc, sizeof *argv);
    argv[0] = STR("sh");
    argv[1] = STR("-c");
    argv[2] = str_printf(arena,
                         "while :; do \"$@\"; code=$?; case $code in 0|126|127) exit $code;; esac; "
                         "sleep %lld.%03lld; done",
                         (long long)(every_ms / 1000), (long long)(every_ms % 1000));
    argv[3] = STR("sh");
    for (size_t i = 0; i < line->argc; i++)
        argv[front + i] = line->argv[i];
    line->argv = argv;
    line->argc += front;
}

/* Reads as one argument without marks around it? */
static bool is_one_word(struct str argument)
{
    for (size_t i = 0; i < argument.n; i++)
        if ((unsigned char)argument.p[i] <= ' ' || (unsigned char)argument.p[i] >= 0x7f)
            return false;
    return argument.n > 0;
}

void command_line_show(const struct command_line *line, struct text *out)
{
    for (size_t i = 0; i < line->argc; i++) {
        bool one_word = is_one_word(line->argv[i]);
        text_printf(out, "%s%s", i ? " " : "", one_word ? "" : "‹");
        text_visible(out, line->argv[i], true); /* whoever approves it sees what there is */
        text_adds(out, one_word ? "" : "›");
    }
}

/* What a value of a type looks like; texts may be anything in one line. */
static bool fits(enum placeholder_type type, struct str value)
{
    int64_t number = 0;
    switch (type) {
    case PLACEHOLDER_NUMBER: return str_int(value, &number) && number >= 0;
    case PLACEHOLDER_EMAIL: return str_find_byte(value, '@', 0) < value.n && is_plain(value);
    case PLACEHOLDER_URL: return str_find(value, "://", 0) < value.n;
    case PLACEHOLDER_ID:
    case PLACEHOLDER_NAME:
    case PLACEHOLDER_VERSION:
    case PLACEHOLDER_DATE:
    case PLACEHOLDER_TIME: return is_plain(value);
    case PLACEHOLDER_TEXT:
    case PLACEHOLDER_PATH:
    case PLACEHOLDER_SECRET: break;
    }
    return true;
}

/* No name, path or word of a command needs one, and whoever approves the value would not see it.
 * Letters and marks of every script are fine, and so is a blank. */
static bool refuse_hidden(struct str name, struct str value, struct err *err)
{
    unsigned code = 0;
    size_t bytes = 0;
    size_t at = str_find_hidden(value, 0, true, &code, &bytes);
    return err_set(err, ERR_USAGE, name.p,
                   "%.*s has U+%04X at byte %zu, which is not seen or is taken for a blank; write "
                   "it without.",
                   STR_ARGS(name), code, at + 1);
}

bool placeholder_check(const struct placeholder *placeholder, struct str value, struct err *err)
{
    static const char *const looks[] = {[PLACEHOLDER_TEXT] = "a text",
                                        [PLACEHOLDER_ID] = "an id in plain characters",
                                        [PLACEHOLDER_NAME] = "a name in plain characters",
                                        [PLACEHOLDER_URL] = "an address like https://…",
                                        [PLACEHOLDER_EMAIL] = "a mail address",
                                        [PLACEHOLDER_DATE] = "a date in plain characters",
                                        [PLACEHOLDER_TIME] = "a time in plain characters",
                                        [PLACEHOLDER_NUMBER] = "a whole number",
                                        [PLACEHOLDER_PATH] = "a path",
                                        [PLACEHOLDER_VERSION] = "a version in plain characters",
                                        [PLACEHOLDER_SECRET] = "a secret"};
    struct str name = placeholder->name;
    if (placeholder->type == PLACEHOLDER_SECRET)
        return err_set(err, ERR_REFUSED, name.p,
                       "%.*s is a secret, and values are written into the ledger: give it to the "
                       "command as a variable under commands: environment: in reeve.yaml.",
                       STR_ARGS(name));
    if (value.n == 0 || value.n > LIMIT_RUN_VALUE_BYTES)
        return err_set(err, ERR_USAGE, name.p, "%.*s must have 1 to %d bytes.", STR_ARGS(name),
                       LIMIT_RUN_VALUE_BYTES);
    for (size_t i = 0; i < value.n; i++)
        if ((unsigned char)value.p[i] < ' ' || value.p[i] == 0x7f)
            return err_set(err, ERR_USAGE, name.p, "%.*s has a control character at byte %zu.",
                           STR_ARGS(name), i + 1);
    if (str_has_hidden(value, true))
        return refuse_hidden(name, value, err);
    return fits(placeholder->type, value) ||
           err_set(err, ERR_USAGE, name.p, "%.*s must be %s, not \"%.*s\".", STR_ARGS(name),
                   looks[placeholder->type], STR_ARGS(str_cut(value, 60)));
}
