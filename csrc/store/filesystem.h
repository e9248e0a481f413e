/* filesystem.h - what a store on a disk must know of its file system; filesystem_linux.c, or filesystem_posix.c where a
 * system tells less. */
#ifndef VSMS_FILESYSTEM_H
#define VSMS_FILESYSTEM_H

#include <stdbool.h>

/* The name of the network file system (or of one that may be one) that the folder is on; NULL: it is on none. */
const char *vsms_filesystem_of_network(const char *folder);

/* Makes an empty file, mode 0600, without an open: closing any descriptor of a file gives back all of SQLite's locks on
 * it in this process (fcntl(2)). True also when it is there already; false with errno. */
bool vsms_filesystem_make_file(const char *path);

#endif
