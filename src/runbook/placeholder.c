/* placeholder.c - what a command leaves open: "<pod-name>", "${TOKEN}", "VERSION", "YYYY-MM-DD". */
#include "runbook/command.h"

#include "runbook/front.h"

enum { NAME_BYTES_MAX = 60, RUN_MIN = 3 };

static const struct {
    const char *word;
    enum placeholder_type type;
} types[] = {{"id", PLACEHOLDER_ID},
             {"ids", PLACEHOLDER_ID},
             {"uuid", PLACEHOLDER_ID},
             {"guid", PLACEHOLDER_ID},
             {"arn", PLACEHOLDER_ID},
             {"pid", PLACEHOLDER_ID},
             {"version", PLACEHOLDER_VERSION},
             {"tag", PLACEHOLDER_VERSION},
             {"release", PLACEHOLDER_VERSION},
             {"commit", PLACEHOLDER_VERSION},
             {"sha", PLACEHOLDER_VERSION},
             {"hash", PLACEHOLDER_VERSION},
             {"revision", PLACEHOLDER_VERSION},
             {"branch", PLACEHOLDER_VERSION},
             {"secret", PLACEHOLDER_SECRET},
             {"password", PLACEHOLDER_SECRET},
             {"passwd", PLACEHOLDER_SECRET},
             {"token", PLACEHOLDER_SECRET},
             {"key", PLACEHOLDER_SECRET},
             {"credential", PLACEHOLDER_SECRET},
             {"credentials", PLACEHOLDER_SECRET},
             {"email", PLACEHOLDER_EMAIL},
             {"mail", PLACEHOLDER_EMAIL},
             {"url", PLACEHOLDER_URL},
             {"uri", PLACEHOLDER_URL},
             {"endpoint", PLACEHOLDER_URL},
             {"link", PLACEHOLDER_URL},
             {"webhook", PLACEHOLDER_URL},
             {"date", PLACEHOLDER_DATE},
             {"day", PLACEHOLDER_DATE},
             {"yyyy", PLACEHOLDER_DATE},
             {"yyyymmdd", PLACEHOLDER_DATE},
             {"time", PLACEHOLDER_TIME},
             {"timestamp", PLACEHOLDER_TIME},
             {"hour", PLACEHOLDER_TIME},
             {"hh", PLACEHOLDER_TIME},
             {"number", PLACEHOLDER_NUMBER},
             {"count", PLACEHOLDER_NUMBER},
             {"replicas", PLACEHOLDER_NUMBER},
             {"port", PLACEHOLDER_NUMBER},
             {"size", PLACEHOLDER_NUMBER},
             {"limit", PLACEHOLDER_NUMBER},
             {"amount", PLACEHOLDER_NUMBER},
             {"percent", PLACEHOLDER_NUMBER},
             {"minutes", PLACEHOLDER_NUMBER},
             {"seconds", PLACEHOLDER_NUMBER},
             {"hours", PLACEHOLDER_NUMBER},
             {"days", PLACEHOLDER_NUMBER},
             {"path", PLACEHOLDER_PATH},
             {"file", PLACEHOLDER_PATH},
             {"filename", PLACEHOLDER_PATH},
             {"dir", PLACEHOLDER_PATH},
             {"directory", PLACEHOLDER_PATH},
             {"folder", PLACEHOLDER_PATH},
             {"ip", PLACEHOLDER_NAME},
             {"name", PLACEHOLDER_NAME},
             {"host", PLACEHOLDER_NAME},
             {"hostname", PLACEHOLDER_NAME},
             {"node", PLACEHOLDER_NAME},
             {"pod", PLACEHOLDER_NAME},
             {"namespace", PLACEHOLDER_NAME},
             {"service", PLACEHOLDER_NAME},
             {"deployment", PLACEHOLDER_NAME},
             {"container", PLACEHOLDER_NAME},
             {"cluster", PLACEHOLDER_NAME},
             {"app", PLACEHOLDER_NAME},
             {"bucket", PLACEHOLDER_NAME},
             {"user", PLACEHOLDER_NAME},
             {"username", PLACEHOLDER_NAME},
             {"region", PLACEHOLDER_NAME},
             {"zone", PLACEHOLDER_NAME},
             {"table", PLACEHOLDER_NAME},
             {"database", PLACEHOLDER_NAME},
             {"db", PLACEHOLDER_NAME},
             {"environment", PLACEHOLDER_NAME},
             {"env", PLACEHOLDER_NAME},
             {"project", PLACEHOLDER_NAME},
             {"org", PLACEHOLDER_NAME},
             {"instance", PLACEHOLDER_NAME},
             {"function", PLACEHOLDER_NAME},
             {"queue", PLACEHOLDER_NAME},
             {"topic", PLACEHOLDER_NAME},
             {"server", PLACEHOLDER_NAME},
             {"domain", PLACEHOLDER_NAME},
             {"resource", PLACEHOLDER_NAME}};

