/* multi.c - see multi.h. */
#include "http/multi.h"

#include <math.h>
#include <stdlib.h>

#include "http/curl_wakeup.h"
#include "base/fork.h"
#include "http/poller.h"
#include "http/sockets.h"
#include "http/transfer.h"

enum { EVENTS = 64, IDLE_HANDLES = 64, BLIND_MS = 20 };

/* One of libcurl's sockets. libcurl changes its interest several times in a row, so that only the last wish
 * before the next wait goes to the poller. */
struct watch {
  int fd; /* -1: libcurl is done with it */
  unsigned wanted, applied;
  bool is_dirty;
  struct watch *next_dirty;
};

struct vsms_multi {
  CURLM *curl;
  CURLSH *sessions; /* TLS sessions live in the easy handle otherwise, and every connection shakes hands in full */
  struct vsms_sockets *sockets;
  struct vsms_poller *poller;
  const struct vsms_settings *settings;
  int wake_fd;
  double timer_at_ms; /* when libcurl wants to be called; < 0: not by the clock; 0: at once */
  struct watch *dirty;
  size_t in_flight;
  size_t running;       /* of them, when libcurl was called last */
  double idle_since_ms; /* when the last transfer ended; < 0: there is no connection to be idle */
  bool is_broken;       /* memory ran out inside libcurl */
  struct vsms_transfer *idle[IDLE_HANDLES];
  size_t idle_count;
};

static void mark_dirty(struct vsms_multi *multi, struct watch *watch) {
  if (watch->is_dirty) return;
  watch->is_dirty = true;
  watch->next_dirty = multi->dirty;
  multi->dirty = watch;
}

/* The socket is about to be closed: it leaves the poller at once, for its number may come back as another socket, and
 * in a process that forked, the poller would keep seeing it. */
static void forget(struct vsms_multi *multi, struct watch *watch) {
  if (watch->applied != 0) vsms_poller_set(multi->poller, watch->fd, watch->applied, 0);
  watch->fd = -1;
  mark_dirty(multi, watch);
}

static void on_close(void *context, void *watch) { forget(context, watch); }

/* Between two requests a connection stays in the poller, which saves two system calls for each. Not one that no request
 * has begun on: libcurl may close that without a word (sockets.h). */
static bool rest(struct vsms_multi *multi, struct watch *watch) {
  struct vsms_socket *socket = vsms_sockets_find(multi->sockets, watch->fd);
  if (socket == NULL || !socket->is_used || watch->applied != VSMS_POLLER_READ) return false;
  watch->wanted = watch->applied;
  socket->watch = watch;
  return true;
}

static struct watch *resting(struct vsms_multi *multi, int fd) {
  struct vsms_socket *socket = vsms_sockets_find(multi->sockets, fd);
  return socket != NULL ? socket->watch : NULL;
}

/* It ends, or speaks unasked: libcurl will see that when it wants to use it, and the poller must not tell us for ever. */
static void leave_poller(struct vsms_multi *multi, struct watch *watch) {
  if (watch->applied != 0) vsms_poller_set(multi->poller, watch->fd, watch->applied, 0);
  watch->applied = watch->wanted = 0;
}

static struct watch *watch_of(struct vsms_multi *multi, int fd) {
  struct watch *watch = resting(multi, fd);
  if (watch != NULL) {
    vsms_sockets_find(multi->sockets, fd)->watch = NULL;
  } else {
    watch = calloc(1, sizeof *watch);
    if (watch == NULL) return NULL;
    watch->fd = fd;
  }
  curl_multi_assign(multi->curl, fd, watch);
  return watch;
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *context, void *assigned) {
  (void)easy;
  struct vsms_multi *multi = context;
  struct watch *watch = assigned;
  if (what == CURL_POLL_REMOVE) {
    if (watch != NULL) {
      if (!rest(multi, watch)) forget(multi, watch);
      curl_multi_assign(multi->curl, fd, NULL);
    }
    return 0;
  }
  if (watch == NULL) watch = watch_of(multi, fd);
  if (watch == NULL) {
    multi->is_broken = true;
    return 0;
  }
  watch->wanted = (what & CURL_POLL_IN ? (unsigned)VSMS_POLLER_READ : 0u) |
                  (what & CURL_POLL_OUT ? (unsigned)VSMS_POLLER_WRITE : 0u);
  mark_dirty(multi, watch);
  return 0;
}

