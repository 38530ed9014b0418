/* marks.c - what a single line of Markdown begins with. */
#include "runbook/marks.h"

#include "base/limits.h"

enum { TAB_COLUMNS = 4, NUMBER_DIGITS_MAX = 9, MARK_BLANKS_MAX = 4, CODE_MARKS_MAX = 32 };

/* Length of the list mark that rest begins with, or 0. */
static size_t list_mark(struct str rest)
{
    size_t n = 0;
    while (n < rest.n && n < NUMBER_DIGITS_MAX && byte_is_digit(rest.p[n]))
        n++;
    char mark = n < rest.n ? rest.p[n] : 0;
    bool is_mark = n ? mark == '.' || mark == ')' : mark == '-' || mark == '*' || mark == '+';
    if (!is_mark || (n + 1 < rest.n && !byte_is_blank(rest.p[n + 1])))
        return 0;
    return n + 1;
}

/* Passes over the blanks at front->end. */
static void pass_blanks(struct str line, struct front *front)
{
    for (; front->end < line.n && byte_is_blank(line.p[front->end]); front->end++) {
        bool tab = line.p[front->end] == '\t';
        front->tabs |= tab;
        front->column += tab ? TAB_COLUMNS - front->column % TAB_COLUMNS : 1;
    }
}

struct front marks_front(struct str line)
{
    struct front front = {.content = -1};
    pass_blanks(line, &front);
    front.indent = front.column;
    /* One mark more than a line may have is as good as all. */
    while (front.end < line.n && front.marks <= LIMIT_RUNBOOK_NESTING) {
        struct str rest = str_from(line, front.end);
        size_t length = rest.p[0] == '>' ? 1 : marks_are_rule(rest) ? 0 : list_mark(rest);
        if (length == 0)
            return front;
        bool quote = rest.p[0] == '>';
        bool first = !quote && front.content < 0;
        front.marks++;
        front.quotes += quote;
        front.end += length;
        front.column += (int)length;
        int behind = front.column + 1;
        pass_blanks(line, &front);
        if (first) {
            bool far = front.column - behind >= MARK_BLANKS_MAX || front.end == line.n;
            front.content = far ? behind : front.column;
            front.may_nest = length == 1 || (length == 2 && rest.p[0] == '1');
        }
    }
    return front;
}

bool marks_are_rule(struct str line)
{
    char mark = 0;
    int count = 0;
    for (size_t i = 0; i < line.n; i++) {
        if (byte_is_blank(line.p[i]))
            continue;
        if ((line.p[i] != '*' && line.p[i] != '-') || (mark && line.p[i] != mark))
            return false;
        mark = line.p[i];
        count++;
    }
    return count >= 3;
}

char marks_fence(struct str text, size_t *out_length, struct str *out_info)
{
    char mark = text.n ? text.p[0] : 0;
    size_t end = 0;
    if (mark != '`' && mark != '~')
        return 0;
    while (end < text.n && text.p[end] == mark)
        end++;
    struct str info = str_trim(str_from(text, end));
    if (end < 3 || (mark == '`' && str_find_byte(info, '`', 0) < info.n))
        return 0;
    *out_length = end;
    *out_info = info;
    return mark;
}

int marks_separator(struct str line)
{
    size_t begin = 0;
    while (begin < line.n && (byte_is_blank(line.p[begin]) || line.p[begin] == '>'))
        begin++;
    if (begin == line.n || byte_is_alnum(line.p[begin]))
        return 0; /* as most lines */
    struct str text = str_trim(str_from(line, begin));
    bool bar = false;
    bool dash = false;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        bar |= c == '|';
        dash |= c == '-';
        if (c != '|' && c != '-' && c != ':' && !byte_is_blank(c))
            return 0;
    }
    return bar && dash ? marks_cells(text) : 0;
}

