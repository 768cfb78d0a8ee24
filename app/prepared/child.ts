import type { Context } from "../context.ts";
import { ownCommand } from "../here/keep.ts";

/**
 * With it V8 does all of its work in one thread. Otherwise its helpers are on each processor for some milliseconds at a time, and who answers meanwhile
 * waits for one: once a thread has begun, the kernel lets it go on for as long as that, however nice it is.
 */
export const IN_ONE_THREAD = "--single-threaded";

/** The process that works answers out beforehand (`omg __prepare`). */
export interface Preparing {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** @param part `index`: the indexes alone */
export function preparing(ctx: Context, ...part: readonly "index"[]): Preparing {
  const [file, script] = ownCommand(ctx);
  const env = Object.fromEntries(Object.entries(ctx.env).flatMap(([name, value]) => (value ? [[name, value]] : [])));
  return { file, args: [IN_ONE_THREAD, script, "__prepare", ...part], env };
}
