/* fence_line.c - a line between fence marks, judged by its look. */
#include "runbook/fence_line.h"

#include "runbook/command.h"
#include "runbook/front.h"
#include "runbook/shell.h"

enum { ENGLISH_WORDS_MIN = 3, CRON_FIELDS = 5, ANNOUNCE_BYTES_MAX = 200 };

struct str line_first_word(struct str line)
{
    size_t end = 0;
    while (end < line.n && !byte_is_blank(line.p[end]))
        end++;
    return str_slice(line, 0, end);
}

static bool is_any(struct str word, const char *const *list)
{
    for (int i = 0; word.n && list[i]; i++)
        if (byte_lower(word.p[0]) == list[i][0] && str_is_nocase(word, list[i]))
            return true;
    return false;
}

/* The next word of *rest between blanks. */
static bool take_word(struct str *rest, struct str *out_word)
{
    size_t i = 0;
    while (i < rest->n && byte_is_blank(rest->p[i]))
        i++;
    size_t end = i;
    while (end < rest->n && !byte_is_blank(rest->p[end]))
        end++;
    *out_word = str_slice(*rest, i, end);
    *rest = str_from(*rest, end);
    return out_word->n > 0;
}

struct str line_numbered(struct str line)
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

struct str line_boxed(struct str line)
{
    struct str rest =
        str_starts(line, "- ") || str_starts(line, "* ") ? str_trim(str_from(line, 2)) : line;
    if (str_starts(rest, "[ ] ") || str_starts(rest, "[x] ") || str_starts(rest, "[X] "))
        return str_trim(str_from(rest, 4));
    return (struct str){"", 0};
}

/* Words that sentences have and command lines hardly ever. */
static const char *const english[] = {
    "the", "a",    "an",   "is",   "are", "was",     "were",  "will", "should", "must",
    "can", "that", "this", "your", "you", "our",     "which", "when", "until",  "been",
    "be",  "has",  "have", "of",   "and", "because", "it",    "we",   "their",  NULL};
/* How they begin. */
static const uint32_t english_fronts[FRONTS] = {[FRONT('a')] = FRONT_BIT('n') | FRONT_BIT('r'),
                                                [FRONT('b')] = FRONT_BIT('e'),
                                                [FRONT('c')] = FRONT_BIT('a'),
                                                [FRONT('h')] = FRONT_BIT('a'),
                                                [FRONT('i')] = FRONT_BIT('s') | FRONT_BIT('t'),
                                                [FRONT('m')] = FRONT_BIT('u'),
                                                [FRONT('o')] = FRONT_BIT('f') | FRONT_BIT('u'),
                                                [FRONT('s')] = FRONT_BIT('h'),
                                                [FRONT('t')] = FRONT_BIT('h'),
                                                [FRONT('u')] = FRONT_BIT('n'),
                                                [FRONT('w')] = FRONT_BIT('a') | FRONT_BIT('e') |
                                                               FRONT_BIT('h') | FRONT_BIT('i'),
                                                [FRONT('y')] = FRONT_BIT('o')};

static bool is_english_word(struct str word)
{
    return (word.n == 1 || front_is_in(english_fronts, word)) && is_any(word, english);
}

static int english_words(struct str line)
{
    struct str word;
    int found = 0;
    char quote = 0;
    while (take_word(&line, &word)) {
        if (word.p[0] == '#' && !quote)
            break;
        bool plain = quote == 0;
        for (size_t i = 0; i < word.n; i++)
            if (quote ? word.p[i] == quote : word.p[i] == '"' || word.p[i] == '\'')
                quote = quote ? 0 : word.p[i];
        while (word.n && strchr(",.;:!?)", word.p[word.n - 1]))
            word.n--;
        found += plain && is_english_word(word);
    }
    return found;
}

static bool has_shell_mark(struct str line)
{
    static const bool marks[256] = {
        ['|'] = true, ['$'] = true, ['='] = true,  [';'] = true, ['{'] = true,
        ['}'] = true, ['`'] = true, ['\\'] = true, ['~'] = true, ['*'] = true};
    for (size_t i = 0; i < line.n; i++)
        if (marks[(unsigned char)line.p[i]] ||
            (line.p[i] == '&' && i + 1 < line.n && line.p[i + 1] == '&'))
            return true;
    return false;
}

