/* connection.c - see connection.h. */
#include "http/connection.h"

#include <math.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "base/descriptor.h"
#include "base/fold.h"
#include "http/sockets.h"
#include "http/tls.h"

/* Octets, the end of the stream, or an error. */
static bool is_readable(int fd, int timeout_ms) {
  struct pollfd polled = {.fd = fd, .events = POLLIN};
  return poll(&polled, 1, timeout_ms) != 0;
}

static bool is_secure(const struct vsms_exchange *exchange) { return vsms_begins_with(exchange->url, "https:"); }

static void close_afterwards(struct vsms_exchange *exchange) {
  exchange->is_last = true;
  curl_easy_setopt(exchange->easy, CURLOPT_FORBID_REUSE, 1L);
}

/* A connection that ends may say so first: over TLS by an alert, whose type (RFC 5246) or length (RFC 8446: 2 octets, one
 * of type, 16 of tag) shows through the encryption. */
static bool holds_more_than_an_end(const struct vsms_exchange *exchange, int fd) {
  enum { RECORD_HEAD = 5, ALERT = 21, ENCRYPTED = 23, ENCRYPTED_ALERT_OCTETS = 19 };
  unsigned char head[RECORD_HEAD];
  ssize_t count = recv(fd, head, sizeof head, MSG_PEEK | MSG_DONTWAIT);
  if (count <= 0 || !is_secure(exchange) || count < RECORD_HEAD) return count > 0;
  int octets = head[3] << 8 | head[4];
  return head[0] != ALERT && (head[0] != ENCRYPTED || octets > ENCRYPTED_ALERT_OCTETS);
}

static bool holds_surplus(const struct vsms_exchange *exchange, int fd) {
  return vsms_tls_holds_octets(exchange->easy) || holds_more_than_an_end(exchange, fd);
}

/* A surplus that comes while a request is under way is told as its answer, and the true one as that of the next request:
 * so it goes on while there always is a next one in time. Where none is for twice the longest answer, the true one lies
 * there to be read. */
static bool rested(const struct vsms_socket *socket) {
  return socket->begun_ms - socket->ended_ms >= 2 * socket->longest_ms;
}

static bool has_worked_too_long(const struct vsms_exchange *exchange, const struct vsms_socket *socket) {
  return socket->begun_ms - socket->unrested_since_ms >= (double)exchange->settings->max_idle_ms;
}

/* A server that closes after each answer, and does not say so, does it at once: but a request that leaves before that is
 * seen has an unknown outcome. */
static bool ends_soon(const struct vsms_exchange *exchange, const struct vsms_socket *socket) {
  enum { SOON_MS = 1 };
  if (!vsms_sockets_may_end(exchange->sockets) || socket->begun_ms - socket->ended_ms >= SOON_MS) return false;
  bool has_ended = is_readable(socket->fd, SOON_MS);
  if (!has_ended) vsms_sockets_note_wait(exchange->sockets);
  return has_ended;
}

/* What lies on a used connection is the answer to another request, or looks like it: TLS 1.3's session tickets cannot be
 * told from one. On a new one it is for no other request, and over TLS in good order; a server that speaks before it is asked is
 * not asked twice. */
static bool may_start(struct vsms_exchange *exchange, struct vsms_socket *socket) {
  bool is_used = socket->is_used;
  socket->is_used = true;
  socket->begun_ms = vsms_clock_ms();
  if (rested(socket)) socket->unrested_since_ms = socket->begun_ms;
  if (!is_used && is_secure(exchange)) return true;
  bool is_clean = !(is_used && ends_soon(exchange, socket)) && !is_readable(socket->fd, 0);
  if (!is_used) {
    if (!is_clean) close_afterwards(exchange);
    return true;
  }
  if (is_clean && !vsms_tls_holds_octets(exchange->easy)) return !has_worked_too_long(exchange, socket);
  if (holds_surplus(exchange, socket->fd)) vsms_sockets_distrust(exchange->sockets);
  return false;
}

