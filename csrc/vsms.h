/*
 * vsms.h - the public interface of the VertexSMS client core.
 *
 * A small C library over libcurl that knows nothing of Lua.  It turns a request into a response and
 * always says what became of it: accepted, not sent, rejected or unknown.
 *
 * Threads    An engine, its tickets and its responses belong to one thread at a time, the host's.  The
 *            engine's own I/O thread never calls into the host.  Different engines are independent.
 * Fork       A child process may go on using an engine it inherited: it gets connections and an I/O
 *            thread of its own at its first use.  Tickets that had not finished are `closed` in the child.
 *            fork() waits until every thread that works on a request stands outside of libcurl: microseconds,
 *            milliseconds in a handshake, at most a second; where that was not enough, and where the child
 *            was made without fork's handlers at such a moment (_Fork, clone), the child is refused
 *            everything, as VSMS_CLOSED.  A child of vfork can only exec.
 * Ownership  Whatever a function named `_new`, `_perform` or `_submit` returns belongs to the caller until the
 *            `_free` of the same noun.  Everything passed in is copied before the function returns.
 * Units      Times are milliseconds, sizes are octets.  Both stand in the name or the comment.
 * Strings    `vsms_bytes` may hold any octet; `const char *` results are NUL-terminated and live as long as the
 *            object they were asked of.
 */
#ifndef VSMS_H
#define VSMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The version of the whole project; everything else reads it from here. */
#define VSMS_VERSION "0.1.0"

/* Octets that somebody else owns.  `data == NULL` means absent, which is not the same as empty. */
typedef struct vsms_bytes {
  const char *data;
  size_t length;
} vsms_bytes;

/* ---- what became of a request ------------------------------------------------------------------ */

typedef enum vsms_kind {
  VSMS_OK = 0,             /* a complete answer with a 2xx status */
  VSMS_INVALID_ARGUMENT,   /* refused here, before any I/O */
  VSMS_INVALID_REQUEST,    /* 400, and every 4xx without a name of its own */
  VSMS_UNAUTHORIZED,       /* 401 */
  VSMS_FORBIDDEN,          /* 403 */
  VSMS_NOT_FOUND,          /* 404 */
  VSMS_METHOD_NOT_ALLOWED, /* 405 */
  VSMS_CONFLICT,           /* 409 */
  VSMS_RATE_LIMITED,       /* 429 */
  VSMS_SERVER_ERROR,       /* 500, 501, and every 5xx without a name of its own */
  VSMS_UNAVAILABLE,        /* 503 */
  VSMS_GATEWAY,            /* 502, 504 */
  VSMS_REDIRECT,           /* 3xx: never followed, the token would follow too */
  VSMS_PROTOCOL,           /* not HTTP, or an answer that ends before it is complete */
  VSMS_DNS,                /* the host's name did not resolve */
  VSMS_CONNECT,            /* no connection; a proxy that refuses, 407 too */
  VSMS_TLS,                /* no secure connection */
  VSMS_TIMEOUT,            /* out of time */
  VSMS_NETWORK,            /* the connection broke */
  VSMS_CANCELLED,          /* by vsms_ticket_cancel, or by a signal during a blocking call */
  VSMS_CLOSED,             /* the engine was closed, or the ticket belongs to the parent process */
  VSMS_TOO_LARGE,          /* the answer passed a bound of the configuration */
  VSMS_EXHAUSTED           /* this machine: queue full, no memory, no descriptor, no thread */
} vsms_kind;

typedef enum vsms_outcome {
  VSMS_ACCEPTED, /* the service said so */
  VSMS_NOT_SENT, /* the request did not begin to leave this machine, or went no further than our own proxy */
  VSMS_REJECTED, /* the service, or something in front of it, said no */
  VSMS_UNKNOWN   /* it may have been accepted: repeating it may bill twice */
} vsms_outcome;

/* What is known when a request has ended; everything that the verdict depends on. */
typedef struct vsms_facts {
  int status;            /* of the last status line that was not 1xx, or 0 */
  bool headers_complete; /* the blank line after the final header section was seen */
  bool request_started;  /* the request had begun to leave, on any connection */
  bool too_large;        /* a bound of the configuration was passed */
  bool cancelled;        /* the host gave the request up */
  bool closed;           /* the engine stopped under the request */
  bool exhausted;        /* memory or another resource of this machine ran out */
  bool service_error;    /* the answer's whole body is an error in VertexSMS's own words, not a gateway's */
  bool proxy_refused;    /* a proxy would not serve us: its credentials, or a rule of its own */
  bool repeatable;       /* a second request of this kind does no harm: a read */
  int curl_code;         /* libcurl's CURLcode, 0 for success */
} vsms_facts;