static int on_timer(CURLM *curl, long timeout_ms, void *context) {
  (void)curl;
  struct vsms_multi *multi = context;
  if (timeout_ms > 0) {
    multi->timer_at_ms = vsms_clock_ms() + (double)timeout_ms;
  } else {
    multi->timer_at_ms = timeout_ms < 0 ? -1.0 : 0.0;
  }
  return 0;
}

/* What the poller does not take (epoll_ctl(2): ENOSPC, ENOMEM) stays dirty. */
static void apply_interest(struct vsms_multi *multi) {
  struct watch *next = multi->dirty;
  multi->dirty = NULL;
  while (next != NULL) {
    struct watch *watch = next;
    next = watch->next_dirty;
    watch->is_dirty = false;
    if (watch->fd < 0) {
      free(watch);
    } else if (watch->wanted != watch->applied) {
      if (vsms_poller_set(multi->poller, watch->fd, watch->applied, watch->wanted)) {
        watch->applied = watch->wanted;
      } else {
        mark_dirty(multi, watch);
      }
    }
  }
}

static bool open_curl(struct vsms_multi *multi) {
  CURLM *curl = multi->curl = vsms_curl_multi_init();
  return curl != NULL && curl_multi_setopt(curl, CURLMOPT_SOCKETFUNCTION, on_socket) == CURLM_OK &&
         curl_multi_setopt(curl, CURLMOPT_SOCKETDATA, multi) == CURLM_OK &&
         curl_multi_setopt(curl, CURLMOPT_TIMERFUNCTION, on_timer) == CURLM_OK &&
         curl_multi_setopt(curl, CURLMOPT_TIMERDATA, multi) == CURLM_OK &&
         curl_multi_setopt(curl, CURLMOPT_MAXCONNECTS, (long)multi->settings->concurrency) == CURLM_OK;
}

static bool configure(struct vsms_multi *multi) {
  vsms_sockets_on_close(multi->sockets, on_close, multi);
  if (multi->wake_fd >= 0 && !vsms_poller_set(multi->poller, multi->wake_fd, 0, VSMS_POLLER_READ)) return false;
  return curl_share_setopt(multi->sessions, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION) == CURLSHE_OK;
}

struct vsms_multi *vsms_multi_open(const struct vsms_settings *settings, int wake_fd) {
  struct vsms_multi *multi = calloc(1, sizeof *multi);
  if (multi == NULL) return NULL;
  multi->settings = settings;
  multi->wake_fd = wake_fd;
  multi->timer_at_ms = multi->idle_since_ms = -1.0;
  multi->sockets = vsms_sockets_new();
  multi->sessions = curl_share_init();
  multi->poller = vsms_poller_open();
  if (multi->sessions != NULL && multi->poller != NULL && multi->sockets != NULL && configure(multi) &&
      open_curl(multi)) {
    return multi;
  }
  vsms_multi_close(multi);
  return NULL;
}

/* With its connections: calls on_socket. */
static void close_curl(struct vsms_multi *multi) {
  while (multi->idle_count > 0) vsms_transfer_close(multi->idle[--multi->idle_count]);
  if (multi->curl != NULL) curl_multi_cleanup(multi->curl);
  if (multi->poller != NULL) apply_interest(multi);
}

