/* text.c - vsms_text_analyze beside memcpy over the same octets. Prints `name octets memcpy_ns analyze_ns`. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "vsms.h"

enum { ROUNDS = 15, OCTETS_PER_ROUND = 32 * 1000 * 1000, CALLS_MAX = 200000 };

static char *copy;

static double now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

/* The compiler may not drop a result, nor know what the text holds. */
static void keep(const void *pointer) { __asm__ volatile("" : : "r"(pointer) : "memory"); }

static void run_memcpy(vsms_bytes text) {
  memcpy(copy, text.data, text.length);
  keep(copy);
}

static void run_analyze(vsms_bytes text) {
  vsms_text result;
  vsms_error error;
  vsms_text_analyze(text, 8, &result, &error);
  keep(&result);
}

static double time_calls(void (*run)(vsms_bytes), vsms_bytes text) {
  size_t calls = OCTETS_PER_ROUND / (text.length + 1) + 1;
  if (calls > CALLS_MAX) calls = CALLS_MAX;
  double begin = now_ns();
  for (size_t i = 0; i < calls; i++) {
    keep(text.data);
    run(text);
  }
  return (now_ns() - begin) / (double)calls;
}

static int by_value(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double median(double *values) {
  qsort(values, ROUNDS, sizeof *values, by_value);
  return values[ROUNDS / 2];
}

/* Turn by turn, so that a busy moment of the machine hits both. */
static void compare(const char *name, vsms_bytes text) {
  double copies[ROUNDS], analyses[ROUNDS];
  for (int i = 0; i < ROUNDS; i++) {
    copies[i] = time_calls(run_memcpy, text);
    analyses[i] = time_calls(run_analyze, text);
  }
  printf("%s %zu %.2f %.2f\n", name, text.length, median(copies), median(analyses));
}

static void compare_repeated(const char *name, const char *piece, size_t length) {
  char *text = malloc(length + 1);
  copy = malloc(length + 1);
  if (text == NULL || copy == NULL) exit(1);
  for (size_t i = 0, size = strlen(piece); i < length; i++) text[i] = piece[i % size];
  compare(name, (vsms_bytes){text, length});
  free(text);
  free(copy);
}

int main(void) {
  static const char words[] = "Your code is 4815. It is good for 10 minutes, and for one try only. ";
  static const char mixed[] = "Dear {name},\n[order 4711] is on its way: ~2 days.\nhttps://example.com/a_b ";
  compare_repeated("ascii", words, 20);
  compare_repeated("ascii", words, 160);
  compare_repeated("ascii", words, 1600);
  compare_repeated("ascii", words, 39000);
  compare_repeated("ascii", words, 10 * 1000 * 1000);
  compare_repeated("ascii+extension", mixed, 140);
  compare_repeated("ascii+extension", mixed, 1600);
  compare_repeated("cyrillic", "\xD0\xB6", 140);
  return 0;
}
