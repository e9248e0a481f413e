/* bare.c - see bare.h. */
#include "bare.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static const char body[] = "{\"from\":\"MyShop\",\"message\":\"Your code is 4815\",\"to\":\"37069912345\"}";
static struct curl_slist *fields;
static double wall_begin, cpu_begin;
static long rss_begin_kb;

static double seconds_of(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static long peak_rss_kb(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

static void fail(const char *what, const char *why) {
  fprintf(stderr, "%s: %s\n", what, why);
  exit(1);
}

struct bare_arguments bare_read_arguments(int argc, char **argv) {
  if (argc != 4) fail("usage", "PROGRAM URL SENDS IN_FLIGHT");
  struct bare_arguments arguments = {argv[1], atol(argv[2]), atol(argv[3]), getenv("BENCH_CA_FILE")};
  if (arguments.sends < 1 || arguments.in_flight < 1) fail("usage", "SENDS and IN_FLIGHT are at least 1");
  curl_global_init(CURL_GLOBAL_DEFAULT);
  rss_begin_kb = peak_rss_kb();
  static const char *const lines[] = {"X-VertexSMS-Token: token-of-the-benchmark", "Accept: application/json",
                                      "Expect:", "Content-Type: application/json"};
  for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) fields = curl_slist_append(fields, lines[i]);
  return arguments;
}

/* The answer is read and forgotten: what it costs to use it is not libcurl's. */
static size_t take(char *data, size_t size, size_t count, void *context) {
  (void)data, (void)context;
  return size * count;
}

CURL *bare_new_handle(const struct bare_arguments *arguments) {
  CURL *easy = curl_easy_init();
  if (easy == NULL) fail("curl_easy_init", "no handle");
  curl_easy_setopt(easy, CURLOPT_URL, arguments->url);
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, "vertexsms-lua/0.1.0");
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, fields);
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)(sizeof body - 1));
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, 30000L);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take);
  if (arguments->ca_file != NULL) curl_easy_setopt(easy, CURLOPT_CAINFO, arguments->ca_file);
  return easy;
}

void bare_check(CURL *easy, CURLcode code) {
  if (code != CURLE_OK) fail("libcurl", curl_easy_strerror(code));
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  if (status != 200) fail("the service", "answered without 200");
}

void bare_begin(void) {
  wall_begin = seconds_of(CLOCK_MONOTONIC);
  cpu_begin = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
}

void bare_end(long sends) {
  double wall = seconds_of(CLOCK_MONOTONIC) - wall_begin, cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - cpu_begin;
  printf("sends=%ld wall=%.6f cpu=%.6f thread=%.6f grown_kb=%ld\n", sends, wall, cpu, cpu,
         peak_rss_kb() - rss_begin_kb);
}
