/* session.h - what a client of an IRC server says and hears, without the connection itself.
 *
 * Promises: lines in, orders in, the time in; lines to send, slowly, and answers out. Registration
 * with a password or SASL PLAIN (without the account where the server has none just now: then it is
 * tried again later), other nicks when ours is in use and ours again later, channels
 * joined again after a kick, PING and PONG, a server that says nothing, names as long as the server
 * takes them. A post is answered only after the server has answered a PING behind it. IRC pins
 * nothing, so whoever comes into a channel is told its facts, alone and once in a while.
 * Refuses: private messages, notices, and questions of clients; they are passed over. */
#ifndef IRC_SESSION_H
#define IRC_SESSION_H

#include "channel/pace.h"
#include "channel/transport.h"
#include "irc/message.h"
#include "irc/split.h"

enum {
    IRC_CHANNELS_MAX = 1000,
    IRC_QUEUE_MAX = 400, /* lines that wait to be sent */
    IRC_PACE_MS = 1000,  /* between lines, once IRC_BURST were sent */
    IRC_BURST = 4,
    IRC_REGISTER_MS = 30000,     /* until the server has welcomed us */
    IRC_ANSWER_MS = 60000,       /* until it has answered an order, from its last line on */
    IRC_SILENT_MS = 90000,       /* then it is asked whether it is there */
    IRC_DEAD_MS = 30000,         /* and so long is waited */
    IRC_NICK_MS = 60000,         /* between tries to get our own nick */
    IRC_ACCOUNT_MS = 8000,       /* until the server's services have answered our account */
    IRC_ACCOUNT_FIRST_MS = 5000, /* between tries to be logged in after all, twice as long each */
    IRC_ACCOUNT_MOST_MS = 30000,
    IRC_REJOIN_MS = 10000,
    IRC_TOPIC_WAIT_MS = 5000,   /* until a topic that somebody else set is ours again */
    IRC_TOPIC_AGAIN_MS = 60000, /* at least between two such times */
    IRC_AGAIN_MS = 3000,        /* from the first who is back to the topic that is set again */
    IRC_NICK_BYTES = 40,
    IRC_NAME_BYTES = 96,
    IRC_TOPIC_BYTES = 400,
    IRC_FACTS_BYTES = 700,
    IRC_GREET_MS = 600000, /* told again only after so long */
    IRC_GREET_QUEUE = 16,  /* no greeting while so many lines wait */
    IRC_INVITE_QUEUE = 60, /* and no invitation while so many do */
    IRC_PREFIX_BYTES = 110 /* of our own messages, as others get them, where it is not known */
};

struct irc_settings {
    struct str nick;
    struct str account;  /* for SASL; "": the password is the server's */
    struct str password; /* "": none */
};

struct irc_channel {
    char name[IRC_NAME_BYTES]; /* "#incident-7"; "": a free place */
    bool joined, asked;        /* asked: a JOIN is under way */
    bool others;               /* somebody else is in it */
    bool namesake;             /* one who has our own nick, while we have another */
    bool is_new;               /* its facts were never posted */
    bool wanted;               /* it is to be joined again when we are out of it */
    int64_t retry_ms;
    char topic[IRC_TOPIC_BYTES]; /* as the server has it */
    char set[IRC_TOPIC_BYTES];   /* as it is to be */
    int64_t retopic_ms; /* when it is set again, since somebody else set another; 0: never */
    int64_t kept_ms;    /* when that was last done */
    char facts[IRC_FACTS_BYTES]; /* what whoever comes is told, or "" */
    char to[IRC_NAME_BYTES];     /* who is in it is being invited there; or "" */
    /* The order under way; kind CHANNEL_ORDERS: none. */
    enum channel_order_kind order;
    int64_t incident, through, number; /* number: of the PING that is waited for, or 0 */
    int64_t until_ms;
    char mark[96];
    char ordered[IRC_TOPIC_BYTES]; /* the topic, as ordered */
    int64_t again_ms;              /* when it is set again, for a server that is back; or 0 */
};

struct irc_queued {
    char text[IRC_LINE_BYTES + 2];
    size_t n;
};

struct irc_session {
    struct irc_settings settings;
    void *context;
    void (*send)(void *context, struct str line); /* with its CR LF */
    void (*tell)(void *context, const struct channel_heard *heard);
    struct arena turn; /* reset at each call */
    bool welcomed, failed, in_sasl;
    char without[200];                   /* why we are not logged in, or "" */
    char mechanisms[80];                 /* that the server takes instead of ours, or "" */
    int64_t account_ms, account_wait_ms; /* of the try under way, or to come */
    char problem[300];                   /* once failed: why the connection is to be closed */
    char banned[100];                    /* what the server says before it says why; or "" */
    char nick[IRC_NICK_BYTES];           /* that we have now; settings.nick is our own */
    char before[IRC_NICK_BYTES];         /* that we had before it, until somebody else has it; "" */
    int nick_tries;
    bool bad_nick;                 /* the server has said so of one */
    char prefix[IRC_PREFIX_BYTES]; /* our own, as the server says it, or "" */
    size_t name_bytes;             /* of channels, with '#' */
    size_t topic_bytes;            /* longer ones are cut by the server */
    int64_t now_ms, begun_ms, heard_ms, asked_ms, nick_ms, sent_ms;
    int64_t number; /* of the newest PING */
    int credit;     /* lines that can be sent at once */
    struct irc_queued *queue;
    size_t queue_first, queue_count;
    struct irc_channel *channels;
    struct pace greeted;
    struct irc_split split;
};

/* Storage for queue and channels is taken from arena; send and tell are the caller's. */
void irc_session_init(struct irc_session *session, struct arena *arena);
void irc_session_done(struct irc_session *session);
/* A connection is there: everything of the one before is forgotten. */
void irc_session_begin(struct irc_session *session, int64_t now_ms);
void irc_session_line(struct irc_session *session, struct str line, int64_t now_ms);
void irc_session_order(struct irc_session *session, const struct channel_order *order,
                       int64_t now_ms);
/* Sends what may be sent now; looks at what is late. At least every 250 ms. */
void irc_session_tick(struct irc_session *session, int64_t now_ms);

/* What the two files of it share. */
void irc_queue(struct irc_session *session, const char *format, ...) PRINTF_LIKE(2, 3);
void irc_fail(struct irc_session *session, const char *format, ...) PRINTF_LIKE(2, 3);
/* Do we have another nick than our own? */
bool irc_is_other(const struct irc_session *session);
/* session_channel.c: a line that is about a channel. */
void irc_channel_line(struct irc_session *session, const struct irc_message *message);
void irc_channel_tick(struct irc_session *session);

#endif
