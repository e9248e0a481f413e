/* job.h - a step on its way through the store's thread: a ticket with a task. */
#ifndef VSMS_JOB_H
#define VSMS_JOB_H

#include "handoff/ticket.h"
#include "store/group.h"

struct vsms_job {
  struct vsms_ticket ticket; /* the first member: a store's tickets are jobs */
  struct vsms_task task;     /* the thread's own until the ticket has finished */
  vsms_result *orphaned;     /* the result in a child process that inherited the job unfinished */
  vsms_step step[];          /* the task's, a copy */
};

static inline struct vsms_job *vsms_job_of(struct vsms_ticket *ticket) { return (struct vsms_job *)ticket; }

/* For a step that was checked. NULL when memory ran out. */
struct vsms_job *vsms_job_new(const vsms_step *step, double deadline_ms);

/* Step and result included; the ticket stands on no list. */
void vsms_job_destroy(struct vsms_ticket *ticket);

/* Step and result may have been in use at the moment of the fork: they are left behind. */
void vsms_job_destroy_inherited(struct vsms_ticket *ticket);

#endif
