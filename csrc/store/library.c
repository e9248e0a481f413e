/* library.c - see library.h. */
#include "store/library.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

#include "base/error.h"
#include "base/fork.h"

/* Taken inside a fork section: every child finds it unlocked, and the loader's own locks, too. */
static pthread_mutex_t loading = PTHREAD_MUTEX_INITIALIZER;

/* ISO C knows no conversion from an object's pointer to a function's; POSIX promises that they are alike. */
static bool find(void *handle, const struct vsms_library_function *function) {
  void *symbol = dlsym(handle, function->name);
  memcpy(function->pointer, &symbol, sizeof symbol);
  return symbol != NULL;
}

/* NULL, or why not. A name that is not found is told by dlerror(3), too. */
static const char *load(struct vsms_library *library) {
  void *handle = dlopen(library->file, RTLD_NOW | RTLD_LOCAL);
  bool ok = handle != NULL;
  for (size_t i = 0; ok && i < library->count; i++) ok = find(handle, &library->functions[i]);
  library->is_loaded = ok;
  return ok ? NULL : dlerror();
}

bool vsms_library_load(struct vsms_library *library, const char *field, vsms_error *error) {
  if (!vsms_fork_watch()) return vsms_fail_memory(error);
  vsms_fork_section_enter();
  pthread_mutex_lock(&loading);
  const char *reason = library->is_loaded ? NULL : load(library);
  bool ok = reason == NULL || vsms_fail(error, VSMS_INVALID_ARGUMENT, field, "store cannot be opened: %s: install %s",
                                        reason, library->package);
  pthread_mutex_unlock(&loading);
  vsms_fork_section_leave();
  return ok;
}
