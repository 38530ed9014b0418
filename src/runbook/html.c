/* html.c - the HTML that stands in Markdown. */
#include "runbook/html.h"

enum { ENTITY_BYTES_MAX = 32, CODE_POINT_MAX = 0x10FFFF };

static enum html_tag tag_named(struct str name)
{
    static const struct {
        enum html_tag tag;
        const char *names; /* between blanks */
    } tags[] = {{HTML_BREAK, " br "},
                {HTML_CODE, " code kbd samp tt "},
                {HTML_HEAD, " th caption summary title h1 h2 h3 h4 h5 h6 "},
                {HTML_HIDDEN, " script style "},
                {HTML_CELL, " td "},
                {HTML_WORDS,
                 " a abbr b big del dfn em font i img ins mark q s small span strike strong sub "
                 "sup u var wbr "},
                {HTML_PART, " center div iframe p video "},
                {HTML_BLOCK,
                 " blockquote body col colgroup dd details dl dt figcaption figure footer head "
                 "header hr html input li main nav ol picture pre section source table tbody tfoot "
                 "thead tr ul "}};
    char padded[ENTITY_BYTES_MAX];
    if (name.n == 0 || name.n + 3 > sizeof padded)
        return HTML_NONE;
    size_t n = 0;
    padded[n++] = ' ';
    for (size_t i = 0; i < name.n; i++)
        padded[n++] = byte_lower(name.p[i]);
    padded[n++] = ' ';
    padded[n] = '\0';
    for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++)
        if (strstr(tags[i].names, padded))
            return tags[i].tag;
    return HTML_NONE;
}

enum html_tag html_tag_of(struct str text, size_t *out_bytes, bool *out_closing)
{
    *out_bytes = 0;
    *out_closing = false;
    if (text.n < 2 || text.p[0] != '<')
        return HTML_NONE;
    if (text.p[1] == '!' || text.p[1] == '?') {
        bool comment = str_starts(text, "<!--");
        size_t end = str_find(text, comment ? "-->" : ">", comment ? 4 : 1);
        *out_bytes = end + (comment ? 3 : 1) < text.n ? end + (comment ? 3 : 1) : text.n;
        return HTML_COMMENT;
    }
    *out_closing = text.p[1] == '/';
    size_t begin = 1 + (size_t)*out_closing;
    size_t end = begin;
    while (end < text.n && byte_is_alnum(text.p[end]))
        end++;
    if (end < text.n && !byte_is_blank(text.p[end]) && text.p[end] != '>' && text.p[end] != '/' &&
        text.p[end] != '\n')
        return HTML_NONE;
    enum html_tag tag = tag_named(str_slice(text, begin, end));
    size_t close = str_find_byte(text, '>', end);
    *out_bytes = tag ? (close < text.n ? close + 1 : text.n) : 0;
    return tag;
}

static void add_code_point(struct text *text, uint32_t code)
{
    if (code == 0 || code > CODE_POINT_MAX || (code >= 0xD800 && code <= 0xDFFF))
        code = 0xFFFD;
    if (code < 0x80) {
        text_byte(text, (char)code);
        return;
    }
    int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static const unsigned char first[] = {0, 0xC0, 0xE0, 0xF0};
    text_byte(text, (char)(first[more] | (code >> (6 * more))));
    while (more-- > 0)
        text_byte(text, (char)(0x80 | ((code >> (6 * more)) & 0x3F)));
}

/* "62" of "&#62;", "x3e" of "&#x3e;"; false when it is no number. */
static bool read_number(struct str digits, uint32_t *out_code)
{
    bool hex = digits.n && byte_lower(digits.p[0]) == 'x';
    struct str rest = str_from(digits, hex);
    uint32_t code = 0;
    if (rest.n == 0 || rest.n > 7)
        return false;
    for (size_t i = 0; i < rest.n; i++) {
        char c = byte_lower(rest.p[i]);
        bool letter = hex && c >= 'a' && c <= 'f';
        if (!byte_is_digit(c) && !letter)
            return false;
        code = code * (hex ? 16 : 10) + (uint32_t)(letter ? c - 'a' + 10 : c - '0');
    }
    *out_code = code;
    return true;
}

