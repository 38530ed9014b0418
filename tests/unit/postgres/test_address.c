/* test_address.c - addresses of databases: what is read, what is refused, and that no password
 * comes out. */
#include "harness/test.h"
#include "postgres/address.h"

static struct address read_address(struct arena *arena, const char *text)
{
    struct address address;
    struct err err = {0};
    CHECK_OK(address_read(arena, "url", str_of(text), &address, &err), &err);
    return address;
}

TEST(all_parts_are_read)
{
    struct address address =
        read_address(arena, " postgresql://app:p%40ss%2Fw%3a@db.example.com:6432/shop"
                            "?sslmode=require&application_name=x%20y\n");
    CHECK_STR(address.user, "app");
    CHECK_STR(address.password, "p@ss/w:");
    CHECK_STR(address.host, "db.example.com");
    CHECK_STR(address.port, "6432");
    CHECK_STR(address.database, "shop");
    CHECK_STR(address_option(&address, "sslmode"), "require");
    CHECK_STR(address_option(&address, "application_name"), "x y");
    CHECK_STR(address_option(&address, "absent"), "");
    CHECK_STR(address_shown(arena, &address), "db.example.com:6432, database shop, user app");
}

TEST(what_is_left_out_has_its_default)
{
    static const struct {
        const char *text, *shown;
    } rows[] = {
        {"postgres://h", "h:5432"},
        {"postgresql://h/", "h:5432"},
        {"postgresql://u@h", "h:5432, database u, user u"},
        {"postgresql://u:p@h:/d", "h:5432, database d, user u"},
        {"postgresql://[::1]:99/d", "[::1]:99, database d"},
        {"postgresql://a,b:6432/d", "a:5432, b:6432, database d"},
        {"postgresql:///d?host=/run/pg&port=7", "/run/pg:7, database d"},
        {"postgresql:///d?user=u&password=geheim",
         "the socket of this machine, database d, user u"},
        {"postgresql://%2Frun%2Fpg/d", "/run/pg:5432, database d"},
        {"postgresql://h?dbname=x&sslmode=disable&sslmode=require", "h:5432, database x"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct address address = read_address(arena, rows[i].text);
        CHECK_STR(address_shown(arena, &address), rows[i].shown);
    }
    struct address twice = read_address(arena, rows[9].text);
    CHECK_STR(address_option(&twice, "sslmode"), "require");
}

TEST(what_could_be_a_password_is_refused_and_not_repeated)
{
    static const char *const texts[] = {
        "",
        "geheim",
        "mysql://u:geheim@h/d",
        "host=h password=geheim",
        "postgresql://u:geh@eim@h/d",
        "postgresql://u:geh/eim@h/d",
        "postgresql://u:12/geheim@h/d",
        "postgresql://u:12?geheim@h/d",
        "postgresql://u:geheim",
        "postgresql://u:geheim/d",
        "postgresql://u:70000/geheim",
        "postgresql://u:geh%zzeim@h/d",
        "postgresql://u:geheim%@h/d",
        "postgresql://u:geheim%0@h/d",
        "postgresql://u:geheim%00@h/d",
        "postgresql://u:geh eim@h/d",
        "postgresql://u:p@h/d?geheim",
        "postgresql://u:p@h/d?sslmode=geheim@x",
        "postgresql://[geheim/d",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct address address = {.user = STR("untouched")};
        struct err err = {0};
        CHECK(!address_read(arena, "services.database.url", str_of(texts[i]), &address, &err));
        CHECK_STR(address.user, "untouched");
        CHECK_INT(err.kind, ERR_USAGE);
        CHECK_STR(str_of(err.place), "services.database.url");
        CHECK(strstr(err.text, "geh") == NULL && strstr(err.text, "eim") == NULL);
    }
}

TEST(too_much_is_refused)
{
    struct text text;
    struct address address;
    struct err err = {0};
    text_init(&text, arena, 20000);
    text_adds(&text, "postgresql://h/d?a=b");
    for (int i = 0; i < ADDRESS_OPTIONS_MAX; i++)
        text_adds(&text, "&x=y");
    CHECK(!address_read(arena, "url", text_str(&text), &address, &err));
    CHECK_STR(str_of(err.text), "It has more than 32 options.");
    for (int i = 0; i < ADDRESS_BYTES_MAX; i++)
        text_byte(&text, 'x');
    CHECK(!address_read(arena, "url", text_str(&text), &address, &err));
}

TEST(a_password_is_taken_out_of_what_others_say)
{
    struct address address = read_address(arena, "postgresql://u:geheim@h/d");
    CHECK_STR(address_scrub(arena, &address, STR("no geheim for\ngeheimgeheim\x7f ")),
              "no (secret) for (secret)(secret)");
    CHECK_STR(address_hide(arena, &address, STR("CREATE ROLE x password  E'a''b\\'c' LOGIN")),
              "CREATE ROLE x password  E'(secret)' LOGIN");
    CHECK_STR(address_hide(arena, &address, STR("PASSWORD='open")), "PASSWORD='(secret)");
    CHECK_STR(address_hide(arena, &address, STR("PASSWORD 'x', password 'geheim'")),
              "PASSWORD '(secret)', password '(secret)'");
    CHECK_STR(address_hide(arena, &address, STR("password_hash = 'x'")), "password_hash = 'x'");
    struct str plain = STR("SELECT 1");
    CHECK(address_hide(arena, &address, plain).p == plain.p);
    struct address short_one = read_address(arena, "postgresql://u:a@h/d");
    CHECK_STR(address_hide(arena, &short_one, STR("a banana")), "a banana");
}
