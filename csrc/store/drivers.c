/* drivers.c - which databases there are. */
#include "store/drivers_compat.h"

static const vsms_driver *const drivers[VSMS_DIALECT_COUNT] = {
    [VSMS_SQLITE] = VSMS_SQLITE_DRIVER,
    [VSMS_POSTGRESQL] = VSMS_POSTGRES_DRIVER,
};

const vsms_driver *vsms_driver_of(vsms_dialect dialect) {
  return (unsigned)dialect < VSMS_DIALECT_COUNT ? drivers[dialect] : NULL;
}

bool vsms_dialect_is_built(vsms_dialect dialect) { return vsms_driver_of(dialect) != NULL; }

const char *vsms_dialect_name(vsms_dialect dialect) { return dialect == VSMS_SQLITE ? "sqlite" : "postgresql"; }
