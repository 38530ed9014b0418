/* compose_zone.c - the time zones of this machine, by their names. */
#include "main/compose.h"

#include "main/config_inside.h"
#include "os/file.h"

enum { ZONE_BYTES_MAX = 1024 * 1024 };

bool compose_zone(struct arena *arena, struct str name, const struct zone **out_zone,
                  struct err *err)
{
    struct str path = str_printf(arena, "/usr/share/zoneinfo/%.*s", STR_ARGS(name));
    struct str bytes;
    const struct zone *zone = zone_utc();
    if (str_is(name, "UTC") ||
        (config_is_zone_name(name) && file_read(arena, path, ZONE_BYTES_MAX, &bytes, err) &&
         zone_parse(arena, name, bytes, &zone, err))) {
        *out_zone = zone;
        return true;
    }
    return err_set(err, ERR_USAGE, "zone",
                   "This machine does not know the time zone \"%.*s\"; look for its name with "
                   "\"timedatectl list-timezones\".",
                   STR_ARGS(str_cut(name, 80)));
}
