/* libcurl.h - libcurl's global state: readied once in a process, with an allocator that is watched. libcurl has one word
 * for memory that ran out and for a header line beyond its own bound (before 8.6), and another for memory that ran out
 * while it connected and a connection that was refused. */
#ifndef VSMS_LIBCURL_H
#define VSMS_LIBCURL_H

#include "vsms/base.h"

/* Readies libcurl, whatever thread comes first, and has forks wait for it from then on. False with *error filled when
 * it is unusable. */
bool vsms_libcurl_ready(vsms_error *error);

/* How many of libcurl's allocations have failed on this thread; 0 when that cannot be told, because the host had readied
 * libcurl before us. */
size_t vsms_libcurl_failed_allocations(void);

#endif
