/* blocking.c - see blocking.h.
 *
 * What curl_easy_perform does, but for the section (fork.h): a thread that waits for the network stands outside. And
 * curl_easy_perform has a multi handle of its own, whose pair of sockets cannot be marked (curl_wakeup.h). */
#include "http/blocking.h"

#include "http/curl_wakeup.h"
#include "base/fold.h"
#include "base/fork.h"
#include "http/sigpipe.h"
#include "http/sockets.h"
#include "http/transfer.h"

enum { KEPT_CONNECTIONS = 5, POLL_MS = 1000 };

bool vsms_blocking_open(struct vsms_blocking *blocking, const struct vsms_settings *settings) {
  if (blocking->multi != NULL) return true;
  vsms_fork_section_enter();
  blocking->sockets = vsms_sockets_new();
  blocking->multi = vsms_curl_multi_init();
  if (blocking->sockets != NULL) blocking->transfer = vsms_transfer_open(settings, NULL, blocking->sockets);
  bool ok = blocking->multi != NULL && blocking->transfer != NULL &&
            curl_multi_setopt(blocking->multi, CURLMOPT_MAXCONNECTS, (long)KEPT_CONNECTIONS) == CURLM_OK;
  vsms_fork_section_leave();
  if (ok) return true;
  vsms_blocking_close(blocking);
  return false;
}

static CURLcode code_of(CURLMcode code) {
  return code == CURLM_OUT_OF_MEMORY ? CURLE_OUT_OF_MEMORY : CURLE_BAD_FUNCTION_ARGUMENT;
}

/* A signal ends the wait early, and curl_multi_perform asks the exchange's interrupt. */
static CURLcode drive(CURLM *multi) {
  int running = 1, left;
  for (;;) {
    CURLMcode code = curl_multi_perform(multi, &running);
    if (code != CURLM_OK) return code_of(code);
    if (running == 0) break;
    vsms_fork_section_leave();
    code = curl_multi_poll(multi, NULL, 0, POLL_MS, NULL);
    vsms_fork_section_enter();
    if (code != CURLM_OK) return code_of(code);
  }
  const CURLMsg *note = curl_multi_info_read(multi, &left);
  return note != NULL ? note->data.result : CURLE_OUT_OF_MEMORY;
}

static CURLcode run(struct vsms_blocking *blocking) {
  CURL *easy = vsms_transfer_handle(blocking->transfer);
  CURLMcode code = curl_multi_add_handle(blocking->multi, easy);
  if (code != CURLM_OK) return code_of(code);
  CURLcode result = drive(blocking->multi);
  curl_multi_remove_handle(blocking->multi, easy);
  return result;
}

static void perform(struct vsms_blocking *blocking, struct vsms_exchange *exchange) {
  vsms_fork_section_enter();
  CURLcode code = CURLE_OUT_OF_MEMORY;
  if (vsms_transfer_begin(blocking->transfer, exchange, exchange->timeout_ms)) {
    do {
      code = run(blocking);
    } while (vsms_transfer_restart(blocking->transfer, code));
  }
  vsms_transfer_end(blocking->transfer, code);
  vsms_fork_section_leave();
}

/* On its own sockets libcurl writes with MSG_NOSIGNAL, or has them set so. A proxy may take TLS, or a resolver. */
static bool is_plain(const struct vsms_exchange *exchange) {
  return vsms_begins_with(exchange->url, "http:") && *exchange->settings->proxy == '\0';
}

void vsms_blocking_perform(struct vsms_blocking *blocking, struct vsms_exchange *exchange) {
  if (is_plain(exchange)) {
    perform(blocking, exchange);
    return;
  }
  struct vsms_sigpipe sigpipe = vsms_sigpipe_block();
  perform(blocking, exchange);
  vsms_sigpipe_unblock(&sigpipe);
}

void vsms_blocking_close(struct vsms_blocking *blocking) {
  struct vsms_sigpipe sigpipe = vsms_sigpipe_block();
  vsms_fork_section_enter();
  vsms_transfer_close(blocking->transfer);
  if (blocking->multi != NULL) curl_multi_cleanup(blocking->multi); /* says good-bye on the connections */
  vsms_fork_section_leave();
  vsms_sigpipe_unblock(&sigpipe);
  vsms_sockets_free(blocking->sockets);
  *blocking = (struct vsms_blocking){NULL, NULL, NULL};
}
