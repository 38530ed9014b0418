/* slack_calls.c - what methods of Slack's Web API are asked, and what their answers mean. */
#include "notify/slack_calls.h"

#include "base/json.h"

enum { BODY_BYTES = 32 * 1024, WAIT_S = 30, UNREACHED_S = 10, CODE_BYTES = 60 };

void slack_escape(struct text *text, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '&')
            text_adds(text, "&amp;");
        else if (s.p[i] == '<')
            text_adds(text, "&lt;");
        else if (s.p[i] == '>')
            text_adds(text, "&gt;");
        else
            text_byte(text, s.p[i]);
    }
}

static size_t escaped_bytes(struct str s)
{
    size_t n = s.n;
    for (size_t i = 0; i < s.n; i++)
        n += s.p[i] == '&' ? 4U : s.p[i] == '<' || s.p[i] == '>' ? 3U : 0U;
    return n;
}

static struct str escaped(struct arena *arena, struct str s)
{
    struct text text;
    text_init(&text, arena, 5 * s.n + 1);
    slack_escape(&text, s);
    return text_str(&text);
}

/* --- what is asked --- */

struct field {
    const char *key;
    struct str value;
};

static struct slack_call call_of(struct arena *arena, const char *method,
                                 const struct field *fields, size_t count)
{
    struct text body;
    text_init(&body, arena, BODY_BYTES);
    struct json_writer w = {.text = &body};
    json_open_object(&w, NULL);
    for (size_t i = 0; i < count; i++)
        json_str(&w, fields[i].key, fields[i].value);
    json_close_object(&w);
    return (struct slack_call){.method = method, .body = text_str(&body), .query = STR("")};
}

struct slack_call slack_test(void)
{
    return (struct slack_call){.method = "auth.test", .body = STR("{}"), .query = STR("")};
}

struct slack_call slack_create(struct arena *arena, struct str name)
{
    struct field fields[] = {{"name", str_cut(name, SLACK_NAME_BYTES)}};
    return call_of(arena, "conversations.create", fields, 1);
}

struct slack_call slack_list(struct arena *arena, struct str cursor)
{
    struct text query;
    text_init(&query, arena, BODY_BYTES);
    text_printf(&query, "?exclude_archived=true&limit=%d&types=public_channel", SLACK_LIST_PAGE);
    if (cursor.n > 0)
        text_adds(&query, "&cursor=");
    for (size_t i = 0; i < cursor.n; i++)
        if (byte_is_alnum(cursor.p[i]))
            text_byte(&query, cursor.p[i]);
        else
            text_printf(&query, "%%%02X", (unsigned char)cursor.p[i]);
    return (struct slack_call){
        .method = "conversations.list", .body = STR(""), .query = text_str(&query)};
}

/* One line of at most 250 characters, as Slack counts them, after escaping. */
static struct str one_line(struct arena *arena, struct str s)
{
    struct str marked = escaped(arena, s);
    for (size_t most = SLACK_TOPIC_CHARACTERS;
         str_characters(marked) > SLACK_TOPIC_CHARACTERS && most > 1; most--)
        marked =
            str_printf(arena, "%.*s…", STR_ARGS(escaped(arena, str_cut_characters(s, most - 1))));
    return marked;
}

struct slack_call slack_topic(struct arena *arena, struct str channel, struct str topic)
{
    struct field fields[] = {{"channel", channel}, {"topic", one_line(arena, topic)}};
    return call_of(arena, "conversations.setTopic", fields, 2);
}

struct slack_call slack_purpose(struct arena *arena, struct str channel, struct str purpose)
{
    struct field fields[] = {{"channel", channel}, {"purpose", one_line(arena, purpose)}};
    return call_of(arena, "conversations.setPurpose", fields, 2);
}

struct slack_call slack_invite(struct arena *arena, struct str channel, struct str user)
{
    struct field fields[] = {{"channel", channel}, {"users", user}};
    return call_of(arena, "conversations.invite", fields, 2);
}

