/* exchange.h - one checked request and the response it is getting. */
#ifndef VSMS_EXCHANGE_H
#define VSMS_EXCHANGE_H

#include <curl/curl.h>

#include "http/response.h"
#include "http/settings.h"
#include "http/sockets.h"

typedef enum vsms_method { VSMS_GET, VSMS_HEAD, VSMS_POST, VSMS_PUT, VSMS_PATCH, VSMS_DELETE } vsms_method;

struct vsms_exchange {
  vsms_response response; /* the first member: see vsms_exchange_keep_response */
  const struct vsms_settings *settings;
  vsms_method method;
  char *url;  /* this and the body lie behind the structure */
  char *body; /* NULL: none */
  size_t body_length;
  char *own_body;                /* NULL: the body lies behind the exchange */
  struct curl_slist *own_fields; /* NULL: those of the settings do */
  bool repeatable;
  long timeout_ms;
  double leave_by_ms;           /* by vsms_uptime_ms; 0: whenever it can */
  double handed_over_ms;        /* by vsms_clock_ms */
  bool in_section;              /* a header section is under way: its status line was seen */
  bool interim;                 /* it belongs to a 1xx response */
  CURL *easy;                   /* these three while a handle is aimed at it */
  struct vsms_sockets *sockets; /* of the thread that performs */
  int fd;                       /* of the connection that the request started on; -1: not known */
  size_t shortages_before;      /* of sockets, and of memory: counts when the exchange began */
  size_t failures_before;
  bool found_unclean;  /* it was not started on a connection where something lay to be read already */
  bool is_too_late;    /* leave_by_ms was over when it could have left */
  bool is_restarted;   /* it goes to a new connection because of that */
  bool is_last;        /* on its connection, which is closed after it */
  bool answered_early; /* an answer came before the server had the request */
  void *owner;         /* for the code that started it */
};

/* An exchange and what lies behind it. */
size_t vsms_exchange_size(const struct vsms_settings *settings, const vsms_request *request);

/* Checks and copies the request, in memory of that size. False with *error filled; there is then nothing to clear. */
bool vsms_exchange_make(struct vsms_exchange *exchange, const struct vsms_settings *settings,
                        const vsms_request *request, vsms_error *error);
void vsms_exchange_clear(struct vsms_exchange *exchange);

/* The same in memory of its own. NULL with *error filled. */
struct vsms_exchange *vsms_exchange_new(const struct vsms_settings *settings, const vsms_request *request,
                                        vsms_error *error);
void vsms_exchange_free(struct vsms_exchange *exchange);

/* Gives up all but the response, for vsms_response_free. */
vsms_response *vsms_exchange_keep_response(struct vsms_exchange *exchange);

/* The word for the wire. */
const char *vsms_method_name(vsms_method method);

#endif
