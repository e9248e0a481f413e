/* ascii.c - runs of ASCII, 16 octets at a time where there is SSE2, 32 where the processor has AVX2.
 *
 * gcc at -O2 does not vectorise such loops by itself, and every x86-64 has SSE2. Elsewhere, and for what is
 * shorter than a block, a table does. */
#include "text/ascii.h"

#include <stdbool.h>

#include "text/gsm.h"

static vsms_run run_by_table(const unsigned char *at, size_t left, vsms_run run) {
  while (run.octets < left && at[run.octets] < 0x80 && vsms_gsm_latin1[at[run.octets]] != 0) {
    run.septets += vsms_gsm_latin1[at[run.octets++]];
  }
  return run;
}

static size_t length_by_octet(const unsigned char *at, size_t left, size_t length) {
  while (length < left && at[length] < 0x80) length++;
  return length;
}

#ifdef __SSE2__
#include <immintrin.h>

enum { BLOCK = 16, GROUP = 4 * BLOCK };

static __m128i load(const unsigned char *at) { return _mm_loadu_si128((const __m128i *)(const void *)at); }

static __m128i fill(char c) { return _mm_set1_epi8(c); }

/* The octets that are one septet for certain are SP to Z and a to z; the underscore is not, for cheapness. Less one
 * and with the bit of the small letters they are 20 to 79 (hexadecimal). [ to the grave accent become 7A to 7F then, {
 * to DEL 7A to 7E, and NUL and what is above DEL are higher still. The other controls fall below the space. */
static __m128i fold(__m128i c) { return _mm_or_si128(_mm_sub_epi8(c, fill(1)), fill(' ')); }

static bool are_plain(__m128i lowest, __m128i highest_folded) {
  __m128i beyond = _mm_or_si128(_mm_subs_epu8(fill(' '), lowest), _mm_subs_epu8(highest_folded, fill('y')));
  return _mm_movemask_epi8(_mm_cmpeq_epi8(beyond, _mm_setzero_si128())) == 0xFFFF;
}

static bool block_is_plain(const unsigned char *at) { return are_plain(load(at), fold(load(at))); }

/* The septets of a block of ASCII GSM-7, or 0 when something in it is not. FF is left to the table. */
static size_t block_septets(const unsigned char *at) {
  __m128i c = load(at);
  __m128i line = _mm_or_si128(_mm_cmpeq_epi8(c, fill('\n')), _mm_cmpeq_epi8(c, fill('\r')));
  __m128i control = _mm_andnot_si128(line, _mm_cmpgt_epi8(fill(' '), c));
  __m128i not_in = _mm_or_si128(_mm_cmpeq_epi8(c, fill('`')), _mm_cmpeq_epi8(c, fill(0x7F)));
  if (_mm_movemask_epi8(_mm_or_si128(control, not_in)) != 0) return 0;
  __m128i small = _mm_or_si128(c, fill(' ')); /* [ \ ] ^ become { | } ~, and _ becomes DEL */
  __m128i two = _mm_andnot_si128(_mm_cmpeq_epi8(small, fill(0x7F)), _mm_cmpgt_epi8(small, fill('z')));
  __m128i sums = _mm_sad_epu8(_mm_and_si128(two, fill(1)), _mm_setzero_si128()); /* one of each half */
  return BLOCK + (size_t)(_mm_extract_epi16(sums, 0) + _mm_extract_epi16(sums, 4));
}

/* Takes the next block into the run; false when the run ends in it. */
static bool add_block(const unsigned char *at, vsms_run *run) {
  size_t end = run->octets + BLOCK, septets = block_septets(at + run->octets);
  if (septets == 0) {
    *run = run_by_table(at, end, *run);
    return run->octets == end;
  }
  run->octets = end;
  run->septets += septets;
  return true;
}

