import { CLEAN_ENV } from "../../../host/run.ts";
import type { Operation } from "../../../schema/model/transaction.ts";
import { lockFile } from "../machine/busy.ts";
import type { PacmanConfig } from "../machine/config.ts";
import { databaseFile } from "../sync/database.ts";

const ENV = { PATH: CLEAN_ENV.PATH ?? "", LC_ALL: "C.UTF-8", HOME: "/root" };

/**
 * pacman takes whatever a server sends that names no length, until the disk is full: the system stops it at a size that is many times
 * that of Arch's largest database. prlimit(1).
 */
export const BOUNDED: readonly [file: string, ...args: string[]] = [
  "/usr/bin/prlimit",
  `--fsize=${128 * 1024 * 1024}`,
  "--core=0",
  "--",
];

/** A quarter of an hour: enough for all of Arch's databases over an analogue line. Seconds. */
const LIMIT = 900;

/**
 * Has pacman fetch and verify the databases of all repositories into a folder of omg's. pacman's own stay as they are: newer
 * ones there, without an upgrade, would make the next `pacman -S` a partial one. pacman gives up on a server that is silent, never on one that sends a byte now and
 * then: `limit`, in seconds, is for all of it. `own` ends in a slash. Pure.
 */
export function refreshOperations(config: PacmanConfig, own: string, limit = LIMIT): readonly Operation[] {
  const [limiter, ...limits] = BOUNDED;
  const args = [
    ...limits,
    "/usr/bin/pacman",
    "--config",
    config.path,
    "--dbpath",
    own,
    "--logfile",
    "/dev/null",
    "--noconfirm",
    "--noprogressbar",
    "--color",
    "never",
    "-Sy",
  ];
  return [
    {
      type: "exec",
      label: "a folder for databases",
      file: "/bin/mkdir",
      args: ["-p", "--", `${own}sync`],
      env: {},
      show: false,
    },
    // Nobody but omg locks there, and omg works alone.
    { type: "remove", label: "the lock of an earlier look", path: lockFile(own) },
    ...config.repositories.map(({ name }): Operation => {
      return { type: "remove", label: "what an earlier look broke off", path: `${databaseFile(own, name)}.part` };
    }),
    {
      type: "exec",
      label: "fetch what the repositories offer",
      file: limiter,
      args,
      env: ENV,
      show: false,
      limitMs: limit * 1000,
    },
  ];
}
