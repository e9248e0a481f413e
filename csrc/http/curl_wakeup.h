/* curl_wakeup.h - libcurl's multi handle without a pair of sockets that the host's children inherit. */
#ifndef VSMS_CURL_WAKEUP_H
#define VSMS_CURL_WAKEUP_H

#include <curl/curl.h>

/* As curl_multi_init. The pair by which curl_multi_wakeup wakes (libcurl makes it without close-on-exec) is marked when it
 * is certain which one it is; where it is not, it is left as it was. */
CURLM *vsms_curl_multi_init(void);

#endif