static bool group_is_plain(const unsigned char *at) {
  __m128i a = load(at), b = load(at + BLOCK), c = load(at + 2 * BLOCK), d = load(at + 3 * BLOCK);
  __m128i lowest = _mm_min_epu8(_mm_min_epu8(a, b), _mm_min_epu8(c, d));
  return are_plain(lowest, _mm_max_epu8(_mm_max_epu8(fold(a), fold(b)), _mm_max_epu8(fold(c), fold(d))));
}

/* The length of a run of plain octets; it may stop early. What is left of the last block is looked at together with
 * octets that were seen before: cheaper than one by one. `left` is at least a block. */
static size_t plain_length_sse2(const unsigned char *at, size_t left) {
  size_t length = 0;
  while (left - length >= GROUP && group_is_plain(at + length)) length += GROUP;
  while (left - length >= BLOCK && block_is_plain(at + length)) length += BLOCK;
  return left - length < BLOCK && block_is_plain(at + left - BLOCK) ? left : length;
}

/* The same with vectors twice as wide, which keeps up with memcpy. */
__attribute__((target("avx2"))) static __m256i load_wide(const unsigned char *at) {
  return _mm256_loadu_si256((const __m256i *)(const void *)at);
}

__attribute__((target("avx2"))) static bool pair_is_plain(__m256i a, __m256i b) {
  const __m256i one = _mm256_set1_epi8(1), space = _mm256_set1_epi8(' ');
  __m256i folded_a = _mm256_or_si256(_mm256_sub_epi8(a, one), space);
  __m256i folded_b = _mm256_or_si256(_mm256_sub_epi8(b, one), space);
  __m256i below = _mm256_subs_epu8(space, _mm256_min_epu8(a, b));
  __m256i above = _mm256_subs_epu8(_mm256_max_epu8(folded_a, folded_b), _mm256_set1_epi8('y'));
  __m256i beyond = _mm256_or_si256(below, above);
  return _mm256_testz_si256(beyond, beyond) != 0;
}

/* `left` is at least half a group. Less than a group at the end is looked at as its first and its last half. */
__attribute__((target("avx2"))) static size_t plain_length_avx2(const unsigned char *at, size_t left) {
  size_t length = 0;
  for (; left - length >= GROUP; length += GROUP) {
    if (!pair_is_plain(load_wide(at + length), load_wide(at + length + GROUP / 2))) return length;
  }
  const unsigned char *last = at + left - GROUP / 2;
  const unsigned char *first = left - length > GROUP / 2 ? at + length : last;
  return pair_is_plain(load_wide(first), load_wide(last)) ? left : length;
}

static size_t plain_length(const unsigned char *at, size_t left) {
  if (left < BLOCK) return 0;
  bool is_wide = __builtin_cpu_supports("avx2") != 0;
  return is_wide && left >= GROUP / 2 ? plain_length_avx2(at, left) : plain_length_sse2(at, left);
}

/* Kept apart, so that a plain text does not pay for what this needs. */
__attribute__((noinline)) static vsms_run continue_run(const unsigned char *at, size_t left, size_t plain) {
  vsms_run run = {plain, plain};
  while (left - run.octets >= BLOCK) {
    if (!add_block(at, &run)) return run;
  }
  return run_by_table(at, left, run);
}

vsms_run vsms_gsm_ascii_run(const unsigned char *at, size_t left) {
  size_t plain = plain_length(at, left);
  return plain == left ? (vsms_run){left, left} : continue_run(at, left, plain);
}

size_t vsms_ascii_length(const unsigned char *at, size_t left) {
  size_t length = 0;
  while (left - length >= BLOCK && _mm_movemask_epi8(load(at + length)) == 0) length += BLOCK;
  return length_by_octet(at, left, length);
}

#else

vsms_run vsms_gsm_ascii_run(const unsigned char *at, size_t left) { return run_by_table(at, left, (vsms_run){0, 0}); }

size_t vsms_ascii_length(const unsigned char *at, size_t left) { return length_by_octet(at, left, 0); }

#endif
