/* backup.h - the state of backups, by pgbackrest and by the server; performs one order
 * (run/order.h).
 *
 * Promises: pgbackrest is only asked (info, repo-ls); the server is only read. */
#ifndef POSTGRES_BACKUP_H
#define POSTGRES_BACKUP_H

#include "backup/backup.h"
#include "postgres/connect.h"
#include "run/work.h"

/* DONE: all is well; FAILED: something is not, or is not known, and the detail is the first
 * sentence; REFUSED: the order or an address cannot be read. Output: backup_write's. */
void postgres_backup_perform(const struct work *work, struct order_result *out_result);

/* What the server says, or why it does not; url "": there is none. */
void backup_ask_server(struct arena *arena, struct str url, struct backup_server *out_server);

#endif