void vsms_multi_close(struct vsms_multi *multi) {
  close_curl(multi);
  if (multi->sessions != NULL) curl_share_cleanup(multi->sessions);
  vsms_poller_close(multi->poller);
  vsms_sockets_free(multi->sockets);
  free(multi);
}

static struct vsms_transfer *take_transfer(struct vsms_multi *multi) {
  if (multi->idle_count > 0) return multi->idle[--multi->idle_count];
  return vsms_transfer_open(multi->settings, multi->sessions, multi->sockets);
}

static void give_back(struct vsms_multi *multi, struct vsms_transfer *transfer) {
  if (multi->idle_count < IDLE_HANDLES) {
    multi->idle[multi->idle_count++] = transfer;
  } else {
    vsms_transfer_close(transfer);
  }
}

struct vsms_transfer *vsms_multi_start(struct vsms_multi *multi, struct vsms_exchange *exchange, long timeout_ms) {
  struct vsms_transfer *transfer = take_transfer(multi);
  if (transfer != NULL) {
    if (vsms_transfer_begin(transfer, exchange, timeout_ms) &&
        curl_multi_add_handle(multi->curl, vsms_transfer_handle(transfer)) == CURLM_OK) {
      multi->in_flight++;
      return transfer;
    }
    vsms_transfer_end(transfer, CURLE_OUT_OF_MEMORY);
    vsms_transfer_close(transfer);
    return NULL;
  }
  exchange->response.facts.exhausted = true;
  vsms_transfer_abandon(exchange);
  return NULL;
}

static void end(struct vsms_multi *multi, struct vsms_transfer *transfer, CURLcode code) {
  curl_multi_remove_handle(multi->curl, vsms_transfer_handle(transfer));
  vsms_transfer_end(transfer, code);
  give_back(multi, transfer);
  if (--multi->in_flight == 0) multi->idle_since_ms = vsms_clock_ms();
}

void vsms_multi_stop(struct vsms_multi *multi, struct vsms_transfer *transfer) {
  end(multi, transfer, CURLE_ABORTED_BY_CALLBACK);
}

/* When the idle connections are too old to be used again; < 0: there are none, or a request may still use them. libcurl
 * looks at their age when the next request begins, which may be never. */
static double idle_until_ms(const struct vsms_multi *multi) {
  bool is_idle = multi->in_flight == 0 && multi->idle_since_ms >= 0;
  return is_idle ? multi->idle_since_ms + (double)multi->settings->max_idle_ms : -1.0;
}

static void close_idle(struct vsms_multi *multi) {
  close_curl(multi);
  multi->timer_at_ms = multi->idle_since_ms = -1.0;
  if (!open_curl(multi)) multi->is_broken = true;
}

static double sooner(double timeout_ms, double at_ms) {
  if (at_ms < 0) return timeout_ms;
  double until = at_ms - vsms_clock_ms();
  if (timeout_ms >= 0 && timeout_ms <= until) return timeout_ms;
  return until < 0 ? 0 : until;
}

static int wait_time(const struct vsms_multi *multi, double timeout_ms) {
  timeout_ms = sooner(sooner(timeout_ms, multi->timer_at_ms), idle_until_ms(multi));
  if (timeout_ms < 0) return -1;
  return timeout_ms > 3600e3 ? 3600 * 1000 : (int)ceil(timeout_ms);
}

static int curl_bits(unsigned ready) {
  return (ready & VSMS_POLLER_READ ? CURL_CSELECT_IN : 0) | (ready & VSMS_POLLER_WRITE ? CURL_CSELECT_OUT : 0) |
         (ready & VSMS_POLLER_ERROR ? CURL_CSELECT_ERR : 0);
}

static void act(struct vsms_multi *multi, int fd, int bits) {
  int running = 0;
  if (curl_multi_socket_action(multi->curl, fd, bits, &running) != CURLM_OK) multi->is_broken = true;
  multi->running = (size_t)running;
}

