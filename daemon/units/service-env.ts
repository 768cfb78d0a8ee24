/** The environment of the machine's omgd as a service. Its own folders, which systemd makes: root's are no place for anybody else. What it goes by is the machine's. */
export const SERVICE_ENV: Readonly<Record<string, string>> = {
  HOME: "/var/lib/omgd",
  LC_ALL: "C.UTF-8",
  OMG_CONFIG_DIR: "/etc/omg",
  OMG_DATA_DIR: "/var/lib/omgd",
  OMG_STATE_DIR: "/var/lib/omgd/state",
  OMG_CACHE_DIR: "/var/cache/omgd",
  OMG_RUNTIME_DIR: "/run/omgd",
};

/**
 * Has V8 collect what is no longer used in omgd's own thread: where others have the processors, omgd waits longer for V8's helpers than they save.
 * It can be said only when Node is started.
 */
export const NO_GC_HELPERS = "--single-threaded-gc";

/**
 * Has the C library give memory back (mallopt(3)): omgd reads some megabytes anew each time that lists change, and by itself glibc would keep what
 * the earlier ones lay in.
 */
export const MEMORY_ENV: Readonly<Record<string, string>> = {
  MALLOC_ARENA_MAX: "2",
  MALLOC_MMAP_THRESHOLD_: "131072",
  MALLOC_TRIM_THRESHOLD_: "131072",
};
