/* udh.c - user data headers, 3GPP TS 23.040 section 9.2.3.24. */
#include <string.h>

#include "base/error.h"
#include "base/hex.h"
#include "vsms/text.h"

enum { IEI_CONCATENATION_8 = 0x00, IEI_CONCATENATION_16 = 0x08, ELEMENT_DATA_MAX = 255 };

size_t vsms_udh_capacity(vsms_coding coding, size_t header_octets) {
  if (header_octets >= VSMS_USER_DATA_OCTETS) return 0;
  size_t octets = VSMS_USER_DATA_OCTETS - header_octets;
  switch (coding) {
    case VSMS_GSM7: return octets * 8 / 7;
    case VSMS_UCS2: return octets / 2;
    case VSMS_OCTETS: break;
  }
  return octets;
}

static bool fail(vsms_error *error, const char *reason) {
  return vsms_fail(error, VSMS_INVALID_ARGUMENT, "udh", "%s", reason);
}

static bool fail_length(vsms_error *error) {
  return vsms_fail(error, VSMS_INVALID_ARGUMENT, "udh", "must be at most %d octets long", VSMS_USER_DATA_OCTETS);
}

bool vsms_udh_decode(vsms_bytes written, unsigned char *out, size_t *octets, vsms_error *error) {
  static const char reason[] = "must be hexadecimal pairs with a % before each, such as %05%00%03%CC%02%01";
  const char *at = written.data, *end = written.data + written.length;
  size_t pair = written.length > 0 && *at == '%' ? 3 : 2;
  if (pair == 2 && written.length > 2 && at[0] == '0' && (at[1] == 'x' || at[1] == 'X')) at += 2;
  if (at == end || (size_t)(end - at) % pair != 0) return fail(error, reason);
  if ((size_t)(end - at) / pair > VSMS_USER_DATA_OCTETS) return fail_length(error);
  *octets = 0;
  for (; at < end; at += pair) {
    int octet = vsms_hex_octet(at + pair - 2);
    if ((pair == 3 && *at != '%') || octet < 0) return fail(error, reason);
    out[(*octets)++] = (unsigned char)octet;
  }
  return true;
}

size_t vsms_udh_encode(vsms_bytes header, char *out) {
  for (size_t i = 0; i < header.length; i++) {
    out[3 * i] = '%';
    vsms_hex_write_upper((unsigned char)header.data[i], out + 3 * i + 1);
  }
  return 3 * header.length;
}

bool vsms_udh_next(vsms_bytes header, size_t *offset, vsms_element *element) {
  if (*offset >= header.length) return false;
  const char *at = header.data + *offset;
  element->iei = (unsigned char)at[0];
  element->data = (vsms_bytes){at + 2, (unsigned char)at[1]};
  *offset += 2 + element->data.length;
  return true;
}

/* A handset ignores a concatenation of no parts, and one whose part is 0 or beyond the last (sections 9.2.3.24.1 and
 * 9.2.3.24.8): the parts would be shown apart, in any order. */
static bool read_concatenation(const vsms_element *element, vsms_concatenation *out, vsms_error *error) {
  int bits = element->iei == IEI_CONCATENATION_8 ? 8 : 16;
  size_t reference_octets = (size_t)bits / 8;
  const unsigned char *data = (const unsigned char *)element->data.data;
  if (element->data.length != reference_octets + 2) {
    return vsms_fail(error, VSMS_INVALID_ARGUMENT, "udh",
                     "has a concatenation element (IEI %02X) of %zu octets; it must have %zu", element->iei,
                     element->data.length, reference_octets + 2);
  }
  out->bits = bits;
  out->reference = bits == 8 ? data[0] : (unsigned)data[0] << 8 | data[1];
  out->parts = data[reference_octets];
  out->part = data[reference_octets + 1];
  if (out->part == 0 || out->part > out->parts) {
    return vsms_fail(error, VSMS_INVALID_ARGUMENT, "udh",
                     "says part %u of %u: the part must be from 1 to the number of parts", out->part, out->parts);
  }
  return true;
}

bool vsms_udh_check(vsms_bytes header, vsms_concatenation *concatenation, vsms_error *error) {
  *concatenation = (vsms_concatenation){0, 0, 0, 0};
  if (header.length == 0) return fail(error, "must not be empty");
  if (header.length > VSMS_USER_DATA_OCTETS) return fail_length(error);
  size_t length = (unsigned char)header.data[0];
  if (length != header.length - 1) {
    return vsms_fail(error, VSMS_INVALID_ARGUMENT, "udh",
                     "says in its first octet (UDHL) that %zu octets follow, but %zu do", length, header.length - 1);
  }
  for (size_t offset = 1; offset < header.length;) {
    if (header.length - offset < 2 || header.length - offset - 2 < (unsigned char)header.data[offset + 1]) {
      return vsms_fail(error, VSMS_INVALID_ARGUMENT, "udh", "is cut off inside the element at octet %zu", offset + 1);
    }
    vsms_element element;
    vsms_udh_next(header, &offset, &element);
    bool concatenates = element.iei == IEI_CONCATENATION_8 || element.iei == IEI_CONCATENATION_16;
    if (concatenates && !read_concatenation(&element, concatenation, error)) return false;
  }
  return true;
}

bool vsms_udh_build(const vsms_element *elements, size_t count, unsigned char *out, size_t *octets, vsms_error *error) {
  *octets = 1;
  for (size_t i = 0; i < count; i++) {
    vsms_bytes data = elements[i].data;
    if (data.length > ELEMENT_DATA_MAX || *octets + 2 + data.length > VSMS_USER_DATA_OCTETS) return fail_length(error);
    out[(*octets)++] = elements[i].iei;
    out[(*octets)++] = (unsigned char)data.length;
    if (data.length > 0) memcpy(out + *octets, data.data, data.length);
    *octets += data.length;
  }
  out[0] = (unsigned char)(*octets - 1);
  vsms_concatenation concatenation;
  return vsms_udh_check((vsms_bytes){(const char *)out, *octets}, &concatenation, error);
}

size_t vsms_udh_concatenate(const vsms_concatenation *c, unsigned char *out) {
  bool wide = c->bits == 16;
  if ((!wide && c->bits != 8) || c->reference > (wide ? 0xFFFFu : 0xFFu)) return 0;
  if (c->part == 0 || c->part > c->parts || c->parts > VSMS_PARTS_MAX) return 0;
  size_t octets = wide ? 7 : 6, at = 3;
  out[0] = (unsigned char)(octets - 1);
  out[1] = wide ? IEI_CONCATENATION_16 : IEI_CONCATENATION_8;
  out[2] = (unsigned char)(octets - 3);
  if (wide) out[at++] = (unsigned char)(c->reference >> 8);
  out[at++] = (unsigned char)(c->reference & 0xFF);
  out[at++] = (unsigned char)c->parts;
  out[at] = (unsigned char)c->part;
  return octets;
}
