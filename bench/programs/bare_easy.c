/* bare_easy.c - sends one after the other: curl_easy_perform on one handle, and nothing around it. */
#include "bare.h"

static void perform(CURL *easy, long sends) {
  for (long i = 0; i < sends; i++) bare_check(easy, curl_easy_perform(easy));
}

int main(int argc, char **argv) {
  struct bare_arguments arguments = bare_read_arguments(argc, argv);
  CURL *easy = bare_new_handle(&arguments);
  perform(easy, arguments.sends / 10 + 1);
  bare_begin();
  perform(easy, arguments.sends);
  bare_end(arguments.sends);
  curl_easy_cleanup(easy);
  return 0;
}
