/* lines.c - unfolding and parting of content lines. */
#include "ical/lines.h"

#include "base/text.h"

/* One line of the file without its end. */
static struct str take_physical(struct ical_lines *lines)
{
    size_t end = str_find_byte(lines->rest, '\n', 0);
    struct str line = str_slice(lines->rest, 0, end);
    lines->rest = str_from(lines->rest, end + 1);
    lines->number++;
    return str_ends(line, "\r") ? str_slice(line, 0, line.n - 1) : line;
}

static bool goes_on(const struct ical_lines *lines)
{
    return lines->rest.n > 0 && byte_is_blank(lines->rest.p[0]);
}

static struct str unfold(struct ical_lines *lines, struct str first, bool *out_cut)
{
    struct text text;
    if (!goes_on(lines)) {
        *out_cut = first.n > ICAL_LINE_BYTES;
        return str_slice(first, 0, ICAL_LINE_BYTES);
    }
    text_init(&text, lines->arena, ICAL_LINE_BYTES);
    text_add(&text, str_slice(first, 0, ICAL_LINE_BYTES));
    *out_cut = first.n > ICAL_LINE_BYTES;
    while (goes_on(lines)) {
        struct str more = str_from(take_physical(lines), 1);
        size_t room = ICAL_LINE_BYTES - text.n;
        *out_cut = *out_cut || more.n > room;
        text_add(&text, str_slice(more, 0, room));
    }
    return text_str(&text);
}

/* Where the value begins: behind the first colon that stands in no quotes. */
static size_t find_colon(struct str line)
{
    bool quoted = false;
    for (size_t i = 0; i < line.n; i++) {
        if (line.p[i] == '"')
            quoted = !quoted;
        else if (line.p[i] == ':' && !quoted)
            return i;
    }
    return line.n;
}

bool ical_next_line(struct ical_lines *lines, struct ical_line *out_line)
{
    while (lines->rest.n > 0) {
        struct str first = take_physical(lines);
        struct ical_line line = {.number = lines->number, .name = STR(""), .params = STR("")};
        struct str whole = unfold(lines, first, &line.is_cut);
        if (str_trim(whole).n == 0)
            continue;
        size_t colon = find_colon(whole);
        size_t end = 0;
        while (end < colon && whole.p[end] != ';')
            end++;
        line.value = str_from(whole, colon + 1);
        if (colon < whole.n) {
            line.name = str_slice(whole, 0, end);
            line.params = str_slice(whole, end, colon);
        }
        *out_line = line;
        return true;
    }
    return false;
}

/* The next ";NAME=VALUE" off the front; false at the end. */
static bool next_param(struct str *rest, struct str *out_name, struct str *out_value)
{
    bool quoted = false;
    size_t end = 1;
    if (rest->n == 0)
        return false;
    for (; end < rest->n && (quoted || rest->p[end] != ';'); end++)
        if (rest->p[end] == '"')
            quoted = !quoted;
    struct str param = str_slice(*rest, 1, end);
    size_t equals = str_find_byte(param, '=', 0);
    *out_name = str_slice(param, 0, equals);
    *out_value = str_from(param, equals + 1);
    *rest = str_from(*rest, end);
    return true;
}

struct str ical_param(const struct ical_line *line, const char *name)
{
    struct str rest = line->params;
    struct str found;
    struct str value;
    while (next_param(&rest, &found, &value)) {
        if (!str_is_nocase(found, name))
            continue;
        if (value.n >= 2 && str_starts(value, "\"") && str_ends(value, "\""))
            value = str_slice(value, 1, value.n - 1);
        return value;
    }
    return STR("");
}

struct str ical_text(struct arena *arena, struct str value, size_t max_bytes)
{
    struct text text;
    bool valid = str_utf8_valid(value, NULL);
    text_init(&text, arena, 2 * max_bytes + 8);
    for (size_t i = 0; i < value.n && text.n < max_bytes + 4; i++) {
        char c = value.p[i];
        if (c == '\\' && i + 1 < value.n) {
            c = value.p[++i];
            c = c == 'n' || c == 'N' ? ' ' : c;
        }
        if ((unsigned char)c < ' ' || c == 0x7f)
            c = ' ';
        text_byte(&text, valid || (unsigned char)c < 0x80 ? c : '?');
    }
    return str_cut(text_str(&text), max_bytes);
}
