/* double_duty.c - looking ahead for one person who is both. */
#include "people/double_duty.h"

#include "base/text.h"
#include "people/gap.h"

enum { PIECES_MAX = 5000, NAMES_BYTES_MAX = 400 };

struct looking {
    const struct oncall *oncall;
    const struct rota *primary, *secondary;
    struct arena *arena;
    const struct person **first, **second; /* room for LIMIT_PEOPLE each */
    size_t first_count, second_count;
};

/* Who is both at an instant; out_until: as long as nothing changes. */
static bool look(struct looking *looking, struct instant at, struct instant *out_until)
{
    struct shift_source source = oncall_source(looking->oncall, looking->primary);
    struct instant until = shift_piece(&source, looking->arena, at).to;
    source = oncall_source(looking->oncall, looking->secondary);
    struct instant other = shift_piece(&source, looking->arena, at).to;
    *out_until = instant_before(other, until) ? other : until;
    looking->first_count = oncall_on(looking->oncall, STR("primary"), at, looking->first);
    looking->second_count = oncall_on(looking->oncall, STR("secondary"), at, looking->second);
    for (size_t i = 0; i < looking->second_count; i++) {
        bool both = false;
        for (size_t k = 0; !both && k < looking->first_count; k++)
            both = looking->second[i] == looking->first[k];
        if (!both)
            return false;
    }
    return looking->second_count > 0;
}

static struct str names(struct arena *arena, const struct person *const *people, size_t count)
{
    struct text text;
    text_init(&text, arena, NAMES_BYTES_MAX);
    for (size_t i = 0; i < count; i++)
        text_printf(&text, "%s%.*s",
                    i == 0          ? ""
                    : i + 1 < count ? ", "
                                    : " and ",
                    STR_ARGS(people[i]->id));
    return text_str(&text);
}

static struct str sentence(struct looking *looking, struct instant from, struct instant until,
                           const struct zone *zone)
{
    struct arena *arena = looking->arena;
    struct str both = names(arena, looking->second, looking->second_count);
    bool one = looking->second_count == 1;
    size_t count = oncall_unanswered(looking->oncall, from, looking->first);
    struct str instead = names(arena, looking->first, count);
    return str_printf(arena,
                      "%.*s %s both primary and secondary %.*s: when nobody answers, %.*s is told "
                      "instead; put somebody else on one of the two.",
                      STR_ARGS(both), one ? "is" : "are",
                      STR_ARGS(gap_times(arena, zone, from, until)),
                      STR_ARGS(str_equal(both, instead) ? STR("nobody else") : instead));
}

struct str double_duty_say(const struct oncall *oncall, struct arena *arena, struct instant from,
                           struct instant until, const struct zone *zone)
{
    struct looking looking = {
        .oncall = oncall,
        .primary = rota_find(oncall->rotas, oncall->rota_count, STR("primary")),
        .secondary = rota_find(oncall->rotas, oncall->rota_count, STR("secondary")),
        .arena = arena,
        .first = arena_array(arena, LIMIT_PEOPLE, sizeof(struct person *)),
        .second = arena_array(arena, LIMIT_PEOPLE, sizeof(struct person *)),
    };
    struct instant end = from;
    struct instant next = from;
    if (!looking.primary || !looking.secondary)
        return STR("");
    int left = PIECES_MAX;
    for (; left > 0 && instant_before(from, until); left--, from = end)
        if (look(&looking, from, &end))
            break;
    if (left == 0 || !instant_before(from, until))
        return STR("");
    while (left-- > 0 && end.us != ROTA_NEVER.us && look(&looking, end, &next))
        end = next;
    (void)look(&looking, from, &next); /* who it is when it begins */
    return sentence(&looking, from, end, zone ? zone : rota_zone(looking.secondary));
}
