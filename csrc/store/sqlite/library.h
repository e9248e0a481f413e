/* library.h - the functions of SQLite that the driver calls: vsms_sqlite3.bind_double is sqlite3_bind_double. */
#ifndef VSMS_SQLITE_LIBRARY_H
#define VSMS_SQLITE_LIBRARY_H

#include <sqlite3.h>

#include "store/library.h"

/* clang-format off */
#define VSMS_SQLITE_FUNCTIONS(NAME)                                                                         \
  NAME(bind_double) NAME(bind_int64) NAME(bind_null) NAME(bind_parameter_count) NAME(bind_parameter_name)   \
  NAME(bind_text64) NAME(busy_handler) NAME(changes) NAME(close_v2) NAME(column_blob) NAME(column_bytes)    \
  NAME(column_count) NAME(column_double) NAME(column_int64) NAME(column_name) NAME(column_text)             \
  NAME(column_type) NAME(db_config) NAME(db_readonly) NAME(errmsg) NAME(errstr) NAME(exec)                  \
  NAME(extended_errcode) NAME(extended_result_codes) NAME(file_control) NAME(finalize) NAME(get_autocommit) \
  NAME(last_insert_rowid) NAME(libversion) NAME(libversion_number) NAME(open_v2) NAME(prepare_v2)           \
  NAME(prepare_v3) NAME(progress_handler) NAME(reset) NAME(set_authorizer) NAME(set_last_insert_rowid)      \
  NAME(step) NAME(stmt_readonly) NAME(system_errno) NAME(threadsafe) NAME(total_changes)                    \
  NAME(wal_checkpoint_v2) NAME(wal_hook)
/* clang-format on */

#define VSMS_SQLITE_POINTER(name) __typeof__(sqlite3_##name) *name;
extern struct vsms_sqlite3 { VSMS_SQLITE_FUNCTIONS(VSMS_SQLITE_POINTER) } vsms_sqlite3;

extern struct vsms_library vsms_sqlite3_library;

#endif
