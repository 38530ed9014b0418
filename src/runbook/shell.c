/* shell.c - where a command ends, and the words it has. */
#include "runbook/shell.h"

enum { PROMPT_BYTES_MAX = 80, PROGRAM_BYTES_MAX = 80 };

/* What a byte is to a shell, asked of every byte. */
enum { SPACE = 1, ENDS = 2, QUOTE = 4, ESCAPE = 8, NAME = 16, PROGRAM = 32 };
static const unsigned char kinds[256] = {
    [' '] = SPACE | ENDS,
    ['\t'] = SPACE | ENDS,
    ['\n'] = SPACE | ENDS,
    ['\r'] = SPACE | ENDS,
    [';'] = ENDS,
    ['|'] = ENDS,
    ['&'] = ENDS,
    ['('] = ENDS,
    [')'] = ENDS,
    ['<'] = ENDS,
    ['>'] = ENDS,
    ['\''] = QUOTE,
    ['"'] = QUOTE,
    ['\\'] = ESCAPE,
    ['0' ... '9'] = NAME | PROGRAM,
    ['A' ... 'Z'] = NAME | PROGRAM,
    ['a' ... 'z'] = NAME | PROGRAM,
    ['_'] = NAME | PROGRAM,
    ['.'] = PROGRAM,
    ['+'] = PROGRAM,
    ['-'] = PROGRAM,
    ['/'] = PROGRAM,
    ['~'] = PROGRAM,
};

static unsigned kind_of(char c)
{
    return kinds[(unsigned char)c];
}

static bool is_space(char c)
{
    return kind_of(c) & SPACE;
}

static bool ends_word(char c)
{
    return kind_of(c) & ENDS;
}

/* The first byte at or behind i that is of one of the kinds, or the length of the text. */
static size_t find_kind(struct str text, size_t i, unsigned wanted)
{
    while (i < text.n && !(kind_of(text.p[i]) & wanted))
        i++;
    return i;
}

static bool is_one_of(struct str word, const char *const *list)
{
    for (int i = 0; list[i]; i++)
        if (word.p[0] == list[i][0] && str_is(word, list[i]))
            return true;
    return false;
}

/* Counts what opens and closes a compound command; tells whether a command begins behind it. */
static bool take_keyword(struct shell *shell, struct str word)
{
    static const char *const opens[] = {"if", "for", "while", "until", "case", "select", "{", NULL};
    static const char *const closes[] = {"fi", "done", "esac", "}", NULL};
    static const char *const middle[] = {"then", "do", "else", "elif", "!", "time", NULL};
    if (is_one_of(word, opens)) {
        shell->compounds++;
        return !str_is(word, "for") && !str_is(word, "case") && !str_is(word, "select");
    }
    if (is_one_of(word, closes)) {
        shell->compounds -= shell->compounds > 0;
        return false;
    }
    return is_one_of(word, middle);
}

/* "<<EOF", "<<-'EOF'" at i: remembers the word that ends the text; the index behind it. */
static size_t take_heredoc(struct shell *shell, struct str line, size_t i)
{
    size_t begin = i + 2;
    while (begin < line.n && (line.p[begin] == '-' || line.p[begin] == '\'' ||
                              line.p[begin] == '"' || byte_is_blank(line.p[begin])))
        begin++;
    size_t end = begin;
    while (end < line.n && (byte_is_alnum(line.p[end]) || line.p[end] == '_'))
        end++;
    if (end > begin && shell->heredocs < SHELL_HEREDOCS_MAX)
        shell->heredoc[shell->heredocs++] = str_slice(line, begin, end);
    return end < line.n && (line.p[end] == '\'' || line.p[end] == '"') ? end + 1 : end;
}

static bool is_heredoc(struct str line, size_t i)
{
    return line.p[i] == '<' && i + 2 < line.n && line.p[i + 1] == '<' && line.p[i + 2] != '<' &&
           (i == 0 || line.p[i - 1] != '<');
}

/* Inside of a quotation: the index behind its end, or the length of the line. */
static size_t pass_quotation(struct shell *shell, struct str line, size_t i)
{
    for (; i < line.n; i++) {
        if (line.p[i] == '\\' && shell->quote != '\'')
            i++;
        else if (line.p[i] == shell->quote) {
            shell->quote = 0;
            return i + 1;
        }
    }
    return line.n;
}

/* One word outside of quotations, beginning at i; the index behind it. */
static size_t pass_word(struct shell *shell, struct str line, size_t i)
{
    size_t begin = i;
    for (i = find_kind(line, i, ENDS | QUOTE | ESCAPE); i < line.n && line.p[i] == '\\';)
        i = find_kind(line, i + 2, ENDS | QUOTE | ESCAPE);
    struct str word = str_slice(line, begin, i);
    if (shell->commanding && word.n)
        shell->commanding = take_keyword(shell, word) || shell_is_assignment(word);
    return i < line.n ? i : line.n;
}

