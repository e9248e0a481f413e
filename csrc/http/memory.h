/* memory.h - libcurl's allocator, watched.  libcurl has one word for memory that ran out and for a header line beyond its
 * own bound (before 8.6), and another for memory that ran out while it connected and a connection that was refused. */
#ifndef VSMS_MEMORY_H
#define VSMS_MEMORY_H

#include <curl/curl.h>
#include <stddef.h>

/* In place of curl_global_init.  Where the host was there first, its libcurl allocates as before, unwatched. */
CURLcode vsms_memory_init_curl(void);

/* How many of libcurl's allocations have failed on this thread; 0 when that cannot be told. */
size_t vsms_memory_failures(void);

#endif
