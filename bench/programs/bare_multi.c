/*
 * bare_multi.c - many sends in flight: curl_multi_socket_action over an epoll in one thread, and nothing around it.
 * Each handle begins its next transfer as soon as the last one has ended.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "bare.h"

enum { EVENTS_MAX = 256 };

static CURLM *multi;
static int epoll;
static double timer_at_ms = -1;
static long to_begin, to_end;

static double now_ms(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

/* `known` is not NULL once the descriptor was added. */
static int on_socket(CURL *easy, curl_socket_t fd, int what, void *context, void *known) {
  (void)easy, (void)context;
  struct epoll_event event = {.data.fd = fd};
  if (what == CURL_POLL_REMOVE) return epoll_ctl(epoll, EPOLL_CTL_DEL, fd, NULL), 0;
  event.events = (what & CURL_POLL_IN ? (uint32_t)EPOLLIN : 0u) | (what & CURL_POLL_OUT ? (uint32_t)EPOLLOUT : 0u);
  epoll_ctl(epoll, known != NULL ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event);
  return curl_multi_assign(multi, fd, &epoll), 0;
}

static int on_timer(CURLM *same_multi, long timeout_ms, void *context) {
  (void)same_multi, (void)context;
  timer_at_ms = timeout_ms < 0 ? -1 : now_ms() + (double)timeout_ms;
  return 0;
}

static void begin_next(CURL *easy) {
  if (to_begin == 0) return;
  to_begin--;
  curl_multi_add_handle(multi, easy);
}

static void take_ended(void) {
  int left;
  for (CURLMsg *message; (message = curl_multi_info_read(multi, &left)) != NULL;) {
    CURL *easy = message->easy_handle;
    bare_check(easy, message->data.result);
    curl_multi_remove_handle(multi, easy);
    to_end--;
    begin_next(easy);
  }
}

static void run_timer(void) {
  int running;
  if (timer_at_ms < 0 || now_ms() < timer_at_ms) return;
  timer_at_ms = -1;
  curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running);
}

static int wait_ms(void) {
  if (timer_at_ms < 0) return 1000;
  double left = timer_at_ms - now_ms();
  return left <= 0 ? 0 : (int)left + 1;
}

static void turn(void) {
  struct epoll_event events[EVENTS_MAX];
  int count = epoll_wait(epoll, events, EVENTS_MAX, wait_ms()), running;
  for (int i = 0; i < count; i++) {
    int bits = (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR) ? CURL_CSELECT_IN : 0) |
               (events[i].events & EPOLLOUT ? CURL_CSELECT_OUT : 0);
    curl_multi_socket_action(multi, events[i].data.fd, bits, &running);
  }
  run_timer();
  take_ended();
}

static void perform(CURL **handles, long count, long sends) {
  to_begin = to_end = sends;
  for (long i = 0; i < count; i++) begin_next(handles[i]);
  while (to_end > 0) turn();
}

int main(int argc, char **argv) {
  struct bare_arguments arguments = bare_read_arguments(argc, argv);
  CURL **handles = calloc((size_t)arguments.in_flight, sizeof(CURL *));
  multi = curl_multi_init();
  epoll = epoll_create1(EPOLL_CLOEXEC);
  if (handles == NULL || multi == NULL || epoll < 0) return 1;
  curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
  curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer);
  curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, arguments.in_flight);
  for (long i = 0; i < arguments.in_flight; i++) handles[i] = bare_new_handle(&arguments);
  perform(handles, arguments.in_flight, arguments.sends / 10 + arguments.in_flight);
  bare_begin();
  perform(handles, arguments.in_flight, arguments.sends);
  bare_end(arguments.sends);
  return 0;
}