/* Index behind the code span that opens at i, or behind its opening marks when none closes it. */
static size_t pass_code(struct str text, size_t i)
{
    size_t open = i;
    while (open < text.n && text.p[open] == '`')
        open++;
    if (open - i > CODE_MARKS_MAX) /* as md4c, so that a line is read in linear time */
        return open;
    for (size_t at = str_find_byte(text, '`', open); at < text.n;) {
        size_t end = at;
        while (end < text.n && text.p[end] == '`')
            end++;
        if (end - at == open - i)
            return end;
        at = str_find_byte(text, '`', end);
    }
    return open;
}

int marks_cells(struct str line)
{
    struct str text = str_trim(str_from(line, marks_front(line).end));
    int bars = 0;
    bool last = false; /* a bar stands last */
    if (text.n && text.p[0] == '|')
        text = str_from(text, 1);
    for (size_t i = 0; i < text.n;) {
        last = text.p[i] == '|';
        bars += last;
        if (text.p[i] == '`')
            i = pass_code(text, i);
        else
            i += text.p[i] == '\\' ? 2 : 1;
    }
    return bars + !last;
}

size_t marks_of_others(struct str text, int *out_number)
{
    static const char *const bullets[] = {"\xE2\x80\xA2", "\xE2\x80\xA3", "\xE2\x97\xA6",
                                          "\xE2\x96\xAA", "\xE2\x97\x8F", "\xC2\xB7"};
    static const char *const keys[] = {"\xEF\xB8\x8F\xE2\x83\xA3", "\xE2\x83\xA3"};
    size_t n = 0;
    *out_number = 0;
    bool beyond = text.n && (text.p[0] & 0x80);
    for (size_t i = 0; beyond && i < sizeof bullets / sizeof bullets[0]; i++)
        if (str_starts(text, bullets[i]))
            n = strlen(bullets[i]);
    bool digit = text.n && byte_is_digit(text.p[0]);
    for (size_t i = 0; digit && i < sizeof keys / sizeof keys[0] && n == 0; i++)
        if (str_starts(str_from(text, 1), keys[i])) {
            *out_number = text.p[0] - '0';
            n = 1 + strlen(keys[i]);
        }
    if (n == 0 && text.n > 1 && byte_is_alpha(text.p[0]) && byte_lower(text.p[0]) == text.p[0] &&
        (text.p[1] == '.' || text.p[1] == ')')) {
        *out_number = text.p[0] - 'a' + 1;
        n = 2;
    }
    return n && n < text.n && byte_is_blank(text.p[n]) ? n : 0;
}

/* "!!! warning "Careful"", "???+ tip": a word and at most a title in quotes behind the marks. */
static bool is_admonition(struct str text)
{
    if (!str_starts(text, "!!! ") && !str_starts(text, "??? ") && !str_starts(text, "???+ "))
        return false;
    struct str rest = str_trim(str_from(text, 4));
    size_t n = 0;
    while (n < rest.n && (byte_is_alpha(rest.p[n]) || rest.p[n] == '-'))
        n++;
    struct str title = str_trim(str_from(rest, n));
    return n > 0 && (title.n == 0 || (title.n > 1 && str_starts(title, "\"") &&
                                      str_find_byte(title, '"', 1) == title.n - 1));
}

/* "[!NOTE]" */
static bool is_alert(struct str text)
{
    size_t n = 2;
    if (!str_starts(text, "[!"))
        return false;
    while (n < text.n && text.p[n] >= 'A' && text.p[n] <= 'Z')
        n++;
    return n > 2 && n + 1 == text.n && text.p[n] == ']';
}

bool marks_alone(struct str text, bool *out_box)
{
    struct str trimmed = str_trim(text);
    *out_box = false;
    if (trimmed.n == 0 || byte_is_alnum(trimmed.p[0]))
        return false; /* as most lines */
    *out_box = is_admonition(trimmed);
    return *out_box || is_alert(trimmed) || str_starts(trimmed, ":::") ||
           (str_starts(trimmed, "{%") && str_ends(trimmed, "%}")) ||
           (str_starts(trimmed, "{{<") && str_ends(trimmed, ">}}"));
}
