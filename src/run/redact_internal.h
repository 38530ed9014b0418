/* redact_internal.h - the parts of the redactor: finding values, decoding, rules.
 *
 * Every part sees each byte once and says what is covered as a span that ends where the stream
 * stands, so that spans come in the order of their ends. */
#ifndef RUN_REDACT_INTERNAL_H
#define RUN_REDACT_INTERNAL_H

#include "run/redact.h"

enum { REDACT_LOOK_BACK = 96 };

/* A node of an automaton that finds all values at once (Aho and Corasick 1975). Node 0 is the
 * root: nothing is seen. */
struct redact_node {
    uint32_t first, next; /* child, sibling; 0: none */
    uint32_t fail;        /* the longest other beginning that ends here */
    uint16_t depth;
    uint16_t ends; /* bytes of the longest value that ends here; 0: none */
    unsigned char byte;
};

struct redact_trie {
    struct redact_node *nodes;
    uint32_t count;
    uint32_t root_next[256];
};

/* Bytes after decoding, as far as the automaton has read them. */
struct redact_place {
    uint32_t node;
    uint64_t fed;
};
struct redact_stream {
    struct redact_place at;
    uint64_t *starts; /* where in the stream each of the last bytes fed begins: a ring */
};

/* A decoder of escapes. Until an escape is complete its bytes are taken as they are; then what was
 * read of it is taken back. */
struct redact_escape {
    struct redact_stream stream;
    struct redact_place saved, saved_low; /* before the escape; before the second of a pair */
    uint64_t start, start_low;
    uint32_t value, high;
    int phase; /* 0: outside */
};

/* A decoder of hex (2 streams) or base64 (4): one stream for each byte that a group may begin at.
 */
struct redact_run {
    struct redact_stream streams[4];
    uint64_t previous; /* where the last digit stands */
    uint64_t count;    /* digits of this run */
    uint32_t digits;   /* the last ones, shifted together */
    int line, breaks;  /* digits in this line, bytes of the break behind it */
};

/* Rules that know secrets by their look. */
struct redact_rules {
    bool any; /* one of the four is active */
    struct {
        bool active, quoted, begun;
        bool backslash, twice; /* the last byte was one; the text stands in quotes within quotes */
        char quote;
        int blanks;
    } value;
    struct {
        bool active, digit_wanted, bearer;
        int count, least;
        uint64_t start;
    } token;
    struct {
        bool active, password;
        int count;
        uint64_t start;
    } url;
    struct {
        bool active;
        int count;
    } pem;
};

struct redact_span {
    uint64_t start, end;
};

struct redact {
    struct redact_trie trie;
    char *data; /* the stream from origin to pos; base and before came out */
    size_t capacity;
    uint64_t origin, base, pos;
    uint64_t hold_max;
    uint64_t mark_end;         /* where the last mark that came out ends */
    struct redact_span *spans; /* a ring: disjoint, not touching, in order */
    size_t span_first, span_count, span_mask;
    uint64_t ring_mask; /* of the streams */
    bool idle;          /* see redact_decode.c */
    bool lively[256];   /* bytes that end the idleness */
    struct redact_place raw;
    struct redact_escape percent, form, json;
    struct redact_run hex, base64;
    struct redact_rules rules;
};

/* redact_trie.c */
void redact_trie_make(struct redact_trie *trie, struct arena *arena, const struct str *values,
                      size_t count);
uint32_t redact_trie_step(const struct redact_trie *trie, uint32_t node, unsigned char byte);

/* redact.c: [start, pos + 1) is covered; redact_cover_before: [start, pos). */
void redact_cover(struct redact *redact, uint64_t start);
void redact_cover_before(struct redact *redact, uint64_t start);

/* redact_decode.c: the next bytes, which stand at redact->pos; the first byte that may still be
 * covered. */
void redact_decode_start(struct redact *redact);
void redact_scan(struct redact *redact, struct str chunk);
uint64_t redact_decode_hold(const struct redact *redact);

/* redact_rule.c: the same for one byte, needed when a rule is active or the byte may end a front.
 */
extern const bool redact_rule_fronts[256];
void redact_rule(struct redact *redact, char byte);
uint64_t redact_rule_hold(const struct redact *redact);

#endif
