/* word_byte.c - the table of what a byte can be in a sentence. */
#include "runbook/word_byte.h"

const unsigned char byte_kinds[256] = {[' '] = BYTE_BETWEEN,
                                       ['\t'] = BYTE_BETWEEN,
                                       ['\n'] = BYTE_BETWEEN,
                                       ['\r'] = BYTE_BETWEEN,
                                       ['`'] = BYTE_BETWEEN,
                                       ['"'] = BYTE_BETWEEN,
                                       ['0' ... '9'] = BYTE_NAME | BYTE_ALNUM | BYTE_DIGIT,
                                       ['A' ... 'Z'] = BYTE_NAME | BYTE_ALNUM,
                                       ['a' ... 'z'] = BYTE_NAME | BYTE_ALNUM,
                                       ['-'] = BYTE_WITHIN,
                                       ['.'] = BYTE_WITHIN,
                                       ['_'] = BYTE_NAME,
                                       ['#'] = BYTE_NAME,
                                       ['@'] = BYTE_NAME,
                                       ['\''] = BYTE_NAME,
                                       [0x80 ... 0xFF] = BYTE_NAME};
