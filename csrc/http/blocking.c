/* blocking.c - see blocking.h.
 *
 * What the I/O thread does, with one exchange: curl_easy_perform would poll twice more for each. And it has a multi handle
 * of its own, whose pair of sockets cannot be marked (curl_wakeup.h). */
#include "http/blocking.h"

#include "base/fold.h"
#include "base/fork.h"
#include "http/multi.h"
#include "http/sigpipe.h"
#include "http/tls.h"

enum { WAIT_MS = 1000 };

bool vsms_blocking_open(struct vsms_blocking *blocking, const struct vsms_settings *settings) {
  if (blocking->multi != NULL) return true;
  vsms_fork_section_enter();
  blocking->multi = vsms_multi_open(settings, -1);
  vsms_fork_section_leave();
  return blocking->multi != NULL;
}

static bool is_given_up(struct vsms_exchange *exchange, const vsms_interrupt *interrupt) {
  if (interrupt == NULL || !interrupt->interrupted(interrupt->context)) return false;
  exchange->response.facts.cancelled = true;
  return true;
}

/* A signal ends a wait early. */
static void drive(struct vsms_multi *multi, struct vsms_exchange *exchange, const vsms_interrupt *interrupt) {
  struct vsms_transfer *transfer = vsms_multi_start(multi, exchange, exchange->timeout_ms);
  if (transfer == NULL) return;
  do {
    if (is_given_up(exchange, interrupt)) {
      vsms_multi_stop(multi, transfer);
      return;
    }
    vsms_multi_wait(multi, WAIT_MS);
    if (vsms_multi_is_broken(multi)) {
      vsms_multi_lose(transfer);
      return;
    }
  } while (vsms_multi_finished(multi) == NULL);
}

static void perform(struct vsms_blocking *blocking, struct vsms_exchange *exchange, const vsms_interrupt *interrupt) {
  vsms_fork_section_enter();
  drive(blocking->multi, exchange, interrupt);
  if (vsms_multi_is_broken(blocking->multi)) {
    vsms_multi_abandon(blocking->multi);
    blocking->multi = NULL;
  }
  vsms_fork_section_leave();
}

/* Itself, libcurl writes with MSG_NOSIGNAL, or to sockets that are set so. A proxy may take a library that does not. */
static bool is_libcurl_alone(const struct vsms_exchange *exchange) {
  bool has_tls = !vsms_begins_with(exchange->url, "http:");
  return *exchange->settings->proxy == '\0' && (!has_tls || vsms_tls_writes_through_libcurl());
}

void vsms_blocking_perform(struct vsms_blocking *blocking, struct vsms_exchange *exchange,
                           const vsms_interrupt *interrupt) {
  if (is_libcurl_alone(exchange)) {
    perform(blocking, exchange, interrupt);
    return;
  }
  struct vsms_sigpipe sigpipe = vsms_sigpipe_block();
  perform(blocking, exchange, interrupt);
  vsms_sigpipe_unblock(&sigpipe);
}

void vsms_blocking_close(struct vsms_blocking *blocking) {
  if (blocking->multi == NULL) return;
  struct vsms_sigpipe sigpipe = vsms_sigpipe_block();
  vsms_fork_section_enter();
  vsms_multi_close(blocking->multi); /* says good-bye on the connections */
  vsms_fork_section_leave();
  vsms_sigpipe_unblock(&sigpipe);
  blocking->multi = NULL;
}
