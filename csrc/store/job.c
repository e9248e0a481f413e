/* job.c - see job.h. */
#include "store/job.h"

#include <stdlib.h>
#include <string.h>

#include "store/step.h"

struct vsms_job *vsms_job_new(const vsms_step *step, double deadline_ms) {
  struct vsms_job *job = malloc(sizeof *job + vsms_step_size(step));
  if (job == NULL) return NULL;
  memset(job, 0, sizeof *job);
  vsms_step_copy(step, job->step);
  job->task = (struct vsms_task){job->step, vsms_result_new(step->count), deadline_ms, false};
  job->ticket.deadline_ms = deadline_ms;
  if (job->task.result != NULL) return job;
  free(job);
  return NULL;
}

void vsms_job_destroy(struct vsms_ticket *ticket) {
  vsms_result_free(vsms_job_of(ticket)->task.result);
  vsms_job_destroy_inherited(ticket);
}

void vsms_job_destroy_inherited(struct vsms_ticket *ticket) {
  struct vsms_job *job = vsms_job_of(ticket);
  vsms_result_free(job->orphaned);
  free(job);
}