/* How they begin. */
static const uint32_t type_fronts[FRONTS] = {
    [FRONT('a')] = FRONT_BIT('m') | FRONT_BIT('p') | FRONT_BIT('r'),
    [FRONT('b')] = FRONT_BIT('r') | FRONT_BIT('u'),
    [FRONT('c')] = FRONT_BIT('l') | FRONT_BIT('o') | FRONT_BIT('r'),
    [FRONT('d')] =
        FRONT_BIT('a') | FRONT_BIT('b') | FRONT_BIT('e') | FRONT_BIT('i') | FRONT_BIT('o'),
    [FRONT('e')] = FRONT_BIT('m') | FRONT_BIT('n'),
    [FRONT('f')] = FRONT_BIT('i') | FRONT_BIT('o') | FRONT_BIT('u'),
    [FRONT('g')] = FRONT_BIT('u'),
    [FRONT('h')] = FRONT_BIT('a') | FRONT_BIT('h') | FRONT_BIT('o'),
    [FRONT('i')] = FRONT_BIT('d') | FRONT_BIT('n') | FRONT_BIT('p'),
    [FRONT('k')] = FRONT_BIT('e'),
    [FRONT('l')] = FRONT_BIT('i'),
    [FRONT('m')] = FRONT_BIT('a') | FRONT_BIT('i'),
    [FRONT('n')] = FRONT_BIT('a') | FRONT_BIT('o') | FRONT_BIT('u'),
    [FRONT('o')] = FRONT_BIT('r'),
    [FRONT('p')] =
        FRONT_BIT('a') | FRONT_BIT('e') | FRONT_BIT('i') | FRONT_BIT('o') | FRONT_BIT('r'),
    [FRONT('q')] = FRONT_BIT('u'),
    [FRONT('r')] = FRONT_BIT('e'),
    [FRONT('s')] = FRONT_BIT('e') | FRONT_BIT('h') | FRONT_BIT('i'),
    [FRONT('t')] = FRONT_BIT('a') | FRONT_BIT('i') | FRONT_BIT('o'),
    [FRONT('u')] = FRONT_BIT('r') | FRONT_BIT('s') | FRONT_BIT('u'),
    [FRONT('v')] = FRONT_BIT('e'),
    [FRONT('w')] = FRONT_BIT('e'),
    [FRONT('y')] = FRONT_BIT('y'),
    [FRONT('z')] = FRONT_BIT('o')};

const char *placeholder_type_name(enum placeholder_type type)
{
    static const char *const names[] = {"text", "id",     "name", "url",     "email", "date",
                                        "time", "number", "path", "version", "secret"};
    return names[type];
}

static enum placeholder_type type_of_word(struct str word)
{
    bool may_be = front_is_in(type_fronts, word);
    for (size_t i = 0; may_be && i < sizeof types / sizeof types[0]; i++)
        if (byte_lower(word.p[0]) == types[i].word[0] && str_is_nocase(word, types[i].word))
            return types[i].type;
    return PLACEHOLDER_TEXT;
}

/* The last word that says anything decides: a "user-id" is an id, a "backup file (name)" a name. */
enum placeholder_type placeholder_type_of(struct str name)
{
    size_t end = name.n;
    while (end > 0) {
        size_t begin = end;
        while (begin > 0 && byte_is_alnum(name.p[begin - 1]))
            begin--;
        enum placeholder_type type = type_of_word(str_slice(name, begin, end));
        if (type != PLACEHOLDER_TEXT)
            return type;
        end = begin ? begin - 1 : 0;
    }
    return PLACEHOLDER_TEXT;
}

