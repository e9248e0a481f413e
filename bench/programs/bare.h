/*
 * bare.h - what the bare libcurl loops share: the request that the library sends too, and the line that is printed.
 */
#ifndef BENCH_BARE_H
#define BENCH_BARE_H

#include <curl/curl.h>
#include <stddef.h>

struct bare_arguments {
  const char *url;
  long sends;
  long in_flight;
  const char *ca_file; /* or NULL; from the environment's BENCH_CA_FILE */
};

/* Reads URL, SENDS and IN_FLIGHT; ends the program when they are wrong. */
struct bare_arguments bare_read_arguments(int argc, char **argv);

/* An easy handle that is set up for one POST after the other. Ends the program when there is none. */
CURL *bare_new_handle(const struct bare_arguments *arguments);

/* Ends the program unless the transfer had the answer it should have. */
void bare_check(CURL *easy, CURLcode code);

/* From here on it counts. */
void bare_begin(void);

/* Prints what was used since bare_begin, and how much memory since the start: what bench/harness/command.lua reads. */
void bare_end(long sends);

#endif
