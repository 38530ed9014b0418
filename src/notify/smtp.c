/* smtp.c - a page as one mail. */
#include "notify/message.h"
#include "notify/notify.h"
#include "notify/transfer.h"

/* The whole mail may have arrived; only the reply to the final dot tells. */
static struct order_result judge_sent(const struct transfer *transfer, CURLcode code)
{
    struct arena *arena = transfer->work->arena;
    if (!transfer->reply_after_upload)
        return work_result(arena, ORDER_DOUBTED,
                           "The mail was sent, but the server's reply did not come: %s.",
                           transfer_error(transfer, code).p);
    enum order_outcome outcome = transfer->last_reply < 300   ? ORDER_DONE
                                 : transfer->last_reply < 500 ? ORDER_FAILED
                                                              : ORDER_REFUSED;
    return work_result(arena, outcome, "%s", transfer->reply_line);
}

static struct order_result judge(const struct transfer *transfer, CURLcode code)
{
    struct arena *arena = transfer->work->arena;
    if (transfer->sent)
        return judge_sent(transfer, code);
    if (transfer->last_reply >= 400)
        return work_result(arena, transfer->last_reply < 500 ? ORDER_FAILED : ORDER_REFUSED, "%s",
                           transfer->reply_line);
    if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL)
        return work_result(arena, ORDER_REFUSED, "The address of the mail server is wrong: %s.",
                           transfer_error(transfer, code).p);
    return work_result(arena, ORDER_FAILED, "The mail was not sent: %s.",
                       transfer_error(transfer, code).p);
}

static bool set_tls(struct transfer *transfer, struct str tls)
{
    long level = CURLUSESSL_ALL;
    if (str_is(tls, "none"))
        level = CURLUSESSL_NONE;
    else if (!str_is(tls, "starttls") && !str_is(tls, "tls"))
        return false;
    return curl_easy_setopt(transfer->curl, CURLOPT_USE_SSL, level) == CURLE_OK;
}

/* libcurl knows TLS from the first byte by the scheme smtps. */
static struct str url_of(const struct work *work)
{
    struct str url = json_get_str(work->body, "url");
    if (str_is(json_get_str(work->body, "tls"), "tls") && str_starts(url, "smtp://"))
        return str_printf(work->arena, "smtps://%.*s", STR_ARGS(str_from(url, strlen("smtp://"))));
    return url;
}

static bool set_login(struct transfer *transfer)
{
    const struct work *work = transfer->work;
    struct str user = json_get_str(work->body, "user");
    if (user.n == 0)
        return true;
    struct str password = json_get_str(work->secrets, "password");
    if (str_find_byte(user, '\0', 0) < user.n || str_find_byte(password, '\0', 0) < password.n)
        return false;
    return curl_easy_setopt(transfer->curl, CURLOPT_USERNAME, str_copy(work->arena, user).p) ==
               CURLE_OK &&
           curl_easy_setopt(transfer->curl, CURLOPT_PASSWORD, str_copy(work->arena, password).p) ==
               CURLE_OK;
}

void smtp_perform(const struct work *work, struct order_result *out_result)
{
    struct message message = {.from = json_get_str(work->body, "from"),
                              .to = json_get_str(work->body, "to"),
                              .subject = json_get_str(work->body, "subject"),
                              .text = json_get_str(work->body, "text"),
                              .message_id = json_get_str(work->body, "message_id"),
                              .date = work->now};
    struct str mail;
    struct err err = {0};
    if (!message_write(work->arena, &message, &mail, &err)) {
        *out_result = work_result(work->arena, ORDER_REFUSED, "%s", err.text);
        return;
    }
    TRANSFER_SCOPED transfer;
    if (!transfer_open(&transfer, work, "smtp,smtps", url_of(work)) ||
        !set_tls(&transfer, json_get_str(work->body, "tls")) || !set_login(&transfer)) {
        *out_result = work_result(work->arena, ORDER_REFUSED,
                                  "The order's url, tls or user is not what a mail needs.");
        return;
    }
    transfer_add(&transfer, str_copy(work->arena, message.to).p);
    (void)curl_easy_setopt(transfer.curl, CURLOPT_MAIL_FROM, str_copy(work->arena, message.from).p);
    (void)curl_easy_setopt(transfer.curl, CURLOPT_MAIL_RCPT, transfer.list);
    transfer_upload(&transfer, mail);
    CURLcode code = transfer_perform(&transfer);
    *out_result = judge(&transfer, code);
}
