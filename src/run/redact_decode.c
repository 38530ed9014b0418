/* redact_decode.c - the stream read in six ways at once, each looking for the values themselves.
 *
 * Decoding what is there finds more than encoding what is sought: which bytes a program escapes, in
 * which case, and where in the encoded bytes a value begins are all one. */
#include "run/redact_internal.h"

static inline void feed(struct redact *redact, struct redact_stream *stream, unsigned char byte,
                        uint64_t start)
{
    struct redact_place *at = &stream->at;
    at->node =
        at->node ? redact_trie_step(&redact->trie, at->node, byte) : redact->trie.root_next[byte];
    if (at->node == 0)
        return;
    stream->starts[at->fed++ & redact->ring_mask] = start;
    size_t ends = redact->trie.nodes[at->node].ends;
    if (ends)
        redact_cover(redact, stream->starts[(at->fed - ends) & redact->ring_mask]);
}

/* One more than what a digit stands for; 0: no digit. */
static const unsigned char hex_digits[256] = {
    ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,
    ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
    ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16};

static const unsigned char base64_digits[256] = {
    ['A'] = 1,  ['B'] = 2,  ['C'] = 3,  ['D'] = 4,  ['E'] = 5,  ['F'] = 6,  ['G'] = 7,  ['H'] = 8,
    ['I'] = 9,  ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16,
    ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24,
    ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32,
    ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40,
    ['o'] = 41, ['p'] = 42, ['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48,
    ['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56,
    ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62, ['+'] = 63, ['/'] = 64,
    ['-'] = 63, ['_'] = 64};

static int hex_value(unsigned char c)
{
    return hex_digits[c] - 1;
}

static void begin_escape(struct redact *redact, struct redact_escape *escape, unsigned char c)
{
    escape->saved = escape->stream.at;
    escape->start = redact->pos;
    escape->phase = 1;
    feed(redact, &escape->stream, c, redact->pos);
}

static void decode_percent(struct redact *redact, struct redact_escape *escape, unsigned char c,
                           bool form)
{
    int digit = escape->phase ? hex_value(c) : -1;
    if (digit < 0)
        escape->phase = 0;
    if (escape->phase == 0 && c == '%') {
        begin_escape(redact, escape, c);
    } else if (escape->phase == 0) {
        feed(redact, &escape->stream, form && c == '+' ? ' ' : c, redact->pos);
    } else if (escape->phase == 1) {
        escape->value = (uint32_t)digit;
        escape->phase = 2;
        feed(redact, &escape->stream, c, redact->pos);
    } else {
        escape->stream.at = escape->saved;
        escape->phase = 0;
        feed(redact, &escape->stream, (unsigned char)(escape->value << 4 | (uint32_t)digit),
             escape->start);
    }
}

enum json_phase {
    JSON_OUTSIDE,
    JSON_BACKSLASH,
    JSON_DIGITS,        /* 4 of them: 2 to 5 */
    JSON_SECOND_AT = 6, /* the first of a pair is read, a backslash is wanted */
    JSON_SECOND_LETTER  /* and the u */
};

static void finish_character(struct redact *redact, struct redact_escape *escape, uint32_t c)
{
    struct redact_stream *stream = &escape->stream;
    stream->at = escape->saved;
    escape->phase = JSON_OUTSIDE;
    escape->high = 0;
    unsigned char bytes[4];
    size_t n = 0;
    if (c < 0x80) {
        bytes[n++] = (unsigned char)c;
    } else if (c < 0x800) {
        bytes[n++] = (unsigned char)(0xC0 | c >> 6);
    } else if (c < 0x10000) {
        bytes[n++] = (unsigned char)(0xE0 | c >> 12);
        bytes[n++] = (unsigned char)(0x80 | (c >> 6 & 0x3F));
    } else {
        bytes[n++] = (unsigned char)(0xF0 | c >> 18);
        bytes[n++] = (unsigned char)(0x80 | (c >> 12 & 0x3F));
        bytes[n++] = (unsigned char)(0x80 | (c >> 6 & 0x3F));
    }
    if (c >= 0x80)
        bytes[n++] = (unsigned char)(0x80 | (c & 0x3F));
    for (size_t i = 0; i < n; i++)
        feed(redact, stream, bytes[i], escape->start);
}

/* The second escape was no second of a pair: the first was nothing, this one stands alone. */
static void drop_first(struct redact_escape *escape)
{
    escape->saved = escape->saved_low;
    escape->start = escape->start_low;
    escape->high = 0;
}

static void finish_digits(struct redact *redact, struct redact_escape *escape, unsigned char c)
{
    uint32_t value = escape->value;
    bool low = value >= 0xDC00 && value < 0xE000;
    if (escape->high && low) {
        finish_character(redact, escape,
                         0x10000 + ((escape->high - 0xD800) << 10) + value - 0xDC00);
        return;
    }
    if (escape->high)
        drop_first(escape);
    if (value < 0xD800 || value >= 0xE000) {
        finish_character(redact, escape, value);
        return;
    }
    escape->high = low ? 0 : value;
    escape->phase = low ? JSON_OUTSIDE : JSON_SECOND_AT;
    feed(redact, &escape->stream, c, redact->pos);
}

/* False when the byte does not go on with the escape and is to be read outside of it. */
static bool go_on_json(struct redact *redact, struct redact_escape *escape, unsigned char c)
{
    static const char from[] = "\"\\/bfnrt";
    static const char to[] = "\"\\/\b\f\n\r\t";
    if (escape->phase == JSON_SECOND_LETTER && c != 'u') {
        drop_first(escape);
        escape->phase = JSON_BACKSLASH;
    }
    if (escape->phase == JSON_BACKSLASH && c != 'u') {
        const char *simple = c ? memchr(from, c, sizeof from - 1) : NULL;
        if (simple)
            finish_character(redact, escape, (unsigned char)to[simple - from]);
        return simple;
    }
    if (escape->phase == JSON_SECOND_AT) {
        if (c != '\\')
            return false;
        escape->saved_low = escape->stream.at;
        escape->start_low = redact->pos;
        escape->phase = JSON_SECOND_LETTER;
    } else if (escape->phase == JSON_BACKSLASH || escape->phase == JSON_SECOND_LETTER) {
        escape->value = 0;
        escape->phase = JSON_DIGITS;
    } else {
        int digit = hex_value(c);
        if (digit < 0)
            return false;
        escape->value = escape->value << 4 | (uint32_t)digit;
        if (++escape->phase == JSON_DIGITS + 4) {
            finish_digits(redact, escape, c);
            return true;
        }
    }
    feed(redact, &escape->stream, c, redact->pos);
    return true;
}

static void decode_json(struct redact *redact, struct redact_escape *escape, unsigned char c)
{
    if (escape->phase != JSON_OUTSIDE && go_on_json(redact, escape, c))
        return;
    escape->phase = JSON_OUTSIDE;
    escape->high = 0;
    if (c == '\\')
        begin_escape(redact, escape, c);
    else
        feed(redact, &escape->stream, c, redact->pos);
}

static void end_run(struct redact_run *run)
{
    if (run->count == 0)
        return;
    for (size_t i = 0; i < 4; i++)
        run->streams[i].at.node = 0;
    run->count = 0;
    run->line = 0;
    run->breaks = 0;
}

/* A line end, with indentation behind it, between lines that are long enough to be broken ones;
 * short ones are words, which must not be held back. */
static void break_run(struct redact_run *run, unsigned char c)
{
    bool line_end = c == '\n' || c == '\r';
    if (run->breaks > 0 && run->breaks < REDACT_BREAK_MAX && (line_end || byte_is_blank((char)c))) {
        run->breaks++;
    } else if (run->breaks == 0 && run->line >= REDACT_LINE_MIN && line_end) {
        run->breaks = 1;
        run->line = 0;
    } else {
        end_run(run);
    }
}

static void next_digit(struct redact *redact, struct redact_run *run)
{
    run->previous = redact->pos;
    run->count++;
    run->breaks = 0;
    if (run->line < REDACT_LINE_MIN)
        run->line++;
}

static void decode_hex(struct redact *redact, struct redact_run *run, unsigned char c)
{
    int digit = hex_value(c);
    if (digit < 0) {
        break_run(run, c);
        return;
    }
    run->digits = run->digits << 4 | (uint32_t)digit;
    if (run->count > 0)
        feed(redact, &run->streams[run->count & 1], (unsigned char)run->digits, run->previous);
    next_digit(redact, run);
}

/* The digit is the second, third and fourth of a group at once, in three of the four streams; as
 * the first of the fourth it completes no byte. */
static void decode_base64(struct redact *redact, struct redact_run *run, unsigned char c)
{
    int digit = base64_digits[c] - 1;
    if (digit < 0) {
        break_run(run, c);
        return;
    }
    run->digits = run->digits << 6 | (uint32_t)digit;
    for (uint64_t i = 1; i <= 3 && i <= run->count; i++)
        feed(redact, &run->streams[(run->count - i) & 3],
             (unsigned char)(run->digits >> (6 - 2 * i)), run->previous);
    next_digit(redact, run);
}

static void decode_raw(struct redact *redact, unsigned char c)
{
    redact->raw.node = redact_trie_step(&redact->trie, redact->raw.node, c);
    size_t ends = redact->trie.nodes[redact->raw.node].ends;
    if (ends)
        redact_cover(redact, redact->pos + 1 - ends);
}

/* Nothing of a value or an escape has been seen. */
static bool is_idle(const struct redact *redact)
{
    return redact->raw.node == 0 && redact->percent.stream.at.node == 0 &&
           redact->percent.phase == 0 && redact->form.stream.at.node == 0 &&
           redact->form.phase == 0 && redact->json.stream.at.node == 0 && redact->json.phase == 0;
}

/* Words are passed over quickly: most bytes begin neither a value nor an escape. */
static inline void decode(struct redact *redact, unsigned char byte)
{
    if (!redact->idle || redact->lively[byte]) {
        decode_raw(redact, byte);
        decode_percent(redact, &redact->percent, byte, false);
        decode_percent(redact, &redact->form, byte, true);
        decode_json(redact, &redact->json, byte);
        redact->idle = is_idle(redact);
    }
    if (hex_digits[byte] || redact->hex.count)
        decode_hex(redact, &redact->hex, byte);
    if (base64_digits[byte] || redact->base64.count)
        decode_base64(redact, &redact->base64, byte);
}

void redact_decode_start(struct redact *redact)
{
    for (size_t i = 0; i < 256; i++)
        redact->lively[i] = redact->trie.root_next[i] || i == '%' || i == '\\' || i == '+';
    redact->idle = true;
}

void redact_scan(struct redact *redact, struct str chunk)
{
    bool values = redact->trie.count > 1;
    for (size_t i = 0; i < chunk.n; i++) {
        char byte = chunk.p[i];
        if (redact->rules.any || redact_rule_fronts[(unsigned char)byte])
            redact_rule(redact, byte);
        if (values)
            decode(redact, (unsigned char)byte);
        redact->pos++;
    }
}

static void lower(uint64_t *hold, uint64_t to)
{
    if (to < *hold)
        *hold = to;
}

static void hold_place(const struct redact *redact, const struct redact_stream *stream,
                       struct redact_place at, uint64_t *hold)
{
    size_t depth = redact->trie.nodes[at.node].depth;
    if (depth)
        lower(hold, stream->starts[(at.fed - depth) & redact->ring_mask]);
}

static void hold_escape(const struct redact *redact, const struct redact_escape *escape,
                        uint64_t *hold)
{
    hold_place(redact, &escape->stream, escape->stream.at, hold);
    if (escape->phase == 0)
        return;
    hold_place(redact, &escape->stream, escape->saved, hold);
    lower(hold, escape->start);
}

static void hold_run(const struct redact *redact, const struct redact_run *run, uint64_t *hold)
{
    if (run->count == 0)
        return;
    lower(hold, run->previous);
    for (size_t i = 0; i < 4 && run->streams[i].starts; i++)
        hold_place(redact, &run->streams[i], run->streams[i].at, hold);
}

uint64_t redact_decode_hold(const struct redact *redact)
{
    uint64_t hold = redact->pos - redact->trie.nodes[redact->raw.node].depth;
    hold_escape(redact, &redact->percent, &hold);
    hold_escape(redact, &redact->form, &hold);
    hold_escape(redact, &redact->json, &hold);
    hold_run(redact, &redact->hex, &hold);
    hold_run(redact, &redact->base64, &hold);
    return hold;
}
