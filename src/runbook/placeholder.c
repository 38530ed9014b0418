/* placeholder.c - what a command leaves open: "<pod-name>", "${TOKEN}", "VERSION", "YYYY-MM-DD". */
#include "runbook/command.h"

enum { NAME_BYTES_MAX = 60, RUN_MIN = 3, LETTERS = 26, TYPES_MAX = 9 };

/* By their first letters. */
static const struct {
    struct str word;
    enum placeholder_type type;
} types[LETTERS][TYPES_MAX + 1] = {
    ['a' - 'a'] = {{STR("arn"), PLACEHOLDER_ID},
                   {STR("amount"), PLACEHOLDER_NUMBER},
                   {STR("app"), PLACEHOLDER_NAME}},
    ['b' - 'a'] = {{STR("branch"), PLACEHOLDER_VERSION}, {STR("bucket"), PLACEHOLDER_NAME}},
    ['c' - 'a'] = {{STR("commit"), PLACEHOLDER_VERSION},
                   {STR("credential"), PLACEHOLDER_SECRET},
                   {STR("credentials"), PLACEHOLDER_SECRET},
                   {STR("count"), PLACEHOLDER_NUMBER},
                   {STR("container"), PLACEHOLDER_NAME},
                   {STR("cluster"), PLACEHOLDER_NAME}},
    ['d' - 'a'] = {{STR("date"), PLACEHOLDER_DATE},
                   {STR("day"), PLACEHOLDER_DATE},
                   {STR("days"), PLACEHOLDER_NUMBER},
                   {STR("dir"), PLACEHOLDER_PATH},
                   {STR("directory"), PLACEHOLDER_PATH},
                   {STR("deployment"), PLACEHOLDER_NAME},
                   {STR("database"), PLACEHOLDER_NAME},
                   {STR("db"), PLACEHOLDER_NAME},
                   {STR("domain"), PLACEHOLDER_NAME}},
    ['e' - 'a'] = {{STR("email"), PLACEHOLDER_EMAIL},
                   {STR("endpoint"), PLACEHOLDER_URL},
                   {STR("environment"), PLACEHOLDER_NAME},
                   {STR("env"), PLACEHOLDER_NAME}},
    ['f' - 'a'] = {{STR("file"), PLACEHOLDER_PATH},
                   {STR("filename"), PLACEHOLDER_PATH},
                   {STR("folder"), PLACEHOLDER_PATH},
                   {STR("function"), PLACEHOLDER_NAME}},
    ['g' - 'a'] = {{STR("guid"), PLACEHOLDER_ID}},
    ['h' - 'a'] = {{STR("hash"), PLACEHOLDER_VERSION},
                   {STR("hour"), PLACEHOLDER_TIME},
                   {STR("hh"), PLACEHOLDER_TIME},
                   {STR("hours"), PLACEHOLDER_NUMBER},
                   {STR("host"), PLACEHOLDER_NAME},
                   {STR("hostname"), PLACEHOLDER_NAME}},
    ['i' - 'a'] = {{STR("id"), PLACEHOLDER_ID},
                   {STR("ids"), PLACEHOLDER_ID},
                   {STR("ip"), PLACEHOLDER_NAME},
                   {STR("instance"), PLACEHOLDER_NAME}},
    ['k' - 'a'] = {{STR("key"), PLACEHOLDER_SECRET}},
    ['l' - 'a'] = {{STR("link"), PLACEHOLDER_URL}, {STR("limit"), PLACEHOLDER_NUMBER}},
    ['m' - 'a'] = {{STR("mail"), PLACEHOLDER_EMAIL}, {STR("minutes"), PLACEHOLDER_NUMBER}},
    ['n' - 'a'] = {{STR("number"), PLACEHOLDER_NUMBER},
                   {STR("name"), PLACEHOLDER_NAME},
                   {STR("node"), PLACEHOLDER_NAME},
                   {STR("namespace"), PLACEHOLDER_NAME}},
    ['o' - 'a'] = {{STR("org"), PLACEHOLDER_NAME}},
    ['p' - 'a'] = {{STR("pid"), PLACEHOLDER_ID},
                   {STR("password"), PLACEHOLDER_SECRET},
                   {STR("passwd"), PLACEHOLDER_SECRET},
                   {STR("port"), PLACEHOLDER_NUMBER},
                   {STR("percent"), PLACEHOLDER_NUMBER},
                   {STR("path"), PLACEHOLDER_PATH},
                   {STR("pod"), PLACEHOLDER_NAME},
                   {STR("project"), PLACEHOLDER_NAME}},
    ['q' - 'a'] = {{STR("queue"), PLACEHOLDER_NAME}},
    ['r' - 'a'] = {{STR("release"), PLACEHOLDER_VERSION},
                   {STR("revision"), PLACEHOLDER_VERSION},
                   {STR("replicas"), PLACEHOLDER_NUMBER},
                   {STR("region"), PLACEHOLDER_NAME},
                   {STR("resource"), PLACEHOLDER_NAME}},
    ['s' - 'a'] = {{STR("sha"), PLACEHOLDER_VERSION},
                   {STR("secret"), PLACEHOLDER_SECRET},
                   {STR("size"), PLACEHOLDER_NUMBER},
                   {STR("seconds"), PLACEHOLDER_NUMBER},
                   {STR("service"), PLACEHOLDER_NAME},
                   {STR("server"), PLACEHOLDER_NAME}},
    ['t' - 'a'] = {{STR("tag"), PLACEHOLDER_VERSION},
                   {STR("token"), PLACEHOLDER_SECRET},
                   {STR("time"), PLACEHOLDER_TIME},
                   {STR("timestamp"), PLACEHOLDER_TIME},
                   {STR("table"), PLACEHOLDER_NAME},
                   {STR("topic"), PLACEHOLDER_NAME}},
    ['u' - 'a'] = {{STR("uuid"), PLACEHOLDER_ID},
                   {STR("url"), PLACEHOLDER_URL},
                   {STR("uri"), PLACEHOLDER_URL},
                   {STR("user"), PLACEHOLDER_NAME},
                   {STR("username"), PLACEHOLDER_NAME}},
    ['v' - 'a'] = {{STR("version"), PLACEHOLDER_VERSION}},
    ['w' - 'a'] = {{STR("webhook"), PLACEHOLDER_URL}},
    ['y' - 'a'] = {{STR("yyyy"), PLACEHOLDER_DATE}, {STR("yyyymmdd"), PLACEHOLDER_DATE}},
    ['z' - 'a'] = {{STR("zone"), PLACEHOLDER_NAME}},
};

