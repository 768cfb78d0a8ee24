import { resolveHere } from "../app/commands/resolve.ts";
import { whoIsThis } from "./context.ts";
import { STDOUT } from "./streams.ts";

/** What omg-fast starts Node for: writes the resolved folder to standard output, for native/node.c. */
export async function resolveForFast(program: string): Promise<number> {
  const bytes = await resolveHere({
    cwd: process.cwd(),
    ...whoIsThis(process.env),
    now: () => new Date(),
    emit: () => undefined,
    signal: new AbortController().signal,
    program,
  });
  STDOUT.write(bytes);
  return 0;
}
