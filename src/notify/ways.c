/* ways.c - the table of ways, and the attempt: provider by provider, until one has taken it. */
#include "notify/ways.h"

#include "notify/notify.h"
#include "notify/transfer.h"

enum { DETAIL_BYTES = 390, WHY_BYTES = 120, HEADER_BYTES = 4096 };

const struct way_row way_rows[] = {
    {"ntfy", "ntfy", ntfy_write, NULL},
    {"sms", "twilio", twilio_sms_write, twilio_judge},
    {"sms", "gateway", gateway_write, gateway_judge},
    {"voice", "twilio", twilio_call_write, twilio_judge},
    {"slack", "slack", slack_write, slack_judge},
    {"slack-replace", "slack", slack_replace_write, slack_told_judge},
    {"slack-whisper", "slack", slack_whisper_write, slack_told_judge},
    {"mattermost", "mattermost", mattermost_write, NULL},
    {"discord", "discord", discord_write, NULL},
    {"teams", "teams", teams_write, NULL},
    {"pagerduty", "pagerduty", pagerduty_write, NULL},
    {"pushover", "pushover", pushover_write, pushover_judge},
};
const size_t way_row_count = sizeof way_rows / sizeof *way_rows;

const struct way_row *way_find(struct str method, struct str kind)
{
    for (size_t i = 0; i < way_row_count; i++)
        if (str_is(method, way_rows[i].method) && str_is(kind, way_rows[i].kind))
            return &way_rows[i];
    return NULL;
}

/* --- for writers --- */

struct str way_cut(struct arena *arena, struct str s, size_t max_bytes)
{
    if (s.n <= max_bytes)
        return s;
    return str_printf(arena, "%.*s…", STR_ARGS(str_cut(s, max_bytes - strlen("…"))));
}

struct str way_text(const struct way *way, size_t max_bytes)
{
    const struct way_message *message = way->message;
    struct str cut = way_cut(way->arena, message->text, max_bytes);
    size_t tail = message->link.n + strlen("\nAcknowledge: ");
    bool kept = message->link.n == 0 || cut.n == message->text.n || tail + 64 > max_bytes ||
                str_find(cut, str_copy(way->arena, message->link).p, 0) < cut.n;
    if (kept)
        return cut;
    return str_printf(way->arena, "%.*s\nAcknowledge: %.*s",
                      STR_ARGS(way_cut(way->arena, message->text, max_bytes - tail)),
                      STR_ARGS(message->link));
}

void way_percent(struct text *text, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (byte_is_alnum(s.p[i]) || memchr("-._~", c, 4))
            text_byte(text, s.p[i]);
        else
            text_printf(text, "%%%02X", c);
    }
}

void way_form(struct text *text, const char *name, struct str value)
{
    if (text->n > 0)
        text_byte(text, '&');
    way_percent(text, str_of(name));
    text_byte(text, '=');
    way_percent(text, value);
}

void way_header(struct way_request *request, struct arena *arena, const char *name,
                struct str value)
{
    request->headers[request->header_count++] =
        str_printf(arena, "%s: %.*s", name, STR_ARGS(value));
}

struct str way_of(const struct way *way, const char *key)
{
    return json_get_str(way->provider, key);
}

struct str way_url(const struct way *way, const char *path)
{
    struct str url = way_of(way, "url");
    while (str_ends(url, "/"))
        url.n--;
    return str_printf(way->arena, "%.*s%s", STR_ARGS(url), path);
}

const struct json *way_json(struct arena *arena, struct str body)
{
    struct json *root = NULL;
    return json_parse(arena, body, &root, NULL) && root->type == JSON_OBJECT ? root : NULL;
}

/* --- one provider --- */

/* What came of one of them. */
struct
try {
    enum order_outcome outcome;
    struct str why;
    int64_t wait_ms; /* asked for by it; 0: nothing */
};

static bool is_clean(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
            return false;
    return s.n <= HEADER_BYTES;
}

