/* web.c - Slack by libcurl: no redirects, no proxies of the environment, its certificate proved. */
#include "notify/transfer.h"
#include "os/clock.h"
#include "slack/slack.h"

#include <time.h>

enum { ASK_DEADLINE_MS = 15000, ANSWER_BYTES = 512 * 1024 };

static size_t take(char *data, size_t size, size_t count, void *context)
{
    struct text *answer = context;
    text_add(answer, (struct str){data, size * count});
    return answer->full ? 0 : size * count;
}

/* In a header stands nothing that would break out of it. */
static bool is_clean(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] <= ' ' || s.p[i] == 0x7f)
            return false;
    return true;
}

static bool set_up(struct transfer *transfer, const struct slack_setup *setup,
                   const struct slack_call *call, struct text *answer)
{
    struct arena *arena = transfer->work->arena;
    bool good = is_clean(setup->token);
    transfer_add(transfer, "user-agent: reeve/" REEVE_VERSION);
    transfer_add(transfer, "expect:");
    transfer_add(transfer,
                 str_printf(arena, "authorization: Bearer %.*s", STR_ARGS(setup->token)).p);
    if (call->body.n > 0)
        transfer_add(transfer, "content-type: application/json; charset=utf-8");
    if (setup->ca.n > 0)
        good = good && curl_easy_setopt(transfer->curl, CURLOPT_CAINFO,
                                        str_copy(arena, setup->ca).p) == CURLE_OK;
    (void)curl_easy_setopt(transfer->curl, CURLOPT_HTTPHEADER, transfer->list);
    (void)curl_easy_setopt(transfer->curl, CURLOPT_WRITEFUNCTION, take);
    (void)curl_easy_setopt(transfer->curl, CURLOPT_WRITEDATA, answer);
    if (call->body.n == 0)
        return good;
    (void)curl_easy_setopt(transfer->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body.n);
    (void)curl_easy_setopt(transfer->curl, CURLOPT_POSTFIELDS, call->body.p);
    return good;
}

static struct slack_http ask(void *context, struct arena *arena, const struct slack_call *call)
{
    const struct slack_setup *setup = context;
    struct work work = {.arena = arena, .id = str_of(call->method), .deadline_ms = ASK_DEADLINE_MS};
    struct slack_http http = {.body = STR("")};
    struct text answer;
    curl_off_t wait_s = 0;
    TRANSFER_SCOPED transfer;
    text_init(&answer, arena, ANSWER_BYTES);
    struct str url = str_printf(arena, "%.*s/api/%s%.*s", STR_ARGS(setup->url), call->method,
                                STR_ARGS(call->query));
    if (!transfer_open(&transfer, &work, "http,https", url) ||
        !set_up(&transfer, setup, call, &answer))
        return http;
    CURLcode code = transfer_perform(&transfer);
    (void)curl_easy_getinfo(transfer.curl, CURLINFO_RESPONSE_CODE, &http.status);
    (void)curl_easy_getinfo(transfer.curl, CURLINFO_RETRY_AFTER, &wait_s);
    http.retry_after_s = wait_s;
    http.body = text_str(&answer);
    if (code == CURLE_OK)
        return http;
    /* Half an answer is none; what was not asked certainly did not happen. */
    http = (struct slack_http){
        .problem = transfer_error(&transfer, code), .body = STR(""), .unsent = !transfer.sent};
    return http;
}

static int64_t now_ms(void *context)
{
    (void)context;
    return clock_boot_ms();
}

static void pause_for(void *context, int64_t length_ms)
{
    (void)context;
    struct timespec length = {.tv_sec = length_ms / 1000, .tv_nsec = length_ms % 1000 * 1000000};
    (void)nanosleep(&length, NULL);
}

struct slack_web slack_web_real(const struct slack_setup *setup)
{
    return (struct slack_web){
        .context = (void *)(uintptr_t)setup, .ask = ask, .now_ms = now_ms, .pause = pause_for};
}
