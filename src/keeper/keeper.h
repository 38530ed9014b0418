/* keeper.h - the process with the keys.
 *
 * It holds the signing key, the key behind acknowledge links and the secrets named in the
 * configuration; it has one socket to its core and no network. It answers four calls: public key,
 * sign, mac, give.
 * Promises: the environment is wiped once the secrets are read; no core dump; keys are kept out of
 * swap where the limits allow; after start only reading and writing the socket is left (seccomp,
 * and Landlock where the kernel has it).
 * Refuses: signing anything but a checkpoint of its own origin; a key file that others can read. */
#ifndef KEEPER_KEEPER_H
#define KEEPER_KEEPER_H

/* Serves the core at the other end of fd (SOCK_SEQPACKET) until it closes. Returns the exit code.
 * Called in a process of its own; its sandbox cannot be taken off again. */
int keeper_main(int fd);

#endif
