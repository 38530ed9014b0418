/* ask.c - instant queries by libcurl, some at once. */
#include "ask/ask.h"

#include "base/text.h"
#include "os/clock.h"
#include "telemetry/asked_answer.h"

#include <curl/curl.h>

enum {
    ROOM_BYTES = 4096, /* of the output, for what is around the answers */
    FORM_BYTES = 256 * 1024,
    WAIT_MS = 1000
};

/* One request under way. */
struct transfer {
    CURL *curl;
    size_t question; /* its index; QUESTIONS: the version */
    struct text body;
    char said[CURL_ERROR_SIZE];
    bool too_long;
};

struct asking {
    const struct work *work;
    struct arena *arena;
    struct str url, ca, tenant, user, token, password;
    struct str questions[ASK_QUESTIONS_MAX];
    struct asked_answer answers[ASK_QUESTIONS_MAX];
    size_t count;
    struct instant at;
    int64_t timeout_ms;
    CURLM *multi;
    struct curl_slist *headers;
    struct transfer transfers[ASK_AT_ONCE];
    size_t next;
    bool wants_version, heard; /* heard: the engine answered something */
    struct str version;
};

static size_t take_body(char *data, size_t size, size_t count, void *context)
{
    struct transfer *transfer = context;
    size_t n = size * count;
    if (n > ASK_BODY_BYTES - transfer->body.n) {
        transfer->too_long = true;
        return 0;
    }
    text_add(&transfer->body, (struct str){data, n});
    return n;
}

static struct str escaped(struct asking *asking, CURL *curl, struct str s)
{
    char *text = curl_easy_escape(curl, s.p, (int)s.n);
    struct str copy = str_copy(asking->arena, str_of(text));
    curl_free(text);
    return copy;
}

/* What keeps engines that ask other stores from answering with a part of the data and a warning
 * (Thanos and VictoriaMetrics know these fields, the others pass them over), and VictoriaMetrics
 * from answering of half a minute ago under the time that was asked for (-search.latencyOffset). */
#define WHOLE "&partial_response=false&deny_partial_response=1&nocache=1"

static struct str form_of(struct asking *asking, CURL *curl, struct str question)
{
    struct text form;
    long long ms = (long long)(asking->at.us / 1000);
    long long timeout_ms = (long long)asking->timeout_ms;
    text_init(&form, asking->arena, FORM_BYTES);
    text_printf(&form, "time=%lld.%03lld&timeout=%lldms%s&query=", ms / 1000, ms % 1000, timeout_ms,
                WHOLE);
    text_add(&form, escaped(asking, curl, question));
    return text_str(&form);
}

static void set_up(struct asking *asking, struct transfer *transfer, struct str path)
{
    CURL *curl = transfer->curl;
    struct str url = str_printf(asking->arena, "%.*s%.*s", STR_ARGS(asking->url), STR_ARGS(path));
    (void)curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(curl, CURLOPT_URL, url.p);
    (void)curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    (void)curl_easy_setopt(curl, CURLOPT_PROXY, "");
    (void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)asking->timeout_ms);
    (void)curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    (void)curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, transfer->said);
    (void)curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "");
    (void)curl_easy_setopt(curl, CURLOPT_USERAGENT, "reeve/" REEVE_VERSION);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, transfer);
    (void)curl_easy_setopt(curl, CURLOPT_PRIVATE, transfer);
    (void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, asking->headers);
    if (asking->ca.n > 0)
        (void)curl_easy_setopt(curl, CURLOPT_CAINFO, asking->ca.p);
    if (asking->token.n > 0) {
        (void)curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
        (void)curl_easy_setopt(curl, CURLOPT_XOAUTH2_BEARER, asking->token.p);
    } else if (asking->user.n > 0) {
        (void)curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
        (void)curl_easy_setopt(curl, CURLOPT_USERNAME, asking->user.p);
        (void)curl_easy_setopt(curl, CURLOPT_PASSWORD, asking->password.p);
    }
}

/* question: its index; asking->count is the version. */
static void begin(struct asking *asking, struct transfer *transfer, size_t question)
{
    transfer->question = question;
    transfer->too_long = false;
    transfer->said[0] = '\0';
    transfer->body.n = 0;
    curl_easy_reset(transfer->curl);
    if (question == asking->count) {
        set_up(asking, transfer, STR("/api/v1/status/buildinfo"));
    } else {
        struct str form = form_of(asking, transfer->curl, asking->questions[question]);
        set_up(asking, transfer, STR("/api/v1/query"));
        (void)curl_easy_setopt(transfer->curl, CURLOPT_POSTFIELDSIZE, (long)form.n);
        (void)curl_easy_setopt(transfer->curl, CURLOPT_POSTFIELDS, form.p);
    }
    (void)curl_multi_add_handle(asking->multi, transfer->curl);
}

