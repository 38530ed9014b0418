/* slack.c - orders of the core as methods of Slack, one after the other. */
#include "slack/slack.h"

enum { NOTE_BYTES = 2000, PAUSE_MS_MAX = 30000 };

struct slack_room {
    struct str channel;
    struct str pinned; /* the message's ts; "": none by this process */
    bool complained;   /* about what the bot may not do */
    struct slack_room *next;
};

void slack_init(struct slack *slack, struct arena *arena, const struct slack_setup *setup,
                struct slack_web web)
{
    *slack = (struct slack){.arena = arena, .setup = setup, .web = web, .user = STR("")};
}

bool slack_setup_read(struct arena *arena, const struct json *root, struct slack_setup *out_setup,
                      struct err *err)
{
    const struct json *archive = json_get(root, "archive");
    const struct json *invite = json_get(root, "invite");
    struct slack_setup setup = {.url = json_get_str(root, "url"),
                                .token = json_get_str(root, "token"),
                                .ca = json_get_str(root, "ca"),
                                .archive = archive && archive->type == JSON_TRUE};
    while (str_ends(setup.url, "/"))
        setup.url.n--;
    if (setup.url.n == 0 || setup.token.n == 0)
        return err_set(err, ERR_SELF, "slack", "The set-up names no url or no token.");
    setup.invite = arena_array(arena, SLACK_INVITED_MAX, sizeof *setup.invite);
    for (const struct json *one = invite ? invite->first : NULL;
         one && setup.invite_count < SLACK_INVITED_MAX; one = one->next)
        if (one->type == JSON_STRING && one->text.n > 0)
            setup.invite[setup.invite_count++] = one->text;
    *out_setup = setup;
    return true;
}

static struct slack_room *room_of(struct slack *slack, struct str channel)
{
    for (struct slack_room *room = slack->rooms; room; room = room->next)
        if (str_equal(room->channel, channel))
            return room;
    struct slack_room *room = arena_make(slack->arena, struct slack_room);
    *room = (struct slack_room){
        .channel = str_copy(slack->arena, channel), .pinned = STR(""), .next = slack->rooms};
    slack->rooms = room;
    return room;
}

/* --- asking --- */

static struct slack_answer ask(struct slack *slack, struct arena *arena, struct slack_call call)
{
    struct slack_http http = slack->web.ask(slack->web.context, arena, &call);
    return slack_read(arena, &call, &http);
}

/* A message a second; what is asked too often is asked once more when Slack wants it soon. */
static struct slack_answer post(struct slack *slack, struct arena *arena, struct str channel,
                                struct str text)
{
    struct slack_answer answer = {.outcome = SLACK_LATER};
    for (int tries = 0; tries < 2 && answer.outcome == SLACK_LATER; tries++) {
        int64_t now_ms = slack->web.now_ms(slack->web.context);
        int64_t left_ms = slack->posted_ms + SLACK_POST_APART_MS - now_ms;
        if (tries > 0 && answer.wait_ms > SLACK_DOUBT_WAIT_MS)
            break;
        if (tries > 0)
            left_ms = answer.wait_ms;
        if (slack->has_posted && left_ms > 0)
            slack->web.pause(slack->web.context, left_ms);
        slack->has_posted = true;
        answer = ask(slack, arena, slack_post(arena, channel, text));
        slack->posted_ms = slack->web.now_ms(slack->web.context);
    }
    return answer;
}

static void hear(struct arena *arena, struct text *out, const struct channel_heard *heard)
{
    text_add(out, channel_heard_write(arena, heard));
}

static int64_t wait_of(const struct slack_answer *answer)
{
    return answer->outcome == SLACK_LATER   ? answer->wait_ms
           : answer->outcome == SLACK_DOUBT ? SLACK_DOUBT_WAIT_MS
                                            : SLACK_NO_WAIT_MS;
}

static void refuse(struct arena *arena, const struct channel_order *order,
                   const struct slack_answer *answer, struct text *out)
{
    struct channel_heard heard = {.kind = CHANNEL_HEARD_REFUSED,
                                  .incident = order->incident,
                                  .reason = answer->sentence,
                                  .wait_ms = wait_of(answer)};
    hear(arena, out, &heard);
}