typedef struct vsms_verdict {
  vsms_kind kind;
  vsms_outcome outcome;
  bool temporary;       /* the cause may pass */
  bool retryable;       /* repeating the request cannot do twice what it asks for, and may succeed */
  bool likely_accepted; /* outcome unknown, but a 2xx status was seen */
} vsms_verdict;

/* The table of errors: facts in, verdict out.  Pure; never fails. */
vsms_verdict vsms_judge(const vsms_facts *facts);

/* The word for a kind or an outcome as the Lua layer and the documentation spell it ("not_sent").
 * Static storage.  `VSMS_OK` is "ok"; a value outside the enumeration gives "unknown". */
const char *vsms_kind_name(vsms_kind kind);
const char *vsms_outcome_name(vsms_outcome outcome);

/* ---- errors before any I/O --------------------------------------------------------------------- */

/* Filled by a function that returns NULL.  `field` is a static string naming the offending field of
 * the configuration or request, or NULL.  `message` never holds a value of the token or the proxy. */
typedef struct vsms_error {
  vsms_kind kind; /* VSMS_INVALID_ARGUMENT, VSMS_CLOSED or VSMS_EXHAUSTED */
  const char *field;
  char message[192];
} vsms_error;

/* ---- engine ------------------------------------------------------------------------------------ */

/* Zero or absent means the default. */
typedef struct vsms_config {
  vsms_bytes token;              /* required; sent as X-VertexSMS-Token and shown nowhere */
  vsms_bytes base_url;           /* default https://api.vertexsms.com; http only to a loopback host */
  vsms_bytes alternate_base_url; /* for requests that ask for it; default base_url; errors name it status_base_url */
  vsms_bytes user_agent;         /* default vertexsms-lua/VERSION */
  vsms_bytes ca_file;            /* PEM bundle; default libcurl's */
  vsms_bytes proxy;              /* URL; default none: proxies of the environment are not read */
  long timeout_ms;               /* default 30 000, for one attempt, waiting in the queue included */
  long connect_timeout_ms;       /* default 10 000 */
  long max_idle_ms;              /* a connection idle for longer is not used again; default 15 000 */
  size_t max_response_bytes;     /* of a body; default 1 MiB */
  size_t concurrency;            /* requests in flight on the I/O thread; default 100 */
  size_t queue_limit;            /* submitted and not yet in flight; default 10 000 */
} vsms_config;

typedef struct vsms_engine vsms_engine;

/* Checks and copies the configuration; does no I/O but reading ca_file, starts no thread.
 * NULL with *error filled when something is wrong. */
vsms_engine *vsms_engine_new(const vsms_config *config, vsms_error *error);

/* Stops the I/O thread and waits for it (milliseconds: requests in flight are given up, not awaited).  Their
 * tickets, and those still queued, finish as VSMS_CLOSED.  Closing twice is fine. */
void vsms_engine_close(vsms_engine *engine);

/* Closes the engine and gives it up; its memory goes with its last ticket.  NULL is fine. */
void vsms_engine_free(vsms_engine *engine);

bool vsms_engine_is_closed(const vsms_engine *engine);

/* The base URL in use, without a slash at the end. */
const char *vsms_engine_base_url(const vsms_engine *engine);

/* A shorter token is in a text by chance, and no secret: it could be guessed. */
enum { VSMS_REDACTED_TOKEN_MIN = 8 };

/* Overwrites secrets in the text with '*': every occurrence of the token, however a server that repeats it has escaped or
 * cut it, and what stands before the @ of a URL.  True when there was something.  A token of fewer than
 * VSMS_REDACTED_TOKEN_MIN octets is left alone. */
bool vsms_engine_redact(const vsms_engine *engine, char *text, size_t length);

/* Does the text hold the whole token, in any spelling?  It must not go where it would be shown, a URL for instance. */
bool vsms_engine_holds_token(const vsms_engine *engine, vsms_bytes text);

/* ---- request ----------------------------------------------------------------------------------- */

typedef struct vsms_field {
  vsms_bytes name;
  vsms_bytes value;
} vsms_field;

typedef struct vsms_request {
  vsms_bytes method;        /* GET, HEAD, POST, PUT, PATCH or DELETE */
  vsms_bytes path;          /* begins with '/', already percent-encoded, no query */
  vsms_bytes query;         /* already percent-encoded, without the '?'; may be absent */
  vsms_bytes body;          /* may be absent; sent as application/json */
  const vsms_field *fields; /* further header fields */
  size_t field_count;
  bool alternate;  /* go to alternate_base_url */
  bool repeatable; /* libcurl may start it anew when a kept-alive connection turns out dead; never for a send */
  long timeout_ms; /* 0: the engine's */
} vsms_request;

