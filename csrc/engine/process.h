/* process.h - what there is once in a process: libcurl's global state and the threads to stop at exit. */
#ifndef VSMS_PROCESS_H
#define VSMS_PROCESS_H

#include "vsms/engine.h"

struct vsms_io;

/* Readies libcurl, once, whatever thread comes first.  False with *error filled when libcurl is unusable. */
bool vsms_process_ready(vsms_error *error);

/* A thread that must have ended before OpenSSL's own clean-up at exit. */
void vsms_process_add(struct vsms_io *io);
void vsms_process_remove(struct vsms_io *io);

#endif
