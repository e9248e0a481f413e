#!/bin/sh
# The core's own tests, and the specs that reach the core, under a sanitizer.  Usage: tools/sanitize.sh asan|tsan|valgrind
set -eu
cd "$(dirname "$0")/.."
tools/deps.sh all

lua=lua5.4
specs="spec/client_spec.lua spec/engine_spec.lua spec/request/retry_spec.lua spec/outcome_spec.lua spec/lifetime_spec.lua
  spec/chaos_spec.lua spec/json_spec.lua spec/host/contract_spec.lua spec/text_spec.lua spec/text/udh_spec.lua spec/tracking
  spec/callback/access_spec.lua spec/callback/broken_bodies_spec.lua spec/callback/handler_spec.lua
  spec/callback/parse_spec.lua spec/message/callback_url_spec.lua spec/store_spec.lua spec/store_thread_spec.lua
  spec/postgres_spec.lua spec/postgres_commits_spec.lua spec/plain_lists_spec.lua"

build() {
  make -s BUILD="build/$1" LUAS="$lua" CFLAGS="-O1 -g -fno-omit-frame-pointer $2" LDFLAGS="$2" all c-test >/dev/null
  # shellcheck disable=SC2046,SC2086
  cc -g $2 $(pkg-config --cflags "$lua") -o "build/$1/lua" spec/support/lua.c $(pkg-config --libs "$lua")
}

# By their sources: the folder may hold a program whose source is gone.
c_tests() {
  for source in spec/core/*_test.c; do echo "build/$1/spec/$(basename "$source" .c)"; done
}

run_c_tests() {
  for program in $(c_tests "$1"); do
    echo "== $program"
    "$program" >/dev/null
  done
}

run_specs() {
  # shellcheck disable=SC2086
  BUILD="build/$1" INTERPRETER="$PWD/build/$1/lua" LUAS="$lua" tools/test.sh $specs
}

case "$1" in
  asan)
    flags="-fsanitize=address,undefined -fno-sanitize-recover=all"
    build asan "$flags"
    export ASAN_OPTIONS=detect_leaks=1:halt_on_error=1 LSAN_OPTIONS=print_suppressions=0
    export VSMS_SKIP='a_forked_child_can_come_of_any_thread' # ASan's allocator, unlike glibc's, may be locked in a child
    run_c_tests asan
    run_specs asan
    ;;
  tsan)
    build tsan "-fsanitize=thread"
    export VSMS_SKIP='a_forked_child*' # TSan does not follow a thread into a fork
    # libcurl and OpenSSL are not instrumented: what they synchronise cannot be seen
    TSAN_OPTIONS="halt_on_error=1 ignore_noninstrumented_modules=1"
    # TSan guesses from an address whether glibc has just made a block of thread-local variables, and takes what lies before
    # it for the block's length: now and then it resets half of the address space and dies. malloc tells it of them anyway.
    export TSAN_OPTIONS="$TSAN_OPTIONS intercept_tls_get_addr=0"
    run_c_tests tsan
    run_specs tsan
    ;;
  valgrind)
    build valgrind ""
    for program in $(c_tests valgrind); do
      echo "== $program"
      leaks=definite
      case "$program" in
        *alloc_test) leaks=none ;; # where memory ran out inside libcurl, what it held is left behind on purpose
        *fork_test) continue ;; # a child has the memory of its parent's threads, and never their end
      esac
      VSMS_SKIP='a_forked_child*' valgrind -q --error-exitcode=1 --leak-check=full --errors-for-leak-kinds=$leaks \
        --show-leak-kinds=$leaks "$program" >/dev/null
    done
    ;;
  *)
    echo "usage: $0 asan|tsan|valgrind" >&2
    exit 2
    ;;
esac
echo "$1: clean"
