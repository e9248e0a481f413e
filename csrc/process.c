/* process.c - see process.h. */
#include "process.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "curl_compat.h"
#include "error.h"
#include "io.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static CURLcode curl_result = CURLE_FAILED_INIT;

static pthread_mutex_t threads_lock = PTHREAD_MUTEX_INITIALIZER;
static struct vsms_io *threads;

static void lock_threads(void) { pthread_mutex_lock(&threads_lock); }

static void unlock_threads(void) { pthread_mutex_unlock(&threads_lock); }

/* os.exit() and Neovim's :qa! run no finalizer, and a thread inside OpenSSL while OpenSSL's atexit function frees
 * its tables crashes.  In a forked child the list still names the parent's threads. */
static void stop_threads(void) {
  for (;;) {
    lock_threads();
    struct vsms_io *io = threads;
    while (io != NULL && io->pid != getpid()) io = io->next;
    unlock_threads();
    if (io == NULL) return;
    vsms_io_stop(io);
  }
}

/* atexit functions run last first, so ours runs before the one that OpenSSL registers inside curl_global_init. */
static void initialise(void) {
  curl_result = curl_global_init(CURL_GLOBAL_ALL);
  if (curl_result != CURLE_OK) return;
  if (pthread_atfork(lock_threads, unlock_threads, unlock_threads) != 0 || atexit(stop_threads) != 0) {
    curl_result = CURLE_OUT_OF_MEMORY;
  }
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
  lock_threads();
  io->next = threads;
  io->link = &threads;
  if (io->next != NULL) io->next->link = &io->next;
  threads = io;
  unlock_threads();
}

void vsms_process_remove(struct vsms_io *io) {
  lock_threads();
  *io->link = io->next;
  if (io->next != NULL) io->next->link = io->link;
  unlock_threads();
}

const char *vsms_curl_version(void) { return curl_version(); }

/* The file goes before the folder, as in every transfer. */
const char *vsms_curl_authorities(void) {
  const curl_version_info_data *info = curl_version_info(CURLVERSION_NOW);
  if (info->version_num < VSMS_CURL_VERSION_NEEDED) return NULL; /* it may not know the fields */
  return info->cainfo != NULL ? info->cainfo : info->capath;
}
