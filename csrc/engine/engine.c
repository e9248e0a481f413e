/* engine.c - see engine.h and vsms/engine.h. */
#include "engine/engine.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/fork.h"
#include "engine/at_exit.h"
#include "http/libcurl.h"

/* ---- from the first reference to the last ------------------------------------------------------ */

static vsms_engine *new_engine(const vsms_config *config, vsms_error *error) {
  vsms_engine *engine = calloc(1, sizeof *engine);
  if (engine == NULL) {
    vsms_fail_memory(error);
    return NULL;
  }
  if (!vsms_settings_make(&engine->settings, config, error)) {
    free(engine);
    return NULL;
  }
  engine->references = 1;
  engine->process = vsms_process_number();
  return engine;
}

vsms_engine *vsms_engine_new(const vsms_config *config, vsms_error *error) {
  if (!vsms_libcurl_ready(error)) return NULL;
  if (!vsms_at_exit_ready()) {
    vsms_fail_memory(error);
    return NULL;
  }
  return new_engine(config, error);
}

/* A child process must not speak on its parent's connections, not even to close them: TLS would say so on the wire,
 * into the parent's stream. The handle and the thread's memory are left behind; they are as large as they are. */
static void notice_fork(vsms_engine *engine) {
  unsigned process = vsms_process_number();
  if (engine->process == process) return;
  engine->process = process;
  engine->blocking = (struct vsms_blocking){NULL, NULL, NULL};
  if (engine->thread != NULL && vsms_handoff_is_inherited(vsms_thread_handoff(engine->thread))) {
    vsms_thread_disown(engine->thread);
    engine->thread = NULL;
  }
}

void vsms_engine_close(vsms_engine *engine) {
  notice_fork(engine);
  engine->is_closed = true;
  if (engine->thread != NULL) vsms_thread_stop(engine->thread);
  vsms_blocking_close(&engine->blocking);
}

void vsms_engine_retain(vsms_engine *engine) { engine->references++; }

void vsms_engine_release(vsms_engine *engine) {
  if (--engine->references > 0) return;
  if (engine->thread != NULL) vsms_thread_free(engine->thread);
  vsms_settings_free(&engine->settings);
  free(engine);
}

void vsms_engine_free(vsms_engine *engine) {
  if (engine == NULL) return;
  vsms_engine_close(engine);
  vsms_engine_release(engine);
}

/* ---- what it knows ----------------------------------------------------------------------------- */

bool vsms_engine_is_closed(const vsms_engine *engine) { return engine->is_closed; }

const char *vsms_engine_base_url(const vsms_engine *engine) { return engine->settings.base_url; }

bool vsms_engine_redact(const vsms_engine *engine, char *text, size_t length) {
  return vsms_redact(&engine->settings.redaction, text, length);
}

bool vsms_engine_holds_token(const vsms_engine *engine, vsms_bytes text) {
  return vsms_holds_token(&engine->settings.redaction, text);
}

/* ---- work -------------------------------------------------------------------------------------- */

static bool may_work(vsms_engine *engine, vsms_error *error) {
  notice_fork(engine);
  if (engine->is_closed) return vsms_fail(error, VSMS_CLOSED, NULL, "the client is closed: make a new one");
  return vsms_fork_left_us_whole(error);
}

struct vsms_exchange *vsms_engine_exchange(vsms_engine *engine, const vsms_request *request, vsms_error *error) {
  return may_work(engine, error) ? vsms_exchange_new(&engine->settings, request, error) : NULL;
}

struct vsms_thread *vsms_engine_thread(vsms_engine *engine) {
  notice_fork(engine);
  return engine->thread;
}

struct vsms_thread *vsms_engine_ensure_thread(vsms_engine *engine, vsms_error *error) {
  if (!may_work(engine, error)) return NULL;
  if (engine->thread == NULL) engine->thread = vsms_thread_start(&engine->settings, error);
  return engine->thread;
}

vsms_response *vsms_engine_perform(vsms_engine *engine, const vsms_request *request, const vsms_interrupt *interrupt,
                                   vsms_error *error) {
  struct vsms_exchange *exchange = vsms_engine_exchange(engine, request, error);
  if (exchange == NULL) return NULL;
  vsms_response *response = NULL;
  if (!vsms_blocking_open(&engine->blocking, &engine->settings)) {
    vsms_fail_memory(error);
  } else {
    exchange->interrupt = interrupt;
    vsms_blocking_perform(&engine->blocking, exchange);
    response = exchange->response;
    exchange->response = NULL;
  }
  vsms_exchange_free(exchange);
  return response;
}