static struct str failure_of(struct asking *asking, const struct transfer *transfer, CURLcode code)
{
    const char *said = transfer->said[0] ? transfer->said : curl_easy_strerror(code);
    struct arena *arena = asking->arena;
    if (transfer->too_long)
        return str_printf(arena, "its answer is longer than %d MiB", ASK_BODY_BYTES >> 20);
    if (code == CURLE_COULDNT_RESOLVE_HOST)
        return STR("its name cannot be resolved; check the url of ask: in reeve.yaml, and DNS");
    if (code == CURLE_COULDNT_CONNECT)
        return STR("it cannot be reached; check that it runs, and the url of ask: in reeve.yaml");
    if (code == CURLE_OPERATION_TIMEDOUT)
        return str_printf(arena, "it did not answer within %.*s",
                          STR_ARGS(duration_text(arena, asking->timeout_ms)));
    if (code == CURLE_PEER_FAILED_VERIFICATION)
        return str_printf(arena,
                          "its certificate is not trusted: %s; name the authority with ca:", said);
    return str_printf(arena, "it gave no whole answer: %s", said);
}

static void take_answer(struct asking *asking, struct transfer *transfer,
                        struct asked_answer *answer)
{
    long status = 0;
    curl_off_t us = 0;
    char *elsewhere = NULL;
    (void)curl_easy_getinfo(transfer->curl, CURLINFO_RESPONSE_CODE, &status);
    (void)curl_easy_getinfo(transfer->curl, CURLINFO_TOTAL_TIME_T, &us);
    (void)curl_easy_getinfo(transfer->curl, CURLINFO_REDIRECT_URL, &elsewhere);
    answer->took_ms = us / 1000;
    asking->heard = true;
    if (elsewhere)
        answer->problem = str_printf(
            asking->arena, "it answers %ld and leads to %.200s; give that url in ask:", status,
            elsewhere);
    else
        asked_read(asking->arena, text_str(&transfer->body), status, answer);
}

static void finish(struct asking *asking, struct transfer *transfer, CURLcode code)
{
    bool version = transfer->question == asking->count;
    struct asked_answer *answer = version ? NULL : &asking->answers[transfer->question];
    (void)curl_multi_remove_handle(asking->multi, transfer->curl);
    if (version && code == CURLE_OK)
        asking->version = asked_read_version(asking->arena, text_str(&transfer->body));
    else if (answer && code == CURLE_OK)
        take_answer(asking, transfer, answer);
    else if (answer)
        answer->problem = failure_of(asking, transfer, code);
    if (answer)
        answer->problem = work_clean(asking->arena, answer->problem);
}

/* The version comes behind the questions. */
static void begin_next(struct asking *asking, struct transfer *transfer)
{
    if (asking->next < asking->count + (asking->wants_version ? 1 : 0))
        begin(asking, transfer, asking->next++);
}

static void perform(struct asking *asking)
{
    int running = 0;
    for (size_t i = 0; i < ASK_AT_ONCE; i++)
        begin_next(asking, &asking->transfers[i]);
    do {
        int left = 0;
        CURLMsg *message;
        if (curl_multi_perform(asking->multi, &running) != CURLM_OK)
            return;
        while ((message = curl_multi_info_read(asking->multi, &left))) {
            struct transfer *transfer = NULL;
            CURLcode code = message->data.result;
            if (message->msg != CURLMSG_DONE ||
                curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer) != CURLE_OK)
                continue;
            finish(asking, transfer, code);
            begin_next(asking, transfer);
            running++;
        }
        if (running > 0)
            (void)curl_multi_poll(asking->multi, NULL, 0, WAIT_MS, NULL);
    } while (running > 0);
}

static bool is_header_text(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f)
            return false;
    return true;
}

