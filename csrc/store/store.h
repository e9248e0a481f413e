/* store.h - the inside of a vsms_store. */
#ifndef VSMS_STORE_H
#define VSMS_STORE_H

#include "store/link.h"

struct vsms_store {
  struct vsms_settings_of_store settings;
  struct vsms_link blocking; /* of vsms_store_perform */
  bool is_closed;
};

#endif
