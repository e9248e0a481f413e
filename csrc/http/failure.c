/* failure.c - see failure.h. */
#include "http/failure.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { HOST_OCTETS = 100, DETAIL_OCTETS = 90 };

/* What the words are made of. */
struct failure {
  char host[HOST_OCTETS];     /* of the URL, with its port if it has one */
  char detail[DETAIL_OCTETS]; /* libcurl's */
  const char *option;         /* that the host stands in */
  bool has_proxy;
};

static void say(struct vsms_exchange *exchange, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(struct vsms_exchange *exchange, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(exchange->response.message, sizeof exchange->response.message, format, arguments);
  va_end(arguments);
}

static void copy(char *out, size_t size, const char *text, size_t length) {
  if (length >= size) length = size - 1;
  memcpy(out, text, length);
  out[length] = '\0';
}

/* A base URL has neither a user nor a password. */
static void copy_host(char *out, size_t size, const char *url) {
  const char *scheme_end = strstr(url, "://");
  const char *host = scheme_end != NULL ? scheme_end + 3 : url;
  copy(out, size, host, strcspn(host, "/?#"));
}

static const char *option_of(const struct vsms_exchange *exchange) {
  const struct vsms_settings *settings = exchange->settings;
  bool is_base = strncmp(exchange->url, settings->base_url, strlen(settings->base_url)) == 0;
  return is_base ? "base_url" : "status_base_url";
}

/* Without what the words around it say already. */
static void copy_detail(char *out, size_t size, const struct vsms_exchange *exchange) {
  static const char prefix[] = "SSL certificate problem: ";
  int code = exchange->response.facts.curl_code;
  const char *text = exchange->response.message;
  if (*text == '\0') text = curl_easy_strerror((CURLcode)code);
  if (strncmp(text, prefix, sizeof prefix - 1) == 0) text += sizeof prefix - 1;
  if (strstr(text, "SSL_ERROR_SYSCALL") != NULL) text = "the other side closed the connection";
  copy(out, size, text, strcspn(text, "\r\n"));
}

/* What OpenSSL (now and formerly), GnuTLS and rustls say of octets that are not a TLS record. None has a code for it that
 * libcurl would pass on. */
static bool is_not_tls(const char *detail) {
  static const char *const words[] = {"wrong version number", "packet length too long", "unknown protocol",
                                      "unexpected TLS packet", "corrupt message"};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
    if (strstr(detail, words[i]) != NULL) return true;
  }
  return false;
}

static void explain_handshake(struct vsms_exchange *exchange, const struct failure *failure) {
  exchange->response.facts.not_tls = is_not_tls(failure->detail);
  if (exchange->response.facts.not_tls) {
    say(exchange, "%s does not answer in TLS (it may speak plain HTTP): check the host and port of %s%s", failure->host,
        failure->option, failure->has_proxy ? ", and the proxy" : "");
  } else {
    say(exchange, "the TLS handshake with %s failed: %s", failure->host, failure->detail);
  }
}

/* X509_verify_cert_error_string(3): 9 is not yet valid, 10 has expired. */
static bool is_out_of_its_time(CURL *easy) {
  long result = 0;
  return curl_easy_getinfo(easy, CURLINFO_SSL_VERIFYRESULT, &result) == CURLE_OK && (result == 9 || result == 10);
}

static bool is_for_another_host(const char *detail) {
  return strstr(detail, "subject name") != NULL || strstr(detail, "does not match") != NULL;
}

static void explain_certificate(CURL *easy, struct vsms_exchange *exchange, const struct failure *failure) {
  if (is_out_of_its_time(easy)) {
    say(exchange, "the certificate of %s is not valid now (%s): check the clock of this machine", failure->host,
        failure->detail);
  } else if (is_for_another_host(failure->detail)) {
    say(exchange, "the certificate of %s is for another host: check %s", failure->host, failure->option);
  } else {
    say(exchange,
        "the certificate of %.60s is not trusted (%.60s): install the ca-certificates package, or give the"
        " file of its authority as ca_file",
        failure->host, failure->detail);
  }
}

static void explain_connect(CURL *easy, struct vsms_exchange *exchange, const struct failure *failure) {
  long reason = 0;
  curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &reason);
  if (failure->has_proxy || reason == 0) {
    say(exchange, "could not connect to %s: %s", failure->has_proxy ? "the proxy" : failure->host, failure->detail);
  } else {
    say(exchange, "could not connect to %s: %s", failure->host, strerror((int)reason));
  }
}

static void explain_name(struct vsms_exchange *exchange, const struct failure *failure) {
  if (exchange->response.facts.curl_code == CURLE_COULDNT_RESOLVE_PROXY) {
    say(exchange, "could not resolve the host name of the proxy (%s): check the option proxy", failure->detail);
  } else {
    say(exchange, "could not resolve the host name %.*s: check %s, and the DNS of this machine",
        (int)strcspn(failure->host, ":"), failure->host, failure->option);
  }
}

/* Nothing had left. */
static void explain_beginning(CURL *easy, struct vsms_exchange *exchange, const struct failure *failure) {
  switch (exchange->response.facts.curl_code) {
    case CURLE_OPERATION_TIMEDOUT:
      say(exchange, "no connection to %s in time: %s", failure->host, failure->detail);
      break;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY: explain_name(exchange, failure); break;
    case CURLE_COULDNT_CONNECT: explain_connect(easy, exchange, failure); break;
    case CURLE_SSL_CONNECT_ERROR: explain_handshake(exchange, failure); break;
    case CURLE_PEER_FAILED_VERIFICATION: explain_certificate(easy, exchange, failure); break;
    case CURLE_SSL_CACERT_BADFILE:
      say(exchange,
          "the certificate authorities cannot be read (%s): install the ca-certificates package, or give a PEM"
          " file as ca_file",
          failure->detail);
      break;
    default: break;
  }
}

/* The request had begun to leave. */
static void explain_end(struct vsms_exchange *exchange, const struct failure *failure) {
  switch (exchange->response.facts.curl_code) {
    case CURLE_OPERATION_TIMEDOUT:
      say(exchange, "no complete answer from %s in time: %s", failure->host, failure->detail);
      break;
    case CURLE_GOT_NOTHING: say(exchange, "%s closed the connection without an answer", failure->host); break;
    case CURLE_UNSUPPORTED_PROTOCOL: say(exchange, "%s answered with something that is not HTTP", failure->host); break;
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_PARTIAL_FILE: say(exchange, "the connection to %s broke: %s", failure->host, failure->detail); break;
    default: break;
  }
}

void vsms_failure_explain(CURL *easy, struct vsms_exchange *exchange) {
  struct failure failure;
  copy_host(failure.host, sizeof failure.host, exchange->url);
  copy_detail(failure.detail, sizeof failure.detail, exchange);
  failure.option = option_of(exchange);
  failure.has_proxy = *exchange->settings->proxy != '\0';
  if (exchange->response.facts.request_started) {
    explain_end(exchange, &failure);
  } else {
    explain_beginning(easy, exchange, &failure);
  }
}
