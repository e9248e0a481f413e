/* commits.h - a commit whose answer was lost is looked up, not guessed.
 *
 * Every transaction that writes also writes a number into a row of vertexsms_commits that is its connection's own. The row
 * is then asked for it over another connection, by a statement that must lock it: where the transaction still waits
 * somewhere, so does the question. What is found missing is marked as such, so that it stays missing: SQLite could find
 * the frames of a commit that failed in the WAL after a crash, until another commit has written over them. */
#ifndef VSMS_COMMITS_H
#define VSMS_COMMITS_H

#include "store/link.h"

/* Writes the number of the transaction that is under way. False with *failure filled. */
bool vsms_commits_note(struct vsms_link *link, const struct vsms_patience *patience, struct vsms_failure *failure);

/* What became of the transaction that was noted last, and whose commit was VSMS_COMMIT_UNCERTAIN. Closes the link and
 * opens it anew. */
vsms_committed vsms_commits_look_up(struct vsms_link *link, const struct vsms_patience *patience);

#endif
