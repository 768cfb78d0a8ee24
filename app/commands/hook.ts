import type { Context } from "../context.ts";
import { keepProgram, ownCommand } from "../here/keep.ts";
import { fastCommand, shimsFolder, updateShims } from "../here/shims.ts";

/** What a shell's hook has to know. */
export interface HookResult {
  /** The words that start omg-fast, the first one absolute. */
  readonly fast: readonly [string, ...string[]];
  /** The words that start omg itself, both absolute. */
  readonly omg: readonly [node: string, script: string];
  /** For editors, cron and pipelines. */
  readonly shims: string;
}

/** Makes the shims, lets omg-fast find omg, and says what a shell's hook is made from. */
export async function hook(ctx: Context): Promise<HookResult> {
  keepProgram(ctx);
  updateShims(ctx);
  return { fast: fastCommand(ctx), omg: ownCommand(ctx), shims: shimsFolder(ctx) };
}
