/* library.c - see library.h. */
#include "store/sqlite/library.h"

struct vsms_sqlite3 vsms_sqlite3;

#define FUNCTION(name) {"sqlite3_" #name, &vsms_sqlite3.name},
static const struct vsms_library_function functions[] = {VSMS_SQLITE_FUNCTIONS(FUNCTION)};

struct vsms_library vsms_sqlite3_library = {
    .file = VSMS_SQLITE_LIBRARY,
    .package = "libsqlite3-0 (Debian) or sqlite-libs (Fedora), 3.35 or newer",
    .functions = functions,
    .count = sizeof functions / sizeof *functions,
};