static size_t pass_mark(struct shell *shell, struct str line, size_t i)
{
    char c = line.p[i];
    if (is_heredoc(line, i))
        return take_heredoc(shell, line, i);
    if (c == '(')
        shell->brackets++;
    else if (c == ')' && shell->brackets > 0)
        shell->brackets--;
    shell->commanding = c != '<' && c != '>';
    shell->joined = c == '|' || (c == '&' && i > 0 && line.p[i - 1] == '&');
    return i + 1;
}

void shell_line(struct shell *shell, struct str line)
{
    if (shell->heredocs > 0) {
        if (!str_equal(str_trim(line), shell->heredoc[0]))
            return;
        shell->heredocs--;
        memmove(shell->heredoc, shell->heredoc + 1, sizeof shell->heredoc - sizeof(struct str));
        return;
    }
    size_t i = 0;
    shell->commanding = shell->quote == 0 && (!shell->joined || shell->commanding);
    shell->joined = false;
    while (i < line.n) {
        char c = line.p[i];
        if (shell->quote) {
            i = pass_quotation(shell, line, i);
            shell->commanding = false;
        } else if (c == '#' && (i == 0 || is_space(line.p[i - 1]))) {
            break;
        } else if (c == '\'' || c == '"') {
            shell->quote = c;
            shell->joined = false;
            i++;
        } else if (is_space(c)) {
            i++;
        } else if (ends_word(c)) {
            i = pass_mark(shell, line, i);
        } else {
            shell->joined = false;
            i = pass_word(shell, line, i);
        }
    }
    shell->joined |= str_ends(line, "\\") && shell->quote == 0;
}

bool shell_is_joined(const struct shell *shell)
{
    return shell->joined;
}

bool shell_is_open(const struct shell *shell)
{
    return shell->quote || shell->brackets > 0 || shell->compounds > 0 || shell->joined ||
           shell->heredocs > 0;
}

/* The index behind the quotation that begins at i. */
static size_t behind_quotation(struct str text, size_t i)
{
    struct shell shell = {.quote = text.p[i]};
    return pass_quotation(&shell, text, i + 1);
}

static void add_word(struct shell_words *words, struct str word, bool quoted)
{
    if (words->count == SHELL_WORDS_MAX)
        return;
    words->quoted[words->count] = quoted;
    words->at[words->count++] = word;
}

static size_t next_word(struct str text, size_t i, struct shell_words *words)
{
    size_t begin = i;
    bool whole = text.p[i] == '\'' || text.p[i] == '"';
    while (i < text.n && !ends_word(text.p[i])) {
        unsigned kind = kind_of(text.p[i]);
        if (kind & QUOTE)
            i = behind_quotation(text, i);
        else
            i = kind & ESCAPE ? i + 2 : find_kind(text, i, ENDS | QUOTE | ESCAPE);
        if (whole && i < text.n && !ends_word(text.p[i]))
            whole = false;
    }
    i = i < text.n ? i : text.n;
    struct str word = str_slice(text, begin, i);
    bool closed = whole && word.n >= 2 && word.p[word.n - 1] == word.p[0];
    add_word(words, closed ? str_slice(word, 1, word.n - 1) : word, closed);
    return i;
}

/* The text of the here-document whose mark is at i becomes a word; *out_skip is where the commands
 * go on behind it. */
static size_t next_heredoc(struct str text, size_t i, struct shell_words *words, size_t *out_skip)
{
    struct shell shell = {0};
    size_t line_end = str_find_byte(text, '\n', i);
    size_t behind = take_heredoc(&shell, str_slice(text, 0, line_end), i);
    size_t begin = (*out_skip > line_end ? *out_skip : line_end) + 1;
    size_t at = begin;
    *out_skip = text.n;
    while (shell.heredocs && at < text.n) {
        size_t end = str_find_byte(text, '\n', at);
        if (str_equal(str_trim(str_slice(text, at, end)), shell.heredoc[0])) {
            add_word(words, str_slice(text, begin, at), true);
            *out_skip = end;
            break;
        }
        at = end + 1;
    }
    return behind;
}

/* At a mark outside of words: does it end the command? */
static bool ends_command(struct str text, size_t *i, struct shell_words *words)
{
    char c = text.p[(*i)++];
    if (c == '<' || c == '>')
        return false;
    bool twice = *i < text.n && text.p[*i] == c;
    bool redirects = c == '&' && (*i < text.n && text.p[*i] == '>');
    if (redirects || (c == '&' && *i > 1 && text.p[*i - 2] == '>'))
        return false;
    if (twice)
        (*i)++;
    words->piped = c == '|' && !twice;
    words->background = c == '&' && !twice;
    return words->count > 0;
}

