/* library.h - the functions of libpq that the driver calls: vsms_pq.clear is PQclear. */
#ifndef VSMS_POSTGRES_LIBRARY_H
#define VSMS_POSTGRES_LIBRARY_H

#include <libpq-fe.h>

#include "store/library.h"

/* clang-format off */
#define VSMS_POSTGRES_FUNCTIONS(NAME)                                                                       \
  NAME(clear) NAME(cmdStatus) NAME(cmdTuples) NAME(connectPoll) NAME(connectStartParams)                    \
  NAME(connectionNeedsPassword) NAME(conninfoFree) NAME(conninfoParse) NAME(consumeInput)                   \
  NAME(enterPipelineMode) NAME(errorMessage) NAME(finish) NAME(flush) NAME(fname) NAME(freemem) NAME(ftype) \
  NAME(getResult) NAME(getisnull) NAME(getlength) NAME(getvalue) NAME(isBusy) NAME(nfields) NAME(nparams)   \
  NAME(ntuples) NAME(paramtype) NAME(pipelineSync) NAME(resultErrorField) NAME(resultStatus)                \
  NAME(sendDescribePrepared) NAME(sendPrepare) NAME(sendQueryParams) NAME(sendQueryPrepared)                \
  NAME(serverVersion) NAME(setErrorVerbosity) NAME(setNoticeReceiver) NAME(setnonblocking) NAME(socket)     \
  NAME(status)
/* clang-format on */

#define VSMS_POSTGRES_POINTER(name) __typeof__(PQ##name) *name;
extern struct vsms_pq { VSMS_POSTGRES_FUNCTIONS(VSMS_POSTGRES_POINTER) } vsms_pq;

extern struct vsms_library vsms_pq_library;

#endif
