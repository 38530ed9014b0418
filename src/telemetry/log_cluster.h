/* log_cluster.h - error messages, gathered by their shape.
 *
 * A shape is a message without what differs from one to the next: numbers, hexadecimal, UUIDs,
 * quoted texts, addresses, mail addresses, queries and ids in paths. Shapes that are alike become
 * one cluster, whose differing words become <*>, after Drain (He et al. 2017): first by the number
 * of words, then by the first word, then the most similar one.
 * Promises: at most max clusters; the one not seen for longest makes room and is named. Raw text of
 * a message is not kept: an example is the shape of the newest. */
#ifndef TELEMETRY_LOG_CLUSTER_H
#define TELEMETRY_LOG_CLUSTER_H

#include "base/instant.h"

enum { LOG_SHAPE_BYTES = 240, LOG_SHAPE_WORDS = 40, LOG_CLUSTER_SLOTS = 256 };

struct log_cluster {
    uint64_t id;                 /* of the first shape; never 0 */
    char shape[LOG_SHAPE_BYTES]; /* words parted by one blank, NUL behind them */
    uint16_t shape_bytes;
    uint16_t word_count;
    uint16_t slot, next; /* next of its slot, from 1; 0: the last */
    int16_t severity;    /* the worst */
    int64_t count;
    int64_t reported;       /* of them: the caller's to set */
    int64_t late;           /* of those not reported: came when they were long over; the caller's */
    struct instant late_at; /* the newest of them */
    struct instant first, last;
};

struct log_clusters {
    struct log_cluster *items;
    size_t count, max;
    uint16_t slots[LOG_CLUSTER_SLOTS]; /* number of a cluster from 1 */
    int64_t forgotten_count;
    char forgotten[LOG_SHAPE_BYTES]; /* the newest that made room; "" */
};

/* The first line of message without what differs; its bytes. Nothing that is no printable UTF-8 is
 * in it. */
size_t log_shape(struct str message, char out_shape[LOG_SHAPE_BYTES]);

/* max: at most 65,000. */
void log_clusters_init(struct log_clusters *clusters, struct arena *arena, size_t max);
/* Counts a message of a severity that was seen at. The cluster is valid until the next call. */
struct log_cluster *log_clusters_add(struct log_clusters *clusters, struct str message,
                                     int severity, struct instant at);
/* A cluster as it was known before, with its id and nothing counted. */
void log_clusters_restore(struct log_clusters *clusters, struct str shape, uint64_t id,
                          struct instant last);

#endif
