/* transfer.c - one libcurl transfer: limits, deadline, what was sent, what came back. */
#include "notify/transfer.h"

#include <stdio.h>

enum { CONNECT_MS_MAX = 10000 };

enum { REPLY_TO_QUIT = 221 };

/* libcurl shows what it sends and receives. Of a mail server's replies the newest is kept, but the
 * one to the final dot stays, and the one to QUIT, which follows every failure, says nothing. */
static void keep_reply(struct transfer *transfer, struct str line)
{
    int64_t code = 0;
    if (line.n < 3 || !str_int(str_slice(line, 0, 3), &code) || code < 200 || code > 599)
        return;
    if (code == REPLY_TO_QUIT || transfer->reply_after_upload || str_starts(str_from(line, 3), "-"))
        return;
    transfer->last_reply = (int)code;
    transfer->reply_after_upload = transfer->upload_finished;
    line = str_trim(str_slice(line, 0, sizeof transfer->reply_line - 1));
    memcpy(transfer->reply_line, line.p, line.n);
    transfer->reply_line[line.n] = '\0';
}

/* Passwords and signatures are blacked out by the first word of the line. */
static bool is_secret_line(struct str line, bool after_auth)
{
    static const char *const secret[] = {
        "AUTH ", "authorization:", "webhook-signature:", "POST /api/webhooks/", "POST /hooks/"};
    for (size_t i = 0; i < sizeof secret / sizeof *secret; i++)
        if (str_starts_nocase(line, secret[i]))
            return true;
    /* The lines of a mail log-in that follow AUTH have no name of their own. */
    return after_auth && str_find_byte(line, ' ', 0) == line.n && line.n > 4 &&
           !str_is_nocase(line, "STARTTLS");
}

/* A secret as it may stand in a request: as it is, or as a form or an address has it. */
static struct str percent_of(struct arena *arena, struct str s)
{
    struct text text;
    text_init(&text, arena, 3 * s.n + 1);
    for (size_t i = 0; i < s.n; i++) {
        if (byte_is_alnum(s.p[i]) || memchr("-._~", s.p[i], 4))
            text_byte(&text, s.p[i]);
        else
            text_printf(&text, "%%%02X", (unsigned char)s.p[i]);
    }
    return text_str(&text);
}

/* Of an address that is a secret the path is enough. */
static struct str path_of(struct str s)
{
    size_t at = str_find(s, "://", 0);
    size_t slash = at < s.n ? str_find_byte(s, '/', at + 3) : s.n;
    return slash + 1 < s.n ? str_from(s, slash) : s;
}

bool transfer_shows_secret(const struct work *work, struct str line)
{
    const struct json *secret = work->secrets ? work->secrets->first : NULL;
    for (; secret; secret = secret->next) {
        struct str value = path_of(secret->text);
        if (value.n == 0)
            continue;
        if (str_find(line, str_copy(work->arena, value).p, 0) < line.n ||
            str_find(line, percent_of(work->arena, value).p, 0) < line.n)
            return true;
    }
    return false;
}

static void say_lines(struct transfer *transfer, const char *mark, struct str data)
{
    struct str line;
    while (str_split(&data, '\n', &line)) {
        line = str_trim(line);
        if (line.n == 0)
            continue;
        bool hidden = mark[0] == '>' && is_secret_line(line, transfer->last_reply == 334);
        hidden = hidden || transfer_shows_secret(transfer->work, line);
        struct str clean = hidden ? str_of("(secret)") : work_clean(transfer->work->arena, line);
        (void)fprintf(stderr, "%s %.*s\n", mark, STR_ARGS(clean));
    }
}