size_t html_entity_bytes(struct str text)
{
    size_t end = 1;
    if (text.n < 3 || text.p[0] != '&')
        return 0;
    while (end < text.n && end < ENTITY_BYTES_MAX &&
           (byte_is_alnum(text.p[end]) || (end == 1 && text.p[end] == '#')))
        end++;
    return end > 1 && end < text.n && text.p[end] == ';' ? end + 1 : 0;
}

void html_add_entity(struct text *text, struct str entity)
{
    /* A hard blank becomes a plain one: no sentence tells them apart. */
    static const struct {
        const char *name;
        uint32_t code;
    } names[] = {{"gt", '>'},        {"lt", '<'},        {"amp", '&'},      {"quot", '"'},
                 {"apos", '\''},     {"nbsp", ' '},      {"ge", 0x2265},    {"geq", 0x2265},
                 {"le", 0x2264},     {"leq", 0x2264},    {"ne", 0x2260},    {"asymp", 0x2248},
                 {"approx", 0x2248}, {"plusmn", 0xB1},   {"minus", 0x2212}, {"times", 0xD7},
                 {"divide", 0xF7},   {"percnt", '%'},    {"num", '#'},      {"dollar", '$'},
                 {"commat", '@'},    {"colon", ':'},     {"semi", ';'},     {"comma", ','},
                 {"period", '.'},    {"excl", '!'},      {"quest", '?'},    {"plus", '+'},
                 {"equals", '='},    {"ast", '*'},       {"lowbar", '_'},   {"grave", '`'},
                 {"lpar", '('},      {"rpar", ')'},      {"lbrack", '['},   {"lsqb", '['},
                 {"rbrack", ']'},    {"rsqb", ']'},      {"lbrace", '{'},   {"lcub", '{'},
                 {"rbrace", '}'},    {"rcub", '}'},      {"vert", '|'},     {"verbar", '|'},
                 {"sol", '/'},       {"bsol", '\\'},     {"Tab", '\t'},     {"ndash", 0x2013},
                 {"mdash", 0x2014},  {"hellip", 0x2026}, {"lsquo", 0x2018}, {"rsquo", 0x2019},
                 {"ldquo", 0x201C},  {"rdquo", 0x201D},  {"laquo", 0xAB},   {"raquo", 0xBB},
                 {"bull", 0x2022},   {"middot", 0xB7},   {"larr", 0x2190},  {"uarr", 0x2191},
                 {"rarr", 0x2192},   {"darr", 0x2193},   {"harr", 0x2194},  {"lArr", 0x21D0},
                 {"rArr", 0x21D2},   {"copy", 0xA9},     {"reg", 0xAE},     {"trade", 0x2122},
                 {"deg", 0xB0},      {"micro", 0xB5},    {"para", 0xB6},    {"sect", 0xA7},
                 {"euro", 0x20AC},   {"pound", 0xA3},    {"cent", 0xA2},    {"yen", 0xA5},
                 {"frac12", 0xBD},   {"frac14", 0xBC},   {"frac34", 0xBE},  {"infin", 0x221E},
                 {"check", 0x2713},  {"cross", 0x2717},  {"ensp", 0x2002},  {"emsp", 0x2003},
                 {"thinsp", 0x2009}, {"zwj", 0x200D},    {"zwnj", 0x200C},  {"shy", 0xAD},
                 {"auml", 0xE4},     {"ouml", 0xF6},     {"uuml", 0xFC},    {"Auml", 0xC4},
                 {"Ouml", 0xD6},     {"Uuml", 0xDC},     {"szlig", 0xDF},   {"eacute", 0xE9},
                 {"egrave", 0xE8},   {"agrave", 0xE0},   {"aacute", 0xE1},  {"ccedil", 0xE7},
                 {"ntilde", 0xF1},   {"oslash", 0xF8},   {"aring", 0xE5},   {"aelig", 0xE6}};
    uint32_t code = 0;
    struct str name = str_slice(entity, 1, entity.n ? entity.n - 1 : 0);
    if (str_starts(name, "#") && read_number(str_from(name, 1), &code)) {
        add_code_point(text, code == 0xA0 ? ' ' : code);
        return;
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (str_is(name, names[i].name)) {
            add_code_point(text, names[i].code);
            return;
        }
    text_add(text, entity);
}