/* Asked now and then during a blocking call, and after every signal; true gives the call up. */
typedef struct vsms_interrupt {
  bool (*interrupted)(void *context);
  void *context;
} vsms_interrupt;

/* ---- response ---------------------------------------------------------------------------------- */

/* How a request ended: an answer, or why there is none. */
typedef struct vsms_response vsms_response;

typedef struct vsms_timings { /* since the request was handed over; 0 when a step was not reached or not needed */
  double dns_ms;
  double connect_ms;
  double tls_ms;
  double first_byte_ms;
  double total_ms;
} vsms_timings;

vsms_verdict vsms_response_verdict(const vsms_response *response);
vsms_facts vsms_response_facts(const vsms_response *response);
/* One line for people; for VSMS_OK the empty string. */
const char *vsms_response_message(const vsms_response *response);
/* Every octet of the body that arrived within the bound; never absent. */
vsms_bytes vsms_response_body(const vsms_response *response);
vsms_timings vsms_response_timings(const vsms_response *response);
/* True when no new connection was made for the request. */
bool vsms_response_reused(const vsms_response *response);
/* Header fields in the order they came; names are in lower case, values without surrounding space. */
size_t vsms_response_field_count(const vsms_response *response);
/* `index` is below the count. */
vsms_field vsms_response_field(const vsms_response *response, size_t index);
/* The `nth` (from 0) value of a field, whatever the case of `name`; absent when there is none. */
vsms_bytes vsms_response_header(const vsms_response *response, const char *name, size_t nth);
/* How long the service asked to wait (Retry-After, seconds or a date: RFC 9110 section 10.2.3), at most a day; -1 when
 * it did not.  A date counts from the answer's own Date, so that clocks need not agree. */
long vsms_response_retry_after_ms(const vsms_response *response);
void vsms_response_free(vsms_response *response);

/* Performs the request on the calling thread and waits for the end.  `interrupt` may be NULL.
 * NULL with *error filled when it could not even be tried. */
vsms_response *vsms_engine_perform(vsms_engine *engine, const vsms_request *request, const vsms_interrupt *interrupt,
                                   vsms_error *error);

/* ---- ticket ------------------------------------------------------------------------------------ */

/* A request that the I/O thread performs. */
typedef struct vsms_ticket vsms_ticket;

/* Hands the request to the I/O thread and returns at once.  NULL with *error filled when it was not taken. */
vsms_ticket *vsms_engine_submit(vsms_engine *engine, const vsms_request *request, vsms_error *error);

/* A descriptor that is readable while finished tickets wait to be collected; the engine's own: do not read from
 * it or close it.  Changes after a fork.  -1 with *error filled when there is none to be had. */
int vsms_engine_fd(vsms_engine *engine, vsms_error *error);

/* For hosts that can only connect to a path: makes a unix socket that this process alone may connect to, and writes its
 * path.  Connect, then call vsms_engine_accept, at once: the path is gone after it.  From then on the connection gets an
 * octet each time that there is something to collect after there was nothing.  A new pair of calls replaces the
 * connection; closing the engine ends it.  `size` of 108 is enough for every path. */
bool vsms_engine_listen(vsms_engine *engine, char *path, size_t size, vsms_error *error);
bool vsms_engine_accept(vsms_engine *engine, vsms_error *error);
/* Ends the connection from this side, so that a read at the other end returns. */
void vsms_engine_hang_up(vsms_engine *engine);

/* The next finished ticket that was neither collected nor waited for yet, or NULL.  Never blocks.
 * The ticket stays its owner's: the function only tells which one it is. */
vsms_ticket *vsms_engine_collect(vsms_engine *engine);

/* Blocks until there is something to collect (true), the time is over or `interrupt` says so (false). */
bool vsms_engine_wait(vsms_engine *engine, long timeout_ms, const vsms_interrupt *interrupt);

/* Blocks until the ticket has finished (true), the time is over or `interrupt` says so (false).
 * `timeout_ms` < 0: no limit.  A ticket that was waited for is not collected any more. */
bool vsms_ticket_wait(vsms_ticket *ticket, long timeout_ms, const vsms_interrupt *interrupt);

/* The response, or NULL while the request is under way.  It belongs to the ticket. */
const vsms_response *vsms_ticket_response(vsms_ticket *ticket);

/* Gives the request up; the ticket finishes soon as VSMS_CANCELLED.  No effect on a finished one. */
void vsms_ticket_cancel(vsms_ticket *ticket);

