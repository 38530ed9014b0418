/* certificate.c - the dates of certificates as OpenSSL writes them. */
#include "probe/certificate.h"

#include <stdio.h>

bool certificate_date(struct str text, int64_t *out_s)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    struct str parts[5];
    char iso[32];
    size_t count = 0;
    struct str part;
    text = str_trim(text);
    while (count < 5 && str_split(&text, ' ', &part))
        if (part.n > 0)
            parts[count++] = part;
    if (count != 5 || text.n > 0 || !str_is(parts[4], "GMT") || parts[0].n != 3)
        return false;
    size_t month = 0;
    while (month < 12 && !str_equal(parts[0], (struct str){months + 3 * month, 3}))
        month++;
    int64_t day = 0;
    if (month == 12 || !str_int(parts[1], &day) || day < 1 || day > 31)
        return false;
    (void)snprintf(iso, sizeof iso, "%.*s-%02zu-%02dT%.*sZ", (int)(parts[3].n > 8 ? 8 : parts[3].n),
                   parts[3].p, month + 1, (int)day, (int)(parts[2].n > 8 ? 8 : parts[2].n),
                   parts[2].p);
    struct instant at;
    if (!instant_parse(str_of(iso), &at))
        return false;
    *out_s = at.us / 1000000;
    return true;
}
