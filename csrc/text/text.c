/* text.c - what a text costs: alphabet, units and parts. */
#include "base/error.h"
#include "text/ascii.h"
#include "text/gsm.h"
#include "text/utf8.h"
#include "vsms/text.h"

/* How far a text has been read, and what was found until there. */
struct scan {
  const unsigned char *data;
  size_t length;
  size_t offset;
  size_t chars;
  size_t units;
};

/* The length of the sequence that comes next, 0 at the end and where there is none. */
static size_t next_sequence(const struct scan *scan) {
  if (scan->offset == scan->length) return 0;
  return vsms_utf8_sequence(scan->data + scan->offset, scan->length - scan->offset);
}

static void pass(struct scan *scan, size_t octets, size_t units) {
  scan->offset += octets;
  scan->chars++;
  scan->units += units;
}

/* Counts septets up to the end, or to something that is not GSM-7. */
static void scan_gsm(struct scan *scan) {
  for (;;) {
    size_t octets = next_sequence(scan);
    if (octets == 0) return;
    unsigned septets = vsms_gsm_septets(vsms_utf8_decode(scan->data + scan->offset, octets));
    if (septets == 0) return;
    pass(scan, octets, septets);
    vsms_run run = vsms_gsm_ascii_run(scan->data + scan->offset, scan->length - scan->offset);
    scan->offset += run.octets;
    scan->chars += run.octets;
    scan->units += run.septets;
  }
}

/* Counts UTF-16 code units up to the end, or to something that is not UTF-8. */
static void scan_utf16(struct scan *scan) {
  size_t octets;
  while ((octets = next_sequence(scan)) > 0) {
    pass(scan, octets, octets == 4 ? 2 : 1); /* four octets: above U+FFFF, a surrogate pair */
    if (octets > 1) continue;
    size_t run = vsms_ascii_length(scan->data + scan->offset, scan->length - scan->offset);
    scan->offset += run;
    scan->chars += run;
    scan->units += run;
  }
}

static vsms_culprit culprit_at(const struct scan *scan) {
  vsms_culprit culprit = {0, scan->chars + 1, scan->offset, next_sequence(scan)};
  if (culprit.octets > 0) culprit.codepoint = vsms_utf8_decode(scan->data + scan->offset, culprit.octets);
  return culprit;
}

/* The units of the character that begins with this octet; the text is well-formed. */
static size_t units_of(vsms_coding coding, unsigned char first) {
  if (coding == VSMS_UCS2) return first < 0xF0 ? 1 : 2;
  if (first < 0x80) return vsms_gsm_latin1[first];
  return first < 0xE0 ? 1 : 2; /* of three octets there is only the euro sign */
}

static size_t octets_of(unsigned char first) { return first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4; }

/* No more octets of ASCII fit than there is room for septets, and each extension character among them puts one out. */
static void fill_by_run(vsms_bytes text, size_t room, vsms_part *part) {
  const unsigned char *at = (const unsigned char *)text.data + part->offset;
  size_t left = text.length - part->offset;
  vsms_run run = vsms_gsm_ascii_run(at, left < room ? left : room);
  while (run.septets > room) run.septets -= vsms_gsm_latin1[at[--run.octets]];
  part->octets = run.octets;
  part->units = run.septets;
}

static void fill_by_chars(vsms_bytes text, vsms_coding coding, size_t room, vsms_part *part) {
  size_t at = part->offset + part->octets, units = part->units;
  while (at < text.length) {
    unsigned char first = (unsigned char)text.data[at];
    size_t more = units_of(coding, first);
    if (units + more > room) break;
    units += more;
    at += octets_of(first);
  }
  part->octets = at - part->offset;
  part->units = units;
}

/* Is every octet one unit? Then the parts are known without looking. */
static bool is_even(vsms_bytes text, const vsms_text *analysis) {
  return analysis->chars == text.length && analysis->units == text.length;
}