/* Said where people look, once for each channel. */
static void complain(struct slack *slack, struct arena *arena, struct slack_room *room,
                     struct str sentence)
{
    if (room->complained)
        return;
    room->complained = true;
    struct str note = str_printf(arena, "Reeve cannot do everything here: %.*s",
                                 STR_ARGS(str_cut(sentence, NOTE_BYTES)));
    size_t taken = 0;
    (void)post(slack, arena, room->channel, slack_lines(arena, &note, 1, &taken));
}

/* --- orders --- */

static bool is_ours(const struct slack *slack, const struct json *channel, struct str mark)
{
    struct str purpose = json_get_str(json_get(channel, "purpose"), "value");
    if (purpose.n == 0)
        return slack->user.n > 0 && str_equal(json_get_str(channel, "creator"), slack->user);
    for (size_t at = 0; mark.n > 0 && at + mark.n <= purpose.n; at++)
        if (str_equal(str_slice(purpose, at, at + mark.n), mark))
            return true;
    return false;
}

/* The channel of that name, when it is ours; "": it is not, or is not found. */
static struct str find_ours(struct slack *slack, struct arena *arena,
                            const struct channel_order *order)
{
    struct str cursor = STR("");
    for (int page = 0; page < SLACK_PAGES_MAX; page++) {
        struct slack_answer answer = ask(slack, arena, slack_list(arena, cursor));
        const struct json *list = json_get(answer.root, "channels");
        for (const struct json *one = list ? list->first : NULL; one; one = one->next)
            if (str_equal(json_get_str(one, "name"), order->name))
                return is_ours(slack, one, order->mark) ? json_get_str(one, "id") : STR("");
        cursor = json_get_str(json_get(answer.root, "response_metadata"), "next_cursor");
        if (cursor.n == 0)
            break;
    }
    return STR("");
}

static void invite(struct slack *slack, struct arena *arena, struct slack_room *room)
{
    struct text failed;
    text_init(&failed, arena, NOTE_BYTES);
    for (size_t i = 0; i < slack->setup->invite_count; i++) {
        struct str user = slack->setup->invite[i];
        struct slack_answer answer = ask(slack, arena, slack_invite(arena, room->channel, user));
        if (answer.outcome == SLACK_LATER && answer.wait_ms <= PAUSE_MS_MAX) {
            slack->web.pause(slack->web.context, answer.wait_ms);
            answer = ask(slack, arena, slack_invite(arena, room->channel, user));
        }
        if (answer.outcome == SLACK_DONE)
            continue;
        text_printf(&failed, "%s%.*s was not invited. %.*s", failed.n > 0 ? " " : "",
                    STR_ARGS(user), STR_ARGS(answer.sentence));
        if (answer.outcome == SLACK_LATER || answer.outcome == SLACK_DOUBT)
            break;
    }
    if (failed.n > 0)
        complain(slack, arena, room, text_str(&failed));
}

static void create(struct slack *slack, struct arena *arena, const struct channel_order *order,
                   struct text *out)
{
    struct slack_answer answer = ask(slack, arena, slack_create(arena, order->name));
    struct str id = json_get_str(json_get(answer.root, "channel"), "id");
    if (answer.outcome == SLACK_TAKEN) {
        id = find_ours(slack, arena, order);
        if (id.n == 0) {
            struct channel_heard taken = {.kind = CHANNEL_HEARD_TAKEN,
                                          .incident = order->incident,
                                          .name = order->name,
                                          .reason = answer.sentence};
            hear(arena, out, &taken);
            return;
        }
    } else if (answer.outcome != SLACK_DONE || id.n == 0) {
        if (answer.outcome == SLACK_DONE)
            answer = (struct slack_answer){.outcome = SLACK_DOUBT,
                                           .sentence = STR("Slack made a channel without an id.")};
        refuse(arena, order, &answer, out);
        return;
    }
    /* The mark is what makes it ours when we end here: without it the order is asked again. */
    answer = ask(slack, arena, slack_purpose(arena, id, order->mark));
    if (answer.outcome != SLACK_DONE) {
        refuse(arena, order, &answer, out);
        return;
    }
    struct slack_room *room = room_of(slack, id);
    answer = ask(slack, arena, slack_topic(arena, id, order->topic));
    if (answer.outcome != SLACK_DONE)
        complain(slack, arena, room, answer.sentence);
    invite(slack, arena, room);
    struct channel_heard created = {.kind = CHANNEL_HEARD_CREATED,
                                    .incident = order->incident,
                                    .name = order->name,
                                    .channel = id};
    hear(arena, out, &created);
}

