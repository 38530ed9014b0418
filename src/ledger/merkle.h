/* merkle.h - the Merkle tree of RFC 6962 (section 2.1) over the ledger's leaves.
 *
 * Leaf hash: SHA-256(0x00, leaf). Node hash: SHA-256(0x01, left, right). The root of no leaves is
 * SHA-256 of nothing. Appending is incremental: only the right edge (one hash for each set bit of
 * the size) is kept. Proofs are made from the leaf hashes, which the store keeps. */
#ifndef LEDGER_MERKLE_H
#define LEDGER_MERKLE_H

#include "base/hash.h"

enum { MERKLE_HEIGHT_MAX = 63 };

struct merkle {
    int64_t size; /* leaves so far */
    struct hash
        edge[MERKLE_HEIGHT_MAX]; /* edge[i]: full subtree of 2^i leaves, when bit i is set */
};

struct merkle_proof { /* hashes from the leaf upwards, as in RFC 6962 section 2.1.1 and 2.1.2 */
    struct hash *hashes;
    size_t count;
};

void merkle_init(struct merkle *tree);
struct hash merkle_leaf_hash(struct str leaf);
void merkle_append(struct merkle *tree, struct str leaf);
void merkle_append_hash(struct merkle *tree, const struct hash *leaf_hash);
struct hash merkle_root(const struct merkle *tree);

/* Proof that the leaf at index (from 0) is in the tree over leaves[0..count). index < count. */
struct merkle_proof merkle_prove_inclusion(struct arena *arena, const struct hash *leaves,
                                           size_t count, size_t index);
/* Proof that the tree over the first old_count leaves is a beginning of the tree over count.
 * old_count <= count; the proof is empty for 0 and for count. */
struct merkle_proof merkle_prove_consistency(struct arena *arena, const struct hash *leaves,
                                             size_t count, size_t old_count);

struct merkle_claim {       /* what a proof is checked against */
    int64_t index;          /* inclusion: of the leaf */
    int64_t old_size, size; /* consistency uses both, inclusion size */
    struct hash old_root;   /* inclusion: the leaf hash */
    struct hash root;
};

/* RFC 9162 sections 2.1.3.2 and 2.1.4.2. */
MUST_USE bool merkle_check_inclusion(const struct merkle_claim *claim,
                                     const struct merkle_proof *proof);
MUST_USE bool merkle_check_consistency(const struct merkle_claim *claim,
                                       const struct merkle_proof *proof);

#endif
