/* log_index.c - masks of 64 bytes by comparing 16 or 32 of them at once; what is not a comparison
 * is the same code for all paths. */
#include "telemetry/log_index.h"

#include <stdbool.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

/* What was found in a block, before anything is known of strings. */
struct found {
    uint64_t quotes, backslashes, marks, ends;
};

struct carry {
    uint64_t escaped; /* 1: the first byte of the next block stands behind an odd backslash */
    uint64_t string;  /* all ones: the next block begins inside a string */
    size_t block;     /* number of the next block */
};

/* The bytes that an odd row of backslashes stands before. */
static uint64_t find_escaped(uint64_t backslashes, struct carry *carry)
{
    uint64_t escaped = carry->escaped;
    uint64_t left = backslashes & ~escaped;
    carry->escaped = 0;
    while (left) {
        unsigned start = (unsigned)__builtin_ctzll(left);
        uint64_t behind = ~(left >> start);
        unsigned run = behind ? (unsigned)__builtin_ctzll(behind) : LOG_BLOCK;
        unsigned next = start + run;
        if (next >= LOG_BLOCK) {
            carry->escaped = run & 1;
            return escaped;
        }
        escaped |= (uint64_t)(run & 1) << next;
        left &= ~(uint64_t)0 << next;
    }
    return escaped;
}

/* Bit i: the parity of bits 0 to i. */
static inline uint64_t parities(uint64_t bits)
{
    for (unsigned shift = 1; shift < LOG_BLOCK; shift *= 2)
        bits ^= bits << shift;
    return bits;
}

static inline void finish_block(const struct found *found, struct carry *carry,
                                const struct log_masks *masks)
{
    size_t block = carry->block++;
    uint64_t quotes = found->quotes;
    if (__builtin_expect((found->backslashes | carry->escaped) != 0, 0))
        quotes &= ~find_escaped(found->backslashes, carry);
    uint64_t strings = parities(quotes) ^ carry->string;
    uint64_t broken; /* lines that end inside a string: all behind the end is turned round */
    while (__builtin_expect((broken = found->ends & strings) != 0, 0))
        strings ^= ~(uint64_t)0 << __builtin_ctzll(broken);
    carry->string = 0 - (strings >> (LOG_BLOCK - 1));
    masks->quotes[block] = quotes;
    masks->marks[block] = found->marks & ~strings;
    masks->ends[block] = found->ends;
    masks->backslashes[block] = found->backslashes;
}

static struct found find_scalar(const char *bytes)
{
    struct found found = {0};
    for (unsigned i = 0; i < LOG_BLOCK; i++) {
        uint64_t bit = (uint64_t)1 << i;
        switch (bytes[i]) {
        case '"': found.quotes |= bit; break;
        case '\\': found.backslashes |= bit; break;
        case '\n': found.ends |= bit; break;
        case '{':
        case '}':
        case '[':
        case ']':
        case ':': found.marks |= bit; break;
        default: break;
        }
    }
    return found;
}

static void index_scalar(const char *bytes, size_t blocks, struct carry *carry,
                         const struct log_masks *masks)
{
    for (size_t i = 0; i < blocks; i++) {
        struct found found = find_scalar(bytes + i * LOG_BLOCK);
        finish_block(&found, carry, masks);
    }
}

#if defined(__x86_64__)

static inline uint64_t bits16(__m128i a, unsigned at)
{
    return (uint64_t)(uint16_t)_mm_movemask_epi8(a) << at;
}

