/* store.h - the inside of a vsms_store. */
#ifndef VSMS_STORE_H
#define VSMS_STORE_H

#include "handoff/desk.h"
#include "store/link.h"

struct vsms_store {
  struct vsms_desk desk; /* the first member; its tickets are jobs */
  struct vsms_settings_of_store settings;
  atomic_bool was_open;      /* what the settings point at */
  struct vsms_link blocking; /* of vsms_store_perform */
};

#endif
