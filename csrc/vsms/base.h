/*
 * base.h - what every part of the core says: octets, errors, JSON, time. Part of vsms.h, whose conventions hold.
 */
#ifndef VSMS_PUBLIC_BASE_H
#define VSMS_PUBLIC_BASE_H

#include <stdbool.h>
#include <stddef.h>

/* The version of the whole project; everything else reads it from here. */
#define VSMS_VERSION "0.1.0"

/* Octets that are owned elsewhere. `data == NULL` means absent, which is not the same as empty. */
typedef struct vsms_bytes {
  const char *data;
  size_t length;
} vsms_bytes;

/* ---- errors ------------------------------------------------------------------------------------ */

/* How a request ended, and why something was refused: the constant, and the word for it, as Lua and the documentation
 * spell it. A new kind is one row here, among those of a status (up to VSMS_REDIRECT) where a status leads to it; specs
 * say what else must know of it. */
#define VSMS_KINDS(KIND)                                                                                           \
  KIND(VSMS_OK, "ok")                                 /* a complete answer with a 2xx status */                    \
  KIND(VSMS_INVALID_ARGUMENT, "invalid_argument")     /* refused here, before any I/O */                           \
  KIND(VSMS_INVALID_REQUEST, "invalid_request")       /* 400, and every 4xx without a name of its own */           \
  KIND(VSMS_UNAUTHORIZED, "unauthorized")             /* 401 */                                                    \
  KIND(VSMS_FORBIDDEN, "forbidden")                   /* 403 */                                                    \
  KIND(VSMS_NOT_FOUND, "not_found")                   /* 404 */                                                    \
  KIND(VSMS_METHOD_NOT_ALLOWED, "method_not_allowed") /* 405 */                                                    \
  KIND(VSMS_CONFLICT, "conflict")                     /* 409 */                                                    \
  KIND(VSMS_RATE_LIMITED, "rate_limited")             /* 429 */                                                    \
  KIND(VSMS_SERVER_ERROR, "server_error")             /* 500, 501, and every 5xx without a name of its own */      \
  KIND(VSMS_UNAVAILABLE, "unavailable")               /* 503 */                                                    \
  KIND(VSMS_GATEWAY, "gateway")                       /* 502, 504 */                                               \
  KIND(VSMS_REDIRECT, "redirect")                     /* 3xx: never followed, the token would follow too */        \
  KIND(VSMS_PROTOCOL, "protocol")                     /* not HTTP, or an answer that ends before it is complete */ \
  KIND(VSMS_DNS, "dns")                               /* the host's name did not resolve */                        \
  KIND(VSMS_CONNECT, "connect")                       /* no connection; a proxy that refuses, 407 too */           \
  KIND(VSMS_TLS, "tls")                               /* no secure connection */                                   \
  KIND(VSMS_TIMEOUT, "timeout")                       /* out of time */                                            \
  KIND(VSMS_NETWORK, "network")                       /* the connection broke */                                   \
  KIND(VSMS_CANCELLED, "cancelled") /* by vsms_ticket_cancel, or by a signal during a blocking call */             \
  KIND(VSMS_CLOSED, "closed")       /* the engine was closed, or the ticket belongs to the parent process */       \
  KIND(VSMS_TOO_LARGE, "too_large") /* the answer passed a bound of the configuration */                           \
  KIND(VSMS_EXHAUSTED, "exhausted") /* this machine: queue full, no memory, no descriptor, no thread */

#define VSMS_KIND_CONSTANT(constant, word) constant,
typedef enum vsms_kind { VSMS_KINDS(VSMS_KIND_CONSTANT) VSMS_KIND_COUNT } vsms_kind;
#undef VSMS_KIND_CONSTANT

/* Filled by a function that returns NULL. `field` is a static string naming the offending field of
 * the configuration or request, or NULL. `message` never holds a value of the token or the proxy. */
typedef struct vsms_error {
  vsms_kind kind; /* VSMS_INVALID_ARGUMENT, VSMS_CLOSED or VSMS_EXHAUSTED */
  const char *field;
  char message[192];
} vsms_error;

