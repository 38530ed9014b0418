/* calendar_answers.c - answers a test's questions about one zone, line by line: "i SECONDS" with
 * the offset at that instant; "w YEAR MONTH DAY HOUR MINUTE SECOND" with the instant and how the
 * time fits (0 once, 1 skipped, 2 twice). The zone's file and its name are the arguments. */
#include "calendar/zone.h"

#include <stdio.h>

enum { FILE_BYTES_MAX = 64 * 1024, LINE_BYTES_MAX = 128 };

static const struct zone *read_zone(struct arena *arena, const char *path, const char *name)
{
    const struct zone *zone = NULL;
    struct err err = {0};
    char *bytes = arena_alloc(arena, FILE_BYTES_MAX);
    FILE *file = fopen(path, "rb");
    if (!file)
        return NULL;
    size_t count = fread(bytes, 1, FILE_BYTES_MAX, file);
    (void)fclose(file);
    if (!zone_parse(arena, str_of(name), (struct str){bytes, count}, &zone, &err))
        (void)fprintf(stderr, "%s\n", err.text);
    return zone;
}

static void answer(const struct zone *zone, const char *line)
{
    long long at_s = 0;
    struct civil wall = {0};
    struct zone_clock clock;
    enum zone_fit fit = ZONE_ONCE;
    if (sscanf(line, "i %lld", &at_s) == 1) {
        (void)zone_civil(zone, (struct instant){at_s * 1000000}, &clock);
        printf("%d %s\n", clock.offset_s, clock.name);
    } else if (sscanf(line, "w %d %d %d %d %d %d", &wall.year, &wall.month, &wall.day, &wall.hour,
                      &wall.minute, &wall.second) == 6) {
        struct instant at = zone_instant(zone, wall, &fit);
        printf("%lld %d\n", (long long)(at.us / 1000000), (int)fit);
    } else {
        printf("?\n");
    }
}

int main(int argc, char **argv)
{
    struct arena arena;
    char line[LINE_BYTES_MAX];
    arena_init(&arena);
    const struct zone *zone = argc == 3 ? read_zone(&arena, argv[1], argv[2]) : NULL;
    if (!zone)
        (void)fprintf(stderr, "Give the file of a time zone and its name.\n");
    while (zone && fgets(line, sizeof line, stdin))
        answer(zone, line);
    arena_done(&arena);
    return zone ? 0 : 2;
}