static struct slack_call message_call(struct arena *arena, const char *method,
                                      const struct field *fields, size_t count)
{
    struct slack_call call = call_of(arena, method, fields, count);
    struct str head = str_slice(call.body, 0, call.body.n - 1);
    if (str_is(str_of(method), "chat.postMessage"))
        call.body = str_printf(arena, "%.*s,\"unfurl_links\":false,\"unfurl_media\":false}",
                               STR_ARGS(head));
    return call;
}

struct slack_call slack_post(struct arena *arena, struct str channel, struct str text)
{
    struct field fields[] = {{"channel", channel}, {"text", text}};
    return message_call(arena, "chat.postMessage", fields, 2);
}

struct slack_call slack_update(struct arena *arena, struct str channel, struct str ts,
                               struct str text)
{
    struct field fields[] = {{"channel", channel}, {"ts", ts}, {"text", text}};
    return message_call(arena, "chat.update", fields, 3);
}

struct slack_call slack_pin(struct arena *arena, struct str channel, struct str ts)
{
    struct field fields[] = {{"channel", channel}, {"timestamp", ts}};
    return call_of(arena, "pins.add", fields, 2);
}

struct slack_call slack_archive(struct arena *arena, struct str channel)
{
    struct field fields[] = {{"channel", channel}};
    return call_of(arena, "conversations.archive", fields, 1);
}

static struct str cut_line(struct arena *arena, struct str line)
{
    const size_t most = SLACK_MESSAGE_BYTES - strlen("…");
    size_t room = most;
    while (escaped_bytes(str_cut(line, room)) > most)
        room = room * 9 / 10;
    return str_printf(arena, "%.*s…", STR_ARGS(str_cut(line, room)));
}

struct str slack_lines(struct arena *arena, const struct str *lines, size_t count,
                       size_t *out_taken)
{
    struct text text;
    size_t taken = 0;
    text_init(&text, arena, SLACK_MESSAGE_BYTES + 1);
    for (; taken < count; taken++) {
        struct str line = lines[taken];
        if (taken > 0 && text.n + 1 + escaped_bytes(line) > SLACK_MESSAGE_BYTES)
            break;
        if (taken > 0)
            text_byte(&text, '\n');
        else if (escaped_bytes(line) > SLACK_MESSAGE_BYTES)
            line = cut_line(arena, line);
        slack_escape(&text, line);
    }
    *out_taken = taken;
    return text_str(&text);
}

/* --- what is answered --- */

/* What Slack calls it, what that means for us, and what to do. %s: the method. */
static const struct {
    const char *code;
    enum slack_outcome outcome;
    const char *sentence;
} codes[] = {
    {"name_taken", SLACK_TAKEN, "A channel has that name, perhaps an archived one."},
    {"already_in_channel", SLACK_DONE, ""},
    {"cant_invite_self", SLACK_DONE, ""},
    {"already_pinned", SLACK_DONE, ""},
    {"already_archived", SLACK_DONE, ""},
    {"ratelimited", SLACK_LATER, "Slack was asked too often."},
    {"rate_limited", SLACK_LATER, "Slack was asked too often."},
    {"internal_error", SLACK_LATER, "Slack has an error of its own."},
    {"fatal_error", SLACK_LATER, "Slack has an error of its own."},
    {"service_unavailable", SLACK_LATER, "Slack is not available."},
    {"request_timeout", SLACK_LATER, "Slack did not get the whole request in time."},
    {"invalid_auth", SLACK_NO, "Slack does not know the token; give the bot's token, xoxb-…."},
    {"not_authed", SLACK_NO, "Slack does not know the token; give the bot's token, xoxb-…."},
    {"token_revoked", SLACK_NO, "The token was revoked; install the application again."},
    {"token_expired", SLACK_NO, "The token has expired; give one that does not rotate."},
    {"account_inactive", SLACK_NO,
     "The bot's account is switched off; install the application again."},
    {"restricted_action", SLACK_NO,
     "The workspace does not let applications do that; an administrator has to allow it."},
    {"channel_not_found", SLACK_NO, "The channel is not there, or the bot may not see it."},
    {"not_in_channel", SLACK_NO,
     "The bot is no longer in the channel; invite it there with /invite."},
    {"is_archived", SLACK_NO, "The channel is archived; take it out of the archive in Slack."},
    {"user_not_found", SLACK_NO,
     "The workspace has no such member; compare slack: under people: with their profile."},
    {"user_is_restricted", SLACK_NO, "A guest cannot be invited there; a member has to do it."},
    {"cant_invite", SLACK_NO, "Slack lets the bot not invite that member; somebody else has to."},
    {"msg_too_long", SLACK_NO, "The message is too long for Slack."},
    {"too_long", SLACK_NO, "The topic is too long for Slack."},
};

