import { readFileSync } from "node:fs";
import { join } from "node:path";
import { sha256 } from "../../host/digest.ts";
import type { Context } from "../context.ts";

/** Digest of the bundle that runs: another one may say other things. scripts/native-build.mjs puts the same into omg-fast. */
export function buildOf({ program }: Pick<Context, "program">): string {
  return sha256(readFileSync(join(program, "omg.cjs"))).slice(0, 16);
}