static void act_by_the_clock(struct vsms_multi *multi) {
  if (multi->timer_at_ms < 0 || (multi->timer_at_ms > 0 && vsms_clock_ms() < multi->timer_at_ms)) return;
  multi->timer_at_ms = -1.0; /* libcurl sets it anew when it wants to be called again */
  act(multi, CURL_SOCKET_TIMEOUT, 0);
}

static void serve(struct vsms_multi *multi, const struct vsms_poller_event *event) {
  struct watch *watch = resting(multi, event->fd);
  if (watch != NULL) {
    leave_poller(multi, watch);
    return;
  }
  vsms_fork_section_renew(); /* each may be milliseconds of a handshake */
  act(multi, event->fd, curl_bits(event->ready));
}

/* Where the poller is blind, libcurl looks at the sockets itself. */
static void look_at_dirty(struct vsms_multi *multi) {
  for (const struct watch *watch = multi->dirty; watch != NULL && !multi->is_broken; watch = watch->next_dirty) {
    if (watch->fd >= 0) act(multi, watch->fd, 0);
  }
}

/* What is due by the clock comes first: a request begins that way, and its answer may even be there at once. */
bool vsms_multi_wait(struct vsms_multi *multi, double timeout_ms) {
  struct vsms_poller_event events[EVENTS];
  bool woken = false;
  multi->running = multi->in_flight;
  act_by_the_clock(multi);
  if (multi->is_broken || (multi->running == 0 && multi->in_flight > 0)) return false;
  apply_interest(multi);
  bool is_blind = multi->dirty != NULL;
  int timeout = wait_time(multi, multi->running < multi->in_flight ? 0 : timeout_ms);
  if (is_blind && (timeout < 0 || timeout > BLIND_MS)) timeout = BLIND_MS;
  vsms_fork_section_leave();
  int count = vsms_poller_wait(multi->poller, events, EVENTS, timeout);
  vsms_fork_section_enter();
  for (int i = 0; i < count && !multi->is_broken; i++) {
    if (events[i].fd == multi->wake_fd) {
      woken = true;
    } else {
      serve(multi, &events[i]);
    }
  }
  if (is_blind) look_at_dirty(multi);
  double idle_until = idle_until_ms(multi);
  if (!multi->is_broken && idle_until >= 0 && vsms_clock_ms() >= idle_until) close_idle(multi);
  return woken;
}

struct vsms_exchange *vsms_multi_finished(struct vsms_multi *multi) {
  CURLMsg *note;
  int left;
  while ((note = curl_multi_info_read(multi->curl, &left)) != NULL) {
    if (note->msg != CURLMSG_DONE) continue;
    CURL *easy = note->easy_handle; /* the note goes with its handle */
    CURLcode code = note->data.result;
    struct vsms_transfer *transfer = vsms_transfer_of(easy);
    struct vsms_exchange *exchange = vsms_transfer_exchange(transfer);
    if (vsms_transfer_restart(transfer, code)) {
      curl_multi_remove_handle(multi->curl, easy);
      if (curl_multi_add_handle(multi->curl, easy) == CURLM_OK) continue;
      code = CURLE_OUT_OF_MEMORY;
    }
    end(multi, transfer, code);
    return exchange;
  }
  return NULL;
}

bool vsms_multi_is_broken(const struct vsms_multi *multi) { return multi->is_broken; }

void vsms_multi_lose(struct vsms_transfer *transfer) {
  struct vsms_exchange *exchange = vsms_transfer_exchange(transfer);
  exchange->response.facts.exhausted = true;
  vsms_transfer_leave(transfer);
  vsms_transfer_abandon(exchange);
}

void vsms_multi_abandon(struct vsms_multi *multi) {
  while (multi->idle_count > 0) vsms_transfer_leave(multi->idle[--multi->idle_count]);
  vsms_poller_close(multi->poller);
  vsms_sockets_free(multi->sockets);
  free(multi);
}
