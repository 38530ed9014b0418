/* ics.c - writing the calendar: content lines, folded and escaped. */
#include "people/ics.h"

#include "base/hash.h"

enum { FOLD_OCTETS = 75, LINE_BYTES_MAX = 16 * 1024, UID_HEX = 32, STAMP_BYTES = 17 };

/* "20260302T080000Z" */
static void write_stamp(struct instant at, char out_stamp[STAMP_BYTES])
{
    char whole[INSTANT_TEXT_BYTES];
    size_t n = 0;
    instant_write(at, whole);
    for (size_t i = 0; i < 19; i++)
        if (whole[i] != '-' && whole[i] != ':')
            out_stamp[n++] = whole[i];
    out_stamp[n++] = 'Z';
    out_stamp[n] = '\0';
}

/* A line of at most 75 octets without its end; what follows goes on behind a blank. */
static void add_line(struct text *text, struct str line)
{
    size_t room = FOLD_OCTETS;
    while (line.n > room) {
        struct str part = str_cut(line, room);
        text_add(text, part);
        text_adds(text, "\r\n ");
        line = str_from(line, part.n);
        room = FOLD_OCTETS - 1; /* the blank counts */
    }
    text_add(text, line);
    text_adds(text, "\r\n");
}

/* Backslash, semicolon, comma and line ends, as TEXT has them; other control characters go. */
static void add_escaped(struct text *text, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '\\' || c == ';' || c == ',')
            text_byte(text, '\\');
        if (c == '\n')
            text_adds(text, "\\n");
        else if ((unsigned char)c >= ' ' && c != 0x7f)
            text_byte(text, c);
    }
}

static void add_text(struct text *text, struct arena *arena, const char *name, struct str value)
{
    struct text line;
    text_init(&line, arena, LINE_BYTES_MAX);
    text_adds(&line, name);
    text_byte(&line, ':');
    add_escaped(&line, value);
    add_line(text, text_str(&line));
}

static void add_stamp(struct text *text, const char *name, struct instant at)
{
    char stamp[STAMP_BYTES];
    write_stamp(at, stamp);
    text_printf(text, "%s:%s\r\n", name, stamp);
}

static void add_uid(struct text *text, struct arena *arena, const struct rota *rota,
                    const struct shift *shift)
{
    char hex[HASH_HEX_BYTES];
    char begin[STAMP_BYTES];
    write_stamp(shift->from, begin);
    struct str names = shift_names(arena, shift);
    struct hash hash =
        hash_of(str_printf(arena, "%.*s\n%.*s\n%s", STR_ARGS(rota->name), STR_ARGS(names), begin));
    hash_hex(&hash, hex);
    text_printf(text, "UID:%.*s@oncall.reeve\r\n", UID_HEX, hex);
}

static bool is_of(const struct shift *shift, struct str person)
{
    for (size_t i = 0; i < shift->count; i++)
        if (person.n == 0 || str_equal_nocase(shift->people[i], person))
            return true;
    return false;
}

static void add_event(struct text *text, struct arena *arena, const struct ics *ics,
                      const struct rota *rota, const struct shift *shift)
{
    struct str names = shift_names(arena, shift);
    struct str reason = shift_reason(arena, rota, shift);
    text_adds(text, "BEGIN:VEVENT\r\n");
    add_uid(text, arena, rota, shift);
    add_stamp(text, "DTSTAMP", ics->now);
    add_stamp(text, "DTSTART", shift->from);
    add_stamp(text, "DTEND", shift->to);
    add_text(text, arena, "SUMMARY",
             str_printf(arena, "On call (%.*s): %.*s", STR_ARGS(rota->name), STR_ARGS(names)));
    add_text(text, arena, "DESCRIPTION", reason);
    text_adds(text, "TRANSP:TRANSPARENT\r\n");
    if (ics->public_url.n > 0)
        add_line(text, str_printf(arena, "URL:%.*s/oncall", STR_ARGS(ics->public_url)));
    text_adds(text, "END:VEVENT\r\n");
}

size_t ics_write(struct text *text, struct arena *scratch, const struct ics *ics)
{
    const struct oncall *oncall = ics->oncall;
    struct instant end = instant_add_ms(ics->now, (int64_t)ICS_WEEKS * ROTA_WEEK_MIN * 60000);
    size_t count = 0;
    text_adds(text, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Reeve//on call//EN\r\n"
                    "CALSCALE:GREGORIAN\r\n");
    add_text(text, scratch, "X-WR-CALNAME",
             ics->person.n > 0 ? str_printf(scratch, "On call: %.*s", STR_ARGS(ics->person))
                               : STR("On call"));
    for (size_t i = 0; i < oncall->rota_count; i++) {
        const struct rota *rota = &oncall->rotas[i];
        struct shift_source source = oncall_source(oncall, rota);
        struct shifts shifts = shifts_between(&source, scratch, ics->now, end);
        for (size_t k = 0; k < shifts.count && count < ICS_EVENTS_MAX; k++) {
            const struct shift *shift = &shifts.items[k];
            bool whole = shift->from.us != ROTA_ALREADY.us && shift->to.us != ROTA_NEVER.us;
            if (!whole || !is_of(shift, ics->person))
                continue;
            add_event(text, scratch, ics, rota, shift);
            count++;
        }
    }
    text_adds(text, "END:VCALENDAR\r\n");
    return count;
}
