/* journal.h - lines that outlive the process. */
#ifndef VSMS_JOURNAL_H
#define VSMS_JOURNAL_H

#include "vsms/base.h"

/* A file that several processes append to. Open means locked: open it for one step, and close it. While it is
 * locked no other process reads, appends or replaces it. */
typedef struct vsms_journal vsms_journal;

/* Makes the file (mode 0600) where there is none. Waits at most that long for the process that has it locked, which may
 * have been stopped. NULL with *error filled. */
vsms_journal *vsms_journal_open(const char *path, unsigned wait_ms, vsms_error *error);

size_t vsms_journal_size(const vsms_journal *journal);

/* Reads at most `size` octets from `offset` on; fewer only at the end. False with *error filled. */
bool vsms_journal_read(vsms_journal *journal, size_t offset, char *out, size_t size, size_t *length, vsms_error *error);

/* Appends; it survives the process from now on. */
bool vsms_journal_append(vsms_journal *journal, vsms_bytes text, vsms_error *error);

/* Unlocks, and returns when all that was appended is on the disk and survives the machine too. After it the journal
 * can only be closed. */
bool vsms_journal_sync(vsms_journal *journal, vsms_error *error);

/* Puts a new file with this content in its place, all or nothing, durably. After it the journal can only be closed. */
bool vsms_journal_replace(vsms_journal *journal, vsms_bytes text, vsms_error *error);

/* Unlocks. NULL is fine. */
void vsms_journal_close(vsms_journal *journal);

#endif
