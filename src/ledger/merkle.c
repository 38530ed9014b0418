/* merkle.c - incremental tree, proofs made recursively as RFC 6962 defines them, checked
 * iteratively as RFC 9162 does. */
#include "ledger/merkle.h"

static struct str bytes_of(const struct hash *hash)
{
    return (struct str){(const char *)hash->b, HASH_BYTES};
}

static struct hash node_hash(const struct hash *left, const struct hash *right)
{
    return hash_of_parts(1, bytes_of(left), bytes_of(right));
}

void merkle_init(struct merkle *tree)
{
    *tree = (struct merkle){0};
}

struct hash merkle_leaf_hash(struct str leaf)
{
    return hash_of_parts(0, leaf, STR(""));
}

void merkle_append(struct merkle *tree, struct str leaf)
{
    struct hash hash = merkle_leaf_hash(leaf);
    merkle_append_hash(tree, &hash);
}

void merkle_append_hash(struct merkle *tree, const struct hash *leaf_hash)
{
    struct hash hash = *leaf_hash;
    int level = 0;
    for (; (tree->size >> level) & 1; level++)
        hash = node_hash(&tree->edge[level], &hash);
    tree->edge[level] = hash;
    tree->size++;
}

struct hash merkle_root(const struct merkle *tree)
{
    if (tree->size == 0)
        return hash_of(STR(""));
    int level = 0;
    while (!((tree->size >> level) & 1))
        level++;
    struct hash hash = tree->edge[level];
    for (level++; level < MERKLE_HEIGHT_MAX; level++)
        if ((tree->size >> level) & 1)
            hash = node_hash(&tree->edge[level], &hash);
    return hash;
}

static struct hash root_of(const struct hash *leaves, size_t count)
{
    struct merkle tree;
    merkle_init(&tree);
    for (size_t i = 0; i < count; i++)
        merkle_append_hash(&tree, &leaves[i]);
    return merkle_root(&tree);
}

/* The largest power of two below count (count >= 2). */
static size_t split_of(size_t count)
{
    size_t split = 1;
    while (split * 2 < count)
        split *= 2;
    return split;
}

static struct merkle_proof empty_proof(struct arena *arena)
{
    return (struct merkle_proof){
        arena_array(arena, (size_t)MERKLE_HEIGHT_MAX + 1, sizeof(struct hash)), 0};
}

/* From the top down; the siblings met last stand first in the proof. */
struct merkle_proof merkle_prove_inclusion(struct arena *arena, const struct hash *leaves,
                                           size_t count, size_t index)
{
    struct merkle_proof proof = empty_proof(arena);
    struct hash down[MERKLE_HEIGHT_MAX];
    size_t depth = 0;
    while (count > 1) {
        size_t split = split_of(count);
        if (index < split) {
            down[depth++] = root_of(leaves + split, count - split);
            count = split;
        } else {
            down[depth++] = root_of(leaves, split);
            leaves += split;
            index -= split;
            count -= split;
        }
    }
    while (depth > 0)
        proof.hashes[proof.count++] = down[--depth];
    return proof;
}

struct merkle_proof merkle_prove_consistency(struct arena *arena, const struct hash *leaves,
                                             size_t count, size_t old_count)
{
    struct merkle_proof proof = empty_proof(arena);
    if (old_count == 0 || old_count == count)
        return proof;
    struct hash down[MERKLE_HEIGHT_MAX];
    size_t depth = 0;
    bool whole = true; /* the old tree is still the left subtree met so far */
    while (old_count < count) {
        size_t split = split_of(count);
        if (old_count <= split) {
            down[depth++] = root_of(leaves + split, count - split);
            count = split;
        } else {
            down[depth++] = root_of(leaves, split);
            leaves += split;
            old_count -= split;
            count -= split;
            whole = false;
        }
    }
    if (!whole)
        proof.hashes[proof.count++] = root_of(leaves, count);
    while (depth > 0)
        proof.hashes[proof.count++] = down[--depth];
    return proof;
}

bool merkle_check_inclusion(const struct merkle_claim *claim, const struct merkle_proof *proof)
{
    if (claim->index < 0 || claim->index >= claim->size)
        return false;
    int64_t index = claim->index;
    int64_t last = claim->size - 1;
    struct hash hash = claim->old_root;
    for (size_t i = 0; i < proof->count; i++) {
        if (last == 0)
            return false;
        if ((index & 1) || index == last) {
            hash = node_hash(&proof->hashes[i], &hash);
            while (!(index & 1) && index != 0) {
                index >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, &proof->hashes[i]);
        }
        index >>= 1;
        last >>= 1;
    }
    return last == 0 && hash_equal(&hash, &claim->root);
}

static bool check_path(const struct merkle_claim *claim, const struct merkle_proof *proof,
                       size_t from, struct hash start)
{
    int64_t old_last = claim->old_size - 1;
    int64_t last = claim->size - 1;
    while (old_last & 1) {
        old_last >>= 1;
        last >>= 1;
    }
    struct hash old_hash = start;
    struct hash hash = start;
    for (size_t i = from; i < proof->count; i++) {
        if (last == 0)
            return false;
        if ((old_last & 1) || old_last == last) {
            old_hash = node_hash(&proof->hashes[i], &old_hash);
            hash = node_hash(&proof->hashes[i], &hash);
            while (!(old_last & 1) && old_last != 0) {
                old_last >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, &proof->hashes[i]);
        }
        old_last >>= 1;
        last >>= 1;
    }
    return last == 0 && hash_equal(&old_hash, &claim->old_root) && hash_equal(&hash, &claim->root);
}

bool merkle_check_consistency(const struct merkle_claim *claim, const struct merkle_proof *proof)
{
    if (claim->old_size < 0 || claim->old_size > claim->size)
        return false;
    if (claim->old_size == claim->size)
        return proof->count == 0 && hash_equal(&claim->old_root, &claim->root);
    if (claim->old_size == 0) {
        struct hash empty = hash_of(STR(""));
        return proof->count == 0 && hash_equal(&claim->old_root, &empty);
    }
    if (proof->count == 0)
        return false;
    /* An old tree whose size is a power of two is itself the first hash of the path. */
    bool power = (claim->old_size & (claim->old_size - 1)) == 0;
    return check_path(claim, proof, power ? 0 : 1, power ? claim->old_root : proof->hashes[0]);
}
