/* engine.h - the inside of a vsms_engine. */
#ifndef VSMS_ENGINE_H
#define VSMS_ENGINE_H

#include "engine/thread.h"
#include "http/blocking.h"
#include "http/exchange.h"

struct vsms_engine {
  struct vsms_settings settings;
  size_t references;             /* the host's own and one for each ticket it holds; host's thread only */
  unsigned process;              /* the one that the two below belong to, by vsms_process_number */
  struct vsms_blocking blocking; /* opened at the first blocking call */
  struct vsms_thread *thread;    /* started at the first submit */
  bool is_closed;
};

/* The I/O thread, if this process has one, stopped or not. */
struct vsms_thread *vsms_engine_thread(vsms_engine *engine);

/* The same, started if there is none. NULL with *error filled. */
struct vsms_thread *vsms_engine_ensure_thread(vsms_engine *engine, vsms_error *error);

/* A checked request. NULL with *error filled. */
struct vsms_exchange *vsms_engine_exchange(vsms_engine *engine, const vsms_request *request, vsms_error *error);

/* Takes a reference and drops one. */
void vsms_engine_retain(vsms_engine *engine);
void vsms_engine_release(vsms_engine *engine);

#endif
