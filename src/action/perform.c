/* perform.c - a call of anybody: arguments, permission, decision, durable facts, reply. */
#include "action/perform.h"

static void write_facts(const struct event_list *events, int64_t last_sequence, struct reply *reply)
{
    struct json_writer writer = {.text = &reply->json};
    int64_t first = last_sequence - (int64_t)events->count + 1;
    json_open_object(&writer, NULL);
    json_open_array(&writer, "facts");
    for (size_t i = 0; i < events->count; i++) {
        struct str sentence = event_sentence(reply->arena, &events->items[i]);
        text_add(&reply->text, sentence);
        text_byte(&reply->text, '\n');
        json_open_object(&writer, NULL);
        json_str(&writer, "kind", str_of(event_row(events->items[i].kind)->name));
        json_str(&writer, "sentence", sentence);
        json_int(&writer, "sequence", first + (int64_t)i);
        json_str(&writer, "subject", events->items[i].subject);
        json_close_object(&writer);
    }
    if (events->count == 0)
        text_adds(&reply->text, "Nothing changed: it is so already.\n");
    json_close_array(&writer);
    json_close_object(&writer);
}

/* Whoever asks in vain again and again shall not fill the ledger. */
static bool may_tell(struct call *call, struct str about, struct str reason, struct arena *arena)
{
    struct str what =
        str_printf(arena, "%s %.*s %.*s", call->action->name, STR_ARGS(about), STR_ARGS(reason));
    call->is_untold =
        call->denials && !denials_may_tell(call->denials, call->caller.actor, what, call->boot_ms);
    return !call->is_untold;
}

/* A refused permission is a fact of its own; the refusal stands whether or not it can be written.
 */
static bool refuse(struct engine *engine, struct call *call, struct instant now, struct str reason,
                   struct err *err)
{
    struct event_list events;
    struct err ignored = {0};
    arena_reset(&engine->turn);
    event_list_init(&events, &engine->turn);
    (void)err_set(err, ERR_REFUSED, call->action->name, "%.*s", STR_ARGS(reason));
    if (!may_tell(call, STR(""), reason, &engine->turn))
        return false;
    struct event *event =
        event_list_add(&events, EVENT_CALL_REFUSED, now, call->caller.actor, call->caller.actor);
    event_set_str(event, "action", str_of(call->action->name));
    event_set_str(event, "reason", str_copy(&engine->turn, reason));
    (void)!engine_append(engine, &events, &ignored);
    return false;
}

/* What was asked in vain and must not pass unseen: of a run, when the call names one. */
static void record_declined(struct engine *engine, struct call *call, struct instant now,
                            const struct err *why)
{
    struct event_list events;
    struct err ignored = {0};
    struct str about = call->caller.actor;
    arena_reset(&engine->turn);
    event_list_init(&events, &engine->turn);
    if (strcmp(call->action->arguments[0].name, "number") == 0)
        about = str_printf(&engine->turn, "run:%lld", (long long)call_int(call, "number"));
    if (!may_tell(call, about, str_of(why->text), &engine->turn))
        return;
    struct event *event =
        event_list_add(&events, EVENT_CALL_DECLINED, now, call->caller.actor, about);
    event_set_str(event, "action", str_of(call->action->name));
    event_set_str(event, "reason", str_of(why->text));
    (void)!engine_append(engine, &events, &ignored);
}

static bool record_call(struct engine *engine, struct call *call, struct instant now,
                        struct reply *reply, struct err *err)
{
    struct event_list events;
    arena_reset(&engine->turn);
    event_list_init(&events, &engine->turn);
    engine->world->now = now;
    bool decided = false;
    if (call->action->record_stored)
        decided = call->action->record_stored(call, engine, &events, err);
    else if (call->action->record)
        decided = call->action->record(call, engine->world, &events, err);
    if (!decided && call->action->is_audited)
        record_declined(engine, call, now, err);
    if (!decided || !engine_append(engine, &events, err))
        return false;
    write_facts(&events, engine->world->sequence, reply);
    /* The call's own facts are durable; what cannot be written now is decided again next turn. */
    struct err later = {0};
    (void)!engine_turn(engine, now, &later);
    if (call->action->record_stored && engine->erasure_count > 0)
        text_adds(&reply->text, "The ledger's file refuses it for now; it is done as soon as it "
                                "can be, also after a restart.\n");
    return true;
}

static bool render(struct world *world, const struct call *call, struct instant now,
                   struct reply *reply, struct err *err)
{
    world->now = now;
    return call->action->read && call->action->read(call, world, reply, err);
}

bool action_read(struct world *world, struct call *call, struct instant now, struct reply *reply,
                 struct err *err)
{
    struct str reason;
    if (!permit(&call->caller, call->action->permission, reply->arena, &reason))
        return err_set(err, ERR_REFUSED, call->action->name, "%.*s", STR_ARGS(reason));
    if (call_changes(call))
        return err_set(err, ERR_USAGE, call->action->name, "This needs a ledger.");
    return call_check(call, err) && render(world, call, now, reply, err);
}

bool call_changes(const struct call *call)
{
    bool dry = call->action->read && call->action->record && call_flag(call, "dry-run");
    return call->action->effect == EFFECT_RECORD && !dry;
}

bool action_perform(struct engine *engine, struct call *call, struct instant now,
                    struct reply *reply, struct err *err)
{
    struct str reason;
    /* Who may not do it is not told what it takes. */
    if (!permit(&call->caller, call->action->permission, reply->arena, &reason))
        return refuse(engine, call, now, reason, err);
    if (!call_check(call, err))
        return false;
    if (call_changes(call))
        return record_call(engine, call, now, reply, err);
    return render(engine->world, call, now, reply, err);
}
