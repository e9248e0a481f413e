/* sqlite.c - rows into a table of a SQLite file as fast as SQLite takes them: WAL, synchronous = FULL, a commit for every so
 * many rows, one prepared statement, and nothing around it. What bench/programs/store.lua writes, too.
 *
 *     sqlite FOLDER ROWS ROWS_IN_A_COMMIT */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static const char table_sql[] =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
    "CREATE TABLE rows (id INTEGER PRIMARY KEY, key TEXT UNIQUE, recipient TEXT NOT NULL, sender TEXT NOT NULL,"
    " message TEXT NOT NULL, state TEXT NOT NULL, at REAL NOT NULL)";

static const char insert_sql[] =
    "INSERT INTO rows (key, recipient, sender, message, state, at) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id";

static void must(int code, sqlite3 *db) {
  if (code == SQLITE_OK || code == SQLITE_DONE || code == SQLITE_ROW) return;
  fprintf(stderr, "%s\n", sqlite3_errmsg(db));
  exit(1);
}

static double seconds(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void insert(sqlite3 *db, sqlite3_stmt *statement, long number) {
  char key[32];
  int length = snprintf(key, sizeof key, "order-%ld", number);
  sqlite3_bind_text(statement, 1, key, length, SQLITE_STATIC);
  sqlite3_bind_text(statement, 2, "37069912345", -1, SQLITE_STATIC);
  sqlite3_bind_text(statement, 3, "MyShop", -1, SQLITE_STATIC);
  sqlite3_bind_text(statement, 4, "Your order is ready, we are open until 9 pm today", -1, SQLITE_STATIC);
  sqlite3_bind_text(statement, 5, "queued", -1, SQLITE_STATIC);
  sqlite3_bind_double(statement, 6, 1700000000.5);
  must(sqlite3_step(statement), db);
  must(sqlite3_step(statement), db);
  sqlite3_reset(statement);
}

static void insert_all(sqlite3 *db, sqlite3_stmt *statement, long from, long to, long in_a_commit) {
  for (long i = from; i < to; i++) {
    if (i % in_a_commit == 0) must(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), db);
    insert(db, statement, i);
    if ((i + 1) % in_a_commit == 0) must(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), db);
  }
}

int main(int argc, char **argv) {
  char path[4096];
  sqlite3 *db;
  sqlite3_stmt *statement;
  if (argc != 4) return 2;
  long rows = atol(argv[2]), in_a_commit = atol(argv[3]), warm = in_a_commit * (rows / 10 / in_a_commit + 1);
  rows -= rows % in_a_commit;
  snprintf(path, sizeof path, "%s/bare.db", argv[1]);
  must(sqlite3_open(path, &db), db);
  must(sqlite3_exec(db, table_sql, NULL, NULL, NULL), db);
  must(sqlite3_prepare_v2(db, insert_sql, -1, &statement, NULL), db);
  insert_all(db, statement, 0, warm, in_a_commit);
  double wall = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
  insert_all(db, statement, warm, warm + rows, in_a_commit);
  printf("sends=%ld wall=%.6f cpu=%.6f thread=%.6f\n", rows, seconds(CLOCK_MONOTONIC) - wall,
         seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu, seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu);
  sqlite3_finalize(statement);
  sqlite3_close(db);
  return 0;
}