static bool is_new(CURL *easy) {
  long connections = 0;
  return curl_easy_getinfo(easy, CURLINFO_NUM_CONNECTS, &connections) == CURLE_OK && connections > 0;
}

bool vsms_connection_take(struct vsms_exchange *exchange, const char *local_ip, int local_port) {
  struct vsms_socket *socket = NULL;
  size_t count = 0;
  exchange->fd = -1;
  while ((socket = vsms_sockets_at(exchange->sockets, socket, local_ip, local_port)) != NULL) {
    if (!may_start(exchange, socket)) return false;
    exchange->fd = count++ == 0 ? socket->fd : -1;
  }
  return count > 0 || is_new(exchange->easy);
}

static bool is_success(int status) { return status >= 200 && status < 300; }

static bool is_written(const struct vsms_exchange *exchange) {
  curl_off_t uploaded = 0;
  curl_easy_getinfo(exchange->easy, CURLINFO_SIZE_UPLOAD_T, &uploaded);
  return uploaded >= (curl_off_t)exchange->body_length;
}

/* An answer acknowledges, in the same segment, all that the server's kernel had received when it left. What is still
 * unacknowledged when the answer is here had not arrived when the server spoke. A refusal by the head alone (413) may
 * well come before the body has. */
bool vsms_connection_answers_us(struct vsms_exchange *exchange, int status) {
  size_t missing = exchange->fd >= 0 ? vsms_descriptor_unacknowledged(exchange->fd) : 0;
  if (missing == 0 && is_written(exchange)) return true;
  close_afterwards(exchange);
  if (!is_success(status) && missing <= exchange->body_length) return true;
  vsms_sockets_distrust(exchange->sockets);
  return false;
}

static bool has_no_body(const struct vsms_exchange *exchange) {
  int status = exchange->response.facts.status;
  return exchange->method == VSMS_HEAD || status == 204 || status == 304;
}

/* RFC 9112 section 6.3: more than one length, or a length and chunks, is how answers get out of step. */
static bool has_one_length(const struct vsms_response *response, vsms_bytes length) {
  if (vsms_response_header(response, "Transfer-Encoding", 0).data != NULL) return length.data == NULL;
  return vsms_response_header(response, "Content-Length", 1).data == NULL;
}

static bool is_zero(vsms_bytes number) {
  for (size_t i = 0; i < number.length; i++) {
    if (number.data[i] != '0') return false;
  }
  return number.length > 0;
}

/* What libcurl reads together with the end of an answer it throws away, and (7.88, behind the last chunk) keeps the
 * connection; all that shows it is a line of its log. */
void vsms_connection_judge_head(struct vsms_exchange *exchange) {
  const vsms_response *response = &exchange->response;
  vsms_bytes length = vsms_response_header(response, "Content-Length", 0);
  if (has_no_body(exchange) || is_zero(length) || !has_one_length(response, length) || response->facts.status == 408) {
    close_afterwards(exchange);
  }
  curl_easy_setopt(exchange->easy, CURLOPT_VERBOSE, 1L);
}

void vsms_connection_rest(struct vsms_exchange *exchange) {
  struct vsms_socket *socket = exchange->fd >= 0 ? vsms_sockets_find(exchange->sockets, exchange->fd) : NULL;
  if (socket == NULL) return;
  if (vsms_sockets_may_end(exchange->sockets) && !is_new(exchange->easy)) vsms_sockets_note_kept(exchange->sockets);
  socket->ended_ms = vsms_clock_ms();
  socket->longest_ms = fmax(socket->longest_ms, socket->ended_ms - socket->begun_ms);
  vsms_descriptor_acknowledge(exchange->fd);
}

static bool begins_with(const char *text, size_t length, const char *beginning) {
  return length >= strlen(beginning) && memcmp(text, beginning, strlen(beginning)) == 0;
}

void vsms_connection_hear(struct vsms_exchange *exchange, const char *text, size_t length) {
  if (!begins_with(text, length, "Leftovers") && !begins_with(text, length, "Excess")) return;
  close_afterwards(exchange);
  vsms_sockets_distrust(exchange->sockets);
}
