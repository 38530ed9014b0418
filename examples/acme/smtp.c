/* smtp.c - a small SMTP server (RFC 5321) that takes every mail for anybody and delivers none. */
#include "smtp.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <stdlib.h>

static void end_session(struct smtp_session *session)
{
    bufferevent_free(session->bufferevent);
    arena_done(&session->arena);
    *session = (struct smtp_session){.smtp = session->smtp};
}

static void answer(struct smtp_session *session, const char *line)
{
    struct evbuffer *out = bufferevent_get_output(session->bufferevent);
    (void)evbuffer_add(out, line, strlen(line));
    (void)evbuffer_add(out, "\r\n", 2);
}

static void start_mail(struct smtp_session *session)
{
    arena_reset(&session->arena);
    text_init(&session->data, &session->arena, SMTP_MAIL_BYTES);
    text_init(&session->recipients, &session->arena, SMTP_RECIPIENTS_BYTES);
    session->sender = (struct str){0};
    session->has_sender = session->in_data = false;
}

/* "<ana@acme.example> SIZE=…" gives ana@acme.example. False when there are no brackets. */
static bool read_address(struct str s, struct str *out_address)
{
    struct str trimmed = str_trim(s);
    size_t end = str_find_byte(trimmed, '>', 0);
    if (!str_starts(trimmed, "<") || end >= trimmed.n)
        return false;
    *out_address = str_slice(trimmed, 1, end);
    return true;
}

static void take_sender(struct smtp_session *session, struct str rest)
{
    struct str address;
    if (session->has_sender) {
        answer(session, "503 One sender a mail");
    } else if (!read_address(rest, &address)) {
        answer(session, "501 Write MAIL FROM:<address>");
    } else {
        session->sender = str_copy(&session->arena, address);
        session->has_sender = true;
        answer(session, "250 Sender noted");
    }
}

static void take_recipient(struct smtp_session *session, struct str rest)
{
    struct str address;
    if (!session->has_sender) {
        answer(session, "503 First MAIL FROM");
    } else if (!read_address(rest, &address) || address.n == 0) {
        answer(session, "501 Write RCPT TO:<address>");
    } else {
        if (session->recipients.n > 0)
            text_byte(&session->recipients, ' ');
        text_add(&session->recipients, address);
        answer(session,
               text_full(&session->recipients) ? "452 Too many recipients" : "250 Recipient noted");
    }
}

static void start_data(struct smtp_session *session)
{
    if (session->recipients.n == 0) {
        answer(session, "503 First MAIL FROM and RCPT TO");
    } else if (session->smtp->refusing) {
        answer(session, "451 This sink refuses mails at the moment");
        start_mail(session);
    } else {
        session->in_data = true;
        answer(session, "354 Go on, end with a line of one dot");
    }
}

static void take_data_line(struct smtp_session *session, struct str line)
{
    if (str_is(line, ".")) {
        struct smtp *smtp = session->smtp;
        if (text_full(&session->data)) {
            answer(session, "552 That mail is too large");
        } else {
            smtp->take(smtp->owner, session->sender, text_str(&session->recipients),
                       text_str(&session->data));
            answer(session, "250 Mail taken");
        }
        start_mail(session);
        return;
    }
    text_add(&session->data, str_from(line, str_starts(line, ".") ? 1 : 0));
    text_byte(&session->data, '\n');
}

/* False when the session is over. */
static bool take_command(struct smtp_session *session, struct str line)
{
    if (str_starts_nocase(line, "EHLO ")) {
        start_mail(session);
        answer(session, "250-acme-sink\r\n250-SIZE 1048576\r\n250-8BITMIME\r\n250 PIPELINING");
    } else if (str_starts_nocase(line, "HELO ") || str_is_nocase(line, "RSET")) {
        start_mail(session);
        answer(session, "250 Ready");
    } else if (str_starts_nocase(line, "MAIL FROM:")) {
        take_sender(session, str_from(line, strlen("MAIL FROM:")));
    } else if (str_starts_nocase(line, "RCPT TO:")) {
        take_recipient(session, str_from(line, strlen("RCPT TO:")));
    } else if (str_is_nocase(line, "DATA")) {
        start_data(session);
    } else if (str_is_nocase(line, "NOOP")) {
        answer(session, "250 Still here");
    } else if (str_is_nocase(line, "QUIT")) {
        answer(session, "221 Good bye");
        return false;
    } else {
        answer(session, "500 That command is not known here");
    }
    return true;
}

