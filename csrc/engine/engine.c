/* engine.c - see engine.h and vsms/engine.h. */
#include "engine/engine.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/error.h"
#include "engine/flight.h"
#include "engine/thread.h"
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
  vsms_desk_init(&engine->desk, &vsms_engine_desk_kind);
  return engine;
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool is_ready;

/* After libcurl, which has asked for OpenSSL's clean-up: that may run only when our threads have ended. */
static void initialise(void) { is_ready = vsms_at_exit_ask(); }

vsms_engine *vsms_engine_new(const vsms_config *config, vsms_error *error) {
  if (!vsms_libcurl_ready(error)) return NULL;
  pthread_once(&once, initialise);
  if (!is_ready) {
    vsms_fail_memory(error);
    return NULL;
  }
  return new_engine(config, error);
}

static struct vsms_worker *start(struct vsms_desk *desk, vsms_error *error) {
  return vsms_thread_start(&((vsms_engine *)desk)->settings, error);
}

/* Its descriptors, too, as those of the I/O thread's poller and connections: where a child has closed all that it
 * inherited, their numbers are something else's by now, and of an epoll(7) nothing tells. */
static void leave_behind(struct vsms_desk *desk) { ((vsms_engine *)desk)->blocking.multi = NULL; }

static void free_engine(struct vsms_desk *desk) {
  vsms_settings_free(&((vsms_engine *)desk)->settings);
  free(desk);
}

const struct vsms_desk_kind vsms_engine_desk_kind = {
    .start = start,
    .free_worker = vsms_thread_free,
    .disown_worker = vsms_worker_disown,
    .leave_behind = leave_behind,
    .free = free_engine,
    .discard_inherited = vsms_flight_destroy_inherited,
    .closed = "the client is closed: make a new one",
};

vsms_desk *vsms_engine_desk(vsms_engine *engine) { return &engine->desk; }

void vsms_engine_close(vsms_engine *engine) {
  vsms_desk_close(&engine->desk);
  vsms_blocking_close(&engine->blocking);
}

void vsms_engine_free(vsms_engine *engine) {
  if (engine == NULL) return;
  vsms_engine_close(engine);
  vsms_desk_release(&engine->desk);
}

/* ---- what it knows ----------------------------------------------------------------------------- */

bool vsms_engine_is_closed(const vsms_engine *engine) { return engine->desk.is_closed; }

const char *vsms_engine_base_url(const vsms_engine *engine) { return engine->settings.base_url; }

bool vsms_engine_redact(const vsms_engine *engine, char *text, size_t length) {
  return vsms_redact(&engine->settings.redaction, text, length);
}

bool vsms_engine_holds_token(const vsms_engine *engine, vsms_bytes text) {
  return vsms_holds_token(&engine->settings.redaction, text);
}

/* ---- work -------------------------------------------------------------------------------------- */

vsms_response *vsms_engine_perform(vsms_engine *engine, const vsms_request *request, const vsms_interrupt *interrupt,
                                   vsms_error *error) {
  if (!vsms_desk_may_work(&engine->desk, error)) return NULL;
  struct vsms_exchange *exchange = vsms_exchange_new(&engine->settings, request, error);
  if (exchange == NULL) return NULL;
  if (vsms_blocking_open(&engine->blocking, &engine->settings)) {
    vsms_blocking_perform(&engine->blocking, exchange, interrupt);
    return vsms_exchange_keep_response(exchange);
  }
  vsms_exchange_free(exchange);
  vsms_fail(error, VSMS_EXHAUSTED, NULL, "cannot send: out of memory or file descriptors");
  return NULL;
}
