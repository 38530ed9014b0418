/* local_actions.h - the local actions one by one; local.c finds them by name. Each writes its
 * answer to app->out. */
#ifndef MAIN_LOCAL_ACTIONS_H
#define MAIN_LOCAL_ACTIONS_H

#include "main/app.h"

bool local_alert_backtest(struct app *app, const struct call *call, struct err *err);
bool local_alert_test(struct app *app, const struct call *call, struct err *err);
bool local_alert_why(struct app *app, const struct call *call, struct err *err);
bool local_check(struct app *app, const struct call *call, struct err *err);
bool local_diff(struct app *app, const struct call *call, struct err *err);
bool local_export_prometheus(struct app *app, const struct call *call, struct err *err);
bool local_import(struct app *app, const struct call *call, struct err *err);
bool local_explain(struct app *app, const struct call *call, struct err *err);
bool local_backup_drill(struct app *app, const struct call *call, struct err *err);
bool local_backup_status(struct app *app, const struct call *call, struct err *err);
bool local_db_ping(struct app *app, const struct call *call, struct err *err);
bool local_run_watch(struct app *app, const struct call *call, struct err *err);
bool local_db_locks(struct app *app, const struct call *call, struct err *err);
bool local_db_look(struct app *app, const struct call *call, struct err *err);
bool local_db_query(struct app *app, const struct call *call, struct err *err);
bool local_db_migrate(struct app *app, const struct call *call, struct err *err);
bool local_db_rollback(struct app *app, const struct call *call, struct err *err);
bool local_db_status(struct app *app, const struct call *call, struct err *err);
bool local_db_lint(struct app *app, const struct call *call, struct err *err);
bool local_db_export(struct app *app, const struct call *call, struct err *err);
bool local_db_import(struct app *app, const struct call *call, struct err *err);
bool local_db_verify(struct app *app, const struct call *call, struct err *err);
bool local_health_check(struct app *app, const struct call *call, struct err *err);
bool local_metrics_performance(struct app *app, const struct call *call, struct err *err);
bool local_ledger_show(struct app *app, const struct call *call, struct err *err);
bool local_ledger_verify(struct app *app, const struct call *call, struct err *err);
bool local_ledger_checkpoint(struct app *app, const struct call *call, struct err *err);
bool local_ledger_backup(struct app *app, const struct call *call, struct err *err);
bool local_serve(struct app *app, const struct call *call, struct err *err);

#endif
