/* engine.h - the inside of a vsms_engine. */
#ifndef VSMS_ENGINE_H
#define VSMS_ENGINE_H

#include "http/blocking.h"
#include "engine/io.h"
#include "http/settings.h"

struct vsms_engine {
  struct vsms_settings settings;
  size_t references;             /* the host's own and one for each ticket it holds; host's thread only */
  unsigned process;              /* the one that the two below belong to, by vsms_process_number */
  struct vsms_blocking blocking; /* opened at the first blocking call */
  struct vsms_io *io;            /* made at the first submit */
  bool is_closed;
};

/* The I/O thread, if this process has one. */
struct vsms_io *vsms_engine_io(vsms_engine *engine);

/* The same, started if there is none.  NULL with *error filled. */
struct vsms_io *vsms_engine_ensure_io(vsms_engine *engine, vsms_error *error);

/* Drops a reference. */
void vsms_engine_release(vsms_engine *engine);

#endif