/* Gives the ticket up, not the request: one under way goes on, and nobody learns its end.  NULL is fine. */
void vsms_ticket_free(vsms_ticket *ticket);

typedef struct vsms_counters {
  size_t queued;      /* submitted, not yet in flight */
  size_t in_flight;   /* on the I/O thread */
  size_t uncollected; /* finished, neither collected nor waited for */
} vsms_counters;

vsms_counters vsms_engine_counters(vsms_engine *engine);

/* ---- text: what an SMS costs ------------------------------------------------------------------- */

/* Text is well-formed UTF-8.  It is counted in code points ("chars"), and in units: septets of GSM-7, octets of
 * 8-bit data, UTF-16 code units of UCS-2.  Nothing here allocates, normalises, or keeps a pointer but where it says so. */

/* How user data goes over the air; the numbers of VertexSMS's field `coding`. */
typedef enum vsms_coding {
  VSMS_GSM7 = 0,   /* 3GPP TS 23.038 section 6.2.1, default alphabet and extension table */
  VSMS_OCTETS = 1, /* 8-bit data */
  VSMS_UCS2 = 2    /* UTF-16 in fact: handsets show surrogate pairs */
} vsms_coding;

enum {
  VSMS_USER_DATA_OCTETS = 140,  /* of one SMS, the header included: 3GPP TS 23.040 section 9.2.3.24 */
  VSMS_PARTS_MAX = 255,         /* the concatenation header counts in one octet: section 9.2.3.24.1 */
  VSMS_CONCATENATION_OCTETS = 7 /* the longest user data header with nothing but a concatenation in it */
};

/* The septets of a code point in GSM-7: 1, 2 (by way of the extension table), or 0 when it is not in the alphabet.
 * ESC (U+001B) is not: it is the switch to the extension table, no character. */
unsigned vsms_gsm_septets(uint32_t codepoint);

/* A code point and where it stands.  `octets == 0`: there is none. */
typedef struct vsms_culprit {
  uint32_t codepoint;
  size_t position; /* in code points, from 1 */
  size_t offset;   /* in octets, from 0 */
  size_t octets;   /* its length in UTF-8 */
} vsms_culprit;

/* A text and what it costs. */
typedef struct vsms_text {
  vsms_coding coding;   /* VSMS_GSM7 when every character is in that alphabet, VSMS_UCS2 otherwise */
  size_t chars;         /* code points */
  size_t units;         /* of `coding` */
  size_t parts;         /* 1 to VSMS_PARTS_MAX; an empty text is one part of no units */
  size_t part_units;    /* what one of these parts holds at most */
  size_t left;          /* units that still fit without another part */
  vsms_culprit culprit; /* the first character that is not GSM-7 */
} vsms_text;

/* Counts.  Parts are filled one after the other: an escape and what it escapes stay together (3GPP TS 23.040 section
 * 9.2.3.24.1), a surrogate pair too.  A part of several holds what a concatenation header leaves: 153 septets or 67
 * code units with a reference of 8 bits, 152 or 66 with 16 (`reference_bits`).
 * False with *error filled when `reference_bits` is neither, for what is not well-formed UTF-8 (it names the octet,
 * from 1), and for more than VSMS_PARTS_MAX parts; the text is read to its end before the parts are counted. */
bool vsms_text_analyze(vsms_bytes text, int reference_bits, vsms_text *result, vsms_error *error);

/* One part of a text.  All zero before the first. */
typedef struct vsms_part {
  size_t number; /* from 1 */
  size_t offset; /* in octets of the text, from 0 */
  size_t octets;
  size_t units;
} vsms_part;

/* Goes on to the next part of a text that was analysed; false after the last. */
bool vsms_text_next_part(vsms_bytes text, const vsms_text *analysis, vsms_part *part);

/* ---- user data headers: 3GPP TS 23.040 section 9.2.3.24 ---------------------------------------- */

/* A header is octets: its length without the first one (UDHL), then information elements of identifier (IEI),
 * length and data.  VertexSMS writes each octet as a % and two hexadecimal digits. */

typedef struct vsms_element {
  unsigned char iei;
  vsms_bytes data; /* points into the header */
} vsms_element;

/* Which part of which text.  `bits == 0`: of none. */
typedef struct vsms_concatenation {
  int bits;           /* of the reference: 8 (IEI 00) or 16 (IEI 08) */
  unsigned reference; /* the same for all parts of a text */
  unsigned parts;     /* 1 to VSMS_PARTS_MAX */
  unsigned part;      /* 1 to `parts` */
} vsms_concatenation;

