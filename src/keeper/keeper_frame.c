/* keeper_frame.c - frames to bytes and back. */
#include "keeper/keeper_frame.h"

static void put_number(unsigned char *bytes, uint32_t number)
{
    for (int i = 0; i < 4; i++)
        bytes[i] = (unsigned char)(number >> (24 - 8 * i));
}

static uint32_t get_number(const unsigned char *bytes)
{
    uint32_t number = 0;
    for (int i = 0; i < 4; i++)
        number = number << 8 | bytes[i];
    return number;
}

static void put_bytes(unsigned char *bytes, struct str s)
{
    if (s.n > 0)
        memcpy(bytes, s.p, s.n);
}

size_t keeper_frame_write(const struct keeper_frame *frame, unsigned char *bytes)
{
    if (frame->name.n > UINT16_MAX || frame->data.n > FRAME_BYTES ||
        FRAME_HEAD_BYTES + frame->name.n + frame->data.n > FRAME_BYTES)
        return 0;
    bytes[0] = frame->call;
    put_number(bytes + 1, frame->number);
    bytes[5] = (unsigned char)(frame->name.n >> 8);
    bytes[6] = (unsigned char)frame->name.n;
    put_bytes(bytes + FRAME_HEAD_BYTES, frame->name);
    put_bytes(bytes + FRAME_HEAD_BYTES + frame->name.n, frame->data);
    return FRAME_HEAD_BYTES + frame->name.n + frame->data.n;
}

size_t keeper_answer_write(const struct keeper_frame *frame, unsigned char *bytes)
{
    if (frame->data.n > FRAME_BYTES - ANSWER_HEAD_BYTES)
        return 0;
    bytes[0] = frame->call;
    put_number(bytes + 1, frame->number);
    put_bytes(bytes + ANSWER_HEAD_BYTES, frame->data);
    return ANSWER_HEAD_BYTES + frame->data.n;
}

bool keeper_frame_parse(const unsigned char *bytes, size_t n, struct keeper_frame *out_frame)
{
    if (n < FRAME_HEAD_BYTES)
        return false;
    size_t name_bytes = (size_t)bytes[5] << 8 | bytes[6];
    if (name_bytes > n - FRAME_HEAD_BYTES)
        return false;
    struct str rest = {(const char *)bytes + FRAME_HEAD_BYTES, n - FRAME_HEAD_BYTES};
    *out_frame = (struct keeper_frame){.call = bytes[0],
                                       .number = get_number(bytes + 1),
                                       .name = str_slice(rest, 0, name_bytes),
                                       .data = str_from(rest, name_bytes)};
    return true;
}

bool keeper_answer_parse(const unsigned char *bytes, size_t n, struct keeper_frame *out_frame)
{
    if (n < ANSWER_HEAD_BYTES || (bytes[0] != '+' && bytes[0] != '-') ||
        (bytes[0] == '-' && n < ANSWER_HEAD_BYTES + 1))
        return false;
    *out_frame = (struct keeper_frame){
        .call = bytes[0],
        .number = get_number(bytes + 1),
        .data = {(const char *)bytes + ANSWER_HEAD_BYTES, n - ANSWER_HEAD_BYTES}};
    return true;
}