/* One command being searched. */
struct search {
    struct arena *arena;
    struct str text;
    enum command_language language;
    const struct command_names *names;
    struct command_traits *traits;
    char quote;              /* open quotation, or 0 */
    bool spaced;             /* the quotation holds blanks: it is a sentence, not a word */
    char outer;              /* the quotation around a "$(…)" that is being read, or 0 */
    int nested;              /* brackets open in it */
    struct str marker;       /* ends the text of a here-document that is to come, or is read */
    bool body, literal;      /* its text is read; its variables stand as they are */
    struct str first;        /* word of the simple command */
    struct str before, last; /* the words before the one being read */
};

static void add(struct search *search, struct str name, enum placeholder_type type)
{
    struct command_traits *traits = search->traits;
    struct str trimmed = str_trim(name);
    if (!traits->placeholders)
        traits->placeholders =
            arena_array(search->arena, PLACEHOLDERS_MAX, sizeof(struct placeholder));
    for (int i = 0; i < traits->placeholder_count; i++)
        if (str_equal(traits->placeholders[i].name, trimmed))
            return;
    if (traits->placeholder_count < PLACEHOLDERS_MAX)
        traits->placeholders[traits->placeholder_count++] = (struct placeholder){trimmed, type};
}

/* What is left open without a name is called by what it is the value of: "TOKEN=xxx". */
static void add_nameless(struct search *search, size_t i, struct str text)
{
    size_t begin = i;
    while (begin > 0 && i - begin < NAME_BYTES_MAX && !strchr(" \t\n=", search->text.p[begin - 1]))
        begin--;
    size_t end = begin > 0 && search->text.p[begin - 1] == '=' ? begin - 1 : 0;
    begin = end;
    while (begin > 0 && end - begin < NAME_BYTES_MAX &&
           (byte_is_alnum(search->text.p[begin - 1]) || strchr("_-", search->text.p[begin - 1])))
        begin--;
    struct str name = str_slice(search->text, begin, end);
    while (str_starts(name, "-"))
        name = str_from(name, 1);
    add(search, name.n ? name : text, placeholder_type_of(name.n ? name : text));
}

static char at(const struct search *search, size_t i)
{
    return i < search->text.n ? search->text.p[i] : '\0';
}

static bool is_name_byte(char c)
{
    return byte_is_alnum(c) || c == '_' || c == '-';
}

/* The bytes that may stand between marks: words, and alternatives ("dev|prod"). */
static bool is_described(struct str inside)
{
    if (inside.n < 2 || inside.n > NAME_BYTES_MAX || !byte_is_alpha(inside.p[0]) ||
        inside.p[inside.n - 1] == ' ')
        return false;
    for (size_t i = 0; i < inside.n; i++)
        if (!is_name_byte(inside.p[i]) && !strchr(" .|/'", inside.p[i]))
            return false;
    return true;
}

static bool is_identifier(struct str text)
{
    bool good = text.n > 0 && text.n <= NAME_BYTES_MAX && !byte_is_digit(text.p[0]);
    for (size_t i = 0; good && i < text.n; i++)
        good = is_name_byte(text.p[i]);
    return good;
}

/* Where the mark that closes a name stands, or the end of the text: names are short. */
static size_t close_of(const struct search *search, size_t i, char mark)
{
    struct str near = str_slice(search->text, 0, i + NAME_BYTES_MAX + 4);
    size_t end = str_find_byte(near, mark, i);
    return end < near.n ? end : search->text.n;
}

static size_t find_angle(struct search *search, size_t i)
{
    size_t end = close_of(search, i, '>');
    struct str inside = str_slice(search->text, i + 1, end);
    bool open = i > 0 && search->text.p[i - 1] == '<';
    if (open || end >= search->text.n || !is_described(inside))
        return i + 1;
    add(search, inside, placeholder_type_of(inside));
    return end + 1;
}

/* "[NAME]", not "[a-z]*", "[0]" or "[ -f x ]". */
static size_t find_square(struct search *search, size_t i)
{
    size_t end = close_of(search, i, ']');
    struct str inside = str_slice(search->text, i + 1, end);
    bool range = inside.n >= 3 && inside.p[1] == '-';
    char behind = at(search, end + 1);
    if (end >= search->text.n || range || !is_described(inside) ||
        (behind && strchr("*+?{", behind)) || (i > 0 && is_name_byte(search->text.p[i - 1])) ||
        search->language == LANGUAGE_CODE)
        return i + 1;
    add(search, inside, placeholder_type_of(inside));
    return end + 1;
}

/* "{{name}}" and "{name}"; what programs fill in by themselves ("{{.Status}}", "%{http_code}",
 * "stash@{1}") is none. */
