/* service_error.h - whose error it is: VertexSMS's own, or one that something in front of it made up. */
#ifndef VSMS_SERVICE_ERROR_H
#define VSMS_SERVICE_ERROR_H

#include "vsms/base.h"

/* Is a complete body one of the two shapes in which VertexSMS describes an error, `{"message":"…"}` and
 * `{"error":{"code":"…", …}}`, and not what gateways say in them? In doubt it is theirs: then nothing is sent twice. */
bool vsms_is_service_error(vsms_bytes body);

#endif
