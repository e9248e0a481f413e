/* library.h - a database's library, which is loaded when the first store needs it and then stays: most programs that load
 * us open no store, and each of its symbols would cost them time at their start. */
#ifndef VSMS_LIBRARY_H
#define VSMS_LIBRARY_H

#include "vsms/base.h"

struct vsms_library_function {
  const char *name;
  void *pointer; /* where the pointer to it is kept */
};

struct vsms_library {
  const char *file;    /* as the Makefile found it: "libpq.so.5" */
  const char *package; /* which has it */
  const struct vsms_library_function *functions;
  size_t count;
  bool is_loaded;
};

/* Loads it, if that was not done yet, and fills the pointers, whatever thread comes first. False with *error filled
 * (VSMS_INVALID_ARGUMENT); the next call tries again. */
bool vsms_library_load(struct vsms_library *library, const char *field, vsms_error *error);

#endif
