/* response.h - the inside of a vsms_response; filled by the transfer, read by the host. */
#ifndef VSMS_RESPONSE_H
#define VSMS_RESPONSE_H

#include <curl/curl.h>

#include "http/headers.h"

enum { VSMS_RESPONSE_BODY_INSIDE = 64 }; /* an answer to a send has an ID of ten digits */

struct vsms_response {
  vsms_facts facts;
  vsms_verdict verdict;
  struct vsms_headers headers;
  char *body;
  size_t body_length, body_capacity;
  char first_body[VSMS_RESPONSE_BODY_INSIDE]; /* for as long as it is enough */
  vsms_timings timings;
  bool reused;
  char message[CURL_ERROR_SIZE]; /* until it is concluded, why no answer came */
};

/* An empty one is full of zeros. None is copied: it may point into itself. */
vsms_response *vsms_response_new(void);

/* What hangs on it. */
void vsms_response_clear(vsms_response *response);

/* Adds to the body as much as `most` allows. False when it passed the bound or memory ran out; a fact says which. */
bool vsms_response_add_body(vsms_response *response, const char *data, size_t length, size_t most);

/* Reads whose error it is, judges the facts and writes the message. */
void vsms_response_conclude(vsms_response *response);

#endif
