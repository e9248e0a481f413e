/* engine.h - the inside of a vsms_engine. */
#ifndef VSMS_ENGINE_H
#define VSMS_ENGINE_H

#include <sys/types.h>

#include "io.h"
#include "settings.h"

struct vsms_engine {
  struct vsms_settings settings;
  size_t references;  /* the host's own and one for each ticket it holds; host's thread only */
  pid_t pid;          /* the process that the handle and the thread below belong to */
  CURL *easy;         /* for blocking calls; made at the first */
  struct vsms_io *io; /* made at the first submit */
  bool is_closed;
};

/* The I/O thread, if this process has one. */
struct vsms_io *vsms_engine_io(vsms_engine *engine);

/* The same, started if there is none.  NULL with *error filled. */
struct vsms_io *vsms_engine_ensure_io(vsms_engine *engine, vsms_error *error);

/* Drops a reference. */
void vsms_engine_release(vsms_engine *engine);

#endif
