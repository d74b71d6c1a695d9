// Loaded before the C library by a PostgreSQL server, it makes each flush of the log take longer, as the
// network between a server and its volume does.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <time.h>

static struct timespec pause_before_flush(void) {
  const char *micros = getenv("SLOW_FLUSH_MICROS");
  long us = micros ? atol(micros) : 0;
  return (struct timespec){.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};
}

int fdatasync(int fd) {
  static int (*flush)(int);
  static struct timespec pause;
  if (!flush) {
    pause = pause_before_flush();
    flush = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
  }
  struct timespec left = pause;
  // A signal, such as that of a NOTIFY, must not make it shorter.
  while (nanosleep(&left, &left) == -1 && errno == EINTR) {
  }
  return flush(fd);
}
