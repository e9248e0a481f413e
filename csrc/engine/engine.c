/* engine.c - see engine.h and vsms.h. */
#include "engine/engine.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/fork.h"
#include "engine/process.h"

vsms_engine *vsms_engine_new(const vsms_config *config, vsms_error *error) {
  if (!vsms_process_ready(error)) return NULL;
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

/* A child process must not speak on its parent's connections, not even to close them: TLS would say so on the wire,
 * into the parent's stream.  The handle and the thread's memory are left behind; they are as large as they are. */
static void notice_fork(vsms_engine *engine) {
  unsigned process = vsms_process_number();
  if (engine->process == process) return;
  engine->process = process;
  engine->blocking = (struct vsms_blocking){NULL, NULL, NULL};
  if (engine->io != NULL && !engine->io->is_joined) {
    vsms_io_disown(engine->io);
    engine->io = NULL;
  }
}

struct vsms_io *vsms_engine_io(vsms_engine *engine) {
  notice_fork(engine);
  return engine->io;
}

void vsms_engine_close(vsms_engine *engine) {
  notice_fork(engine);
  engine->is_closed = true;
  if (engine->io != NULL) vsms_io_stop(engine->io);
  vsms_blocking_close(&engine->blocking);
}

void vsms_engine_release(vsms_engine *engine) {
  if (--engine->references > 0) return;
  if (engine->io != NULL) vsms_io_free(engine->io);
  vsms_settings_free(&engine->settings);
  free(engine);
}

void vsms_engine_free(vsms_engine *engine) {
  if (engine == NULL) return;
  vsms_engine_close(engine);
  vsms_engine_release(engine);
}

bool vsms_engine_is_closed(const vsms_engine *engine) { return engine->is_closed; }

const char *vsms_engine_base_url(const vsms_engine *engine) { return engine->settings.base_url; }

bool vsms_engine_redact(const vsms_engine *engine, char *text, size_t length) {
  return vsms_redact(&engine->settings.redaction, text, length);
}

bool vsms_engine_holds_token(const vsms_engine *engine, vsms_bytes text) {
  return vsms_holds_token(&engine->settings.redaction, text);
}

static struct vsms_exchange *new_exchange(vsms_engine *engine, const vsms_request *request, vsms_error *error) {
  notice_fork(engine);
  if (engine->is_closed) {
    vsms_fail(error, VSMS_CLOSED, NULL, "the client is closed");
    return NULL;
  }
  if (!vsms_fork_left_us_whole(error)) return NULL;
  return vsms_exchange_new(&engine->settings, request, error);
}

vsms_response *vsms_engine_perform(vsms_engine *engine, const vsms_request *request, const vsms_interrupt *interrupt,
                                   vsms_error *error) {
  struct vsms_exchange *exchange = new_exchange(engine, request, error);
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

struct vsms_io *vsms_engine_ensure_io(vsms_engine *engine, vsms_error *error) {
  notice_fork(engine);
  if (engine->is_closed) {
    vsms_fail(error, VSMS_CLOSED, NULL, "the client is closed");
    return NULL;
  }
  if (!vsms_fork_left_us_whole(error)) return NULL;
  if (engine->io == NULL) engine->io = vsms_io_start(&engine->settings, error);
  return engine->io;
}

vsms_ticket *vsms_engine_submit(vsms_engine *engine, const vsms_request *request, vsms_error *error) {
  if (vsms_engine_ensure_io(engine, error) == NULL) return NULL;
  vsms_ticket *ticket = calloc(1, sizeof *ticket);
  if (ticket == NULL) {
    vsms_fail_memory(error);
    return NULL;
  }
  ticket->exchange = new_exchange(engine, request, error);
  if (ticket->exchange != NULL) {
    ticket->exchange->owner = ticket;
    ticket->deadline_ms = ticket->exchange->handed_over_ms + (double)ticket->exchange->timeout_ms;
    ticket->io = engine->io;
    ticket->engine = engine;
    if (vsms_io_submit(engine->io, ticket, error)) {
      engine->references++;
      return ticket;
    }
  }
  vsms_ticket_destroy(ticket);
  return NULL;
}

int vsms_engine_fd(vsms_engine *engine, vsms_error *error) {
  return vsms_engine_ensure_io(engine, error) != NULL ? engine->io->to_host.read_fd : -1;
}

vsms_counters vsms_engine_counters(vsms_engine *engine) {
  vsms_counters counters = {0, 0, 0};
  struct vsms_io *io = vsms_engine_io(engine);
  if (io == NULL) return counters;
  pthread_mutex_lock(&io->lock);
  counters.queued = io->queued;
  counters.in_flight = io->in_flight;
  counters.uncollected = io->finished.count;
  pthread_mutex_unlock(&io->lock);
  return counters;
}
