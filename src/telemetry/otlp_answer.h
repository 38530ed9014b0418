/* otlp_answer.h - what a receiver of OTLP answers, in the form in which it was asked.
 *
 * Source: opentelemetry-proto docs/specification.md "OTLP/HTTP Response" and the collector's
 * …_service.proto; google/rpc/status.proto. */
#ifndef TELEMETRY_OTLP_ANSWER_H
#define TELEMETRY_OTLP_ANSWER_H

#include "telemetry/otlp.h"

enum otlp_form { OTLP_PROTOBUF, OTLP_JSON };

/* The form that a Content-Type names, with or without parameters; false: another one (415). */
MUST_USE bool otlp_form_of(struct str content_type, enum otlp_form *out_form);
const char *otlp_content_type(enum otlp_form form);

/* What Export…ServiceResponse says. */
struct otlp_answer {
    enum otlp_signal signal;
    int64_t rejected;   /* data points, spans, log records */
    struct str message; /* why; or, with 0 rejected, a warning; "" for none */
};
/* Body of a 200. With neither rejected nor message there is no partial_success, as it must be. */
struct str otlp_answer_write(struct arena *arena, enum otlp_form form,
                             const struct otlp_answer *answer);

/* google.rpc.Status: body of a 4xx or 5xx. code: google.rpc.Code, of which these are used. */
enum {
    OTLP_INVALID_ARGUMENT = 3,
    OTLP_PERMISSION_DENIED = 7,
    OTLP_RESOURCE_EXHAUSTED = 8,
    OTLP_INTERNAL = 13,
    OTLP_UNAVAILABLE = 14,
    OTLP_UNAUTHENTICATED = 16
};
struct str otlp_status_write(struct arena *arena, enum otlp_form form, int code,
                             struct str message);

#endif
