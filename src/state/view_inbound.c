/* view_inbound.c - the open alerts of other systems as the faces show them. */
#include "state/world.h"

enum { NAMED_MAX = 5, SAID_BYTES_MAX = 16 * 1024 };

static int64_t incident_of(const struct world *world, const struct inbound_entry *entry)
{
    const struct incident_rule *joined =
        map_find(&world->incidents.rules, str_of(entry->group->id));
    bool open =
        !entry->muted && joined && joined->incident && joined->incident->state != INCIDENT_RESOLVED;
    return open ? joined->incident->number : 0;
}

static struct inbound_view view_of(const struct world *world, struct arena *arena,
                                   const struct inbound_entry *entry)
{
    const struct silence_matter matter = inbound_matter(NULL, entry);
    const struct silence *silence = silence_of(&world->alerts.silences, &matter);
    return (struct inbound_view){.sender = str_of(entry->sender),
                                 .key = str_of(entry->key),
                                 .name = str_of(entry->name),
                                 .severity = str_of(entry->severity),
                                 .summary = str_of(entry->summary),
                                 .url = str_of(entry->url),
                                 .starts = entry->starts,
                                 .since = entry->since,
                                 .heard = entry->heard,
                                 .started = world->inbounds.started,
                                 .incident = incident_of(world, entry),
                                 .silence = silence ? silence->number : 0,
                                 .muted =
                                     silence ? silence_words(arena, silence, world->now) : STR("")};
}

struct inbound_view *view_inbounds(const struct world *world, struct arena *arena, size_t most,
                                   size_t *out_count, size_t *out_more)
{
    size_t count = world->inbounds.open.count < most ? world->inbounds.open.count : most;
    struct inbound_view *views = arena_array(arena, count, sizeof *views);
    const struct inbound_entry *entry;
    size_t at = 0;
    *out_count = 0;
    *out_more = world->inbounds.open.count - count;
    while (*out_count < count && (entry = inbound_next(&world->inbounds, &at)))
        views[(*out_count)++] = view_of(world, arena, entry);
    return views;
}

/* Does the open alert belong to the incident, and is it heard? */
static bool is_of(const struct world *world, const struct inbound_entry *entry,
                  const struct incident *incident)
{
    const struct incident_rule *joined =
        map_find(&world->incidents.rules, str_of(entry->group->id));
    return !entry->muted && joined && joined->incident == incident;
}

struct said_view *view_said(const struct world *world, struct arena *arena,
                            const struct incident *incident, size_t *out_count, size_t *out_more)
{
    struct said_view *views = arena_array(arena, NAMED_MAX, sizeof *views);
    const struct inbound_entry *entry;
    size_t at = 0;
    *out_count = *out_more = 0;
    while ((entry = inbound_next(&world->inbounds, &at))) {
        if (!is_of(world, entry, incident))
            continue;
        if (*out_count == NAMED_MAX)
            (*out_more)++;
        else
            views[(*out_count)++] = (struct said_view){.sender = str_of(entry->sender),
                                                       .name = str_of(entry->name),
                                                       .summary = str_of(entry->summary),
                                                       .url = str_of(entry->url)};
    }
    return views;
}

struct str view_said_lines(const struct world *world, struct arena *arena,
                           const struct incident *incident)
{
    size_t count, more;
    const struct said_view *said = view_said(world, arena, incident, &count, &more);
    struct text text;
    if (count == 0)
        return STR("");
    text_init(&text, arena, SAID_BYTES_MAX);
    for (size_t i = 0; i < count; i++) {
        text_printf(&text, "Alert of %.*s, %.*s%s%.*s\n", STR_ARGS(said[i].sender),
                    STR_ARGS(said[i].name), said[i].summary.n > 0 ? ": " : "",
                    STR_ARGS(str_visible(arena, said[i].summary, true)));
        if (said[i].url.n > 0)
            text_printf(&text, "  %.*s\n", STR_ARGS(said[i].url));
    }
    if (more > 0)
        text_printf(&text, "and %zu more alerts\n", more);
    return str_visible(arena, text_str(&text), false);
}

struct str view_inbounds_of(const struct world *world, struct arena *arena,
                            const struct incident *incident)
{
    struct text text;
    const struct inbound_entry *entry;
    size_t at = 0;
    size_t count = 0;
    text_init(&text, arena, (NAMED_MAX + 1) * (INBOUND_NAME_BYTES + INBOUND_SENDER_BYTES + 64));
    while ((entry = inbound_next(&world->inbounds, &at))) {
        if (!is_of(world, entry, incident))
            continue;
        if (count++ < NAMED_MAX)
            text_printf(&text, "%s%s of %s", count > 1 ? ", " : "", entry->name, entry->sender);
    }
    if (count > NAMED_MAX)
        text_printf(&text, " and %zu more", count - NAMED_MAX);
    return text_str(&text);
}
