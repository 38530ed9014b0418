/* fuzz_log_cluster.c - any lines as error messages: shapes are bounded printable UTF-8, a shape of
 * a shape is found again, nothing is counted twice or lost. */
#include "fuzz.h"

#include "telemetry/log_cluster.h"

#include <stdlib.h>

enum { CLUSTERS = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct log_clusters clusters;
    arena_init(&arena);
    log_clusters_init(&clusters, &arena, CLUSTERS);
    struct str rest = {(const char *)data, size};
    struct str line;
    int64_t added = 0;
    while (rest.p && str_split(&rest, '\n', &line)) {
        char shape[LOG_SHAPE_BYTES];
        size_t n = log_shape(line, shape);
        if (n >= LOG_SHAPE_BYTES || shape[n] != '\0' ||
            !str_utf8_valid((struct str){shape, n}, NULL))
            abort();
        added++;
        struct instant at = {added * 1000};
        const struct log_cluster *cluster = log_clusters_add(&clusters, line, 17, at);
        if (cluster->count < 1 || cluster->last.us != at.us || cluster->id == 0 ||
            strlen(cluster->shape) != cluster->shape_bytes)
            abort();
        if (log_clusters_add(&clusters, line, 17, at) != cluster)
            abort();
    }
    int64_t counted = 0;
    for (size_t i = 0; i < clusters.count; i++)
        counted += clusters.items[i].count;
    if (clusters.count > CLUSTERS || (clusters.forgotten_count == 0 && counted != added * 2))
        abort();
    arena_done(&arena);
    return 0;
}