const char *placeholder_type_name(enum placeholder_type type)
{
    static const char *const names[] = {"text", "id",     "name", "url",     "email", "date",
                                        "time", "number", "path", "version", "secret"};
    return names[type];
}

static enum placeholder_type type_of_word(struct str word)
{
    unsigned first = word.n ? (unsigned char)byte_lower(word.p[0]) - (unsigned)'a' : LETTERS;
    for (int i = 0; first < LETTERS && types[first][i].word.n; i++)
        if (types[first][i].word.n == word.n && str_equal_nocase(word, types[first][i].word))
            return types[first][i].type;
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

/* What a byte of a name is: a look at all of a word's says what need not be looked for in it. */
enum { NAME = 1, SMALL = 2, LINE = 4, CROSS = 8, DATE = 16 };
static const unsigned char kinds[256] = {['0' ... '9'] = NAME,
                                         ['-'] = NAME,
                                         ['_'] = NAME | LINE,
                                         ['A' ... 'G'] = NAME,
                                         ['H'] = NAME | DATE,
                                         ['I' ... 'W'] = NAME,
                                         ['X'] = NAME | CROSS,
                                         ['Y'] = NAME | DATE,
                                         ['Z'] = NAME,
                                         ['a' ... 'w'] = NAME | SMALL,
                                         ['x'] = NAME | SMALL | CROSS,
                                         ['y'] = NAME | SMALL | DATE,
                                         ['z'] = NAME | SMALL};

static unsigned kind_of(char c)
{
    return kinds[(unsigned char)c];
}

static bool is_name_byte(char c)
{
    return kind_of(c) & NAME;
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
        if (name.p[0] == usual[i][0] && str_is(name, usual[i]))
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
        if (search->last.p[0] == names[i][0] && str_is(search->last, names[i]))
            return true;
    for (int i = 0; things[i]; i++)
        if (search->before.p[0] == things[i][0] && str_is(search->before, things[i]))
            return true;
    return false;
}

static bool is_pattern_program(struct str program)
{
    static const char *const programs[] = {"grep", "egrep", "zgrep", "rg",
                                           "awk",  "sed",   "jq",    NULL};
    for (int i = 0; programs[i]; i++)
        if (program.p[0] == programs[i][0] && str_is(program, programs[i]))
            return true;
    return false;
}

/* "USER_ID", "VERSION" as a whole argument, or behind "=", "/" or ":" of one; the word has no small
 * letter. */
static bool is_upper(const struct search *search, size_t begin, struct str word)
{
    bool joined = false;
    int letters = 0;
    for (size_t i = 0; i < word.n; i++) {
        char c = word.p[i];
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
    unsigned any = 0;
    unsigned every = NAME | LINE;
    for (; end < search->text.n && is_name_byte(search->text.p[end]); end++) {
        any |= kind_of(search->text.p[end]);
        every &= kind_of(search->text.p[end]);
    }
    struct str word = str_slice(search->text, begin, end);
    for (size_t i = any & (CROSS | DATE) ? 0 : word.n; i < word.n; i++) {
        bool stands = false;
        if (!(kind_of(word.p[i]) & (CROSS | DATE)))
            continue;
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
    if ((every & LINE) && word.n > RUN_MIN)
        add_nameless(search, begin, word);
    else if (is_yours(word) ||
             (!(any & SMALL) && (str_is(word, "TBD") || is_upper(search, begin, word))))
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
