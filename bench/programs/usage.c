/*
 * usage.c - what a Lua program has used so far, for any Lua.
 *
 *   usage.wall(), usage.cpu(), usage.thread()   seconds: on the clock, of the process, of the calling thread
 *   usage.children()                            seconds of processor time of the children that were waited for
 *   usage.peak_kb()                             the most memory that was resident
 *   usage.resident_kb()                         what is resident now
 *   usage.pause(seconds)                        gives the processor away
 */
#include <lauxlib.h>
#include <lua.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

__attribute__((visibility("default"))) int luaopen_benchusage(lua_State *L);

static int push_clock(lua_State *L, clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  lua_pushnumber(L, (double)time.tv_sec + (double)time.tv_nsec / 1e9);
  return 1;
}

static int wall(lua_State *L) { return push_clock(L, CLOCK_MONOTONIC); }

static int cpu(lua_State *L) { return push_clock(L, CLOCK_PROCESS_CPUTIME_ID); }

static int thread(lua_State *L) { return push_clock(L, CLOCK_THREAD_CPUTIME_ID); }

static double seconds_of(struct timeval time) { return (double)time.tv_sec + (double)time.tv_usec / 1e6; }

static int children(lua_State *L) {
  struct rusage usage;
  getrusage(RUSAGE_CHILDREN, &usage);
  lua_pushnumber(L, seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime));
  return 1;
}

static int peak_kb(lua_State *L) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  lua_pushnumber(L, (double)usage.ru_maxrss);
  return 1;
}

static int resident_kb(lua_State *L) {
  long total, pages = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  if (file == NULL || fscanf(file, "%ld %ld", &total, &pages) != 2) pages = 0;
  if (file != NULL) fclose(file);
  lua_pushnumber(L, (double)pages * (double)sysconf(_SC_PAGESIZE) / 1024);
  return 1;
}

static int pause_for(lua_State *L) {
  double seconds = luaL_checknumber(L, 1);
  struct timespec time = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
  nanosleep(&time, NULL);
  return 0;
}

int luaopen_benchusage(lua_State *L) {
  static const struct luaL_Reg functions[] = {{"wall", wall},       {"cpu", cpu},
                                              {"thread", thread},   {"children", children},
                                              {"peak_kb", peak_kb}, {"resident_kb", resident_kb},
                                              {"pause", pause_for}};
  lua_newtable(L);
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
    lua_pushcfunction(L, functions[i].func);
    lua_setfield(L, -2, functions[i].name);
  }
  return 1;
}
