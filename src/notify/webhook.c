/* webhook.c - a page as one signed POST, after the Standard Webhooks specification
 * (github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md), and the heartbeat.
 */
#include "notify/notify.h"
#include "notify/transfer.h"

#include "base/hash.h"

#include <sodium.h>

bool webhook_sign(struct arena *arena, struct str key, struct str signed_text,
                  struct str *out_signature)
{
    struct str bytes = key;
    if (str_starts(key, "whsec_") && !base64_parse(arena, str_from(key, strlen("whsec_")), &bytes))
        return false;
    if (bytes.n == 0)
        return false;
    crypto_auth_hmacsha256_state state;
    unsigned char mac[crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256_init(&state, (const unsigned char *)bytes.p, bytes.n);
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)signed_text.p, signed_text.n);
    crypto_auth_hmacsha256_final(&state, mac);
    sodium_memzero(&state, sizeof state);
    *out_signature = str_printf(arena, "v1,%s", base64_write(arena, mac, sizeof mac).p);
    return true;
}

/* An answer's status decides; without one, whether the request may have arrived. */
static struct order_result judge(struct transfer *transfer, CURLcode code, bool later_helps)
{
    struct arena *arena = transfer->work->arena;
    long status = 0;
    (void)curl_easy_getinfo(transfer->curl, CURLINFO_RESPONSE_CODE, &status);
    if (status >= 200) {
        enum order_outcome outcome = ORDER_REFUSED;
        if (status < 300)
            outcome = ORDER_DONE;
        else if (later_helps || status == 408 || status == 429 || status >= 500)
            outcome = ORDER_FAILED;
        struct str answer =
            work_clean(arena, (struct str){transfer->answer, transfer->answer_bytes});
        return work_result(arena, outcome, "%ld%s%s", status, answer.n > 0 ? " " : "", answer.p);
    }
    if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL)
        return work_result(arena, ORDER_REFUSED, "The address is wrong: %s.",
                           transfer_error(transfer, code).p);
    if (transfer->sent)
        return work_result(arena, ORDER_DOUBTED, "The request was sent, but no answer came: %s.",
                           transfer_error(transfer, code).p);
    return work_result(arena, ORDER_FAILED, "The request was not sent: %s.",
                       transfer_error(transfer, code).p);
}

static bool is_event_id(struct str id)
{
    for (size_t i = 0; i < id.n; i++)
        if (!byte_is_alnum(id.p[i]) && id.p[i] != '-' && id.p[i] != '_')
            return false;
    return id.n > 0 && id.n <= 200;
}

void webhook_perform(const struct work *work, struct order_result *out_result)
{
    struct arena *arena = work->arena;
    struct str body = json_get_str(work->body, "body");
    struct str id = json_get_str(work->body, "event_id");
    struct str key = json_get_str(work->secrets, "key");
    struct str signature;
    long long at_s = (long long)(work->now.us / 1000000);
    struct str text = str_printf(arena, "%.*s.%lld.%.*s", STR_ARGS(id), at_s, STR_ARGS(body));
    if (!is_event_id(id)) {
        *out_result = work_result(arena, ORDER_REFUSED,
                                  "The event id must be of letters, digits, '-' and '_'.");
        return;
    }
    if (!webhook_sign(arena, key, text, &signature)) {
        *out_result = work_result(arena, ORDER_REFUSED,
                                  "The webhook's key is missing or no base64 follows whsec_.");
        return;
    }
    TRANSFER_SCOPED transfer;
    if (!transfer_open(&transfer, work, "http,https", json_get_str(work->body, "url"))) {
        *out_result = work_result(arena, ORDER_REFUSED, "The webhook's url cannot be used.");
        return;
    }
    transfer_add(&transfer, "content-type: application/json");
    transfer_add(&transfer, "user-agent: reeve/" REEVE_VERSION);
    transfer_add(&transfer, "expect:");
    transfer_add(&transfer, str_printf(arena, "webhook-id: %.*s", STR_ARGS(id)).p);
    transfer_add(&transfer, str_printf(arena, "webhook-timestamp: %lld", at_s).p);
    transfer_add(&transfer, str_printf(arena, "webhook-signature: %s", signature.p).p);
    (void)curl_easy_setopt(transfer.curl, CURLOPT_HTTPHEADER, transfer.list);
    (void)curl_easy_setopt(transfer.curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.n);
    (void)curl_easy_setopt(transfer.curl, CURLOPT_POSTFIELDS, body.p);
    CURLcode code = transfer_perform(&transfer);
    *out_result = judge(&transfer, code, false);
}

void heartbeat_perform(const struct work *work, struct order_result *out_result)
{
    TRANSFER_SCOPED transfer;
    if (!transfer_open(&transfer, work, "http,https", json_get_str(work->body, "url"))) {
        *out_result =
            work_result(work->arena, ORDER_REFUSED, "The heartbeat's url cannot be used.");
        return;
    }
    transfer_add(&transfer, "user-agent: reeve/" REEVE_VERSION);
    (void)curl_easy_setopt(transfer.curl, CURLOPT_HTTPHEADER, transfer.list);
    CURLcode code = transfer_perform(&transfer);
    *out_result = judge(&transfer, code, true);
}