/* Does "#" stand behind a blank in it? */
static bool has_remark(struct str line)
{
    for (size_t i = str_find_byte(line, '#', 1); i < line.n; i = str_find_byte(line, '#', i + 1))
        if (byte_is_blank(line.p[i - 1]))
            return true;
    return false;
}

bool line_has_option(struct str line)
{
    for (size_t i = str_find_byte(line, '-', 1); i + 1 < line.n;
         i = str_find_byte(line, '-', i + 1)) {
        if (!byte_is_blank(line.p[i - 1]))
            continue;
        bool twice = line.p[i + 1] == '-' && i + 2 < line.n && byte_is_alpha(line.p[i + 2]);
        bool once = byte_is_alpha(line.p[i + 1]) &&
                    (i + 2 == line.n || byte_is_blank(line.p[i + 2]) || line.p[i + 2] == '=');
        if (twice || once)
            return !has_remark(str_slice(line, 0, i));
    }
    return false;
}

bool line_is_english(struct str line)
{
    struct str rest = line;
    struct str word;
    int words = 0;
    if (line.n < 8 || !byte_is_alpha(line.p[0]) || line_has_option(line))
        return false;
    bool sentence = line.p[0] >= 'A' && line.p[0] <= 'Z' && line.p[1] >= 'a' && line.p[1] <= 'z';
    while (take_word(&rest, &word))
        words++;
    struct str first = line_first_word(line);
    bool label = line.p[line.n - 1] == ':' && sentence;
    if (str_find_byte(first, '-', 0) < first.n || str_find_byte(first, '/', 0) < first.n)
        return false; /* "Get-Service" */
    if (label)
        return true;
    int plain = words < ENGLISH_WORDS_MIN ? 0 : english_words(line);
    if (words < ENGLISH_WORDS_MIN || (has_shell_mark(line) && (plain < 2 || !sentence)))
        return false;
    return sentence || (vocabulary_program(first) == PROGRAM_NO && plain > 0);
}

bool line_announces_output(struct str line)
{
    static const char *const begins[] = {
        "expected output", "expected result", "example output",   "sample output",
        "output:",         "sample response", "example response", NULL};
    static const char *const ends[] = {"output:",    "output is:",      "output should be:",
                                       "outputs:",   "output like:",    "similar to:",
                                       "see:",       "like this:",      "looks like:",
                                       "look like:", "something like:", "returns:",
                                       "prints:",    "response:",       "result:",
                                       "results:",   "beneath it:",     NULL};
    struct str text = str_trim(line);
    if (text.n == 0 || text.n > ANNOUNCE_BYTES_MAX || text.p[text.n - 1] != ':')
        return false;
    for (int i = 0; begins[i]; i++)
        if (str_starts_nocase(text, begins[i]))
            return true;
    bool found = false;
    for (int i = 0; ends[i] && !found; i++)
        found = str_ends(text, ends[i]);
    return found && str_find_nocase(text, "command", 0) == text.n &&
           str_find_nocase(text, "run ", 0) == text.n;
}

bool line_is_table_head(struct str line)
{
    struct str rest = line;
    struct str word;
    int words = 0;
    for (size_t i = 0; i < line.n; i++)
        if (line.p[i] >= 'a' && line.p[i] <= 'z')
            return false; /* as most lines */
    if (str_find(line, "  ", 0) == line.n)
        return false;
    while (take_word(&rest, &word)) {
        bool letter = false;
        for (size_t i = 0; i < word.n; i++) {
            char c = word.p[i];
            if (!byte_is_alnum(c) && !strchr("-_/()%:.", c))
                return false;
            letter |= byte_is_alpha(c);
        }
        words += letter;
    }
    return words > 1;
}

bool line_is_cron(struct str line)
{
    struct str word;
    for (int field = 0; field < CRON_FIELDS; field++) {
        if (!take_word(&line, &word))
            return false;
        for (size_t i = 0; i < word.n; i++)
            if (!byte_is_digit(word.p[i]) && !strchr("*,-/", word.p[i]))
                return false;
    }
    return take_word(&line, &word);
}

