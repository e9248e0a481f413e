/* old_file.h - a tracking file of the versions that had a format of their own, while a store takes its place. */
#ifndef VSMS_OLD_FILE_H
#define VSMS_OLD_FILE_H

#include "vsms/base.h"

/* Open means locked: no process of an old version reads, appends or replaces it meanwhile. */
typedef struct vsms_old_file vsms_old_file;

/* Does not wait for the process that has it locked, but then says so in *is_busy. NULL with *error filled. */
vsms_old_file *vsms_old_file_open(const char *path, bool *is_busy, vsms_error *error);

/* Reads at most `size` octets from `offset` on; fewer only at the end. False with *error filled. */
bool vsms_old_file_read(vsms_old_file *file, long long offset, char *out, size_t size, size_t *length,
                        vsms_error *error);

/* Keeps the file under another name, whatever had that name, and puts a new one in its place, all or nothing, durably. At every
 * instant there is either file at the path. */
bool vsms_old_file_give_way(vsms_old_file *file, const char *new_path, const char *kept_path, vsms_error *error);

/* Unlocks. NULL is fine. */
void vsms_old_file_close(vsms_old_file *file);

#endif
