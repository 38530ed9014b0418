/* transport.h - what the core asks of a transport (IRC, Slack), and what it hears back.
 *
 * A transport is a process of its own, child of "reeve serve", that reads one order a line and
 * writes one answer a line, both JSON objects. It decides nothing and remembers nothing over a
 * restart: after its "ready" the core sends "join" for each channel that it has to be in, and then
 * every order that was not answered.
 *
 *   core to transport                                     answered by
 *   {"order":"create","incident":7,"name":N,"mark":M,
 *    "topic":T}                                           created, taken or refused
 *   {"order":"join","incident":7,"channel":C,"topic":T,
 *    "lines":[…]}                                         set or refused
 *   {"order":"facts","incident":7,"channel":C,"topic":T,
 *    "lines":[…]}                                         set or refused
 *   {"order":"post","incident":7,"channel":C,"through":120,
 *    "lines":[…],"to":C}                                  posted or refused
 *   {"order":"say","incident":7,"channel":C,"text":T}     nothing
 *   {"order":"leave","incident":7,"channel":C}            nothing
 *
 *   transport to core
 *   {"heard":"ready","name_bytes":49,"name":N,"reason":R}  connected; names may be so long, without
 *                                         '#'; N: what it is called there, where that is not its
 * own nick; R: why it is not logged in, where it is to be
 *   {"heard":"called","name":N,"reason":R} by now; without N: its own nick; without R: logged in
 *   {"heard":"lost","reason":R}           not connected; what was not answered is in doubt
 *   {"heard":"created","incident":7,"name":N,"channel":C}   C: how the transport calls it
 *   {"heard":"taken","incident":7,"name":N,"reason":R}      another name is to be tried
 *   {"heard":"refused","incident":7,"reason":R,"wait_ms":W} later again, not before W; without R
 *                                                           there is nothing to say about it
 *   {"heard":"set","incident":7,"topic":T} topic set and facts pinned; T as ordered
 *   {"heard":"posted","incident":7,"through":120}  the server has all of them
 *   {"heard":"said","channel":C,"who":W,"account":A,"text":T,"id":I}
 *
 * create: a channel of that name that is there already is ours when its topic holds the mark (Reeve
 * ended between making it and recording it): then it is joined, its topic set and answered
 * "created". Else "taken". facts: the topic, and where something can be pinned, the lines instead
 * of those pinned before; where not, they are posted when the channel is new, and told to whoever
 * comes into it; join has them too, for that. post: several lines go into one message where they
 * fit; about one message a second; "posted" only when the server has confirmed it; to: the talk
 * goes on there, and who is here is asked there as the server has it. said: not what the transport
 * itself wrote; id names the message where the server repeats messages, else "". who is what
 * people's key holds ("irc: nick", "slack: U024…"); account is whom the server says they logged in
 * as, or "". */
#ifndef CHANNEL_TRANSPORT_H
#define CHANNEL_TRANSPORT_H

#include "base/json.h"

enum {
    TRANSPORT_LINE_BYTES = 64 * 1024, /* of one order or answer */
    TRANSPORT_LINES_MAX = 32,         /* of one post */
    TRANSPORT_TEXT_BYTES = 8 * 1024   /* of what somebody said; the rest is cut */
};

enum channel_order_kind {
    CHANNEL_ORDER_CREATE,
    CHANNEL_ORDER_JOIN,
    CHANNEL_ORDER_FACTS,
    CHANNEL_ORDER_POST,
    CHANNEL_ORDER_SAY,
    CHANNEL_ORDER_LEAVE,
    CHANNEL_ORDERS
};

struct channel_order {
    enum channel_order_kind kind;
    int64_t incident;
    struct str name, mark;  /* create */
    struct str channel;     /* all others */
    struct str topic, text; /* create, join, facts; say */
    struct str *lines;      /* facts, join, post */
    size_t line_count;
    int64_t through; /* post */
    struct str to;   /* post; or "" */
};

enum channel_heard_kind {
    CHANNEL_HEARD_READY,
    CHANNEL_HEARD_LOST,
    CHANNEL_HEARD_CREATED,
    CHANNEL_HEARD_TAKEN,
    CHANNEL_HEARD_REFUSED,
    CHANNEL_HEARD_SET,
    CHANNEL_HEARD_POSTED,
    CHANNEL_HEARD_SAID,
    CHANNEL_HEARD_CALLED,
    CHANNEL_HEARDS
};

struct channel_heard {
    enum channel_heard_kind kind;
    int64_t incident, name_bytes, through, wait_ms;
    struct str name, channel, topic, reason, who, account, text, id;
};

/* One line with its '\n', in arena. */
struct str channel_order_write(struct arena *arena, const struct channel_order *order);
struct str channel_heard_write(struct arena *arena, const struct channel_heard *heard);
/* A line without its '\n'; strings live in arena or point into line. ERR_SELF with a sentence when
 * it is none; unknown keys are passed over. */
MUST_USE bool channel_order_parse(struct arena *arena, struct str line,
                                  struct channel_order *out_order, struct err *err);
MUST_USE bool channel_heard_parse(struct arena *arena, struct str line,
                                  struct channel_heard *out_heard, struct err *err);

#endif