static void fill_part(vsms_bytes text, const vsms_text *analysis, vsms_part *part) {
  size_t left = text.length - part->offset;
  if (is_even(text, analysis)) {
    part->octets = part->units = left < analysis->part_units ? left : analysis->part_units;
    return;
  }
  if (analysis->coding == VSMS_GSM7) fill_by_run(text, analysis->part_units, part);
  fill_by_chars(text, analysis->coding, analysis->part_units, part);
}

bool vsms_text_next_part(vsms_bytes text, const vsms_text *analysis, vsms_part *part) {
  if (part->number == analysis->parts) return false;
  *part = (vsms_part){part->number + 1, part->offset + part->octets, 0, 0};
  fill_part(text, analysis, part);
  return true;
}

/* How many parts it takes, and how full the last one is: VSMS_PARTS_MAX + 1 for any more than that. */
static size_t count_parts(vsms_bytes text, vsms_text *result, size_t *last_units) {
  if (is_even(text, result)) {
    size_t parts = (text.length + result->part_units - 1) / result->part_units;
    *last_units = text.length - (parts - 1) * result->part_units;
    return parts;
  }
  vsms_part part = {0, 0, 0, 0};
  result->parts = VSMS_PARTS_MAX + 1;
  while (part.offset + part.octets < text.length && vsms_text_next_part(text, result, &part)) *last_units = part.units;
  return part.number;
}

/* Reads what comes after the first run of ASCII. Returns how far it is UTF-8. */
static size_t read_rest(vsms_bytes text, vsms_text *result) {
  struct scan scan = {(const unsigned char *)text.data, text.length, result->chars, result->chars, result->units};
  scan_gsm(&scan);
  if (scan.offset < text.length) {
    result->coding = VSMS_UCS2;
    result->culprit = culprit_at(&scan);
    scan.units = scan.chars; /* until here: none of the alphabet is above U+FFFF */
    scan_utf16(&scan);
  }
  result->chars = scan.chars;
  result->units = scan.units;
  return scan.offset;
}

static size_t read_text(vsms_bytes text, vsms_text *result) {
  vsms_run run = {0, 0};
  if (text.length > 0) run = vsms_gsm_ascii_run((const unsigned char *)text.data, text.length);
  *result = (vsms_text){.coding = VSMS_GSM7, .chars = run.octets, .units = run.septets};
  return run.octets == text.length ? run.octets : read_rest(text, result);
}

/* Units in a part: alone, and beside a concatenation header with a reference of 8 or 16 bits. What vsms_udh_capacity
 * says of 0, 6 and 7 octets. */
static const struct room { size_t alone, of_many_8, of_many_16; } gsm_room = {160, 153, 152}, ucs2_room = {70, 67, 66};

bool vsms_text_analyze(vsms_bytes text, int reference_bits, vsms_text *result, vsms_error *error) {
  if (reference_bits != 8 && reference_bits != 16) {
    return vsms_fail(error, VSMS_INVALID_ARGUMENT, "reference", "must be 8 or 16 (bits)");
  }
  size_t well_formed = read_text(text, result);
  if (well_formed < text.length) {
    return vsms_fail(error, VSMS_INVALID_ARGUMENT, "text", "is not valid UTF-8 at byte %zu", well_formed + 1);
  }
  const struct room *rooms = result->coding == VSMS_GSM7 ? &gsm_room : &ucs2_room;
  size_t room = rooms->alone, last_units = result->units;
  result->parts = 1;
  if (result->units > room) {
    room = reference_bits == 8 ? rooms->of_many_8 : rooms->of_many_16;
    result->part_units = room;
    result->parts = count_parts(text, result, &last_units);
  }
  if (result->parts > VSMS_PARTS_MAX) {
    return vsms_fail(error, VSMS_INVALID_ARGUMENT, "text", "is too long: it needs more than %d parts", VSMS_PARTS_MAX);
  }
  result->part_units = room;
  result->left = room - last_units;
  return true;
}
