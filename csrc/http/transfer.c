/* transfer.c - see transfer.h. */
#include "http/transfer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/fold.h"
#include "http/connection.h"
#include "http/curl_compat.h"
#include "http/ending.h"
#include "http/libcurl.h"
#include "http/receive.h"
#include "http/tls.h"

/* libcurl allocates its buffers anew for each exchange; the one for writing over TLS alone, of 65536 octets if it is not
 * told otherwise. The answer to a send is a few octets. Of a TLS record of which libcurl reads a part, the TLS library
 * keeps the rest: where that cannot be asked for it, the buffer must hold a whole one. */
enum { READ_OCTETS = 16384, READ_OCTETS_SMALL = 1024, WRITE_OCTETS = 16384 };

/* What a handle was told last: an option that has not changed costs nothing. -1: nothing yet. */
struct told {
  long timeout_ms, is_fresh, forbids_reuse, read_octets;
  int method;
  bool is_post;
  const struct curl_slist *fields;
};

struct vsms_transfer {
  CURL *easy;
  CURLU *target; /* parsed from `url`; libcurl would parse a URL for each exchange */
  char *url;
  struct vsms_sockets *sockets;
  struct vsms_exchange *exchange;
  struct told told;
  char error_text[CURL_ERROR_SIZE]; /* libcurl's */
};

CURL *vsms_transfer_handle(const struct vsms_transfer *transfer) { return transfer->easy; }

struct vsms_exchange *vsms_transfer_exchange(const struct vsms_transfer *transfer) {
  return transfer->exchange;
}

struct vsms_transfer *vsms_transfer_of(CURL *easy) {
  struct vsms_transfer *transfer = NULL;
  curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&transfer);
  return transfer;
}

/* Called when a connection is ready and the request is about to leave on it. libcurl calls again when it repeats
 * a request, a POST too, because a kept-alive connection died before the first octet of an answer: by then the
 * server may have processed it. CURLOPT_PREREQFUNCTION(3). */
static int on_request_start(void *context, char *primary_ip, char *local_ip, int primary_port, int local_port) {
  (void)primary_ip, (void)primary_port;
  struct vsms_exchange *exchange = vsms_transfer_exchange(context);
  if (exchange->response.facts.request_started && !exchange->repeatable) return CURL_PREREQFUNC_ABORT;
  exchange->is_too_late = exchange->leave_by_ms > 0 && vsms_uptime_ms() >= exchange->leave_by_ms;
  if (exchange->is_too_late) return CURL_PREREQFUNC_ABORT;
  exchange->found_unclean = !vsms_connection_take(exchange, local_ip, local_port);
  if (exchange->found_unclean) return CURL_PREREQFUNC_ABORT;
  exchange->response.facts.request_started = true;
  return CURL_PREREQFUNC_OK;
}

static size_t on_header(char *line, size_t size, size_t count, void *context) {
  return vsms_receive_line(vsms_transfer_exchange(context), line, size * count) ? size * count : 0;
}

static size_t on_body(char *data, size_t size, size_t count, void *context) {
  return vsms_receive_body(vsms_transfer_exchange(context), data, size * count) ? size * count : 0;
}

static int on_text(CURL *easy, curl_infotype type, char *text, size_t length, void *context) {
  (void)easy;
  struct vsms_exchange *exchange = vsms_transfer_exchange(context);
  if (exchange != NULL && type == CURLINFO_TEXT) vsms_connection_hear(exchange, text, length);
  return 0;
}

static curl_socket_t on_open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address) {
  (void)purpose;
  int fd = vsms_sockets_open(context, address->family, address->socktype, address->protocol);
  return fd < 0 ? CURL_SOCKET_BAD : fd;
}

static int on_close_socket(void *context, curl_socket_t fd) { return vsms_sockets_close(context, fd); }

#define SET(easy, option, value) ok = ok && curl_easy_setopt(easy, option, value) == CURLE_OK