static size_t find_brace(struct search *search, size_t i)
{
    bool twice = at(search, i + 1) == '{';
    char before = i > 0 ? search->text.p[i - 1] : ' ';
    size_t end = close_of(search, i, '}');
    struct str inside = str_trim(str_slice(search->text, i + 1 + twice, end));
    bool fills = search->language == LANGUAGE_CODE || str_is(search->first, "awk");
    if (end >= search->text.n || !is_identifier(inside) || fills || strchr("%@", before) ||
        (twice && at(search, end + 1) != '}'))
        return i + 1 + twice;
    add(search, inside, placeholder_type_of(inside));
    return end + 1 + twice;
}

static bool is_set(const struct search *search, struct str name)
{
    static const char *const usual[] = {
        "HOME",   "PATH",   "PWD",  "OLDPWD", "USER",       "LOGNAME",     "HOSTNAME", "SHELL",
        "RANDOM", "EDITOR", "TERM", "PS1",    "KUBECONFIG", "BASH_SOURCE", "OSTYPE",   "LANG",
        "TMPDIR", "UID",    "EUID", "IFS",    "LINENO",     "SECONDS",     "PPID",     NULL};
    for (int i = 0; usual[i]; i++)
        if (str_is(name, usual[i]))
            return true;
    for (int i = 0; i < search->names->count; i++)
        if (str_equal(search->names->at[i], name))
            return true;
    return false;
}

static size_t find_variable(struct search *search, size_t i)
{
    bool braced = at(search, i + 1) == '{';
    size_t begin = i + 1 + braced;
    size_t end = begin;
    while (end < search->text.n &&
           (byte_is_alnum(search->text.p[end]) || search->text.p[end] == '_' ||
            (braced && search->text.p[end] == '-')))
        end++;
    struct str name = str_slice(search->text, begin, end);
    if (!is_identifier(name) || (braced && at(search, end) != '}') ||
        search->language != LANGUAGE_SHELL)
        return begin;
    if (!is_set(search, name))
        add(search, name, placeholder_type_of(name));
    return end + braced;
}

/* Is the next argument the name of a setting, not its value? "vercel env rm API_KEY". */
static bool names_setting(const struct search *search)
{
    static const char *const things[] = {"env",      "secret", "secrets", "config",
                                         "variable", "var",    NULL};
    static const char *const names[] = {"env",     "unset",        "export",     "printenv",
                                        "-e",      "--env",        "env:set",    "env:unset",
                                        "env:get", "config:unset", "config:get", NULL};
    for (int i = 0; names[i]; i++)
        if (str_is(search->last, names[i]))
            return true;
    for (int i = 0; things[i]; i++)
        if (str_is(search->before, things[i]))
            return true;
    return false;
}

static bool is_pattern_program(struct str program)
{
    static const char *const programs[] = {"grep", "egrep", "zgrep", "rg",
                                           "awk",  "sed",   "jq",    NULL};
    for (int i = 0; programs[i]; i++)
        if (str_is(program, programs[i]))
            return true;
    return false;
}

/* "USER_ID", "VERSION" as a whole argument, or behind "=", "/" or ":" of one. */
static bool is_upper(const struct search *search, size_t begin, struct str word)
{
    bool joined = false;
    int letters = 0;
    for (size_t i = 0; i < word.n; i++) {
        char c = word.p[i];
        if (c >= 'a' && c <= 'z')
            return false;
        joined |= c == '_' || c == '-';
        letters += byte_is_alpha(c);
    }
    char before = begin ? search->text.p[begin - 1] : ' ';
    char behind = at(search, begin + word.n);
    bool header = behind == ':' && at(search, begin + word.n + 1) == ' ';
    bool called = before == '(' && behind == ')';
    if (letters < 2 || !strchr(" \t\n=/:@,'\"(", before) ||
        (behind && !strchr(" \t\n/:@,'\").;", behind)) || header)
        return false;
    bool known = placeholder_type_of(word) != PLACEHOLDER_TEXT;
    bool alone = !joined || str_find_byte(word, '-', 0) < word.n;
    if (behind == '.' && !known)
        return false; /* "RUNBOOK.md" is a file */
    if (search->language == LANGUAGE_SQL || search->spaced)
        return known && (called ? word.n > 0 && begin >= 2 && search->text.p[begin - 2] >= 'a'
                                : joined && before == '\'' && behind == '\'');
    return search->language == LANGUAGE_SHELL && !search->body && (known || !alone) &&
           !names_setting(search) && !is_pattern_program(search->first);
}

