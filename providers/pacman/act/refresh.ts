import { CLEAN_ENV } from "../../../host/run.ts";
import type { Operation } from "../../../schema/model/transaction.ts";
import { lockFile } from "../machine/busy.ts";
import type { PacmanConfig } from "../machine/config.ts";

const ENV = { PATH: CLEAN_ENV.PATH ?? "", LC_ALL: "C.UTF-8", HOME: "/root" };

/**
 * Has pacman fetch and verify the databases of all repositories into a folder of omg's. pacman's own stay as they are: newer
 * ones there, without an upgrade, would make the next `pacman -S` a partial one. `own` ends in a slash. Pure.
 */
export function refreshOperations(config: PacmanConfig, own: string): readonly Operation[] {
  const args = [
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
    { type: "exec", label: "fetch what the repositories offer", file: "/usr/bin/pacman", args, env: ENV, show: false },
  ];
}
