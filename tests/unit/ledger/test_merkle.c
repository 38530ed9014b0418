/* test_merkle.c - the tree against the recursive definition of RFC 6962 and its known roots. */
#include "harness/test.h"
#include "ledger/merkle.h"

enum { LEAVES = 70 };

static struct hash node(struct hash left, struct hash right)
{
    return hash_of_parts(1, (struct str){(const char *)left.b, HASH_BYTES},
                         (struct str){(const char *)right.b, HASH_BYTES});
}

/* MTH(D[n]) word by word: k is the largest power of two smaller than n. */
static struct hash naive_root(const struct hash *leaves, size_t n)
{
    if (n == 0)
        return hash_of(STR(""));
    if (n == 1)
        return leaves[0];
    size_t k = 1;
    while (k << 1 < n)
        k <<= 1;
    return node(naive_root(leaves, k), naive_root(leaves + k, n - k));
}

static void make_leaves(struct arena *arena, struct hash out_leaves[LEAVES])
{
    for (int i = 0; i < LEAVES; i++)
        out_leaves[i] = merkle_leaf_hash(str_printf(arena, "leaf %d", i));
}

TEST(incremental_root_is_the_recursive_one)
{
    struct hash leaves[LEAVES];
    struct merkle tree;
    make_leaves(arena, leaves);
    merkle_init(&tree);
    for (size_t n = 0; n <= LEAVES; n++) {
        struct hash want = naive_root(leaves, n);
        struct hash got = merkle_root(&tree);
        CHECK(hash_equal(&got, &want));
        if (n < LEAVES)
            merkle_append(&tree, str_printf(arena, "leaf %zu", n));
    }
    CHECK_INT(tree.size, LEAVES);
}

/* The eight inputs and roots that Certificate Transparency's implementations share. */
TEST(known_roots)
{
    static const struct str inputs[] = {
        STR(""),
        STR("\x00"),
        STR("\x10"),
        STR("\x20\x21"),
        STR("\x30\x31"),
        STR("\x40\x41\x42\x43"),
        STR("\x50\x51\x52\x53\x54\x55\x56\x57"),
        STR("\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f")};
    static const char *const roots[] = {
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
    struct merkle tree;
    merkle_init(&tree);
    for (size_t i = 0; i < 8; i++) {
        char hex[HASH_HEX_BYTES];
        merkle_append(&tree, inputs[i]);
        struct hash root = merkle_root(&tree);
        hash_hex(&root, hex);
        CHECK_STR(str_of(hex), roots[i]);
    }
}

TEST(every_inclusion_proof_holds_and_no_other)
{
    struct hash leaves[LEAVES];
    make_leaves(arena, leaves);
    for (size_t n = 1; n <= LEAVES; n++) {
        struct merkle_claim claim = {.size = (int64_t)n, .root = naive_root(leaves, n)};
        for (size_t i = 0; i < n; i++) {
            struct merkle_proof proof = merkle_prove_inclusion(arena, leaves, n, i);
            claim.index = (int64_t)i;
            claim.old_root = leaves[i];
            CHECK(merkle_check_inclusion(&claim, &proof));
            claim.old_root = leaves[(i + 1) % LEAVES];
            CHECK(!merkle_check_inclusion(&claim, &proof));
            claim.old_root = leaves[i];
            if (proof.count > 0) {
                proof.hashes[proof.count - 1].b[0] ^= 1;
                CHECK(!merkle_check_inclusion(&claim, &proof));
                proof.hashes[proof.count - 1].b[0] ^= 1;
                proof.count--;
                CHECK(!merkle_check_inclusion(&claim, &proof));
            }
        }
    }
    struct merkle_claim outside = {.index = 5, .size = 5};
    CHECK(!merkle_check_inclusion(&outside, &(struct merkle_proof){0}));
    outside.index = -1;
    CHECK(!merkle_check_inclusion(&outside, &(struct merkle_proof){0}));
}

TEST(every_consistency_proof_holds_and_no_other)
{
    struct hash leaves[LEAVES];
    make_leaves(arena, leaves);
    for (size_t n = 0; n <= LEAVES; n++) {
        for (size_t old = 0; old <= n; old++) {
            struct merkle_proof proof = merkle_prove_consistency(arena, leaves, n, old);
            struct merkle_claim claim = {.old_size = (int64_t)old,
                                         .size = (int64_t)n,
                                         .old_root = naive_root(leaves, old),
                                         .root = naive_root(leaves, n)};
            CHECK(merkle_check_consistency(&claim, &proof));
            claim.old_root.b[3] ^= 4;
            CHECK(!merkle_check_consistency(&claim, &proof));
            claim.old_root.b[3] ^= 4;
            if (proof.count == 0)
                continue;
            claim.root.b[3] ^= 4;
            CHECK(!merkle_check_consistency(&claim, &proof));
            claim.root.b[3] ^= 4;
            proof.count--;
            CHECK(!merkle_check_consistency(&claim, &proof));
        }
    }
    struct merkle_claim backwards = {.old_size = 3, .size = 2};
    CHECK(!merkle_check_consistency(&backwards, &(struct merkle_proof){0}));
}