/* "YYYY-MM-DD", "YYYYMMDD_HHMMSS", "HH:MM" at i: its end, or i. */
static size_t date_end(const struct search *search, size_t i)
{
    struct str rest = str_from(search->text, i);
    bool time = str_starts(rest, "HH:MM");
    if (!str_starts(rest, "YYYY") && !str_starts(rest, "yyyy-mm") && !time)
        return i;
    size_t n = 4;
    while (n < rest.n && n < NAME_BYTES_MAX && strchr("YMDHSTZymdhs-_:/", rest.p[n]) &&
           (byte_is_alpha(rest.p[n]) || (n + 1 < rest.n && strchr("YMDHSymdhs", rest.p[n + 1]))))
        n++;
    return i + n;
}

/* The run of "x" at i: its end; *out_stands tells that it stands for something to be filled in,
 * being a part of the word by itself or a long end of one. */
static size_t crosses_end(struct str word, size_t i, bool *out_stands)
{
    size_t end = i;
    while (end < word.n && (word.p[end] == 'x' || word.p[end] == 'X'))
        end++;
    bool whole = i == 0 || word.p[i - 1] == '_' || word.p[i - 1] == '-';
    bool ends = end == word.n || word.p[end] == '_' || word.p[end] == '-';
    size_t least = whole ? RUN_MIN : RUN_MIN + 1;
    *out_stands = ends && end - i >= least;
    return end;
}

static bool is_yours(struct str word)
{
    char first = word.n > 5 ? byte_lower(word.p[0]) : ' ';
    if (first != 'y' && first != 'i' && first != 'r')
        return false;
    return str_starts_nocase(word, "your-") || str_starts_nocase(word, "your_") ||
           str_starts_nocase(word, "insert-") || str_starts_nocase(word, "replace-me");
}

static size_t find_in_word(struct search *search, size_t begin)
{
    size_t end = begin;
    size_t lines = 0;
    while (end < search->text.n && is_name_byte(search->text.p[end]))
        lines += search->text.p[end++] == '_';
    struct str word = str_slice(search->text, begin, end);
    for (size_t i = 0; i < word.n; i++) {
        bool stands = false;
        bool part = i == 0 || word.p[i - 1] == '_' || word.p[i - 1] == '-';
        size_t date = part ? date_end(search, begin + i) : begin + i;
        if (date > begin + i) {
            struct str name = str_slice(search->text, begin + i, date);
            add(search, name, name.p[0] == 'H' ? PLACEHOLDER_TIME : PLACEHOLDER_DATE);
            return date > end ? date : end;
        }
        if (byte_lower(word.p[i]) != 'x')
            continue;
        size_t crosses = crosses_end(word, i, &stands);
        if (stands) {
            add_nameless(search, begin + i, str_slice(word, i, crosses));
            return end;
        }
        i = crosses - 1;
    }
    if (lines == word.n && lines > RUN_MIN)
        add_nameless(search, begin, word);
    else if (is_yours(word) || str_is(word, "TBD") || is_upper(search, begin, word))
        add(search, word, placeholder_type_of(word));
    return end;
}

/* "...", not "./..." and not the range "main...next". */
static size_t find_dots(struct search *search, size_t i)
{
    size_t end = i;
    while (at(search, end) == '.')
        end++;
    char before = i > 0 ? search->text.p[i - 1] : ' ';
    bool range = is_name_byte(before) && is_name_byte(at(search, end));
    for (size_t k = i; range && k > 0 && i - k < NAME_BYTES_MAX; k--) {
        range = search->text.p[k - 1] != '=';
        if (byte_is_blank(search->text.p[k - 1]))
            break;
    }
    bool pause = search->spaced && byte_is_alpha(before); /* "Waiting..." */
    if (end - i == RUN_MIN && before != '/' && !range && !pause)
        add_nameless(search, i, STR("..."));
    return end;
}

static void begin_quotation(struct search *search, size_t i)
{
    size_t end = i + 1;
    bool spaced = false;
    while (end < search->text.n && search->text.p[end] != search->text.p[i])
        spaced |= byte_is_blank(search->text.p[end++]);
    search->quote = search->text.p[i];
    search->spaced = spaced;
}