bool shell_next(struct str *rest, struct shell_words *out_words)
{
    struct str text = *rest;
    size_t i = 0;
    size_t skip = 0;
    out_words->count = 0;
    out_words->piped = out_words->background = false;
    while (i < text.n) {
        char c = text.p[i];
        if (c == '\n') {
            i = skip > i ? skip : i + 1;
            if (out_words->count)
                break;
        } else if (c == '\\' && i + 1 < text.n && text.p[i + 1] == '\n') {
            i += 2;
        } else if (is_space(c)) {
            i++;
        } else if (c == '#' && (i == 0 || is_space(text.p[i - 1]))) {
            i = str_find_byte(text, '\n', i);
        } else if (is_heredoc(text, i)) {
            i = next_heredoc(text, i, out_words, &skip);
        } else if (!ends_word(c)) {
            i = next_word(text, i, out_words);
        } else if (ends_command(text, &i, out_words) && skip == 0) {
            break;
        }
    }
    *rest = str_from(text, i);
    return out_words->count > 0;
}

bool shell_is_assignment(struct str word)
{
    size_t i = 0;
    while (i < word.n && (kind_of(word.p[i]) & NAME))
        i++;
    return i > 0 && i < word.n && word.p[i] == '=' && !byte_is_digit(word.p[0]);
}

bool shell_is_program(struct str word)
{
    bool letter = false;
    if (word.n < 2 || word.n > PROGRAM_BYTES_MAX ||
        !(byte_is_alpha(word.p[0]) || word.p[0] == '.' || word.p[0] == '/' || word.p[0] == '~'))
        return false;
    for (size_t i = 0; i < word.n; i++) {
        char c = word.p[i];
        if (!(kind_of(c) & PROGRAM))
            return false;
        letter |= c >= 'a' && c <= 'z';
    }
    char last = word.p[word.n - 1];
    return letter && last != '.' && last != '-' && !(word.p[0] >= 'A' && word.p[0] <= 'Z');
}

/* "[root@host ~]# ", "user@host:~/shop$ ", "sh-5.1$ ": the length with the blank, or 0. */
static size_t named_prompt(struct str line)
{
    size_t end = 0;
    bool host = false;
    bool bracket = line.n && line.p[0] == '[';
    while (end < line.n && end < PROMPT_BYTES_MAX &&
           (!byte_is_blank(line.p[end]) || (bracket && !strchr("$#%", line.p[end - 1])))) {
        host |= line.p[end] == '@';
        end++;
    }
    if (end < 2 || end >= line.n || !byte_is_blank(line.p[end]))
        return 0;
    char mark = line.p[end - 1];
    return mark == '$' || (host && strchr("#>%", mark)) ? end + 1 : 0;
}

/* "mysql> ", "postgres=# ": the length with the blank, or 0. */
static size_t database_prompt(struct str line)
{
    static const char *const shells[] = {"mysql> ", "psql> ", "sqlite> ", "mongo> ",
                                         "redis> ", "SQL> ",  ">>> ",     NULL};
    size_t end = str_find_byte(line, ' ', 0);
    if (end == 0 || end >= line.n || !strchr("#>", line.p[end - 1]))
        return 0;
    for (int i = 0; shells[i]; i++)
        if (str_starts(line, shells[i]))
            return strlen(shells[i]);
    bool name = end > 2 && line.p[end - 2] == '=';
    for (size_t i = 0; name && i + 2 < end; i++)
        name = byte_is_alnum(line.p[i]) || line.p[i] == '_';
    return name ? end + 1 : 0;
}

size_t shell_prompt(struct str line, bool screen)
{
    if (line.n < 2)
        return 0;
    if (line.p[1] == ' ' && (line.p[0] == '$' || (screen && strchr("#%", line.p[0]))))
        return 2;
    if (str_starts(line, "PS ")) {
        size_t end = str_find(line, "> ", 0);
        return end < line.n && end < PROMPT_BYTES_MAX ? end + 2 : 0;
    }
    /* As most lines: what stands before the first blank ends in no mark of a prompt. */
    size_t end = 0;
    while (end < line.n && !byte_is_blank(line.p[end]))
        end++;
    if (line.p[0] != '[' && (end == line.n || line.p[end] == ' ') &&
        (end == 0 || !strchr("$#%>", line.p[end - 1])))
        return 0;
    size_t named = named_prompt(line);
    return named ? named : database_prompt(line);
}

size_t shell_continuation_prompt(struct str line)
{
    static const char *const marks[] = {"> ", "-> ", "... ", "-# ", NULL};
    for (int i = 0; marks[i]; i++)
        if (str_starts(line, marks[i]))
            return strlen(marks[i]);
    return 0;
}
