/* drivers_compat.h - the one place that knows which databases the core was built with. */
#ifndef VSMS_DRIVERS_COMPAT_H
#define VSMS_DRIVERS_COMPAT_H

#include "store/driver.h"

/* Defined by the Makefile where pkg-config finds the library. */
#ifdef VSMS_HAVE_SQLITE
extern const vsms_driver vsms_sqlite_driver;
#define VSMS_SQLITE_DRIVER &vsms_sqlite_driver
#else
#define VSMS_SQLITE_DRIVER NULL
#endif

#ifdef VSMS_HAVE_POSTGRES
extern const vsms_driver vsms_postgres_driver;
#define VSMS_POSTGRES_DRIVER &vsms_postgres_driver
#else
#define VSMS_POSTGRES_DRIVER NULL
#endif

#endif
