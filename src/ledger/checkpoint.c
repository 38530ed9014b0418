/* checkpoint.c - signed notes, written, read and verified. */
#include "ledger/checkpoint.h"

#include "base/text.h"

#include <sodium.h>

enum { KEY_HASH_BYTES = 4, ALGORITHM_ED25519 = 1, KEY_NAME_BYTES_MAX = 255 };

static const char signature_start[] = "\u2014 ";
static const char place[] = "checkpoint";

struct note_parts {
    struct str body;       /* with its last line end */
    struct str signatures; /* lines */
};

static void key_hash(struct arena *arena, const struct checkpoint_key *key,
                     unsigned char out_hash[KEY_HASH_BYTES])
{
    struct text text;
    text_init(&text, arena, key->name.n + 2 + PUBLIC_KEY_BYTES);
    text_add(&text, key->name);
    text_adds(&text, "\n\x01");
    text_add(&text, (struct str){(const char *)key->public_key, PUBLIC_KEY_BYTES});
    struct hash hash = hash_of(text_str(&text));
    memcpy(out_hash, hash.b, KEY_HASH_BYTES);
}

struct str checkpoint_body(struct arena *arena, const struct checkpoint *checkpoint)
{
    struct str root = base64_write(arena, checkpoint->root.b, HASH_BYTES);
    return str_printf(arena, "%.*s\n%lld\n%.*s\n", STR_ARGS(checkpoint->origin),
                      (long long)checkpoint->size, STR_ARGS(root));
}

struct str checkpoint_note(struct arena *arena, struct str body, const struct checkpoint_key *key,
                           const unsigned char *signature)
{
    unsigned char signed_by[KEY_HASH_BYTES + SIGNATURE_BYTES];
    key_hash(arena, key, signed_by);
    memcpy(signed_by + KEY_HASH_BYTES, signature, SIGNATURE_BYTES);
    struct str code = base64_write(arena, signed_by, sizeof signed_by);
    return str_printf(arena, "%.*s\n%s%.*s %.*s\n", STR_ARGS(body), signature_start,
                      STR_ARGS(key->name), STR_ARGS(code));
}

/* The last empty line ends the body; every line behind it is a signature. */
static bool split_note(struct str note, struct note_parts *out_parts, struct err *err)
{
    size_t gap = note.n;
    for (size_t at = str_find(note, "\n\n", 0); at < note.n; at = str_find(note, "\n\n", at + 1))
        gap = at;
    if (note.n > CHECKPOINT_NOTE_BYTES || gap == note.n || note.p[note.n - 1] != '\n')
        return err_set(err, ERR_USAGE, place,
                       "This is not a signed note: it needs three lines, an empty line and a "
                       "signature line, each ended by a line end; give the whole text of it.");
    *out_parts = (struct note_parts){str_slice(note, 0, gap + 1), str_from(note, gap + 2)};
    return true;
}

static bool parse_body(struct arena *arena, struct str body, struct checkpoint *out_checkpoint,
                       struct err *err)
{
    struct str rest = body;
    struct str size_text = {0};
    struct str root_text = {0};
    struct str end = {0};
    struct str root = {0};
    struct checkpoint checkpoint = {0};
    bool good = str_split(&rest, '\n', &checkpoint.origin) && str_split(&rest, '\n', &size_text) &&
                str_split(&rest, '\n', &root_text) && str_split(&rest, '\n', &end) && end.n == 0 &&
                rest.n == 0;
    good = good && checkpoint.origin.n > 0 && str_utf8_valid(body, NULL);
    good = good && str_int(size_text, &checkpoint.size) && checkpoint.size >= 0 &&
           (size_text.n == 1 || size_text.p[0] != '0');
    good = good && base64_parse(arena, root_text, &root) && root.n == HASH_BYTES;
    if (!good)
        return err_set(err, ERR_USAGE, place,
                       "The body of this checkpoint is not origin, size and root of 32 bytes in "
                       "base64, each on its line.");
    memcpy(checkpoint.root.b, root.p, HASH_BYTES);
    *out_checkpoint = checkpoint;
    return true;
}

bool checkpoint_parse(struct arena *arena, struct str note, struct checkpoint *out_checkpoint,
                      struct err *err)
{
    struct note_parts parts;
    return split_note(note, &parts, err) && parse_body(arena, parts.body, out_checkpoint, err);
}

