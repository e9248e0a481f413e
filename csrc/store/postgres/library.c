/* library.c - see library.h. */
#include "store/postgres/library.h"

struct vsms_pq vsms_pq;

#define FUNCTION(name) {"PQ" #name, &vsms_pq.name},
static const struct vsms_library_function functions[] = {VSMS_POSTGRES_FUNCTIONS(FUNCTION)};

struct vsms_library vsms_pq_library = {
    .file = VSMS_POSTGRES_LIBRARY,
    .package = "libpq5 (Debian) or libpq (Fedora), 14 or newer",
    .functions = functions,
    .count = sizeof functions / sizeof *functions,
};
