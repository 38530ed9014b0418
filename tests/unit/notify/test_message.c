/* test_message.c - mails as text, and the webhook's signature. */
#include "harness/test.h"
#include "notify/message.h"
#include "notify/notify.h"

static struct message sample(void)
{
    return (struct message){.from = STR("reeve@example.com"),
                            .to = STR("ana@example.org"),
                            .subject = STR("P1: error rate"),
                            .text = STR("First line.\n.\nLast = 5 %\n"),
                            .message_id = STR("page-12-1"),
                            .date = {1795430807000000}};
}

TEST(a_mail_is_written)
{
    struct message message = sample();
    struct str mail;
    struct err err = {0};
    CHECK_OK(message_write(arena, &message, &mail, &err), &err);
    CHECK_STR(mail, "Date: Mon, 23 Nov 2026 10:46:47 +0000\r\n"
                    "From: reeve@example.com\r\nTo: ana@example.org\r\n"
                    "Subject: P1: error rate\r\nMessage-ID: <page-12-1@example.com>\r\n"
                    "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\n"
                    "Content-Transfer-Encoding: quoted-printable\r\n"
                    "Auto-Submitted: auto-generated\r\n\r\n"
                    "First line.\r\n.\r\nLast =3D 5 %\r\n");
}

TEST(a_message_id_may_be_whole)
{
    static const char *const good[] = {"page-1", "<page-1>", "page-1@example.com",
                                       "<page-1@example.com>"};
    static const char *const bad[] = {"<>", "@", "a@", "@a", "a@b@c", "<a", "a b", "<a>b>", "a<"};
    struct message message = sample();
    struct str mail;
    struct err err = {0};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        message.message_id = str_of(good[i]);
        CHECK_OK(message_write(arena, &message, &mail, &err), &err);
        CHECK(str_find(mail, "\r\nMessage-ID: <page-1@example.com>\r\n", 0) < mail.n);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        message.message_id = str_of(bad[i]);
        CHECK(!message_write(arena, &message, &mail, &err));
    }
}

TEST(every_line_is_short_ascii)
{
    struct message message = sample();
    char *text = arena_alloc(arena, 9001);
    for (size_t i = 0; i < 9000; i += 3)
        memcpy(text + i, i % 700 < 3 ? "ab " : "\xe2\x82\xac", 3);
    message.text = (struct str){text, 9000};
    message.subject = (struct str){text, 900};
    struct str mail;
    struct err err = {0};
    CHECK_OK(message_write(arena, &message, &mail, &err), &err);
    struct str rest = mail;
    struct str line;
    while (rest.n > 0 && str_split(&rest, '\n', &line)) {
        CHECK(line.n <= 79 && str_ends(line, "\r"));
        for (size_t i = 0; i < line.n; i++)
            CHECK((unsigned char)line.p[i] < 0x7f);
    }
}

TEST(no_header_can_be_smuggled_in)
{
    static const char *const bad[] = {
        "a@b.c\r\nBcc: x@y.z", "a@b.c\n", "a b@c.d", "<a@b.c>", "a", "@b", "a@", "a@b@c", "a@b,c@d",
        "\xc3\xa4@b.c",        ""};
    struct str mail = STR("untouched");
    struct err err = {0};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct message message = sample();
        message.to = str_of(bad[i]);
        CHECK(!message_write(arena, &message, &mail, &err));
        message = sample();
        message.from = str_of(bad[i]);
        CHECK(!message_write(arena, &message, &mail, &err));
    }
    struct message message = sample();
    message.subject = STR("a\r\nBcc: x@y.z");
    CHECK(!message_write(arena, &message, &mail, &err));
    message = sample();
    message.message_id = STR("a>\r\nX: y");
    CHECK(!message_write(arena, &message, &mail, &err));
    message.message_id = STR("");
    CHECK(!message_write(arena, &message, &mail, &err));
    CHECK_STR(mail, "untouched");
}

TEST(a_mail_has_limits)
{
    struct message message = sample();
    struct str mail;
    struct err err = {0};
    char *text = arena_alloc(arena, MESSAGE_TEXT_BYTES + 2);
    memset(text, '=', MESSAGE_TEXT_BYTES + 1);
    message.text = (struct str){text, MESSAGE_TEXT_BYTES + 1};
    CHECK(!message_write(arena, &message, &mail, &err));
    message.text.n--;
    CHECK_OK(message_write(arena, &message, &mail, &err), &err);
    message.text = STR("\xff");
    CHECK(!message_write(arena, &message, &mail, &err));
    message = sample();
    message.subject = (struct str){text, MESSAGE_SUBJECT_BYTES + 1};
    CHECK(!message_write(arena, &message, &mail, &err));
}

/* The example that the libraries of the specification test themselves with. */
TEST(a_webhook_is_signed_as_specified)
{
    struct str signature = STR("");
    struct str text = STR("msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{\"test\": 2432232314}");
    CHECK(webhook_sign(arena, STR("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), text, &signature));
    CHECK_STR(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    CHECK(!webhook_sign(arena, STR("whsec_***"), text, &signature));
    CHECK(!webhook_sign(arena, STR(""), text, &signature));
    CHECK(webhook_sign(arena, STR("plain words"), text, &signature));
}

TEST(a_detail_is_one_clean_line)
{
    CHECK_STR(work_clean(arena, STR(" 250 ok\r\nmore\t\x01 ")), "250 ok  more");
    CHECK_STR(work_clean(arena, STR("a\xff"
                                    "b")),
              "a?b");
    char *text = arena_alloc(arena, 600);
    for (size_t i = 0; i < 600; i += 3)
        memcpy(text + i, "\xe2\x82\xac", 3);
    struct str clean = work_clean(arena, (struct str){text, 600});
    CHECK_INT(clean.n, 399);
    CHECK(str_utf8_valid(clean, NULL));
}