static void index_sse2(const char *bytes, size_t blocks, struct carry *carry,
                       const struct log_masks *masks)
{
    const __m128i quote = _mm_set1_epi8('"');
    const __m128i backslash = _mm_set1_epi8('\\');
    const __m128i end = _mm_set1_epi8('\n');
    const __m128i colon = _mm_set1_epi8(':');
    const __m128i open = _mm_set1_epi8('{');
    const __m128i close = _mm_set1_epi8('}');
    const __m128i fold = _mm_set1_epi8(0x20); /* [ and ] become { and } */
    for (size_t i = 0; i < blocks; i++) {
        struct found found = {0};
        for (unsigned at = 0; at < LOG_BLOCK; at += 16) {
            __m128i part = _mm_loadu_si128((const void *)(bytes + i * LOG_BLOCK + at));
            __m128i folded = _mm_or_si128(part, fold);
            __m128i marks = _mm_or_si128(
                _mm_cmpeq_epi8(part, colon),
                _mm_or_si128(_mm_cmpeq_epi8(folded, open), _mm_cmpeq_epi8(folded, close)));
            found.quotes |= bits16(_mm_cmpeq_epi8(part, quote), at);
            found.backslashes |= bits16(_mm_cmpeq_epi8(part, backslash), at);
            found.ends |= bits16(_mm_cmpeq_epi8(part, end), at);
            found.marks |= bits16(marks, at);
        }
        finish_block(&found, carry, masks);
    }
}

__attribute__((target("avx2"))) static inline uint64_t bits32(__m256i a, unsigned at)
{
    return (uint64_t)(uint32_t)_mm256_movemask_epi8(a) << at;
}

__attribute__((target("avx2"))) static void index_avx2(const char *bytes, size_t blocks,
                                                       struct carry *carry,
                                                       const struct log_masks *masks)
{
    const __m256i quote = _mm256_set1_epi8('"');
    const __m256i backslash = _mm256_set1_epi8('\\');
    const __m256i end = _mm256_set1_epi8('\n');
    const __m256i colon = _mm256_set1_epi8(':');
    const __m256i open = _mm256_set1_epi8('{');
    const __m256i close = _mm256_set1_epi8('}');
    const __m256i fold = _mm256_set1_epi8(0x20);
    for (size_t i = 0; i < blocks; i++) {
        struct found found = {0};
        for (unsigned at = 0; at < LOG_BLOCK; at += 32) {
            __m256i part = _mm256_loadu_si256((const void *)(bytes + i * LOG_BLOCK + at));
            __m256i folded = _mm256_or_si256(part, fold);
            __m256i marks = _mm256_or_si256(
                _mm256_cmpeq_epi8(part, colon),
                _mm256_or_si256(_mm256_cmpeq_epi8(folded, open), _mm256_cmpeq_epi8(folded, close)));
            found.quotes |= bits32(_mm256_cmpeq_epi8(part, quote), at);
            found.backslashes |= bits32(_mm256_cmpeq_epi8(part, backslash), at);
            found.ends |= bits32(_mm256_cmpeq_epi8(part, end), at);
            found.marks |= bits32(marks, at);
        }
        finish_block(&found, carry, masks);
    }
}

#endif

enum log_index_path log_index_best(void)
{
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx2") ? LOG_INDEX_AVX2 : LOG_INDEX_SSE2;
#else
    return LOG_INDEX_SCALAR;
#endif
}

/* Whole blocks. */
static void index_blocks(enum log_index_path path, const char *bytes, size_t blocks,
                         struct carry *carry, const struct log_masks *masks)
{
#if defined(__x86_64__)
    if (path == LOG_INDEX_AVX2)
        index_avx2(bytes, blocks, carry, masks);
    else if (path == LOG_INDEX_SSE2)
        index_sse2(bytes, blocks, carry, masks);
    else
        index_scalar(bytes, blocks, carry, masks);
#else
    (void)path;
    index_scalar(bytes, blocks, carry, masks);
#endif
}

void log_index(enum log_index_path path, const char *bytes, size_t n,
               const struct log_masks *out_masks)
{
    struct carry carry = {0};
    size_t blocks = n / LOG_BLOCK;
    index_blocks(path, bytes, blocks, &carry, out_masks);
    char last[LOG_BLOCK] = {0};
    if (n % LOG_BLOCK)
        memcpy(last, bytes + blocks * LOG_BLOCK, n % LOG_BLOCK);
    index_blocks(path, last, 1, &carry, out_masks);
}