/* The pinned message says the newest; one that is gone is written anew. */
static struct slack_answer set_pinned(struct slack *slack, struct arena *arena,
                                      struct slack_room *room, const struct channel_order *order)
{
    size_t taken = 0;
    struct str text = slack_lines(arena, order->lines, order->line_count, &taken);
    struct slack_answer answer = {.outcome = SLACK_NO};
    if (room->pinned.n > 0)
        answer = ask(slack, arena, slack_update(arena, room->channel, room->pinned, text));
    if (answer.outcome != SLACK_NO)
        return answer;
    answer = post(slack, arena, room->channel, text);
    struct str ts = json_get_str(answer.root, "ts");
    if (answer.outcome != SLACK_DONE || ts.n == 0)
        return answer;
    room->pinned = str_copy(slack->arena, ts);
    struct slack_answer pinned = ask(slack, arena, slack_pin(arena, room->channel, ts));
    if (pinned.outcome != SLACK_DONE)
        complain(slack, arena, room, pinned.sentence);
    return answer;
}

static void set_facts(struct slack *slack, struct arena *arena, const struct channel_order *order,
                      struct text *out)
{
    struct slack_room *room = room_of(slack, order->channel);
    struct slack_answer answer =
        ask(slack, arena, slack_topic(arena, order->channel, order->topic));
    if (answer.outcome == SLACK_LATER || answer.outcome == SLACK_DOUBT) {
        refuse(arena, order, &answer, out);
        return;
    }
    if (answer.outcome != SLACK_DONE)
        complain(slack, arena, room, answer.sentence);
    if (order->line_count > 0) {
        answer = set_pinned(slack, arena, room, order);
        if (answer.outcome != SLACK_DONE) {
            refuse(arena, order, &answer, out);
            return;
        }
    }
    struct channel_heard set = {
        .kind = CHANNEL_HEARD_SET, .incident = order->incident, .topic = order->topic};
    hear(arena, out, &set);
}

static void post_lines(struct slack *slack, struct arena *arena, const struct channel_order *order,
                       struct text *out)
{
    for (size_t at = 0, taken = 0; at < order->line_count; at += taken) {
        struct str text = slack_lines(arena, order->lines + at, order->line_count - at, &taken);
        if (order->to.n > 0 && at + taken == order->line_count) /* Slack makes a link of it */
            text = str_printf(arena, "%.*s\n<#%.*s>", STR_ARGS(text), STR_ARGS(order->to));
        struct slack_answer answer = post(slack, arena, order->channel, text);
        if (answer.outcome != SLACK_DONE) {
            refuse(arena, order, &answer, out);
            return;
        }
    }
    struct channel_heard posted = {
        .kind = CHANNEL_HEARD_POSTED, .incident = order->incident, .through = order->through};
    hear(arena, out, &posted);
}

void slack_perform(struct slack *slack, struct arena *arena, const struct channel_order *order,
                   struct text *out)
{
    size_t taken = 0;
    switch (order->kind) {
    case CHANNEL_ORDER_CREATE: create(slack, arena, order, out); break;
    case CHANNEL_ORDER_JOIN: break; /* who made a channel is in it */
    case CHANNEL_ORDER_FACTS: set_facts(slack, arena, order, out); break;
    case CHANNEL_ORDER_POST: post_lines(slack, arena, order, out); break;
    case CHANNEL_ORDER_SAY:
        (void)post(slack, arena, order->channel, slack_lines(arena, &order->text, 1, &taken));
        break;
    case CHANNEL_ORDER_LEAVE:
        if (slack->setup->archive)
            (void)ask(slack, arena, slack_archive(arena, order->channel));
        break;
    case CHANNEL_ORDERS: break;
    }
}

bool slack_begin(struct slack *slack, struct arena *arena, struct text *out, int64_t *out_wait_ms)
{
    struct slack_answer answer = ask(slack, arena, slack_test());
    struct channel_heard heard = {.kind = CHANNEL_HEARD_LOST, .reason = answer.sentence};
    if (answer.outcome == SLACK_DONE) {
        slack->user = str_copy(slack->arena, json_get_str(answer.root, "user_id"));
        heard = (struct channel_heard){.kind = CHANNEL_HEARD_READY, .name_bytes = SLACK_NAME_BYTES};
    } else {
        *out_wait_ms = wait_of(&answer);
    }
    hear(arena, out, &heard);
    return answer.outcome == SLACK_DONE;
}