/* "W0917 11:21:46", "status.go:126]": what programs put before their messages. */
static bool is_log_mark(struct str word)
{
    bool level = word.n == 5 && strchr("IWEF", word.p[0]);
    for (size_t i = 1; level && i < word.n; i++)
        level = byte_is_digit(word.p[i]);
    return level || (word.n > 1 && word.p[word.n - 1] == ']' && word.p[0] != '[');
}

/* "kind: Pod", "limit = 30": settings of a file, which no shell takes. */
static bool is_setting(struct str line, struct str first)
{
    struct str rest = str_trim(str_from(line, first.n));
    struct str name = str_slice(first, 0, first.n - 1);
    bool key = first.n > 1 && first.p[first.n - 1] == ':' && byte_is_alpha(first.p[0]);
    for (size_t i = 0; key && i < name.n; i++)
        key = byte_is_alnum(name.p[i]) || strchr("_./-", name.p[i]);
    return key || str_starts(rest, "= ") || str_starts(rest, ":= ");
}

/* "POD_CIDR   # e.g. 10.0.0.0/16": a list of names, each with its remark. */
static bool is_listed_name(struct str line, struct str first)
{
    struct str rest = str_trim(str_from(line, first.n));
    bool upper = first.n > 2;
    for (size_t i = 0; upper && i < first.n; i++)
        upper = first.p[i] == '_' || byte_is_digit(first.p[i]) ||
                (first.p[i] >= 'A' && first.p[i] <= 'Z');
    return upper && (rest.n == 0 || rest.p[0] == '#');
}

bool line_is_output(struct str line)
{
    static const char *const marks[] = {"...",   "HTTP/", "Error:",    "ERROR", "WARN", "INFO",
                                        "DEBUG", "FATAL", "Traceback", "OK",    NULL};
    char c = line.p[0];
    if ((c & 0x80) || strchr("|+<)", c) || str_is(line, "\xE2\x80\xA6"))
        return true;
    for (int i = 0; marks[i]; i++) {
        size_t n = strlen(marks[i]);
        if (c == marks[i][0] && str_starts(line, marks[i]))
            return line.n == n || !byte_is_alnum(marks[i][n - 1]) || !byte_is_alnum(line.p[n]);
    }
    if (c == '-' || (c == '[' && line.n > 1 && !byte_is_blank(line.p[1]) && line.p[1] != '['))
        return true;
    if (c == '{' && line.n > 1 && line.p[1] == '"')
        return true;
    if (c == '"' && str_find(line, "\":", 0) < line.n)
        return true;
    if (c == '(' && line.n > 1 && byte_is_digit(line.p[1]))
        return true;
    struct str first = line_first_word(line);
    if (is_log_mark(first) || is_setting(line, first) || is_listed_name(line, first))
        return true;
    bool number = byte_is_digit(c);
    for (size_t i = 0; number && i < first.n; i++)
        number = byte_is_digit(first.p[i]) || strchr("-:.,/TZ%+", first.p[i]);
    return number && !line_is_cron(line);
}

bool line_is_source(struct str line)
{
    static const char *const begins[] = {"const",  "let",     "var",    "class",  "interface",
                                         "throw",  "return",  "try",    "async",  "await",
                                         "public", "private", "import", "export", "def",
                                         "func",   "catch",   "from",   "switch", NULL};
    static const char *const tests[] = {"if (",   "for (",   "while (", "switch (",
                                        "} else", "} catch", NULL};
    struct str first = line_first_word(line);
    char last = line.p[line.n - 1];
    for (int i = 0; tests[i]; i++)
        if (line.p[0] == tests[i][0] && str_starts(line, tests[i]))
            return last == '{' || last == '(' || last == ';';
    for (int i = 0; begins[i]; i++) {
        if (line.p[0] != begins[i][0] || !str_is(first, begins[i]) || first.n == line.n)
            continue;
        struct str rest = str_trim(str_from(line, first.n));
        bool assigns = shell_is_assignment(line_first_word(rest));
        return (strchr("{;(,", last) && !assigns) ||
               (last == ':' && (str_is(first, "def") || str_is(first, "class"))) ||
               str_find(line, " from ", 0) < line.n;
    }
    return false;
}

