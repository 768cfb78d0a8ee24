import { lockHolders } from "../../../host/proc-locks.ts";
import type { AptConfig } from "./config.ts";

/**
 * The program that is changing packages or package lists now, `apt-get (pid 123)`; undefined when nobody is. apt and dpkg lock
 * with fcntl(2), so /proc/locks names the holder, and nothing is opened or locked here.
 */
export function busyWith({ paths }: AptConfig): string | undefined {
  const locks = [`${paths.admin}lock-frontend`, `${paths.admin}lock`, `${paths.archives}lock`, `${paths.lists}lock`];
  const [holder] = lockHolders(locks);
  return holder === undefined ? undefined : `${holder.command} (pid ${holder.pid})`;
}
