/* irc.h - the transport to an IRC server: a process's whole work (channel/transport.h).
 *
 * Promises: connects, by TLS for ircs://, with the server's certificate verified; connects again
 * with a pause that grows to IRC_RETRY_MOST_MS; says "lost" with a sentence each time that it is
 * not there any more. Ends when in_fd does.
 * Refuses: to keep anything over a connection's end. */
#ifndef IRC_IRC_H
#define IRC_IRC_H

#include "base/json.h"

enum { IRC_RETRY_FIRST_MS = 1000, IRC_RETRY_MOST_MS = 60000, IRC_CONNECT_MS = 10000 };

/* setup: {"kind":"irc","server":"irc://host:6667","nick":"reeve","account":…,"password":…,"ca":…};
 * the last three may be absent. Its strings must live as long as the call. The exit code. */
int irc_run(const struct json *setup, int in_fd, int out_fd);

#endif