/* What user data holds beside a header of so many octets (UDHL included, 0: no header), in units of the coding.
 * Septets begin at the next septet boundary. */
size_t vsms_udh_capacity(vsms_coding coding, size_t header_octets);

/* Reads `%05%00%03%CC%02%01`, the same digits without a %, or with 0x in front of them all as /sms/status has it.
 * `out` holds VSMS_USER_DATA_OCTETS.  False with *error filled when it is none of these, or longer. */
bool vsms_udh_decode(vsms_bytes written, unsigned char *out, size_t *octets, vsms_error *error);

/* Writes it the way VertexSMS wants it, in upper case.  `out` holds 3 octets for each.  Returns how many were written. */
size_t vsms_udh_encode(vsms_bytes header, char *out);

/* Is this a header: as long as its UDHL says, elements that end where it ends, and every concatenation one that a
 * handset may act on?  The last concatenation is the one that counts.  False with *error filled. */
bool vsms_udh_check(vsms_bytes header, vsms_concatenation *concatenation, vsms_error *error);

/* Goes on to the next element of a header that was checked.  *offset is 1 before the first.  False after the last. */
bool vsms_udh_next(vsms_bytes header, size_t *offset, vsms_element *element);

/* Puts a header together.  `out` holds VSMS_USER_DATA_OCTETS.  False with *error filled when it is too long, or no
 * header that vsms_udh_check lets pass. */
bool vsms_udh_build(const vsms_element *elements, size_t count, unsigned char *out, size_t *octets, vsms_error *error);

/* The header of one part.  `out` holds VSMS_CONCATENATION_OCTETS.  Returns its octets (6 or 7), or 0 when a value is
 * out of its range. */
size_t vsms_udh_concatenate(const vsms_concatenation *concatenation, unsigned char *out);

/* ---- UTF-8, JSON, chance, time, versions ------------------------------------------------------- */

/* The offset of the first octet that begins no well-formed UTF-8 sequence (RFC 3629: no overlong form, no
 * surrogate, nothing above U+10FFFF), or text.length when all is well. */
size_t vsms_utf8_check(vsms_bytes text);

/* Copies JSON text with every number token put in quotes, so that a decoder of doubles keeps identifiers and
 * prices exact (RFC 8259 section 6).  Octets that are no JSON pass unchanged, for the decoder to refuse.
 * `out` must hold vsms_json_quoted_size(json) octets.  Returns the octets written, without a NUL. */
size_t vsms_json_quoted_size(vsms_bytes json);
size_t vsms_json_quote_numbers(vsms_bytes json, char *out);

/* The same for who must tell numbers from strings afterwards: the number 1.5 becomes "#1.5", the string "x" becomes "$x",
 * and so do the names of members. */
size_t vsms_json_tagged_size(vsms_bytes json);
size_t vsms_json_tag(vsms_bytes json, char *out);

/* Fills `out` with octets of the system's generator (getentropy).  `size` is at most 256.  False when it has none. */
bool vsms_random(void *out, size_t size);

/* Milliseconds on a clock that never goes back; its zero means nothing. */
double vsms_clock_ms(void);

/* The value of a Retry-After field in milliseconds, at most a day, or -1 when it is neither seconds nor a date, to the
 * letter of RFC 9110 section 10.2.3.  `now` is the time that a date counts from, in seconds since 1970. */
long vsms_retry_after_ms(vsms_bytes value, long long now);

/* Another number in every process of a line of forks, whatever forked them; cheaper than getpid().  Never 0. */
unsigned vsms_process_number(void);

/* libcurl's version text, as it was found at run time. */
const char *vsms_curl_version(void);

/* The file or folder of certificate authorities that libcurl was built to trust, in use unless the configuration has a
 * ca_file; NULL when it was built for none. */
const char *vsms_curl_authorities(void);

/* ---- signals, for a program that is nothing but a client -------------------------------------- */

/* None of this happens unless it is called, and it is the whole process's: a library must not.
 * SIGINT, SIGTERM and SIGHUP, where they are not ignored, write `words` to stderr from now on, and end the process with
 * 128 + their number.  SIGPIPE is ignored.  `words` must live on. */
void vsms_signals_catch(const char *words);

/* From now on they are counted instead, and calls of the system are begun again after them.  A second one, a second or
 * more after the first, is counted too; after it what is being written breaks off with the third, and the fourth has its
 * default effect.  Blocking calls with a vsms_interrupt hear of each. */
void vsms_signals_defer(void);

/* How often the process was asked to end, and the number of the first signal that did; 0 for neither. */
int vsms_signals_count(void);
int vsms_signals_first(void);

#include "vsms_callback.h"

#endif