static bool set_callbacks(CURL *easy, struct vsms_transfer *transfer) {
  bool ok = true;
  SET(easy, CURLOPT_PREREQFUNCTION, on_request_start);
  SET(easy, CURLOPT_PREREQDATA, transfer);
  SET(easy, CURLOPT_HEADERFUNCTION, on_header);
  SET(easy, CURLOPT_HEADERDATA, transfer);
  SET(easy, CURLOPT_WRITEFUNCTION, on_body);
  SET(easy, CURLOPT_WRITEDATA, transfer);
  SET(easy, CURLOPT_DEBUGFUNCTION, on_text);
  SET(easy, CURLOPT_DEBUGDATA, transfer);
  SET(easy, CURLOPT_ERRORBUFFER, transfer->error_text);
  SET(easy, CURLOPT_PRIVATE, transfer);
  return ok;
}

static bool set_sockets(CURL *easy, struct vsms_sockets *sockets) {
  bool ok = true;
  SET(easy, CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
  SET(easy, CURLOPT_OPENSOCKETDATA, sockets);
  SET(easy, CURLOPT_CLOSESOCKETFUNCTION, on_close_socket);
  SET(easy, CURLOPT_CLOSESOCKETDATA, sockets);
  return ok;
}

/* Every new connection would parse the CA bundle anew (35 to 45 ms); libcurl's cache of it (7.87) is off while a
 * CA directory is set, as Debian's default is, so a bundle file must do where there is one. */
static bool set_tls(CURL *easy, const struct vsms_settings *settings) {
  bool ok = true;
  SET(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
  SET(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  SET(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  if (settings->ca_file != NULL) SET(easy, CURLOPT_CAINFO, settings->ca_file);
  if (settings->ca_file != NULL || curl_version_info(CURLVERSION_NOW)->cainfo != NULL) {
    SET(easy, CURLOPT_CAPATH, NULL);
  }
  if (settings->has_secure_proxy) SET(easy, CURLOPT_PROXY_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
  if (settings->has_secure_proxy && settings->ca_file != NULL) SET(easy, CURLOPT_PROXY_CAINFO, settings->ca_file);
  return ok;
}

/* Proxies are set to what the configuration says even when that is none: libcurl would ask the environment, on any
 * thread, while the host may be changing it. */
static bool set_network(CURL *easy, const struct vsms_settings *settings) {
  bool ok = vsms_curl_allow_protocols(easy) == CURLE_OK && vsms_curl_quick_exit(easy) == CURLE_OK;
  SET(easy, CURLOPT_NOSIGNAL, 1L);
  SET(easy, CURLOPT_FOLLOWLOCATION, 0L);
  SET(easy, CURLOPT_HTTP09_ALLOWED, 0L);
  SET(easy, CURLOPT_PATH_AS_IS, 1L);
  SET(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
  SET(easy, CURLOPT_PROXY, settings->proxy);
  SET(easy, CURLOPT_NOPROXY, "");
  SET(easy, CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE);
  SET(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  SET(easy, CURLOPT_UPLOAD_BUFFERSIZE, (long)WRITE_OCTETS);
  SET(easy, CURLOPT_MAXAGE_CONN, (settings->max_idle_ms + 999) / 1000);
  SET(easy, CURLOPT_CONNECTTIMEOUT_MS, settings->connect_timeout_ms);
  if (*settings->proxy != '\0') SET(easy, CURLOPT_USERAGENT, settings->user_agent); /* for its CONNECT */
  return ok;
}

struct vsms_transfer *vsms_transfer_open(const struct vsms_settings *settings, CURLSH *share,
                                         struct vsms_sockets *sockets) {
  struct vsms_transfer *transfer = calloc(1, sizeof *transfer);
  CURL *easy = transfer != NULL ? curl_easy_init() : NULL;
  if (easy != NULL) {
    transfer->easy = easy;
    transfer->sockets = sockets;
    transfer->told = (struct told){-1, -1, -1, -1, -1, false, NULL};
    bool ok = set_callbacks(easy, transfer) && set_sockets(easy, sockets) && set_tls(easy, settings) &&
              set_network(easy, settings);
    SET(easy, CURLOPT_SHARE, share);
    if (ok) return transfer;
  }
  vsms_transfer_close(transfer);
  return NULL;
}

void vsms_transfer_close(struct vsms_transfer *transfer) {
  if (transfer != NULL) curl_easy_cleanup(transfer->easy);
  vsms_transfer_leave(transfer);
}

void vsms_transfer_leave(struct vsms_transfer *transfer) {
  if (transfer == NULL) return;
  curl_url_cleanup(transfer->target);
  free(transfer->url);
  free(transfer);
}

static bool tell(CURL *easy, CURLoption option, long *told, long value) {
  if (*told == value) return true;
  *told = -1;
  if (curl_easy_setopt(easy, option, value) != CURLE_OK) return false;
  *told = value;
  return true;
}

/* With the flag that libcurl itself would parse a URL with; those for others do not matter, base URLs are checked. */
static bool set_url(struct vsms_transfer *transfer, const struct vsms_exchange *exchange) {
  if (transfer->url != NULL && strcmp(transfer->url, exchange->url) == 0) return true;
  char *url = strdup(exchange->url);
  CURLU *target = url != NULL ? curl_url() : NULL;
  if (target != NULL && curl_url_set(target, CURLUPART_URL, url, CURLU_PATH_AS_IS) == CURLUE_OK &&
      curl_easy_setopt(transfer->easy, CURLOPT_CURLU, target) == CURLE_OK) {
    curl_url_cleanup(transfer->target);
    free(transfer->url);
    transfer->target = target;
    transfer->url = url;
    return true;
  }
  curl_url_cleanup(target);
  free(url);
  return false;
}

/* A handle keeps the method of the exchange before; CURLOPT_HTTPGET(3) undoes body and HEAD, not the word. */
static bool set_method(struct vsms_transfer *transfer, const struct vsms_exchange *exchange) {
  CURL *easy = transfer->easy;
  struct told *told = &transfer->told;
  bool ok = true, is_post = exchange->body != NULL || exchange->method == VSMS_POST;
  if (told->method != (int)exchange->method || told->is_post != is_post) {
    told->method = -1;
    SET(easy, CURLOPT_HTTPGET, 1L);
    if (exchange->method == VSMS_HEAD) SET(easy, CURLOPT_NOBODY, 1L);
    bool is_default = exchange->method == VSMS_GET || exchange->method == VSMS_HEAD || exchange->method == VSMS_POST;
    SET(easy, CURLOPT_CUSTOMREQUEST, is_default ? NULL : vsms_method_name(exchange->method));
    if (!ok) return false;
    told->method = (int)exchange->method;
    told->is_post = is_post;
  }
  if (is_post) {
    SET(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)exchange->body_length);
    SET(easy, CURLOPT_POSTFIELDS, exchange->body != NULL ? exchange->body : "");
  }
  return ok;
}

static const struct curl_slist *fields_of(const struct vsms_exchange *exchange) {
  if (exchange->own_fields != NULL) return exchange->own_fields;
  return exchange->settings->fields[vsms_body_size(exchange->body, exchange->body_length)];
}

static bool set_fields(struct vsms_transfer *transfer, const struct curl_slist *fields) {
  if (transfer->told.fields == fields) return true;
  transfer->told.fields = NULL;
  if (curl_easy_setopt(transfer->easy, CURLOPT_HTTPHEADER, fields) != CURLE_OK) return false;
  transfer->told.fields = fields;
  return true;
}

/* A handle keeps, too, what was decided about the connection before. What a proxy's own TLS has decrypted and libcurl has
 * not yet read, neither a poll nor the TLS within shows: such a connection cannot be known to be clean. */
static bool set_connection(struct vsms_transfer *transfer, bool fresh) {
  bool once = transfer->exchange->settings->has_secure_proxy || vsms_sockets_are_distrusted(transfer->sockets);
  return tell(transfer->easy, CURLOPT_FRESH_CONNECT, &transfer->told.is_fresh, fresh || once ? 1L : 0L) &&
         tell(transfer->easy, CURLOPT_FORBID_REUSE, &transfer->told.forbids_reuse, once ? 1L : 0L);
}

static bool set_timeout(struct vsms_transfer *transfer, long timeout_ms) {
  return tell(transfer->easy, CURLOPT_TIMEOUT_MS, &transfer->told.timeout_ms, timeout_ms);
}

static bool set_buffer(struct vsms_transfer *transfer, const struct vsms_exchange *exchange) {
  bool is_small = vsms_body_size(exchange->body, exchange->body_length) == VSMS_BODY_SMALL;
  bool is_seen = vsms_tls_can_be_asked() || vsms_begins_with(exchange->url, "http:");
  long octets = is_small && is_seen ? READ_OCTETS_SMALL : READ_OCTETS;
  return tell(transfer->easy, CURLOPT_BUFFERSIZE, &transfer->told.read_octets, octets);
}

bool vsms_transfer_begin(struct vsms_transfer *transfer, struct vsms_exchange *exchange, long timeout_ms) {
  transfer->exchange = exchange;
  transfer->error_text[0] = '\0';
  exchange->easy = transfer->easy;
  exchange->sockets = transfer->sockets;
  exchange->fd = -1;
  exchange->shortages_before = vsms_sockets_shortages(transfer->sockets);
  exchange->failures_before = vsms_libcurl_failed_allocations();
  return set_url(transfer, exchange) && set_method(transfer, exchange) && set_fields(transfer, fields_of(exchange)) &&
         set_connection(transfer, false) && set_timeout(transfer, timeout_ms) && set_buffer(transfer, exchange);
}

static double time_left_ms(const struct vsms_exchange *exchange) {
  return ceil(exchange->handed_over_ms + (double)exchange->timeout_ms - vsms_clock_ms());
}

bool vsms_transfer_restart(struct vsms_transfer *transfer, CURLcode code) {
  struct vsms_exchange *exchange = transfer->exchange;
  if (code != CURLE_ABORTED_BY_CALLBACK || !exchange->found_unclean || exchange->is_restarted) return false;
  double left = time_left_ms(exchange);
  if (left <= 0 || !set_connection(transfer, true) || !set_timeout(transfer, (long)left)) return false;
  exchange->is_restarted = true;
  exchange->found_unclean = false;
  transfer->error_text[0] = '\0';
  return true;
}

static double since_ms(CURL *easy, CURLINFO what) {
  curl_off_t microseconds = 0;
  curl_easy_getinfo(easy, what, &microseconds);
  return (double)microseconds / 1e3;
}

static void take_timings(CURL *easy, vsms_timings *timings) {
  timings->dns_ms = since_ms(easy, CURLINFO_NAMELOOKUP_TIME_T);
  timings->connect_ms = since_ms(easy, CURLINFO_CONNECT_TIME_T);
  timings->tls_ms = since_ms(easy, CURLINFO_APPCONNECT_TIME_T);
  timings->first_byte_ms = since_ms(easy, CURLINFO_STARTTRANSFER_TIME_T);
}

/* The handle outlives the exchange, and says nothing to it any more. */
static void detach(struct vsms_transfer *transfer) {
  struct vsms_exchange *exchange = transfer->exchange;
  curl_easy_setopt(transfer->easy, CURLOPT_VERBOSE, 0L);
  if (exchange->is_last) transfer->told.forbids_reuse = 1L; /* connection.c has told it */
  if (exchange->own_fields != NULL) set_fields(transfer, exchange->settings->fields[VSMS_BODY_NONE]);
  transfer->exchange = NULL;
}

void vsms_transfer_end(struct vsms_transfer *transfer, CURLcode code) {
  CURL *easy = transfer->easy;
  struct vsms_exchange *exchange = transfer->exchange;
  vsms_response *response = &exchange->response;
  long connections = 1;
  if (code == CURLE_OK) vsms_connection_rest(exchange);
  take_timings(easy, &response->timings);
  curl_easy_getinfo(easy, CURLINFO_NUM_CONNECTS, &connections);
  response->reused = connections == 0 && response->facts.request_started;
  vsms_ending_take(exchange, easy, code, transfer->error_text);
  detach(transfer);
  vsms_transfer_abandon(exchange);
}

void vsms_transfer_abandon(struct vsms_exchange *exchange) {
  vsms_response *response = &exchange->response;
  response->timings.total_ms = vsms_clock_ms() - exchange->handed_over_ms;
  vsms_response_conclude(response);
}
