/* test_reply.c - short messages that people send back: signatures and words. */
#include "base/hash.h"
#include "harness/test.h"
#include "inbound/reply.h"

TEST(hmac_sha1_as_rfc_2202_has_it)
{
    struct str parts[] = {STR("what do ya want "), STR("for nothing?")};
    unsigned char mac[HASH_SHA1_BYTES];
    hash_hmac_sha1(STR("Jefe"), parts, 2, mac);
    CHECK_STR(base64_write(arena, mac, sizeof mac), "7/zfauXrL6LSdBbV8YTfnCWafHk=");
}

/* The value was made by Python's hmac from Twilio's description. */
static struct reply_post sample(struct reply_field fields[3], const char *signature)
{
    fields[0] = (struct reply_field){STR("To"), STR("+12025550100")};
    fields[1] = (struct reply_field){STR("Body"), STR("ack 12")};
    fields[2] = (struct reply_field){STR("From"), STR("+38640123456")};
    return (struct reply_post){STR("https://reeve.example/reply/twilio"), fields, 3,
                               str_of(signature)};
}

TEST(a_signature_is_of_this_address_these_fields_and_this_token)
{
    static const char right[] = "unzS7EbG97NhX/y0+bXxH4h4ymM=";
    struct reply_field fields[3];
    struct reply_post post = sample(fields, right);
    CHECK(!reply_signature_problem(arena, &post, STR("12345")));
    CHECK(reply_signature_problem(arena, &post, STR("12346")) != NULL);
    CHECK(reply_signature_problem(arena, &post, STR("")) != NULL);
    post = sample(fields, "");
    CHECK_STR(str_of(reply_signature_problem(arena, &post, STR("12345"))),
              "The message is not signed.");
    post = sample(fields, right);
    post.url = STR("http://reeve.example/reply/twilio");
    CHECK(reply_signature_problem(arena, &post, STR("12345")) != NULL);
    post = sample(fields, right);
    fields[1].value = STR("ack 13");
    CHECK(reply_signature_problem(arena, &post, STR("12345")) != NULL);
    post.count = 0;
    CHECK(reply_signature_problem(arena, &post, STR("12345")) != NULL);
    CHECK_STR(reply_field_find(&post, "From"), "");
}

TEST(what_a_reply_asks)
{
    static const struct {
        const char *text;
        bool good;
        int64_t number;
    } rows[] = {{"ack 12", true, 12},
                {" ACK #12. ", true, 12},
                {"Acknowledge 3!", true, 3},
                {"ack", true, 0},
                {"ack12", true, 12},
                {"ack 0", false, -1},
                {"ack -1", false, -1},
                {"ack twelve", false, -1},
                {"acked", false, -1},
                {"", false, -1},
                {"12", false, -1},
                {"not ack 12", false, -1},
                {"ack 12 and 13", false, -1},
                {"ack #1 on my way", true, 1},
                {"ack 2 3", false, -1},
                {"ack 2 and 3", false, -1},
                {"ack 99999999999999999999", false, -1}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t number = -1;
        bool good = reply_read(str_of(rows[i].text), &number);
        CHECK_INT(good, rows[i].good);
        CHECK_INT(number, rows[i].number);
    }
}
