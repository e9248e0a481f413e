/* json_read.h - the fields of a JSON object, found without a copy. */
#ifndef VSMS_JSON_READ_H
#define VSMS_JSON_READ_H

#include "vsms/base.h"

/* The text behind a byte order mark, which RFC 8259 section 8.1 forbids to send and allows to ignore. */
vsms_bytes vsms_json_without_bom(vsms_bytes json);

/* Reads a JSON object (RFC 8259, to the letter, but any octets are taken for UTF-8) of at most VSMS_JSON_DEPTH levels; a
 * byte order mark before it is skipped. values[i] is that of names[i], absent where there is none; of a name that
 * comes twice, the last. False for anything else, with the octet where it is wrong, from 1. */
bool vsms_json_read_object(vsms_bytes json, const vsms_bytes *names, size_t count, vsms_value *values, size_t *wrong);

#endif