/* Takes one signature line apart; false when it is malformed. */
static bool parse_signature(struct arena *arena, struct str line, struct str *out_name,
                            struct str *out_code)
{
    if (!str_starts(line, signature_start))
        return false;
    line = str_from(line, sizeof signature_start - 1);
    size_t blank = str_find_byte(line, ' ', 0);
    *out_name = str_slice(line, 0, blank);
    return blank > 0 && blank < line.n &&
           base64_parse(arena, str_from(line, blank + 1), out_code) && out_code->n > KEY_HASH_BYTES;
}

static bool check_signatures(struct arena *arena, const struct note_parts *parts,
                             const struct checkpoint_key *key, struct err *err)
{
    unsigned char hash[KEY_HASH_BYTES];
    key_hash(arena, key, hash);
    struct str rest = parts->signatures;
    struct str line;
    bool found = false;
    while (str_split(&rest, '\n', &line)) {
        struct str name;
        struct str code;
        if (line.n == 0 && (!rest.p || rest.n == 0))
            continue;
        if (!parse_signature(arena, line, &name, &code))
            return err_set(err, ERR_USAGE, place,
                           "A signature line of this checkpoint is malformed.");
        if (!str_equal(name, key->name) || memcmp(code.p, hash, KEY_HASH_BYTES) != 0)
            continue;
        if (code.n != KEY_HASH_BYTES + SIGNATURE_BYTES ||
            crypto_sign_verify_detached((const unsigned char *)code.p + KEY_HASH_BYTES,
                                        (const unsigned char *)parts->body.p, parts->body.n,
                                        key->public_key) != 0)
            return err_set(err, ERR_REFUSED, place,
                           "The signature of %.*s does not fit this checkpoint: the checkpoint was "
                           "changed after it was signed.",
                           STR_ARGS(key->name));
        found = true;
    }
    return found || err_set(err, ERR_REFUSED, place,
                            "This checkpoint is not signed by the key %.*s; give the verifier key "
                            "of the Reeve that signed it.",
                            STR_ARGS(key->name));
}

bool checkpoint_check(struct arena *arena, struct str note, const struct checkpoint_key *key,
                      struct checkpoint *out_checkpoint, struct err *err)
{
    struct note_parts parts;
    struct checkpoint checkpoint;
    if (!split_note(note, &parts, err) || !parse_body(arena, parts.body, &checkpoint, err) ||
        !check_signatures(arena, &parts, key, err))
        return false;
    *out_checkpoint = checkpoint;
    return true;
}

struct str checkpoint_key_write(struct arena *arena, const struct checkpoint_key *key)
{
    unsigned char hash[KEY_HASH_BYTES];
    unsigned char tagged[1 + PUBLIC_KEY_BYTES] = {ALGORITHM_ED25519};
    key_hash(arena, key, hash);
    memcpy(tagged + 1, key->public_key, PUBLIC_KEY_BYTES);
    return str_printf(arena, "%.*s+%02x%02x%02x%02x+%.*s", STR_ARGS(key->name), hash[0], hash[1],
                      hash[2], hash[3], STR_ARGS(base64_write(arena, tagged, sizeof tagged)));
}

static bool name_is_good(struct str name)
{
    bool good = name.n > 0 && name.n <= KEY_NAME_BYTES_MAX && str_utf8_valid(name, NULL);
    for (size_t i = 0; good && i < name.n; i++)
        good = (unsigned char)name.p[i] > ' ' && name.p[i] != 0x7f;
    return good;
}

bool checkpoint_key_parse(struct arena *arena, struct str s, struct checkpoint_key *out_key,
                          struct err *err)
{
    s = str_trim(s);
    size_t first = str_find_byte(s, '+', 0);
    size_t second = str_find_byte(s, '+', first < s.n ? first + 1 : s.n);
    struct checkpoint_key key = {.name = str_slice(s, 0, first)};
    struct str tagged = {0};
    if (second == s.n || !name_is_good(key.name) ||
        !base64_parse(arena, str_from(s, second + 1), &tagged) ||
        tagged.n != 1 + PUBLIC_KEY_BYTES || tagged.p[0] != ALGORITHM_ED25519)
        return err_set(err, ERR_USAGE, "verifier key",
                       "This is not the verifier key of an Ed25519 key (NAME+HASH+KEY); "
                       "\"reeve ledger checkpoint\" prints it.");
    memcpy(key.public_key, tagged.p + 1, PUBLIC_KEY_BYTES);
    if (!str_equal(checkpoint_key_write(arena, &key), s))
        return err_set(err, ERR_USAGE, "verifier key",
                       "The hash in this verifier key does not fit its name and key; copy it "
                       "again, whole.");
    *out_key = key;
    return true;
}
