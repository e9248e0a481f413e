/*
 * engine.h - requests, what became of them, and the engine that performs them. Part of vsms.h, whose conventions hold.
 */
#ifndef VSMS_PUBLIC_ENGINE_H
#define VSMS_PUBLIC_ENGINE_H

#include "vsms/ticket.h"

/* ---- what became of a request ------------------------------------------------------------------ */

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
  bool not_tls;          /* what came back in a TLS handshake was not TLS: plain HTTP, for instance */
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

/* The table of errors: facts in, verdict out. Pure; never fails. */
vsms_verdict vsms_judge(const vsms_facts *facts);

/* The word for a kind or an outcome as the Lua layer and the documentation spell it ("not_sent").
 * Static storage. `VSMS_OK` is "ok"; a value outside the enumeration gives "unknown". */
const char *vsms_kind_name(vsms_kind kind);
const char *vsms_outcome_name(vsms_outcome outcome);

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
  long max_idle_ms;              /* a connection idle for longer, or never idle for as long, is not used again; default
                                  * 15 000. The I/O thread closes all once nothing has been in flight for that long. */
  size_t max_response_bytes;     /* of a body; default 1 MiB */
  size_t concurrency;            /* requests in flight on the I/O thread; default 100 */
  size_t queue_limit;            /* submitted and not yet in flight; default 10 000 */
} vsms_config;

typedef struct vsms_engine vsms_engine;

/* Checks and copies the configuration; does no I/O but reading ca_file, starts no thread.
 * NULL with *error filled when something is wrong. */
vsms_engine *vsms_engine_new(const vsms_config *config, vsms_error *error);

/* Stops the I/O thread and waits for it (milliseconds: requests in flight are given up, not awaited). Their
 * tickets, and those still queued, finish as VSMS_CLOSED. Closing twice is fine. */
void vsms_engine_close(vsms_engine *engine);

/* Closes the engine and gives it up; its memory goes with its last ticket. NULL is fine. */
void vsms_engine_free(vsms_engine *engine);

bool vsms_engine_is_closed(const vsms_engine *engine);

/* The base URL in use, without a slash at the end. */
const char *vsms_engine_base_url(const vsms_engine *engine);

/* A shorter token is in a text by chance, and no secret: it could be guessed. */
enum { VSMS_REDACTED_TOKEN_MIN = 8 };

/* Overwrites secrets in the text with '*': every occurrence of the token, however a server that repeats it has escaped or
 * cut it, and what stands before the @ of a URL. True when there was something. A token of fewer than
 * VSMS_REDACTED_TOKEN_MIN octets is left alone. */
bool vsms_engine_redact(const vsms_engine *engine, char *text, size_t length);

/* Does the text hold the whole token, in any spelling? It must not go where it would be shown, a URL for instance. */
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
  bool alternate;     /* go to alternate_base_url */
  bool repeatable;    /* libcurl may start it anew when a kept-alive connection turns out dead; never for a send */
  long timeout_ms;    /* 0: the engine's */
  double leave_by_ms; /* by vsms_uptime_ms: it does not begin to leave later, and times out instead; 0: no such time */
} vsms_request;

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
 * it did not. A date counts from the answer's own Date, so that clocks need not agree. */
long vsms_response_retry_after_ms(const vsms_response *response);
void vsms_response_free(vsms_response *response);

/* Performs the request on the calling thread and waits for the end. `interrupt` may be NULL.
 * NULL with *error filled when it could not even be tried. */
vsms_response *vsms_engine_perform(vsms_engine *engine, const vsms_request *request, const vsms_interrupt *interrupt,
                                   vsms_error *error);

/* ---- tickets ----------------------------------------------------------------------------------- */

/* Hands the request to the I/O thread and returns at once. NULL with *error filled when it was not taken. */
vsms_ticket *vsms_engine_submit(vsms_engine *engine, const vsms_request *request, vsms_error *error);

/* Where its tickets are collected. */
vsms_desk *vsms_engine_desk(vsms_engine *engine);

/* The response, or NULL while the request is under way, and for the ticket of a store. It belongs to the ticket. */
const vsms_response *vsms_ticket_response(vsms_ticket *ticket);

/* ---- HTTP and libcurl --------------------------------------------------------------------------- */

/* The value of a Retry-After field in milliseconds, at most a day, or -1 when it is neither seconds nor a date, to the
 * letter of RFC 9110 section 10.2.3. `now` is the time that a date counts from, in seconds since 1970. */
long vsms_retry_after_ms(vsms_bytes value, long long now);

/* libcurl's version and that of its TLS library, as they were found at run time: "libcurl/7.88.1 OpenSSL/3.0.19". */
const char *vsms_curl_version(void);

/* What libcurl can do, of what this library profits from: the name of the feature of that index, from 0, NULL after the last.
 * *is_there says whether libcurl has it. */
const char *vsms_curl_feature(size_t index, bool *is_there);

/* The file or folder of certificate authorities that libcurl was built to trust, in use unless the configuration has a
 * ca_file; NULL when it was built for none. */
const char *vsms_curl_authorities(void);

#endif
