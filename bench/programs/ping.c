/*
 * ping.c - what a visitor of a busy server waits for: requests leave by the clock, whether or not the last one was
 * answered, and each one's time counts from when it should have left (an open loop).
 *
 *   ping PORT PATH SECONDS RATE      prints sends= p50= p99= max= (milliseconds)
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS = 64, ANSWER_MAX = 4096 };

struct connection {
  int fd;
  double due; /* of the request that is under way; below 0 when there is none */
};

static struct connection connections[CONNECTIONS];
static char request[256];
static double *latencies;
static long answered;

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static void connect_all(int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  for (int i = 0, one = 1; i < CONNECTIONS; i++) {
    connections[i] = (struct connection){socket(AF_INET, SOCK_STREAM, 0), -1};
    if (connect(connections[i].fd, (struct sockaddr *)&address, sizeof address) != 0) fail("connect");
    setsockopt(connections[i].fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  }
}

/* False: every connection waits for an answer, and the request leaves when one is free. */
static bool send_on_a_free_one(double due) {
  for (int i = 0; i < CONNECTIONS; i++) {
    struct connection *connection = &connections[i];
    if (connection->due >= 0) continue;
    if (write(connection->fd, request, strlen(request)) < 0) fail("write");
    connection->due = due;
    return true;
  }
  return false;
}

/* An answer is small enough to come in one piece. */
static void take_answer(struct connection *connection) {
  char answer[ANSWER_MAX];
  ssize_t length = read(connection->fd, answer, sizeof answer - 1);
  if (length <= 0) fail("read");
  answer[length] = '\0';
  if (strstr(answer, " 200 ") == NULL) fail(answer);
  latencies[answered++] = (now() - connection->due) * 1e3;
  connection->due = -1;
}

static void take_answers(double until) {
  struct pollfd polled[CONNECTIONS];
  for (int i = 0; i < CONNECTIONS; i++) polled[i] = (struct pollfd){.fd = connections[i].fd, .events = POLLIN};
  double left = until - now();
  struct timespec wait = {0, left > 0 ? (long)(left * 1e9) : 0};
  if (ppoll(polled, CONNECTIONS, &wait, NULL) <= 0) return;
  for (int i = 0; i < CONNECTIONS; i++) {
    if (polled[i].revents != 0) take_answer(&connections[i]);
  }
}

static int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

int main(int argc, char **argv) {
  if (argc != 5) return 1;
  double rate = atof(argv[4]), begin;
  long count = (long)(atof(argv[3]) * rate), sent = 0;
  snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", argv[2]);
  latencies = calloc((size_t)count, sizeof *latencies);
  if (count < 1 || latencies == NULL) return 1;
  connect_all(atoi(argv[1]));
  begin = now();
  while (answered < count) {
    while (sent < count && begin + (double)sent / rate <= now() && send_on_a_free_one(begin + (double)sent / rate))
      sent++;
    take_answers(sent < count ? begin + (double)sent / rate : now() + 0.5);
  }
  qsort(latencies, (size_t)count, sizeof *latencies, by_value);
  printf("sends=%ld p50=%.4f p99=%.4f max=%.4f\n", count, latencies[count / 2], latencies[count * 99 / 100],
         latencies[count - 1]);
  return 0;
}
