/* test_log_cluster.c - shapes, clusters of them, and what the core keeps of both. */
#include "base/text.h"
#include "harness/test.h"
#include "telemetry/log_errors.h"

static struct str shape(struct arena *arena, const char *message)
{
    char bytes[LOG_SHAPE_BYTES];
    size_t n = log_shape(str_of(message), bytes);
    return str_copy(arena, (struct str){bytes, n});
}

TEST(shapes_lose_what_differs)
{
    static const char *const rows[][2] = {
        {"timeout after 10415 ms waiting for \"db-49075\"",
         "timeout after <n> ms waiting for <str>"},
        {"took 12ms (1.5s)", "took <n> (<n>)"},
        {"user 4d0c9a1e-0000-4000-8000-aabbccddeeff not found", "user <uuid> not found"},
        {"connect to 10.1.2.3:5432 failed, [2001:db8::1]:80 too",
         "connect to <ip> failed, <ip> too"},
        {"GET /api/v1/orders/123?token=x HTTP/1.1", "GET /api/v1/orders/<id>?<query> HTTP/<id>"},
        {"mail to ana@example.com bounced (id=0xdeadbeef)", "mail to <mail> bounced (id=<hex>)"},
        {"commit 9f86d081884c7d65 on web-12", "commit <hex> on web-<n>"},
        {"don't 'quote this' one", "don't <str> one"},
        {"first line\n  at frame 7", "first line"},
        {"bad \x01 \xff bytes", "bad ? ? bytes"},
        {"   ", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        CHECK_STR(shape(arena, rows[i][0]), rows[i][1]);
    char much[1000];
    memset(much, 'x', sizeof much);
    char bytes[LOG_SHAPE_BYTES];
    CHECK_INT(log_shape((struct str){much, sizeof much}, bytes), 0);
}

static struct log_cluster *add(struct log_clusters *clusters, const char *message, int64_t s)
{
    return log_clusters_add(clusters, str_of(message), 17, (struct instant){s * 1000000});
}

TEST(alike_shapes_are_one_cluster)
{
    struct log_clusters clusters;
    log_clusters_init(&clusters, arena, 10);
    const struct log_cluster *first = add(&clusters, "user ana not found in 7 ms", 5);
    CHECK(add(&clusters, "user bob not found in 9 ms", 9) == first);
    CHECK_STR(str_of(first->shape), "user <*> not found in <n> ms");
    CHECK(add(&clusters, "user ana not allowed to delete order", 9) != first);
    CHECK(add(&clusters, "timeout user not found in 7 ms", 9) != first);
    CHECK(add(&clusters, "user eve not found in 9 ms", 3) == first);
    CHECK_INT(first->count, 3);
    CHECK_INT(first->first.us, 3000000);
    CHECK_INT(first->last.us, 9000000);
    CHECK_STR(str_of(add(&clusters, "", 1)->shape), "(no message)");
}

TEST(the_cluster_not_seen_for_longest_makes_room)
{
    struct log_clusters clusters;
    log_clusters_init(&clusters, arena, 2);
    (void)add(&clusters, "alpha", 1);
    (void)add(&clusters, "beta", 2);
    (void)add(&clusters, "alpha", 3);
    (void)add(&clusters, "gamma", 4);
    CHECK_INT(clusters.forgotten_count, 1);
    CHECK_STR(str_of(clusters.forgotten), "beta");
    CHECK_INT(add(&clusters, "alpha", 5)->count, 3);
    CHECK_INT(add(&clusters, "beta", 6)->count, 1);
}

TEST(clusters_known_before_keep_their_id)
{
    struct log_clusters clusters;
    log_clusters_init(&clusters, arena, 10);
    log_clusters_restore(&clusters, STR("user <*> not found"), 77, (struct instant){1});
    log_clusters_restore(&clusters, STR("user <*> not <*>"), 77, (struct instant){1});
    const struct log_cluster *cluster = add(&clusters, "user zoe not found", 5);
    CHECK_INT(cluster->id, 77);
    CHECK_INT(cluster->count, 1);
    CHECK_INT(cluster->first.us, 5000000);
    CHECK_STR(str_of(cluster->shape), "user <*> not <*>");
}

static struct log_error report(int64_t s, uint64_t id, int64_t count)
{
    struct instant at = {s * 1000000};
    return (struct log_error){.target = STR("web"),
                              .shape = STR("timeout after <n> ms"),
                              .level = STR("error"),
                              .id = id,
                              .count = count,
                              .interval_ms = 5000,
                              .at = at,
                              .first = at,
                              .last = at};
}

TEST(what_came_late_is_of_its_own_quarter_of_an_hour)
{
    struct log_errors errors;
    struct log_error sent = report(100000, 9, 5);
    struct log_error late = sent;
    struct json *root;
    struct err err = {0};
    int64_t before;
    int64_t after;
    sent.late = 3;
    sent.late_at = (struct instant){98000000000};
    CHECK_OK(json_parse(arena, str_trim(log_error_write(arena, &sent)), &root, &err), &err);
    CHECK_OK(log_error_read(root, &late, &err), &err);
    CHECK_INT(late.late, 3);
    CHECK_INT(late.late_at.us, sent.late_at.us);
    log_errors_init(&errors, arena);
    log_errors_fold(&errors, &late);
    CHECK_INT(errors.rows[0].count, 5);
    log_errors_around(&errors.rows[0], (struct instant){99000000000},
                      (struct instant){101000000000}, &before, &after);
    CHECK_INT(before, 3);
    CHECK_INT(after, 2);
    late.at.us += 1000000;
    late.late_at.us -= INT64_C(86400) * 1000000; /* its quarter is not kept any more */
    log_errors_fold(&errors, &late);
    log_errors_around(&errors.rows[0], (struct instant){99000000000},
                      (struct instant){101000000000}, &before, &after);
    CHECK_INT(before, 3);
    CHECK_INT(after, 4);
}

TEST(a_report_that_comes_again_counts_once)
{
    struct log_errors errors;
    log_errors_init(&errors, arena);
    struct log_error one = report(100000, 9, 3);
    struct log_error two = report(110000, 9, 2);
    log_errors_fold(&errors, &one);
    log_errors_fold(&errors, &two);
    log_errors_fold(&errors, &one);
    log_errors_fold(&errors, &two);
    CHECK_INT(errors.count, 1);
    CHECK_INT(errors.rows[0].count, 5);
    int64_t before;
    int64_t after;
    log_errors_around(&errors.rows[0], (struct instant){109000000000},
                      (struct instant){119000000000}, &before, &after);
    CHECK_INT(before, 3);
    CHECK_INT(after, 2);
    struct log_error third = report(120000, 10, 1);
    log_errors_fold(&errors, &third);
    const size_t *order = log_errors_order(&errors, arena);
    CHECK_INT(order[0], 1);
    CHECK_INT(order[1], 0);
    for (uint64_t i = 0; i < LOG_ERRORS_MAX; i++) {
        struct log_error more = report(130000 + (int64_t)i, 100 + i, 1);
        log_errors_fold(&errors, &more);
    }
    CHECK_INT(errors.count, LOG_ERRORS_MAX);
    CHECK_INT(errors.forgotten_count, 2);
}

TEST(reports_are_read_as_they_were_written)
{
    struct log_error one = report(100, 0xfedcba9876543210, 3);
    struct str line = log_error_write(arena, &one);
    CHECK_STR(line, "{\"at\":100000000,\"count\":3,\"first\":100000000,\"id\":\"fedcba9876543210\","
                    "\"interval_ms\":5000,\"last\":100000000,\"level\":\"error\","
                    "\"shape\":\"timeout after <n> ms\",\"target\":\"web\"}\n");
    static const char *const bad[] = {
        "{\"shape\":\"x\",\"id\":\"1\",\"count\":1,\"first\":1,\"last\":1}",
        "{\"shape\":\"x\",\"id\":\"fedcba987654321g\",\"count\":1,\"first\":1,\"last\":1}",
        "{\"shape\":\"x\",\"id\":\"fedcba9876543210\",\"count\":0,\"first\":1,\"last\":1}",
        "{\"shape\":\"x\",\"id\":\"fedcba9876543210\",\"count\":1,\"first\":1}",
    };
    struct err err = {0};
    struct json *root;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct log_error read = {0};
        CHECK_OK(json_parse(arena, str_of(bad[i]), &root, &err), &err);
        CHECK(!log_error_read(root, &read, &err));
        CHECK_INT(read.count, 0);
    }
    struct log_error read = {0};
    CHECK_OK(json_parse(arena, str_trim(line), &root, &err), &err);
    CHECK_OK(log_error_read(root, &read, &err), &err);
    CHECK(read.id == one.id && read.count == 3);
    CHECK_STR(read.level, "error");
}