/* NULL, or why the order cannot be done. */
static const char *read_order(struct asking *asking)
{
    const struct json *body = asking->work->body;
    const struct json *list = json_get(body, "questions");
    const struct json *version = json_get(body, "version");
    struct arena *arena = asking->arena;
    asking->url = str_copy(arena, json_get_str(body, "url"));
    asking->ca = str_copy(arena, json_get_str(body, "ca"));
    asking->tenant = str_copy(arena, json_get_str(body, "tenant"));
    asking->user = str_copy(arena, json_get_str(body, "user"));
    asking->token = str_copy(arena, str_trim(json_get_str(asking->work->secrets, "token")));
    asking->password = str_copy(arena, json_get_str(asking->work->secrets, "password"));
    asking->wants_version = version && version->type == JSON_TRUE;
    asking->at = asking->work->now;
    if (json_get(body, "time_us") && !json_get_int(body, "time_us", &asking->at.us))
        return "time_us is no instant.";
    if (!str_starts_nocase(asking->url, "http://") && !str_starts_nocase(asking->url, "https://"))
        return "The url does not begin with http:// or https://.";
    if (!json_get_int(body, "timeout_ms", &asking->timeout_ms) || asking->timeout_ms < 1 ||
        asking->timeout_ms > asking->work->deadline_ms)
        return "timeout_ms must be from 1 to the deadline.";
    if (!is_header_text(asking->tenant) || !is_header_text(asking->token))
        return "The tenant or the token holds a control character.";
    if (!list || list->type != JSON_ARRAY || list->count > ASK_QUESTIONS_MAX)
        return "questions must be a list of at most 16.";
    for (const struct json *one = list->first; one; one = one->next) {
        asking->answers[asking->count] = (struct asked_answer){
            .at = asking->at, .problem = STR("it was not asked"), .warnings = STR("")};
        asking->questions[asking->count++] = one->text;
    }
    return NULL;
}

/* What is too long for the output is a problem of its question alone. */
static struct str write_answer(struct asking *asking, size_t index, size_t room)
{
    struct text text;
    struct asked_answer *answer = &asking->answers[index];
    for (;;) {
        text_init(&text, asking->arena, room);
        struct json_writer w = {.text = &text};
        asked_write(&w, answer);
        if (!text_full(&text) || answer->count == 0)
            return text_str(&text);
        answer->problem = STR("its answer has too many series");
        answer->count = 0;
    }
}

static struct str write_output(struct asking *asking)
{
    struct text text;
    size_t room = (ORDER_OUTPUT_BYTES - ROOM_BYTES) / ASK_QUESTIONS_MAX;
    text_init(&text, asking->arena, ORDER_OUTPUT_BYTES);
    text_adds(&text, "{\"answers\":[");
    for (size_t i = 0; i < asking->count; i++) {
        text_adds(&text, i > 0 ? "," : "");
        text_add(&text, write_answer(asking, i, room));
    }
    text_adds(&text, "],\"version\":");
    json_quote(&text, asking->version);
    text_byte(&text, '}');
    return text_str(&text);
}

static bool open_handles(struct asking *asking)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || !(asking->multi = curl_multi_init()))
        return false;
    for (size_t i = 0; i < ASK_AT_ONCE; i++) {
        text_init(&asking->transfers[i].body, asking->arena, ASK_BODY_BYTES + 1);
        if (!(asking->transfers[i].curl = curl_easy_init()))
            return false;
    }
    asking->headers = curl_slist_append(NULL, "Accept: application/json");
    if (asking->headers && asking->tenant.n > 0)
        return curl_slist_append(
            asking->headers,
            str_printf(asking->arena, "X-Scope-OrgID: %.*s", STR_ARGS(asking->tenant)).p);
    return asking->headers != NULL;
}

void ask_perform(const struct work *work, struct order_result *out_result)
{
    struct asking *asking = arena_make(work->arena, struct asking);
    asking->work = work;
    asking->arena = work->arena;
    asking->version = STR("");
    const char *bad = read_order(asking);
    if (bad) {
        *out_result = work_result(work->arena, ORDER_REFUSED, "%s", bad);
        return;
    }
    if (!open_handles(asking)) {
        *out_result = work_result(work->arena, ORDER_FAILED, "libcurl cannot be used here.");
        return;
    }
    perform(asking);
    for (size_t i = 0; i < ASK_AT_ONCE; i++)
        curl_easy_cleanup(asking->transfers[i].curl);
    (void)curl_multi_cleanup(asking->multi);
    curl_slist_free_all(asking->headers);
    struct str first = asking->count > 0 ? asking->answers[0].problem : STR("");
    *out_result = asking->heard ? work_result(work->arena, ORDER_DONE, "answered")
                                : work_result(work->arena, ORDER_FAILED, "%s", first.p);
    out_result->output = write_output(asking);
}
