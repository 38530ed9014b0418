/* outside_ledger.c - writes a ledger with a checkpoint signed by the real keeper into a folder, and
 * prints the verifier key: the input of verify_outside.py.
 * Usage: outside-ledger FOLDER ENTRIES */
#include "keeper/keeper.h"
#include "keeper/keeper_client.h"
#include "ledger/checkpoint.h"
#include "ledger/merkle.h"
#include "ledger_sample.h"
#include "store/ledger_sqlite.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static bool start(struct keeper_client *client, struct str key_file, struct err *err)
{
    int fds[2];
    struct keeper_setup setup = {.key_file = key_file, .origin = STR("reeve.example/outside")};
    if (!keeper_socket_pair(fds, err))
        return false;
    pid_t pid = fork();
    if (pid == 0) {
        (void)close(fds[0]);
        _exit(keeper_main(fds[1]));
    }
    (void)close(fds[1]);
    return keeper_start(client, fds[0], &setup, err);
}

static bool write_ledger(struct arena *arena, const char *folder, size_t count, struct err *err)
{
    struct ledger_sqlite ledger;
    struct keeper_client client = {.fd = -1};
    struct checkpoint_key key = {.name = STR("reeve.example/outside")};
    unsigned char signature[SIGNATURE_BYTES];
    struct merkle tree;
    struct ledger_entry *entries = sample_entries(arena, count);
    merkle_init(&tree);
    for (size_t i = 0; i < count; i++)
        merkle_append(&tree, entries[i].leaf);
    struct checkpoint checkpoint = {key.name, tree.size, merkle_root(&tree)};
    struct str body = checkpoint_body(arena, &checkpoint);
    if (!start(&client, str_printf(arena, "%s/key", folder), err) ||
        !keeper_public_key(&client, key.public_key, err) ||
        !keeper_sign(&client, body, signature, err) ||
        !ledger_sqlite_open(&ledger, str_printf(arena, "%s/ledger", folder), LEDGER_APPEND, err))
        return false;
    struct str note = checkpoint_note(arena, body, &key, signature);
    bool good = ledger.store.port->append(&ledger.store, entries, count, err) &&
                ledger.store.port->put_checkpoint(&ledger.store, tree.size, note, err);
    ledger_sqlite_close(&ledger);
    keeper_close(&client);
    (void)wait(NULL);
    (void)printf("%.*s\n", STR_ARGS(checkpoint_key_write(arena, &key)));
    return good;
}

int main(int argc, char **argv)
{
    struct arena arena;
    struct err err = {0};
    int64_t count = 0;
    if (argc != 3 || !str_int(str_of(argv[2]), &count) || count < 1)
        return 2;
    arena_init(&arena);
    bool good = write_ledger(&arena, argv[1], (size_t)count, &err);
    arena_done(&arena);
    if (!good)
        (void)fprintf(stderr, "%s: %s\n", err.place, err.text);
    return good ? 0 : 1;
}
