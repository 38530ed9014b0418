/* remote_write_internal.h - what both versions of remote write share: a request and its series. */
#ifndef TELEMETRY_REMOTE_WRITE_INTERNAL_H
#define TELEMETRY_REMOTE_WRITE_INTERNAL_H

#include "telemetry/protobuf.h"
#include "telemetry/remote_write.h"

/* What is known of a name of a metric that was asked before. */
enum wanted { WANTED_UNASKED, WANTED_YES, WANTED_NO };

struct symbol {
    struct str text; /* p NULL: no UTF-8 */
    enum wanted wanted;
    bool is_name; /* __name__ */
};

struct request {
    struct arena *arena;
    struct arena scratch;  /* of one native histogram */
    struct arena families; /* of the last native histogram's metric */
    const struct pushed_use *use;
    struct pushed_count *count;
    struct err *err;
    struct symbol *symbols;
    size_t symbol_count, symbol_capacity;
    uint64_t *hashes; /* of the symbols; 0: not asked yet, or it is no plain label's */
    struct str about; /* the last metadata, mostly of the same metric, and what it says */
    uint64_t about_type;
    struct str last_name; /* 1.0: series of a metric stand together */
    bool last_wanted;
    struct pushed_family *family; /* of the last native histogram */
    struct str family_name;
    /* The series that is read. */
    struct pushed_sample sample;
    struct label labels[LABELS_MAX];
    bool wanted;       /* its samples */
    const char *wrong; /* NULL, or why it cannot be taken */
    int64_t start_ms;  /* of the series; 0: not said */
    struct err why;    /* the last sample that was refused; large, and so not made for each */
};

void remote_request_begin(struct request *r, struct pushed_count *out_count);
void remote_request_end(struct request *r);

void remote_series_begin(struct request *r);
/* One label of the series; without a value it is none. */
void remote_series_label(struct request *r, struct str name, struct str value);
/* After the labels: can the samples be handed over? r->wrong says why not. */
void remote_series_check(struct request *r);
/* Samples and histograms of the series whose labels are known, from the first of them on. False
 * with err: the bytes are no message. */
MUST_USE bool remote_series_values(struct request *r, struct protobuf in, uint32_t histograms_key,
                                   uint32_t exemplars_key);
/* The message of one sample of the series. */
MUST_USE bool remote_series_sample(struct request *r, struct str message);
/* Nobody wants its samples: they are counted. *out_histograms: there are some, which other names
 * may make wanted. */
MUST_USE bool remote_series_count(struct request *r, struct protobuf in, uint32_t histograms_key,
                                  bool *out_histograms);

#endif