static struct slack_answer answer_of(enum slack_outcome outcome, struct str sentence)
{
    return (struct slack_answer){.outcome = outcome,
                                 .sentence = sentence,
                                 .wait_ms = outcome == SLACK_LATER ? WAIT_S * 1000 : 0};
}

/* A code of Slack's own is small letters; anything else is not shown. */
static bool is_code(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!(s.p[i] >= 'a' && s.p[i] <= 'z') && !byte_is_digit(s.p[i]) && s.p[i] != '_')
            return false;
    return s.n > 0 && s.n <= CODE_BYTES;
}

static bool is_scope(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!byte_is_alnum(s.p[i]) && !memchr(":._,-", s.p[i], 5))
            return false;
    return s.n > 0 && s.n <= CODE_BYTES;
}

static struct slack_answer read_no(struct arena *arena, const struct slack_call *call,
                                   const struct json *root)
{
    struct str code = json_get_str(root, "error");
    struct str needed = json_get_str(root, "needed");
    if (str_is(code, "missing_scope"))
        return answer_of(SLACK_NO,
                         str_printf(arena,
                                    "The token may not call %s: add the scope %.*s in Slack's "
                                    "settings of the application and install it again.",
                                    call->method,
                                    STR_ARGS(is_scope(needed) ? needed : STR("that it needs"))));
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (str_is(code, codes[i].code))
            return answer_of(codes[i].outcome, str_of(codes[i].sentence));
    return answer_of(SLACK_NO,
                     str_printf(arena, "Slack refuses %s: %.*s.", call->method,
                                STR_ARGS(is_code(code) ? code : STR("it does not say why"))));
}

static int64_t wait_of(const struct slack_http *http)
{
    int64_t wait_s = http->retry_after_s > 0 ? http->retry_after_s : WAIT_S;
    return (wait_s > 3600 ? 3600 : wait_s) * 1000;
}

struct slack_answer slack_read(struct arena *arena, const struct slack_call *call,
                               const struct slack_http *http)
{
    struct json *root = NULL;
    bool later = http->status == 408 || http->status == 429 || http->status >= 500;
    struct slack_answer answer;
    if (later) {
        answer = answer_of(SLACK_LATER, str_printf(arena, "Slack answers %s with %ld.",
                                                   call->method, http->status));
        answer.wait_ms = wait_of(http);
        return answer;
    }
    if (http->status == 0) {
        answer =
            answer_of(http->unsent ? SLACK_LATER : SLACK_DOUBT,
                      str_printf(arena, "Slack is not reached: %.*s", STR_ARGS(http->problem)));
        answer.wait_ms = http->unsent ? UNREACHED_S * 1000 : 0;
        return answer;
    }
    const struct json *ok = NULL;
    if (json_parse(arena, http->body, &root, NULL))
        ok = json_get(root, "ok");
    if (!ok || (ok->type != JSON_TRUE && ok->type != JSON_FALSE))
        return answer_of(SLACK_DOUBT,
                         str_printf(arena,
                                    "What answered %s is not Slack; see whether a proxy stands "
                                    "between.",
                                    call->method));
    answer = ok->type == JSON_TRUE ? answer_of(SLACK_DONE, STR("")) : read_no(arena, call, root);
    answer.root = answer.outcome == SLACK_DONE ? root : NULL;
    if (answer.outcome == SLACK_LATER)
        answer.wait_ms = wait_of(http);
    return answer;
}
