import { join } from "node:path";
import { lockHolders } from "../../../host/proc-locks.ts";
import type { AptConfig } from "./config.ts";

/**
 * The program that is changing packages or package lists now, `apt-get (pid 123)`; undefined when nobody is. apt and dpkg lock
 * with fcntl(2), so /proc/locks names the holder, and nothing is opened or locked here.
 */
export function busyWith({ paths, dpkgRoot }: AptConfig): string | undefined {
  const locks = [
    `${paths.admin}lock-frontend`,
    `${paths.admin}lock`,
    `${paths.archives}lock`,
    `${paths.lists}lock`,
    // Held for the whole of its run, while apt's own locks are released between its steps.
    join(dpkgRoot, "run/unattended-upgrades.lock"),
  ];
  const [holder] = lockHolders(locks);
  return holder === undefined ? undefined : `${holder.command} (pid ${holder.pid})`;
}
