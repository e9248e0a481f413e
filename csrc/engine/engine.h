/* engine.h - the inside of a vsms_engine. */
#ifndef VSMS_ENGINE_H
#define VSMS_ENGINE_H

#include "handoff/desk.h"
#include "http/blocking.h"
#include "http/exchange.h"

struct vsms_engine {
  struct vsms_desk desk; /* the first member; its tickets are flights */
  struct vsms_settings settings;
  struct vsms_blocking blocking; /* opened at the first blocking call */
};

extern const struct vsms_desk_kind vsms_engine_desk_kind;

#endif