static bool set_up(struct transfer *transfer, const struct way *way,
                   const struct way_request *request)
{
    struct arena *arena = way->arena;
    struct str ca = way_of(way, "ca");
    bool good = is_clean(request->url) && is_clean(request->user) && is_clean(request->password);
    transfer_add(transfer, "user-agent: reeve/" REEVE_VERSION);
    transfer_add(transfer, "expect:");
    if (request->content_type.n > 0)
        transfer_add(transfer,
                     str_printf(arena, "content-type: %.*s", STR_ARGS(request->content_type)).p);
    for (size_t i = 0; i < request->header_count; i++) {
        good = good && is_clean(request->headers[i]);
        transfer_add(transfer, request->headers[i].p);
    }
    if (request->user.n > 0)
        good =
            good &&
            curl_easy_setopt(transfer->curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC) == CURLE_OK &&
            curl_easy_setopt(transfer->curl, CURLOPT_USERNAME, str_copy(arena, request->user).p) ==
                CURLE_OK &&
            curl_easy_setopt(transfer->curl, CURLOPT_PASSWORD,
                             str_copy(arena, request->password).p) == CURLE_OK;
    if (ca.n > 0)
        good = good &&
               curl_easy_setopt(transfer->curl, CURLOPT_CAINFO, str_copy(arena, ca).p) == CURLE_OK;
    (void)curl_easy_setopt(transfer->curl, CURLOPT_HTTPHEADER, transfer->list);
    if (str_is(request->method, "GET"))
        return good;
    (void)curl_easy_setopt(transfer->curl, CURLOPT_POSTFIELDSIZE_LARGE,
                           (curl_off_t)request->body.n);
    (void)curl_easy_setopt(transfer->curl, CURLOPT_POSTFIELDS, request->body.p);
    (void)curl_easy_setopt(transfer->curl, CURLOPT_CUSTOMREQUEST,
                           str_copy(arena, request->method).p);
    return good;
}

/* Where the receiver says how long to wait, it is asked later; what it has no money or no name for
 * is not. */
static void judge_status(const struct way_row *row, const struct way *way,
                         struct transfer *transfer, struct try *out_try)
{
    struct way_answer answer = {.body = {transfer->answer, transfer->answer_bytes}};
    struct str why = STR("");
    curl_off_t wait_s = 0;
    (void)curl_easy_getinfo(transfer->curl, CURLINFO_RESPONSE_CODE, &answer.status);
    (void)curl_easy_getinfo(transfer->curl, CURLINFO_RETRY_AFTER, &wait_s);
    bool later = answer.status == 408 || answer.status == 429 || answer.status >= 500;
    if (later)
        out_try->outcome = ORDER_FAILED;
    else if (answer.status >= 400)
        out_try->outcome = ORDER_REFUSED;
    else if (row->judge)
        out_try->outcome = row->judge(way, &answer, &why);
    else
        out_try->outcome = answer.status < 300 ? ORDER_DONE : ORDER_REFUSED;
    if (out_try->outcome == ORDER_FAILED && wait_s > 0)
        out_try->wait_ms = (wait_s < WAY_WAIT_S_MAX ? wait_s : WAY_WAIT_S_MAX) * 1000;
    if (why.n == 0 && out_try->outcome != ORDER_DONE)
        why = answer.body;
    why = work_clean(way->arena, str_cut(why, WHY_BYTES));
    out_try->why =
        str_printf(way->arena, "%ld%s%.*s", answer.status, why.n > 0 ? " " : "", STR_ARGS(why));
}

static void judge(const struct way_row *row, const struct way *way, struct transfer *transfer,
                  CURLcode code, struct try *out_try)
{
    struct arena *arena = way->arena;
    long status = 0;
    (void)curl_easy_getinfo(transfer->curl, CURLINFO_RESPONSE_CODE, &status);
    struct str error = str_cut(transfer_error(transfer, code), WHY_BYTES);
    if (status >= 200 && (code == CURLE_OK || code == CURLE_WRITE_ERROR)) {
        judge_status(row, way, transfer, out_try);
    } else if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL) {
        out_try->outcome = ORDER_REFUSED;
        out_try->why = str_printf(arena, "its address is wrong: %.*s", STR_ARGS(error));
    } else if (transfer->sent) {
        out_try->outcome = ORDER_DOUBTED;
        out_try->why = str_printf(arena, "asked, and no whole answer came: %.*s", STR_ARGS(error));
    } else {
        out_try->outcome = ORDER_FAILED;
        out_try->why = str_printf(arena, "not asked: %.*s", STR_ARGS(error));
    }
}

static struct try try_provider(const struct work *work, const struct way *way, struct str method)
{
    struct way_request request = {0};
    struct err err = {0};
    struct str kind = json_get_str(way->provider, "kind");
    const struct way_row *row = way_find(method, kind);
    struct try try = {.outcome = ORDER_REFUSED};
    if (!row) {
        try.why = str_printf(work->arena, "%.*s carries no %.*s", STR_ARGS(kind), STR_ARGS(method));
        return try;
    }
    if (!row->write(way, &request, &err)) {
        try.why = str_copy(work->arena, str_of(err.text));
        return try;
    }
    TRANSFER_SCOPED transfer;
    if (!transfer_open(&transfer, work, "http,https", request.url) ||
        !set_up(&transfer, way, &request)) {
        try.why = STR("its url, ca, token or headers cannot be used");
        return try;
    }
    CURLcode code = transfer_perform(&transfer);
    judge(row, way, &transfer, code, &try);
    return try;
}