/* ---- blocking ----------------------------------------------------------------------------------- */

/* Asked now and then during a blocking call, and after every signal; true gives the call up. */
typedef struct vsms_interrupt {
  bool (*interrupted)(void *context);
  void *context;
} vsms_interrupt;

/* ---- JSON -------------------------------------------------------------------------------------- */

/* Copies JSON text with every number token put in quotes, so that a decoder of doubles keeps identifiers and
 * prices exact (RFC 8259 section 6). Octets that are not JSON pass unchanged, for the decoder to refuse.
 * `out` must hold vsms_json_quoted_size(json) octets. Returns the octets written, without a NUL. */
size_t vsms_json_quoted_size(vsms_bytes json);
size_t vsms_json_quote_numbers(vsms_bytes json, char *out);

/* The same for who must tell numbers from strings afterwards: the number 1.5 becomes "#1.5", the string "x" becomes "$x",
 * and so do the names of members. */
size_t vsms_json_tagged_size(vsms_bytes json);
size_t vsms_json_tag(vsms_bytes json, char *out);

enum { VSMS_JSON_ESCAPE_OCTETS = 6 }; /* of one octet, at most */

/* Writes UTF-8 text as a string of JSON, quotes and all. `out` holds VSMS_JSON_ESCAPE_OCTETS * text.length + 2 octets.
 * Returns how many. */
size_t vsms_json_write_string(vsms_bytes text, char *out);

enum { VSMS_JSON_DEPTH = 16 }; /* levels that are read; more are refused */

/* A value of JSON text, where it stands. */
typedef struct vsms_value {
  vsms_bytes text; /* points into the body: a number's digits, a string's inside; absent for true, false and null */
  bool is_string;
  bool is_escaped; /* a string with backslashes in it, see vsms_json_unescape */
  bool is_nested;  /* an object or an array, brackets and all */
} vsms_value;

/* Writes out the escapes of a string that was read, as UTF-8. `out` holds text.length octets. Returns how many. */
size_t vsms_json_unescape(vsms_bytes text, char *out);

enum { VSMS_INTEGER_TEXT = 64 };

/* Writes the digits of a JSON number (a string's inside will do) that is an integer, however it is written: `12.0` and
 * `1.2e1` are 12; digits alone stay as they are. Returns how many octets, without a NUL; 0 when it is not an integer, or longer
 * than that. */
size_t vsms_integer_digits(vsms_bytes text, char out[VSMS_INTEGER_TEXT]);

/* ---- chance, time, processes ------------------------------------------------------------------- */

/* Fills `out` with octets of the system's generator (getentropy). `size` is at most 256. False when it has none. */
bool vsms_random(void *out, size_t size);

/* Milliseconds on a clock that never goes back; its zero means nothing. */
double vsms_clock_ms(void);
/* A clock that goes on while the machine sleeps. */
double vsms_uptime_ms(void);

/* Another number in every process of a line of forks, whatever forked them; cheaper than getpid(). Never 0. */
unsigned vsms_process_number(void);

/* Does a process of this number exist? A number may be given again to another one. */
bool vsms_process_is_alive(long pid);

/* ---- signals, for a program that is nothing but a client -------------------------------------- */

/* None of this happens unless it is called, and it is the whole process's: a library must not.
 * SIGINT, SIGTERM and SIGHUP, where they are not ignored, write `words` to stderr from now on, and end the process with
 * 128 + their number. SIGPIPE is ignored. `words` must live on. */
void vsms_signals_catch(const char *words);

/* From now on they are counted instead, and calls of the system are begun again after them. A second one, a second or
 * more after the first, is counted too; after it what is being written breaks off with the third, and the fourth has its
 * default effect. Blocking calls with a vsms_interrupt notice each. */
void vsms_signals_defer(void);

/* How often the process was asked to end, and the number of the first signal that did; 0 for neither. */
int vsms_signals_count(void);
int vsms_signals_first(void);

#endif