static int watch(CURL *curl __attribute__((unused)), curl_infotype type, char *data, size_t size,
                 void *context)
{
    struct transfer *transfer = context;
    struct str s = {data, size};
    bool mail = transfer->upload.p != NULL;
    if (type == CURLINFO_HEADER_IN && mail)
        keep_reply(transfer, s);
    if (type == CURLINFO_HEADER_OUT && !mail)
        transfer->sent = true; /* libcurl shows it after the first bytes have gone */
    if (!transfer->work->verbose)
        return 0;
    if (type == CURLINFO_HEADER_OUT || type == CURLINFO_DATA_OUT)
        say_lines(transfer, ">", s);
    else if (type == CURLINFO_HEADER_IN)
        say_lines(transfer, "<", s);
    return 0;
}

static size_t take_answer(char *data, size_t size, size_t count, void *context)
{
    struct transfer *transfer = context;
    size_t room = TRANSFER_ANSWER_BYTES - transfer->answer_bytes;
    size_t n = size * count < room ? size * count : room;
    memcpy(transfer->answer + transfer->answer_bytes, data, n);
    transfer->answer_bytes += n;
    /* A longer answer ends the transfer: its status is known and nothing more is wanted. */
    return n;
}

static size_t give_upload(char *data, size_t size, size_t count, void *context)
{
    struct transfer *transfer = context;
    size_t left = transfer->upload.n - transfer->upload_at;
    size_t n = size * count < left ? size * count : left;
    memcpy(data, transfer->upload.p + transfer->upload_at, n);
    transfer->upload_at += n;
    if (n == 0) {
        /* From here on libcurl may have sent the final dot. */
        transfer->upload_finished = true;
        transfer->sent = true;
    }
    return n;
}

bool transfer_open(struct transfer *transfer, const struct work *work, const char *protocols,
                   struct str url)
{
    *transfer = (struct transfer){.work = work};
    if (str_find_byte(url, '\0', 0) < url.n || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return false;
    CURL *curl = curl_easy_init();
    if (!curl)
        return false;
    transfer->curl = curl;
    long deadline_ms = work->deadline_ms < 1 ? 1 : (long)work->deadline_ms;
    struct str url_text = str_copy(work->arena, url);
    bool good = curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, protocols) == CURLE_OK &&
                curl_easy_setopt(curl, CURLOPT_URL, url_text.p) == CURLE_OK;
    (void)curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    (void)curl_easy_setopt(curl, CURLOPT_PROXY, "");
    (void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, deadline_ms);
    (void)curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
                           deadline_ms < CONNECT_MS_MAX ? deadline_ms : (long)CONNECT_MS_MAX);
    (void)curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    (void)curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, transfer->curl_error);
    (void)curl_easy_setopt(curl, CURLOPT_VERBOSE, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_DEBUGFUNCTION, watch);
    (void)curl_easy_setopt(curl, CURLOPT_DEBUGDATA, transfer);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_answer);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, transfer);
    return good;
}

void transfer_done(struct transfer *transfer)
{
    curl_easy_cleanup(transfer->curl);
    curl_slist_free_all(transfer->list);
    transfer->curl = NULL;
    transfer->list = NULL;
}

void transfer_add(struct transfer *transfer, const char *line)
{
    struct curl_slist *longer = curl_slist_append(transfer->list, line);
    if (longer)
        transfer->list = longer;
}

void transfer_upload(struct transfer *transfer, struct str s)
{
    transfer->upload = s;
    (void)curl_easy_setopt(transfer->curl, CURLOPT_UPLOAD, 1L);
    (void)curl_easy_setopt(transfer->curl, CURLOPT_READFUNCTION, give_upload);
    (void)curl_easy_setopt(transfer->curl, CURLOPT_READDATA, transfer);
}

CURLcode transfer_perform(struct transfer *transfer)
{
    return curl_easy_perform(transfer->curl);
}

struct str transfer_error(const struct transfer *transfer, CURLcode code)
{
    const char *text = transfer->curl_error[0] ? transfer->curl_error : curl_easy_strerror(code);
    return work_clean(transfer->work->arena, str_of(text));
}
