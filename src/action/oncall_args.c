/* oncall_args.c - times of rotas, typed and shown in the reader's zone. */
#include "action/oncall_args.h"

#include "people/rota_text.h"

enum { SHOWN_BYTES = 60, YEAR_FIRST = 1970, YEAR_LAST = 9998 };

bool oncall_read_zone(struct oncall_reader *reader, struct err *err)
{
    struct str name = str_trim(call_str(reader->call, "zone"));
    if (name.n == 0)
        return true;
    if (!reader->world->find_zone)
        return err_set(err, ERR_USAGE, "zone", "Time zones cannot be read here.");
    return reader->world->find_zone(reader->arena, name, &reader->zone, err);
}

static bool is_in_range(struct instant at)
{
    int year = civil_of(at).year;
    return year >= YEAR_FIRST && year <= YEAR_LAST;
}

bool oncall_read_time(const struct oncall_reader *reader, const char *name, struct instant fallback,
                      struct instant *out_at, struct err *err)
{
    struct str text = str_trim(call_str(reader->call, name));
    struct instant at = fallback;
    struct rota_date date;
    struct err ignored = {0};
    bool good = text.n == 0 || (instant_parse(text, &at) && is_in_range(at));
    if (!good && rota_parse_date(text, &date, &ignored)) {
        at = rota_wall(reader->zone, date.wall_min);
        good = true;
    }
    if (!good)
        return err_set(err, ERR_USAGE, name,
                       "\"%.*s\" is no time; write it like \"2026-03-02 09:00\", which is meant "
                       "by the clock of %.*s, or 2026-03-02T08:00:00Z.",
                       STR_ARGS(str_cut(text, SHOWN_BYTES)), STR_ARGS(zone_name(reader->zone)));
    *out_at = at;
    return true;
}

bool oncall_length(struct str text, int64_t *out_ms, struct err *err)
{
    static const struct {
        const char *words[5];
        int64_t ms;
    } units[] = {{{"min", "m", "minute", "minutes", NULL}, 60000},
                 {{"h", "hour", "hours", NULL}, 3600000},
                 {{"d", "day", "days", NULL}, 86400000},
                 {{"w", "week", "weeks", NULL}, 7 * INT64_C(86400000)}};
    size_t digits = 0;
    int64_t number = 0;
    text = str_trim(text);
    while (digits < text.n && byte_is_digit(text.p[digits]))
        digits++;
    struct str unit = str_trim(str_from(text, digits));
    bool good = str_int(str_slice(text, 0, digits), &number) && number > 0;
    for (size_t i = 0; good && i < sizeof units / sizeof *units; i++)
        for (size_t k = 0; units[i].words[k]; k++)
            if (str_is_nocase(unit, units[i].words[k]) && number <= ONCALL_MOST_MS / units[i].ms) {
                *out_ms = number * units[i].ms;
                return true;
            }
    return err_set(err, ERR_USAGE, "for",
                   "\"%.*s\" is no length of time up to 400 days; write it like 8h, 14 days or 2 "
                   "weeks.",
                   STR_ARGS(str_cut(text, SHOWN_BYTES)));
}
