/* message.c - a mail as RFC 5322 and MIME text with CRLF lines. */
#include "notify/message.h"

#include "base/hash.h"

enum { MAIL_BYTES = 1024 * 1024, WORD_BYTES = 42, QP_COLUMNS = 75, ADDRESS_BYTES = 254 };

static bool has_control(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
            return true;
    return false;
}

/* Unquoted local part and domain of RFC 5321, without comments and blanks. */
static bool is_address(struct str s)
{
    size_t at = str_find_byte(s, '@', 0);
    if (s.n > ADDRESS_BYTES || at == 0 || at + 1 >= s.n || str_find_byte(s, '@', at + 1) < s.n)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c <= ' ' || c >= 0x7f || memchr("<>()[],;:\\\"", c, 11))
            return false;
    }
    return true;
}

/* What stands between < and >, when they are there. */
static struct str inner_id(struct str id)
{
    return str_starts(id, "<") && str_ends(id, ">") ? str_slice(id, 1, id.n - 1) : id;
}

static bool is_message_id(struct str id)
{
    size_t at = str_find_byte(id, '@', 0);
    for (size_t i = 0; i < id.n; i++)
        if (i != at && !byte_is_alnum(id.p[i]) && !memchr("-._", id.p[i], 3))
            return false;
    return id.n > 0 && id.n <= 200 && at > 0 && at + 1 != id.n;
}

static bool check_message(const struct message *message, struct err *err)
{
    if (!is_address(message->from) || !is_address(message->to))
        return err_set(err, ERR_USAGE, "page.smtp",
                       "%.*s is not a plain mail address like ana@example.com.",
                       STR_ARGS(is_address(message->from) ? message->to : message->from));
    if (has_control(message->subject) || message->subject.n > MESSAGE_SUBJECT_BYTES)
        return err_set(err, ERR_USAGE, "page.smtp",
                       "The subject holds a control character or is longer than %d bytes.",
                       MESSAGE_SUBJECT_BYTES);
    if (!is_message_id(inner_id(message->message_id)))
        return err_set(err, ERR_USAGE, "page.smtp",
                       "The message id must have 1 to 200 letters, digits, '-', '.' and '_', and "
                       "may have one @ between them.");
    if (message->text.n > MESSAGE_TEXT_BYTES || !str_utf8_valid(message->text, NULL) ||
        !str_utf8_valid(message->subject, NULL))
        return err_set(err, ERR_USAGE, "page.smtp",
                       "The text must be UTF-8 and have at most %d bytes.", MESSAGE_TEXT_BYTES);
    return true;
}

static bool is_plain(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] >= 0x80)
            return false;
    return s.n <= 60 && str_find(s, "=?", 0) == s.n;
}

/* Whole characters of at most WORD_BYTES each, so that an encoded word stays below 75. */
static void write_subject(struct text *mail, struct arena *arena, struct str subject)
{
    text_adds(mail, "Subject: ");
    if (is_plain(subject)) {
        text_add(mail, subject);
        text_adds(mail, "\r\n");
        return;
    }
    for (size_t from = 0; from < subject.n;) {
        size_t to = from + WORD_BYTES < subject.n ? from + WORD_BYTES : subject.n;
        while (to < subject.n && ((unsigned char)subject.p[to] & 0xC0) == 0x80)
            to--;
        struct str part = str_slice(subject, from, to);
        text_printf(mail, "%s=?UTF-8?B?%s?=\r\n", from > 0 ? " " : "",
                    base64_write(arena, part.p, part.n).p);
        from = to;
    }
}

static void write_date(struct text *mail, struct instant date)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct civil c = civil_of(date);
    text_printf(mail, "Date: %s, %d %s %04d %02d:%02d:%02d +0000\r\n", days[c.weekday], c.day,
                months[c.month - 1], c.year, c.hour, c.minute, c.second);
}

/* One line of the body, without its end. */
static void write_quoted(struct text *mail, struct str line)
{
    size_t column = 0;
    for (size_t i = 0; i < line.n; i++) {
        unsigned char c = (unsigned char)line.p[i];
        bool last = i + 1 == line.n;
        bool raw = (c > ' ' && c < 0x7f && c != '=') || (byte_is_blank((char)c) && !last);
        size_t width = raw ? 1 : 3;
        if (column + width > QP_COLUMNS) {
            text_adds(mail, "=\r\n");
            column = 0;
        }
        if (raw)
            text_byte(mail, (char)c);
        else
            text_printf(mail, "=%02X", c);
        column += width;
    }
    text_adds(mail, "\r\n");
}

bool message_write(struct arena *arena, const struct message *message, struct str *out_mail,
                   struct err *err)
{
    if (!check_message(message, err))
        return false;
    struct text mail;
    text_init(&mail, arena, MAIL_BYTES);
    write_date(&mail, message->date);
    text_printf(&mail, "From: %.*s\r\nTo: %.*s\r\n", STR_ARGS(message->from),
                STR_ARGS(message->to));
    write_subject(&mail, arena, message->subject);
    struct str id = inner_id(message->message_id);
    struct str domain = str_from(message->from, str_find_byte(message->from, '@', 0));
    if (str_find_byte(id, '@', 0) < id.n)
        domain = STR("");
    text_printf(&mail, "Message-ID: <%.*s%.*s>\r\n", STR_ARGS(id), STR_ARGS(domain));
    text_adds(&mail, "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\n"
                     "Content-Transfer-Encoding: quoted-printable\r\n"
                     "Auto-Submitted: auto-generated\r\n\r\n");
    struct str rest = message->text;
    struct str line;
    while (rest.n > 0 && str_split(&rest, '\n', &line)) {
        if (str_ends(line, "\r"))
            line.n--;
        write_quoted(&mail, line);
    }
    if (text_full(&mail))
        return err_set(err, ERR_USAGE, "page.smtp", "The mail is longer than %d bytes.",
                       MAIL_BYTES);
    *out_mail = text_str(&mail);
    return true;
}
