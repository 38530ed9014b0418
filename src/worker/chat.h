/* chat.h - "reeve-work chat": the transport of the incident channel, as long as the core lives.
 *
 * The first line on in_fd is its setup, a JSON object with "kind" and what that kind needs, secrets
 * among it; then orders (channel/transport.h). Refuses: kinds that it does not know; exit code 2.
 */
#ifndef WORKER_CHAT_H
#define WORKER_CHAT_H

/* The exit code. */
int chat_main(int in_fd, int out_fd);

#endif
