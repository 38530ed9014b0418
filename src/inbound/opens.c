/* opens.c - which severity an alert opens, what parts a group of alerts by it, and of which firing
 * a resolution is. */
#include "inbound/opens.h"

#include "base/hash.h"

#include <limits.h>

enum { CAUSE_DIGITS = 11, LEVEL_DIGITS = 4 };

struct inbound_opens inbound_opens_of(const struct inbound_sender *sender, struct str severity)
{
    for (size_t i = 0; i < sender->by_count; i++)
        if (str_equal_nocase(sender->by[i].says, severity))
            return sender->by[i];
    return (struct inbound_opens){.says = severity, .opens = sender->opens, .rank = sender->rank};
}

/* What was open by a severity that the configuration no longer has is as bad as can be: nothing
 * raises it. */
static int rank_of(const struct inbound_sender *sender, struct str opens)
{
    if (str_equal(sender->opens, opens))
        return sender->rank;
    for (size_t i = 0; i < sender->by_count; i++)
        if (str_equal(sender->by[i].opens, opens))
            return sender->by[i].rank;
    return opens.n == 0 ? INT_MAX : 0;
}

bool inbound_is_worse(const struct inbound_sender *sender, struct str severity, struct str than)
{
    struct inbound_opens next = inbound_opens_of(sender, severity);
    return sender->by_count > 0 && next.opens.n > 0 &&
           (than.n == 0 || next.rank < rank_of(sender, than));
}

struct str inbound_group_id(struct arena *arena, const struct inbound_sender *sender,
                            struct str group, struct str opens)
{
    char hex[HASH_HEX_BYTES];
    struct str parts[] = {STR("inbound\n"), sender->name, STR("\n"), group};
    struct hash hash = hash_of_list(parts, sizeof parts / sizeof *parts);
    hash_hex(&hash, hex);
    if (sender->by_count == 0)
        return str_copy(arena, str_slice(str_of(hex), 0, INBOUND_GROUP_BYTES - 1));
    struct str cause = str_copy(arena, str_slice(str_of(hex), 0, CAUSE_DIGITS));
    hash = hash_of(opens);
    hash_hex(&hash, hex);
    return str_printf(arena, "%.*s-%.*s", STR_ARGS(cause), LEVEL_DIGITS, hex);
}

struct str inbound_cause(struct arena *arena, struct str group_id)
{
    if (str_find_byte(group_id, '-', 0) != CAUSE_DIGITS)
        return STR("");
    return str_printf(arena, "group %.*s", STR_ARGS(str_slice(group_id, 0, CAUSE_DIGITS)));
}

bool inbound_is_older(const struct inbound_alert *alert, struct instant began)
{
    return alert->change == INBOUND_RESOLVES && !instant_is_zero(began) &&
           !instant_is_zero(alert->ends) && alert->starts.us != began.us &&
           instant_before(alert->ends, began);
}
