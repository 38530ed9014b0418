/* accounts_file.h - the file "accounts" beside the ledger: hashes of passwords, sessions, tokens.
 *
 * Promises: 0600, whole or the old one. A lost file lets nobody in and hinders nothing else: people
 * get a new password on the machine itself.
 * Refuses: a file that others than its owner may read. */
#ifndef MAIN_ACCOUNTS_FILE_H
#define MAIN_ACCOUNTS_FILE_H

#include "main/app.h"

/* Reads it into app->credentials once; there need not be one. */
MUST_USE bool accounts_file_read(struct app *app, struct err *err);
/* Writes what belongs to the facts of the ledger. */
MUST_USE bool accounts_file_write(struct app *app, struct err *err);
/* Keeps what a performed call was given to keep (ARGUMENT_PASSWORD, ARGUMENT_DIGEST). */
MUST_USE bool accounts_file_keep(struct app *app, const struct call *call, struct err *err);

#endif
