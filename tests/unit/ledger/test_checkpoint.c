/* test_checkpoint.c - signed notes: written, read, verified, refused. */
#include "harness/test.h"
#include "ledger/checkpoint.h"

#include <sodium.h>

/* SHA-256 of "root", as another program writes it. */
#define ROOT "SBNJTRN+FjG7owHVrKtue7eqdM4RhdRWVl71HXN2d7I="

struct signer {
    struct checkpoint_key key;
    unsigned char secret[crypto_sign_SECRETKEYBYTES];
};

static struct signer make_signer(const char *name, unsigned char seed_byte)
{
    struct signer signer = {.key = {.name = str_of(name)}};
    unsigned char seed[crypto_sign_SEEDBYTES];
    memset(seed, seed_byte, sizeof seed);
    (void)crypto_sign_seed_keypair(signer.key.public_key, signer.secret, seed);
    return signer;
}

static struct str sign_body(struct arena *arena, const struct signer *signer, struct str body)
{
    unsigned char signature[SIGNATURE_BYTES];
    (void)crypto_sign_detached(signature, NULL, (const unsigned char *)body.p, body.n,
                               signer->secret);
    return checkpoint_note(arena, body, &signer->key, signature);
}

static struct str sample_note(struct arena *arena, const struct signer *signer, int64_t size)
{
    struct checkpoint checkpoint = {STR("reeve.example/ledger"), size, hash_of(STR("root"))};
    return sign_body(arena, signer, checkpoint_body(arena, &checkpoint));
}

TEST(note_comes_back)
{
    struct err err = {0};
    struct signer signer = make_signer("reeve.example/ledger", 1);
    struct str note = sample_note(arena, &signer, 42);
    struct checkpoint checkpoint;
    struct hash root = hash_of(STR("root"));
    CHECK(str_starts(note, "reeve.example/ledger\n42\n" ROOT "\n\n\xe2\x80\x94 "
                           "reeve.example/ledger "));
    CHECK_OK(checkpoint_check(arena, note, &signer.key, &checkpoint, &err), &err);
    CHECK_INT(checkpoint.size, 42);
    CHECK_STR(checkpoint.origin, "reeve.example/ledger");
    CHECK(hash_equal(&checkpoint.root, &root));
    struct str empty = sample_note(arena, &signer, 0);
    CHECK_OK(checkpoint_parse(arena, empty, &checkpoint, &err), &err);
    CHECK_INT(checkpoint.size, 0);
}

TEST(every_changed_byte_is_refused)
{
    struct err err = {0};
    struct signer signer = make_signer("reeve", 1);
    struct str note = sample_note(arena, &signer, 1234567);
    struct checkpoint checkpoint;
    CHECK_OK(checkpoint_check(arena, note, &signer.key, &checkpoint, &err), &err);
    for (size_t i = 0; i < note.n; i++) {
        char *bytes = arena_alloc(arena, note.n);
        memcpy(bytes, note.p, note.n);
        bytes[i] = (char)(bytes[i] ^ 1);
        struct str changed = {bytes, note.n};
        if (checkpoint_check(arena, changed, &signer.key, &checkpoint, &err))
            test_fail(__FILE__, __LINE__, "changed byte %zu was not seen", i);
    }
}

TEST(signatures_of_others)
{
    struct err err = {0};
    struct signer one = make_signer("one", 1);
    struct signer two = make_signer("two", 2);
    struct signer impostor = make_signer("one", 3);
    struct checkpoint checkpoint;
    struct str note = sample_note(arena, &one, 5);
    CHECK(!checkpoint_check(arena, note, &two.key, &checkpoint, &err));
    CHECK_INT(err.kind, ERR_REFUSED);
    CHECK(!checkpoint_check(arena, note, &impostor.key, &checkpoint, &err));
    struct str both = str_printf(arena, "%.*s%s", STR_ARGS(sample_note(arena, &two, 5)),
                                 strstr(note.p, "\xe2\x80\x94 one"));
    CHECK_OK(checkpoint_check(arena, both, &one.key, &checkpoint, &err), &err);
    CHECK_OK(checkpoint_check(arena, both, &two.key, &checkpoint, &err), &err);
}

TEST(notes_that_are_none)
{
    struct signer signer = make_signer("reeve", 1);
    static const char *const bodies[] = {"reeve\n1\n",
                                         "reeve\n01\n" ROOT "\n",
                                         "reeve\n-1\n" ROOT "\n",
                                         "reeve\n1\nSBNJ\n",
                                         "\n1\n" ROOT "\n",
                                         "reeve\n1\n" ROOT "\nextension\n",
                                         "reeve\n99999999999999999999\n" ROOT "\n"};
    struct checkpoint checkpoint;
    struct err err = {0};
    struct str good = sign_body(arena, &signer, STR("reeve\n1\n" ROOT "\n"));
    CHECK_OK(checkpoint_check(arena, good, &signer.key, &checkpoint, &err), &err);
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        struct str note = sign_body(arena, &signer, str_of(bodies[i]));
        CHECK(!checkpoint_check(arena, note, &signer.key, &checkpoint, &err));
        CHECK_INT(err.kind, ERR_USAGE);
    }
    CHECK(!checkpoint_parse(arena, STR(""), &checkpoint, &err));
    CHECK(!checkpoint_parse(arena, STR("\n\n"), &checkpoint, &err));
    char *much = arena_alloc(arena, CHECKPOINT_NOTE_BYTES + 1);
    memset(much, '\n', CHECKPOINT_NOTE_BYTES + 1);
    CHECK(
        !checkpoint_parse(arena, (struct str){much, CHECKPOINT_NOTE_BYTES + 1}, &checkpoint, &err));
}

TEST(verifier_keys)
{
    struct err err = {0};
    /* The example of the signed-note specification. */
    struct checkpoint_key key;
    struct str known = STR("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW");
    CHECK_OK(checkpoint_key_parse(arena, known, &key, &err), &err);
    CHECK_STR(key.name, "PeterNeumann");
    CHECK_SAME(checkpoint_key_write(arena, &key), known);
    CHECK(!checkpoint_key_parse(arena,
                                STR("PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/"
                                    "LDE4izWy10TW"),
                                &key, &err));
    CHECK(!checkpoint_key_parse(arena, STR("Peter+"), &key, &err));
    CHECK(!checkpoint_key_parse(arena, STR(""), &key, &err));
    CHECK(!checkpoint_key_parse(arena,
                                STR("a b+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/"
                                    "LDE4izWy10TW"),
                                &key, &err));
}
