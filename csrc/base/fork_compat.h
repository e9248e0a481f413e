/* fork_compat.h - the one place that knows whether the system can wipe memory in a forked child. */
#ifndef VSMS_FORK_COMPAT_H
#define VSMS_FORK_COMPAT_H

#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

/* One word that is zero in every forked child, however it was forked; NULL where there is no such thing. */
#if defined(MADV_WIPEONFORK) && !defined(VSMS_NO_WIPE_ON_FORK)
static inline void *vsms_word_wiped_by_fork(void) {
  size_t size = (size_t)sysconf(_SC_PAGESIZE);
  void *page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return NULL;
  if (madvise(page, size, MADV_WIPEONFORK) == 0) return page;
  munmap(page, size);
  return NULL;
}
#else
static inline void *vsms_word_wiped_by_fork(void) { return NULL; }
#endif

#endif
