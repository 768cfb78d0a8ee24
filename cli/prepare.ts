import { indexAll, prepare } from "../app/prepared/prepare.ts";
import { EXIT } from "../schema/error.ts";
import { whoIsThis } from "./context.ts";

/** How often it is looked whether omgd is still there. Milliseconds. */
const LOOK_MS = 100;

/**
 * What omgd starts Node for: works out beforehand what will be asked, and keeps it in the cache. Of no use without the omgd that started it.
 * @param part `index`: the indexes alone, for the process that does the rest
 */
export async function prepareForDaemon(program: string, part?: string): Promise<number> {
  const { ppid } = process;
  setInterval(() => {
    if (process.ppid !== ppid) process.exit(EXIT.terminated);
  }, LOOK_MS).unref();
  const work = part === "index" ? indexAll : prepare;
  await work({
    cwd: "/",
    ...whoIsThis(process.env),
    now: () => new Date(),
    emit: () => undefined,
    signal: new AbortController().signal,
    program,
  });
  return 0;
}
