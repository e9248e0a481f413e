/* process.c - see process.h. */
#include "engine/process.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdlib.h>

#include "http/curl_compat.h"
#include "base/error.h"
#include "base/fork.h"
#include "engine/io.h"
#include "http/memory.h"
#include "http/tls.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static CURLcode curl_result = CURLE_FAILED_INIT;

static struct vsms_io *threads; /* under vsms_fork_lock */

/* os.exit() and Neovim's :qa! run no finalizer, and a thread inside OpenSSL while OpenSSL's atexit function frees
 * its tables crashes.  In a forked child the list still names the parent's threads. */
static void stop_threads(void) {
  for (;;) {
    vsms_fork_lock();
    struct vsms_io *io = threads;
    while (io != NULL && io->process != vsms_process_number()) io = io->next;
    vsms_fork_unlock();
    if (io == NULL) return;
    vsms_io_stop(io);
  }
}

/* atexit functions run last first, so ours runs before the one that OpenSSL registers inside curl_global_init. */
static void initialise(void) {
  bool is_watched = vsms_fork_watch();
  vsms_fork_section_enter();
  curl_result = vsms_memory_init_curl();
  if (curl_result == CURLE_OK) vsms_tls_find_library();
  vsms_fork_section_leave();
  if (curl_result != CURLE_OK) return;
  if (!is_watched || atexit(stop_threads) != 0) curl_result = CURLE_OUT_OF_MEMORY;
}

bool vsms_process_ready(vsms_error *error) {
  pthread_once(&once, initialise);
  if (curl_result != CURLE_OK) {
    return vsms_fail(error, VSMS_EXHAUSTED, NULL, "libcurl: %s", curl_easy_strerror(curl_result));
  }
  const curl_version_info_data *info = curl_version_info(CURLVERSION_NOW);
  if (info->version_num < VSMS_CURL_VERSION_NEEDED) {
    return vsms_fail(error, VSMS_EXHAUSTED, NULL, "libcurl %s is too old, 7.80 is needed", info->version);
  }
  return true;
}

void vsms_process_add(struct vsms_io *io) {
  vsms_fork_lock();
  io->next = threads;
  io->link = &threads;
  if (io->next != NULL) io->next->link = &io->next;
  threads = io;
  vsms_fork_unlock();
}

void vsms_process_remove(struct vsms_io *io) {
  vsms_fork_lock();
  *io->link = io->next;
  if (io->next != NULL) io->next->link = io->link;
  vsms_fork_unlock();
}

const char *vsms_curl_version(void) { return curl_version(); }

/* The file goes before the folder, as in every transfer. */
const char *vsms_curl_authorities(void) {
  const curl_version_info_data *info = curl_version_info(CURLVERSION_NOW);
  if (info->version_num < VSMS_CURL_VERSION_NEEDED) return NULL; /* it may not know the fields */
  return info->cainfo != NULL ? info->cainfo : info->capath;
}
