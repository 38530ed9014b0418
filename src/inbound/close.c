/* close.c - a person ends an alert whose sender never will. */
#include "inbound/inbound.h"

/* The one of the sender that the key is of, or begins; NULL with a sentence. */
static const struct inbound_entry *find_one(const struct inbounds *inbounds,
                                            const struct inbound_close *close, struct err *err)
{
    const struct inbound_entry *exact = inbound_find(inbounds, close->sender, close->key);
    const struct inbound_entry *found = NULL;
    const struct inbound_entry *entry;
    size_t count = 0;
    size_t at = 0;
    while (!exact && (entry = inbound_next(inbounds, &at))) {
        struct str key = str_of(entry->key);
        if (!str_is(close->sender, entry->sender) || key.n < close->key.n ||
            !str_equal(str_slice(key, 0, close->key.n), close->key))
            continue;
        found = entry;
        count++;
    }
    if (exact || count == 1)
        return exact ? exact : found;
    err_set(err, ERR_USAGE, NULL,
            count == 0 ? "%.*s has no open alert whose key is \"%.*s\"; \"reeve alert inbound\" "
                         "shows those that are open."
                       : "Several open alerts of %.*s have keys that begin with \"%.*s\"; give "
                         "more of it.",
            STR_ARGS(str_cut(close->sender, 80)), STR_ARGS(str_cut(close->key, 200)));
    return NULL;
}

bool inbound_close(const struct inbounds *inbounds, const struct inbound_close *close,
                   struct event_list *out, struct err *err)
{
    const struct inbound_entry *entry = find_one(inbounds, close, err);
    if (!entry)
        return false;
    if (str_trim(close->reason).n == 0)
        return err_set(err, ERR_USAGE, NULL,
                       "Closing an alert needs a reason: say how you know that it is over.");
    struct arena *arena = out->arena;
    struct event *event = event_list_add(out, EVENT_INBOUND_CLOSED, close->now, close->actor,
                                         str_printf(arena, "inbound:%s", entry->sender));
    event_set_str(event, "sender", str_copy(arena, str_of(entry->sender)));
    event_set_str(event, "key", str_copy(arena, str_of(entry->key)));
    event_set_str(event, "name", str_copy(arena, str_of(entry->name)));
    event_set_str(event, "group", str_copy(arena, str_of(entry->group->id)));
    event_set_int(event, "others", entry->group->count - 1);
    event_set_str(event, "reason", close->reason);
    return true;
}