int line_brackets(struct str line)
{
    int depth = 0;
    char quote = 0;
    for (size_t i = 0; i < line.n; i++) {
        char c = line.p[i];
        if (c == '\\')
            i++;
        else if (quote)
            quote = c == quote ? 0 : quote;
        else if (c == '"' || c == '\'')
            quote = c;
        else
            depth += (strchr("([{", c) != NULL) - (strchr(")]}", c) != NULL);
    }
    return depth;
}

/* "for host in a b; do", "if [ -f x ]; then", "while true; do": more than the English word. */
static bool is_compound(struct str line, struct str first)
{
    if (str_is(first, "for"))
        return str_find(line, " in ", 0) < line.n && str_find(line, ";", 0) < line.n;
    return str_find(line, "[", 0) < line.n || str_find(line, "; do", 0) < line.n ||
           str_find(line, "; then", 0) < line.n;
}

static bool is_program_call(struct str line, struct str first)
{
    enum program_word program = vocabulary_program(first);
    bool compound = str_is(first, "for") || str_is(first, "if") || str_is(first, "while");
    if (program == PROGRAM_NO || first.n == line.n || str_trim(str_from(line, first.n)).p[0] == '(')
        return false;
    if (compound)
        return is_compound(line, first);
    return program == PROGRAM_SURE || english_words(line) == 0;
}

/* "/opt/shop/restart now", "/whoisoncall shop"; not the rows of "df": "/dev/sda1  50G  20G". */
static bool is_absolute_call(struct str line, struct str first)
{
    struct str rest = str_from(line, first.n);
    struct str second;
    if (first.n < 3 || first.p[0] != '/' || !byte_is_alpha(first.p[1]) ||
        str_starts(first, "/dev/") || !shell_is_program(first) || !take_word(&rest, &second))
        return false;
    return byte_is_alpha(second.p[0]) || second.p[0] == '-';
}

/* "resize2fs /dev/sda1": a word that could be a program, and a path, and nothing more. */
static bool is_path_call(struct str line, struct str first)
{
    struct str rest = str_from(line, first.n);
    struct str word;
    if (!shell_is_program(first) || !take_word(&rest, &word) ||
        str_find_byte(first, '.', 0) < first.n)
        return false;
    bool path = str_starts(word, "/") || str_starts(word, "./") || str_starts(word, "~/");
    return path && word.n > 2 && !take_word(&rest, &word);
}

/* "├── src", "[A] → [B]": drawn with signs that no command has. */
bool line_is_drawn(struct str line)
{
    for (size_t i = str_find_byte(line, '\xE2', 0); i + 2 < line.n;
         i = str_find_byte(line, '\xE2', i + 1)) {
        const unsigned char *p = (const unsigned char *)line.p + i;
        bool box = p[1] == 0x94 || p[1] == 0x95 || p[1] == 0x96;
        bool arrow = p[1] == 0x86;
        if (box || arrow)
            return true;
    }
    return false;
}

bool line_is_command(struct str line, const struct map *programs, bool bare)
{
    struct str first = line_first_word(line);
    if (first.n == 0 || line_is_output(line) || line_is_table_head(line))
        return false;
    if (shell_prompt(line, false) || sql_begins(line))
        return true;
    struct str command = line;
    while (shell_is_assignment(first) && first.n < command.n) {
        command = str_trim(str_from(command, first.n));
        first = line_first_word(command);
    }
    if (is_program_call(command, first))
        return true;
    if (str_starts(first, "./") || str_starts(first, "../"))
        return shell_is_program(first);
    if (!shell_is_program(first) || english_words(command) > 0)
        return false;
    if (map_find(programs, first) || (line_has_option(command) && first.n < command.n))
        return first.n < command.n;
    return bare && (is_absolute_call(command, first) || is_path_call(command, first));
}