/* --- all of them --- */

static struct way_message read_message(const struct work *work)
{
    const struct json *body = work->body;
    int64_t rank = 0;
    const struct json *over = json_get(body, "over");
    struct str secret = json_get_str(work->secrets, "to");
    (void)!json_get_int(body, "rank", &rank);
    return (struct way_message){.to = secret.n > 0 ? secret : json_get_str(body, "to"),
                                .title = json_get_str(body, "title"),
                                .text = json_get_str(body, "text"),
                                .link = json_get_str(body, "link"),
                                .key = json_get_str(body, "key"),
                                .rank = (int)rank,
                                .over = over && over->type == JSON_TRUE,
                                .act = json_get_str(body, "act")};
}

/* The address of a topic's server may stand in the topic, which may be a secret. */
static void split_topic(struct way_message *message, struct str *out_url)
{
    size_t at = str_find(message->to, "://", 0);
    size_t slash = message->to.n;
    if (at == message->to.n)
        return;
    while (slash > at + 3 && message->to.p[slash - 1] != '/')
        slash--;
    if (slash <= at + 3)
        return;
    *out_url = str_slice(message->to, 0, slash);
    message->to = str_from(message->to, slash);
}

/* The worst that can be said of none having taken it: a doubt, else that later may help. */
static enum order_outcome combine(enum order_outcome a, enum order_outcome b)
{
    if (a == ORDER_DOUBTED || b == ORDER_DOUBTED)
        return ORDER_DOUBTED;
    return a == ORDER_FAILED || b == ORDER_FAILED ? ORDER_FAILED : ORDER_REFUSED;
}

static const struct json *with_url(struct arena *arena, const struct json *provider, struct str url)
{
    struct json *copy = arena_make(arena, struct json);
    struct json *member = arena_make(arena, struct json);
    if (url.n == 0)
        return provider;
    *copy = *provider;
    *member =
        (struct json){.type = JSON_STRING, .key = STR("url"), .text = url, .next = provider->first};
    copy->first = member;
    copy->count++;
    return copy;
}

void way_perform(const struct work *work, struct order_result *out_result)
{
    const struct json *providers = json_get(work->body, "providers");
    struct way_message message = read_message(work);
    struct str method = json_get_str(work->body, "method");
    struct text detail;
    struct str url = STR("");
    size_t left = providers ? providers->count : 0;
    size_t number = 0;
    int64_t wait_ms = -1;
    text_init(&detail, work->arena, DETAIL_BYTES);
    enum order_outcome outcome = ORDER_REFUSED;
    if (str_is(method, "ntfy"))
        split_topic(&message, &url);
    if (left == 0 || left > WAY_PROVIDERS_MAX || message.to.n == 0) {
        *out_result = work_result(work->arena, ORDER_REFUSED,
                                  "The order names no address, or no provider, or too many.");
        return;
    }
    for (const struct json *one = providers->first; one; one = one->next, left--, number++) {
        struct work part = *work;
        struct str field = str_printf(work->arena, "token%zu", number);
        struct way way = {.arena = work->arena,
                          .provider = with_url(work->arena, one, url),
                          .token = json_get_str(work->secrets, field.p),
                          .message = &message};
        part.deadline_ms = work->deadline_ms / (int64_t)(number + left);
        struct try try = try_provider(&part, &way, method);
        if (transfer_shows_secret(work, try.why))
            try.why = STR("(it repeats a secret)");
        text_printf(&detail, "%s%.*s: %.*s", number > 0 ? "; " : "",
                    STR_ARGS(json_get_str(one, "name")), STR_ARGS(try.why));
        outcome = number == 0 ? try.outcome : combine(outcome, try.outcome);
        if (try.outcome == ORDER_FAILED && (wait_ms < 0 || try.wait_ms < wait_ms))
            wait_ms = try.wait_ms;
        if (try.outcome == ORDER_DONE) {
            outcome = ORDER_DONE;
            break;
        }
    }
    *out_result = work_result(work->arena, outcome, "%.*s", STR_ARGS(text_str(&detail)));
    if (outcome == ORDER_FAILED && wait_ms > 0)
        out_result->wait_ms = wait_ms;
}
