/* place.c - the URL of a PostgreSQL database: what may be in it, what is shown of it, and one host at a time.
 *
 * libpq tries the hosts of a URL in turn, but waits for each without an end when it is asked not to block. A machine that
 * lost its power answers nothing at all: so they are tried here, each with a time of its own. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "store/postgres/postgres.h"

enum { NAME_MAX_OCTETS = 1000, OPTIONS_ADDED = 4 };

static const char *option(const PQconninfoOption *options, const char *keyword) {
  for (; options->keyword != NULL; options++) {
    if (strcmp(options->keyword, keyword) == 0) return options->val != NULL ? options->val : "";
  }
  return "";
}

/* ---- lists with commas -------------------------------------------------------------------------- */

static size_t count_of(const char *list) {
  size_t count = list[0] != '\0';
  for (; *list != '\0'; list++) count += *list == ',';
  return count;
}

/* The last one stands for those that follow it, too: hosts may share one port. */
static vsms_bytes item(const char *list, size_t index) {
  const char *end = strchr(list, ',');
  while (end != NULL && index-- > 0) {
    list = end + 1;
    end = strchr(list, ',');
  }
  return (vsms_bytes){list, end != NULL ? (size_t)(end - list) : strlen(list)};
}

static size_t hosts_of(const PQconninfoOption *options) {
  size_t names = count_of(option(options, "host")), addresses = count_of(option(options, "hostaddr"));
  size_t most = names > addresses ? names : addresses;
  return most > 0 ? most : 1;
}

static bool are_as_many(const char *list, size_t hosts) {
  size_t count = count_of(list);
  return count <= 1 || count == hosts;
}

/* ---- the name that people see -------------------------------------------------------------------- */

struct name {
  char text[NAME_MAX_OCTETS];
  size_t length;
};

__attribute__((format(printf, 2, 3))) static void append(struct name *name, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  size_t room = sizeof name->text - name->length;
  int length = vsnprintf(name->text + name->length, room, format, arguments);
  va_end(arguments);
  if (length > 0) name->length += (size_t)length < room ? (size_t)length : room - 1;
}

static void append_host(struct name *name, const PQconninfoOption *options, size_t index) {
  const char *hosts = option(options, "host");
  vsms_bytes host = item(hosts[0] != '\0' ? hosts : option(options, "hostaddr"), index);
  vsms_bytes port = item(option(options, "port"), index);
  bool is_address = memchr(host.data, ':', host.length) != NULL;
  if (index > 0) append(name, ",");
  append(name, is_address ? "[%.*s]" : "%.*s", (int)host.length, host.data);
  if (port.length > 0) append(name, ":%.*s", (int)port.length, port.data);
}

/* The folder of a socket cannot stand where a host does. */
static void append_place(struct name *name, const PQconninfoOption *options) {
  const char *host = option(options, "host"), *port = option(options, "port");
  bool is_socket = host[0] == '/' || host[0] == '@';
  for (size_t i = 0; !is_socket && i < hosts_of(options); i++) append_host(name, options, i);
  append(name, "/%s", option(options, "dbname"));
  if (is_socket) append(name, "?host=%s", host);
  if (is_socket && port[0] != '\0') append(name, "&port=%s", port);
}

static char *name_of(const PQconninfoOption *options) {
  struct name name = {"", 0};
  append(&name, "postgresql://");
  if (option(options, "user")[0] != '\0') append(&name, "%s@", option(options, "user"));
  append_place(&name, options);
  return strdup(name.text);
}

/* ---- checking ----------------------------------------------------------------------------------- */

static bool refuse(vsms_error *error, const char *message) {
  return vsms_fail(error, VSMS_INVALID_ARGUMENT, "url", "%s", message);
}

static bool is_url(const char *url) {
  return strncmp(url, "postgresql://", 13) == 0 || strncmp(url, "postgres://", 11) == 0;
}

static bool may_write(const char *attributes) {
  return attributes[0] == '\0' || strcmp(attributes, "any") == 0 || strcmp(attributes, "read-write") == 0 ||
         strcmp(attributes, "primary") == 0;
}

static bool check_options(const PQconninfoOption *options, vsms_error *error) {
  size_t hosts = hosts_of(options);
  if (!are_as_many(option(options, "host"), hosts) || !are_as_many(option(options, "hostaddr"), hosts) ||
      !are_as_many(option(options, "port"), hosts)) {
    return refuse(error, "url has not as many ports as hosts");
  }
  if (!may_write(option(options, "target_session_attrs"))) {
    return refuse(error, "target_session_attrs in url must be read-write or primary: a store is written to");
  }
  if (option(options, "replication")[0] != '\0') return refuse(error, "url must not ask for replication");
  return true;
}

static bool is_port(vsms_bytes port) {
  long number = 0;
  for (size_t i = 0; i < port.length; i++) {
    if (port.data[i] < '0' || port.data[i] > '9' || i > 4) return false;
    number = 10 * number + (port.data[i] - '0');
  }
  return number <= 65535;
}

