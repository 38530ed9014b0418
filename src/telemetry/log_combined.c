/* log_combined.c - access logs of nginx and Apache in their common and combined formats:
 *   ADDRESS - USER [TIME] "METHOD PATH HTTP/1.1" STATUS BYTES "REFERER" "AGENT"
 * What nginx's own formats have behind that is read over; a status stands behind the request. */
#include "telemetry/log_map.h"

/* 29/Nov/2026:17:29:05 +0000 */
static struct instant read_time(struct str s)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    static const uint8_t places[] = {0, 1, 7, 8, 9, 10, 12, 13, 15, 16, 18, 19, 22, 23, 24, 25};
    struct instant none = {0};
    if (s.n != 26 || s.p[2] != '/' || s.p[6] != '/' || s.p[11] != ':')
        return none;
    int d[sizeof places];
    for (size_t i = 0; i < sizeof places; i++) {
        if (!byte_is_digit(s.p[places[i]]))
            return none;
        d[i] = s.p[places[i]] - '0';
    }
    size_t month = 0;
    while (month < 36 && memcmp(months + month, s.p + 3, 3) != 0)
        month += 3;
    if (month == 36)
        return none;
    struct civil civil = {.year = ((d[2] * 10 + d[3]) * 10 + d[4]) * 10 + d[5],
                          .month = (int)(month / 3) + 1,
                          .day = d[0] * 10 + d[1],
                          .hour = d[6] * 10 + d[7],
                          .minute = d[8] * 10 + d[9],
                          .second = d[10] * 10 + d[11]};
    int offset_min = (d[12] * 10 + d[13]) * 60 + d[14] * 10 + d[15];
    if (civil.year < 1970 || civil.day < 1 || civil.day > 31 || civil.hour > 23)
        return none;
    int64_t sign = s.p[21] == '-' ? 1 : -1;
    return instant_add_ms(instant_of_civil(civil), sign * offset_min * 60000);
}

/* The end of a quoted text that begins behind from; both servers write a quote in it as \x22 or
 * \". */
static size_t quote_end(struct str line, size_t from)
{
    size_t at = from;
    while (at < line.n && line.p[at] != '"')
        at += line.p[at] == '\\' && at + 1 < line.n ? 2 : 1;
    return at;
}

bool log_read_combined(struct str line, struct log_entry *out_entry)
{
    size_t open = str_find_byte(line, '[', 0);
    size_t close = str_find_byte(line, ']', open);
    size_t quote = str_find_byte(line, '"', close);
    if (quote >= line.n || open == 0 || quote != close + 2)
        return false;
    size_t end = quote_end(line, quote + 1);
    struct str behind = str_from(line, end + 1);
    if (behind.n < 4 || behind.p[0] != ' ' || (behind.n > 4 && behind.p[4] != ' '))
        return false;
    int status = log_status_of(str_slice(behind, 1, 4));
    if (status == 0)
        return false;
    struct str request = str_slice(line, quote + 1, end);
    size_t path = str_find_byte(request, ' ', 0) + 1;
    *out_entry = (struct log_entry){.status = status, .duration_s = -1};
    out_entry->at = read_time(str_slice(line, open + 1, close));
    if (status < 500)
        return true;
    out_entry->message = request;
    out_entry->path = str_slice(request, path, str_find_byte(request, ' ', path));
    return true;
}
