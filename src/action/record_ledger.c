/* record_ledger.c - "ledger erase": says who erased what and why, before anything is erased. */
#include "action/records.h"

bool record_ledger_erase(const struct call *call, const struct engine *engine,
                         struct event_list *out, struct err *err)
{
    struct ledger_entry entry;
    int64_t sequence = call_int(call, "entry");
    if (!engine_read_entry(engine, out->arena, sequence, &entry, err))
        return false;
    if (entry.text_count == 0)
        return err_set(err, ERR_REFUSED, call->action->name,
                       "Entry %lld has no text beside it; what stands in the entry itself stays.",
                       (long long)sequence);
    if (!ledger_entry_has_text(&entry))
        return err_set(err, ERR_REFUSED, call->action->name,
                       "The texts of entry %lld were erased already; nothing changed.",
                       (long long)sequence);
    if (engine->erasure_count == LIMIT_ERASURES)
        return err_set(err, ERR_REFUSED, call->action->name,
                       "%d erasures wait because the ledger's file refuses them; mend that first "
                       "(the log says what it is).",
                       LIMIT_ERASURES);
    struct event *event = event_list_add(out, EVENT_TEXT_ERASED, engine->world->now,
                                         call->caller.actor, entry.subject);
    event_set_int(event, "entry", sequence);
    event_set_str(event, "reason", call_str(call, "reason"));
    return true;
}