static bool are_ports(const char *list) {
  for (size_t i = 0; i < count_of(list); i++) {
    if (!is_port(item(list, i))) return false;
  }
  return true;
}

/* Behind the first @ there is none, and none behind a slash. Else a part of the password would be taken for a host, a
 * port or the name of the database, and all of these are shown. */
static bool has_stray_at(const char *url) {
  const char *from = strchr(url, ':') + 3, *end = from + strcspn(from, "?"), *at;
  const char *slash = memchr(from, '/', (size_t)(end - from));
  at = memchr(from, '@', (size_t)(end - from));
  if (at == NULL) return false;
  return (slash != NULL && slash < at) || memchr(at + 1, '@', (size_t)(end - at - 1)) != NULL;
}

/* libpq's words would show the URL, and the password in it. */
bool vsms_postgres_check(struct vsms_settings_of_store *settings, vsms_error *error) {
  char *words = NULL;
  if (!vsms_library_load(&vsms_pq_library, "url", error)) return false;
  PQconninfoOption *options = is_url(settings->location) ? vsms_pq.conninfoParse(settings->location, &words) : NULL;
  vsms_pq.freemem(words);
  if (options == NULL) {
    return refuse(error, "url is not a valid PostgreSQL URL (expected postgresql://user@host/database)");
  }
  bool ok =
      has_stray_at(settings->location) || !are_ports(option(options, "port"))
          ? refuse(error,
                   "url is not a valid PostgreSQL URL: percent-encode '@', '/' and '?' in the password ('@' is %40), "
                   "and ports are numbers")
          : check_options(options, error);
  char *name = ok ? name_of(options) : NULL;
  vsms_pq.conninfoFree(options);
  if (ok && name == NULL) return vsms_fail_memory(error);
  if (!ok) return false;
  free(settings->name);
  settings->name = name;
  return true;
}

/* ---- connecting --------------------------------------------------------------------------------- */

bool vsms_postgres_place_read(struct vsms_postgres_place *place, const char *url) {
  place->options = vsms_pq.conninfoParse(url, NULL);
  if (place->options == NULL) return false;
  place->host_count = hosts_of(place->options);
  long seconds = strtol(option(place->options, "connect_timeout"), NULL, 10);
  place->connect_timeout_ms = seconds > 0 ? (double)seconds * 1e3 : 0;
  return true;
}

void vsms_postgres_place_free(struct vsms_postgres_place *place) {
  vsms_pq.conninfoFree(place->options);
  place->options = NULL;
}

struct arguments {
  const char **keywords, **values;
  size_t count;
  char *texts;
};

static void add(struct arguments *arguments, const char *keyword, const char *value) {
  arguments->keywords[arguments->count] = keyword;
  arguments->values[arguments->count++] = value;
}

/* One of a list, as a text of its own. */
static const char *pick(struct arguments *arguments, const char *list, size_t index) {
  vsms_bytes one = item(list, index);
  char *text = arguments->texts;
  memcpy(text, one.data, one.length);
  text[one.length] = '\0';
  arguments->texts += one.length + 1;
  return text;
}

static bool is_list(const char *keyword) {
  return strcmp(keyword, "host") == 0 || strcmp(keyword, "hostaddr") == 0 || strcmp(keyword, "port") == 0;
}

/* Which hosts take writes is asked later, in one way for all versions. */
static bool is_ours(const char *keyword) {
  return strcmp(keyword, "target_session_attrs") == 0 || strcmp(keyword, "client_encoding") == 0;
}

static void fill(struct arguments *arguments, const struct vsms_postgres_place *place, size_t host) {
  for (const PQconninfoOption *one = place->options; one->keyword != NULL; one++) {
    if (one->val == NULL || is_ours(one->keyword)) continue;
    add(arguments, one->keyword, is_list(one->keyword) ? pick(arguments, one->val, host) : one->val);
  }
  add(arguments, "client_encoding", "UTF8");
  add(arguments, "fallback_application_name", "vertexsms");
  add(arguments, NULL, NULL);
}

PGconn *vsms_postgres_place_connect(const struct vsms_postgres_place *place, size_t host) {
  size_t count = OPTIONS_ADDED, octets = 1;
  for (const PQconninfoOption *one = place->options; one->keyword != NULL; one++) {
    count++;
    if (one->val != NULL) octets += strlen(one->val) + 1;
  }
  const char **memory = malloc(2 * count * sizeof *memory + octets);
  if (memory == NULL) return NULL;
  struct arguments arguments = {memory, memory + count, 0, (char *)(memory + 2 * count)};
  fill(&arguments, place, host);
  PGconn *pg = vsms_pq.connectStartParams(arguments.keywords, arguments.values, 0);
  free(memory);
  return pg;
}
