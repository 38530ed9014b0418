/* message.h - one line of the IRC protocol (RFC 1459 and 2812, with the tags of IRCv3).
 *
 * Promises: reads any bytes; nothing is allocated, all parts point into the line.
 * Refuses: lines without a command; parameters beyond the fifteenth are part of it. */
#ifndef IRC_MESSAGE_H
#define IRC_MESSAGE_H

#include "base/str.h"

enum { IRC_PARAMS_MAX = 15, IRC_LINE_BYTES = 512, IRC_TAGS_BYTES = 8192 };

struct irc_message {
    struct str prefix;  /* "ana!a@host", "irc.example.com", or "" */
    struct str command; /* "PRIVMSG", "001" */
    struct str params[IRC_PARAMS_MAX];
    size_t count;
};

/* A line without its end. False: it has no command. */
MUST_USE bool irc_message_parse(struct str line, struct irc_message *out_message);
/* "" beyond the last. */
struct str irc_param(const struct irc_message *message, size_t at);
/* The nick of the prefix. */
struct str irc_nick(const struct irc_message *message);
/* What somebody wrote, as text for people, in arena: valid UTF-8 (bytes that are none are taken for
 * Latin-1), without colours and controls; "/me looks" is "looks". False: it is no text but a
 * question of a client (CTCP). */
MUST_USE bool irc_text(struct arena *arena, struct str bytes, struct str *out_text);
/* Takes off the front of *rest what fits into most bytes, cut between characters, at a blank where
 * that costs little. False when *rest is used up. */
bool irc_piece(struct str *rest, size_t most, struct str *out_piece);
/* Names and nicks are equal in any case; {}| are the small letters of []\. */
bool irc_equal(struct str a, struct str b);

#endif
