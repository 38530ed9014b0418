/* redact_trie.c - one automaton that finds all values at once.
 *
 * Nodes have a list of children and not a table: but for the root nearly all have one, and at most
 * as many as there are values. */
#include "run/redact_internal.h"

static uint32_t find_child(const struct redact_trie *trie, uint32_t node, unsigned char byte)
{
    if (node == 0)
        return trie->root_next[byte];
    uint32_t child = trie->nodes[node].first;
    while (child && trie->nodes[child].byte != byte)
        child = trie->nodes[child].next;
    return child;
}

uint32_t redact_trie_step(const struct redact_trie *trie, uint32_t node, unsigned char byte)
{
    for (;;) {
        uint32_t child = find_child(trie, node, byte);
        if (child || node == 0)
            return child;
        node = trie->nodes[node].fail;
    }
}

static void add_value(struct redact_trie *trie, struct str value)
{
    uint32_t node = 0;
    for (size_t i = 0; i < value.n; i++) {
        unsigned char byte = (unsigned char)value.p[i];
        uint32_t child = find_child(trie, node, byte);
        if (!child) {
            child = trie->count++;
            trie->nodes[child] = (struct redact_node){
                .next = trie->nodes[node].first, .depth = (uint16_t)(i + 1), .byte = byte};
            trie->nodes[node].first = child;
            if (node == 0)
                trie->root_next[byte] = child;
        }
        node = child;
    }
    trie->nodes[node].ends = (uint16_t)value.n;
}

/* By depth, so that what a node falls back to is finished before it. */
static void link_nodes(struct redact_trie *trie, uint32_t *queue)
{
    size_t head = 0;
    size_t tail = 0;
    queue[tail++] = 0;
    while (head < tail) {
        uint32_t node = queue[head++];
        for (uint32_t child = trie->nodes[node].first; child; child = trie->nodes[child].next) {
            struct redact_node *it = &trie->nodes[child];
            it->fail = node ? redact_trie_step(trie, trie->nodes[node].fail, it->byte) : 0;
            if (it->ends == 0)
                it->ends = trie->nodes[it->fail].ends;
            queue[tail++] = child;
        }
    }
}

void redact_trie_make(struct redact_trie *trie, struct arena *arena, const struct str *values,
                      size_t count)
{
    size_t most = 1;
    for (size_t i = 0; i < count; i++)
        most += values[i].n;
    trie->nodes = arena_array(arena, most, sizeof *trie->nodes);
    trie->count = 1;
    for (size_t i = 0; i < count; i++)
        add_value(trie, values[i]);
    link_nodes(trie, arena_array(arena, trie->count, sizeof(uint32_t)));
}