/* "<<EOF", "<<-'EOF'" at i: remembers its marker. */
static void begin_heredoc(struct search *search, size_t i)
{
    size_t begin = i + 2;
    while (at(search, begin) && strchr("-'\"\\ ", at(search, begin)))
        begin++;
    size_t end = begin;
    while (byte_is_alnum(at(search, end)) || at(search, end) == '_')
        end++;
    search->marker = str_slice(search->text, begin, end);
    search->literal = begin > i + 2 && strchr("'\"\\", search->text.p[begin - 1]);
}

/* At the end of a line: the text of a here-document begins, or ends with the next line. */
static void pass_line(struct search *search, size_t i)
{
    struct str next = str_slice(search->text, i + 1, str_find_byte(search->text, '\n', i + 1));
    if (search->marker.n == 0)
        return;
    search->body = !str_equal(str_trim(next), search->marker);
    if (!search->body)
        search->marker = (struct str){"", 0};
}

/* Follows quotations, "$(…)" inside of them and here-documents. */
static void follow(struct search *search, size_t i)
{
    char c = search->text.p[i];
    bool command = c == '$' && at(search, i + 1) == '(';
    if (c == '\n')
        pass_line(search, i);
    if (search->body)
        return;
    if (search->quote == '"' && command && !search->outer) {
        search->outer = search->quote;
        search->quote = 0;
        search->spaced = false;
        search->nested = 0;
    } else if (c == search->quote) {
        search->quote = 0;
        search->spaced = false;
    } else if (search->quote == 0 && (c == '\'' || c == '"')) {
        begin_quotation(search, i);
    } else if (search->quote == 0 && search->outer && c == '(') {
        search->nested++;
    } else if (search->quote == 0 && search->outer && c == ')' && --search->nested <= 0) {
        search->quote = search->outer;
        search->spaced = true;
        search->outer = 0;
    } else if (search->quote == 0 && c == '<' && at(search, i + 1) == '<' &&
               search->marker.n == 0 && at(search, i + 2) != '<' &&
               (i == 0 || search->text.p[i - 1] != '<')) {
        begin_heredoc(search, i);
    }
}

/* Keeps the words that came before, up to the end of the simple command. */
static void end_word(struct search *search, size_t begin, size_t end)
{
    char mark = at(search, end);
    if (end > begin) {
        struct str word = str_slice(search->text, begin, end);
        if (search->first.n == 0)
            search->first = word;
        search->before = search->last;
        search->last = word;
    }
    if (mark == '|' || mark == ';' || mark == '&' || mark == '\n')
        search->first = search->before = search->last = (struct str){"", 0};
}

static size_t find_at(struct search *search, size_t i)
{
    char c = search->text.p[i];
    char before = i > 0 ? search->text.p[i - 1] : ' ';
    if (c == '<')
        return find_angle(search, i);
    if (c == '[')
        return find_square(search, i);
    if (c == '{')
        return find_brace(search, i);
    if (c == '$' && search->quote != '\'' && before != '\\' && !(search->body && search->literal))
        return find_variable(search, i);
    if (c == '.' && at(search, i + 1) == '.')
        return find_dots(search, i);
    if (c == '\xE2' && str_starts(str_from(search->text, i), "\xE2\x80\xA6")) {
        if (!search->spaced || !byte_is_alpha(before))
            add_nameless(search, i, STR("..."));
        return i + 3;
    }
    if (c == '/' && str_starts(str_from(search->text, i), "/path/to/")) {
        add(search, STR("/path/to"), PLACEHOLDER_PATH);
        return i + 8;
    }
    return i + 1;
}

void placeholder_find(struct arena *arena, struct str command, enum command_language language,
                      const struct command_names *names, struct command_traits *out_traits)
{
    struct search search = {.arena = arena,
                            .text = command,
                            .language = language,
                            .names = names,
                            .traits = out_traits};
    search.marker = search.first = search.before = search.last = (struct str){"", 0};
    size_t word = 0;
    for (size_t i = 0; i < command.n;) {
        char c = command.p[i];
        if (is_name_byte(c)) { /* says nothing of quotations, and ends no word */
            bool within = i > 0 && is_name_byte(command.p[i - 1]);
            i = within ? i + 1 : find_in_word(&search, i);
            continue;
        }
        bool blank = byte_is_blank(c) || c == '|' || c == ';' || c == '&' || c == '\n';
        if (search.quote == 0 && blank) {
            end_word(&search, word, i);
            word = i + 1;
        }
        if (language != LANGUAGE_SQL)
            follow(&search, i);
        i = find_at(&search, i);
    }
}
