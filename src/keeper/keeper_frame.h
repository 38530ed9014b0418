/* keeper_frame.h - what goes over the socket between core and keeper.
 *
 * One packet a frame. Request: call (1 byte), number (4, big-endian), length of the name (2), name,
 * data. Answer: '+' or '-', number (4), then the result, or kind of error (1) and its sentence. */
#ifndef KEEPER_KEEPER_FRAME_H
#define KEEPER_KEEPER_FRAME_H

#include "base/str.h"

enum { FRAME_BYTES = 64 * 1024, FRAME_HEAD_BYTES = 7, ANSWER_HEAD_BYTES = 5 };

enum keeper_call {
    KEEPER_START = 'b',
    KEEPER_PUBLIC_KEY = 'k',
    KEEPER_SIGN = 's',
    KEEPER_MAC = 'm',
    KEEPER_GIVE = 'g'
};

struct keeper_frame {
    unsigned char call; /* request: enum keeper_call; answer: '+' or '-' */
    uint32_t number;
    struct str name; /* request only */
    struct str data;
};

/* Writes a request into bytes (FRAME_BYTES); 0 when it does not fit. */
size_t keeper_frame_write(const struct keeper_frame *frame, unsigned char *bytes);
size_t keeper_answer_write(const struct keeper_frame *frame, unsigned char *bytes);
/* The frame points into bytes. */
MUST_USE bool keeper_frame_parse(const unsigned char *bytes, size_t n,
                                 struct keeper_frame *out_frame);
MUST_USE bool keeper_answer_parse(const unsigned char *bytes, size_t n,
                                  struct keeper_frame *out_frame);

#endif