static void on_written(struct bufferevent *bufferevent, void *arg)
{
    (void)bufferevent;
    end_session(arg);
}

static void on_event(struct bufferevent *bufferevent, short what, void *arg)
{
    (void)bufferevent;
    (void)what; /* end, error and a minute's silence alike */
    end_session(arg);
}

static void on_read(struct bufferevent *bufferevent, void *arg)
{
    struct smtp_session *session = arg;
    struct evbuffer *input = bufferevent_get_input(bufferevent);
    bool going_on = true;
    size_t n = 0;
    char *line;
    while (going_on && (line = evbuffer_readln(input, &n, EVBUFFER_EOL_CRLF)) != NULL) {
        struct str text = {line, n};
        if (session->in_data)
            take_data_line(session, text);
        else
            going_on = take_command(session, text);
        free(line);
    }
    if (going_on && evbuffer_get_length(input) >= SMTP_LINE_BYTES) {
        answer(session, "500 That line is too long");
        going_on = false;
    }
    if (!going_on) {
        (void)bufferevent_disable(bufferevent, EV_READ);
        bufferevent_setcb(bufferevent, NULL, on_written, on_event, session);
    }
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *from,
                      int from_bytes, void *arg)
{
    (void)from;
    (void)from_bytes;
    struct smtp *smtp = arg;
    struct smtp_session *session = NULL;
    for (int i = 0; i < SMTP_SESSIONS && !session; i++)
        if (!smtp->sessions[i].bufferevent)
            session = &smtp->sessions[i];
    if (!session) {
        (void)evutil_closesocket(fd);
        return;
    }
    *session = (struct smtp_session){.smtp = smtp};
    session->bufferevent =
        bufferevent_socket_new(evconnlistener_get_base(listener), fd, BEV_OPT_CLOSE_ON_FREE);
    if (!session->bufferevent)
        abort();
    start_mail(session);
    bufferevent_setcb(session->bufferevent, on_read, NULL, on_event, session);
    bufferevent_setwatermark(session->bufferevent, EV_READ, 0, 64 * 1024);
    bufferevent_set_timeouts(session->bufferevent, &(struct timeval){.tv_sec = 60},
                             &(struct timeval){.tv_sec = 60});
    (void)bufferevent_enable(session->bufferevent, EV_READ | EV_WRITE);
    answer(session, "220 acme-sink ESMTP");
}

bool smtp_open(struct smtp *smtp, struct event_base *base, int port, int *out_port, struct err *err)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    smtp->listener = evconnlistener_new_bind(
        base, on_accept, smtp, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE | LEV_OPT_CLOSE_ON_EXEC,
        -1, (struct sockaddr *)&address, sizeof address);
    socklen_t size = sizeof address;
    if (!smtp->listener ||
        getsockname(evconnlistener_get_fd(smtp->listener), (struct sockaddr *)&address, &size) != 0)
        return err_set(err, ERR_OUTSIDE, NULL,
                       "Port %d of 127.0.0.1 cannot be listened on; choose another or 0.", port);
    *out_port = ntohs(address.sin_port);
    return true;
}

void smtp_close(struct smtp *smtp)
{
    for (int i = 0; i < SMTP_SESSIONS; i++)
        if (smtp->sessions[i].bufferevent)
            end_session(&smtp->sessions[i]);
    if (smtp->listener)
        evconnlistener_free(smtp->listener);
    smtp->listener = NULL;
}
