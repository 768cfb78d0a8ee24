import type { Asked } from "../../providers/runtimes/version-files/search.ts";
import { isRuntime } from "../../schema/runtimes/names.ts";
import { parseRequest } from "../../schema/runtimes/request.ts";

/** What brings a version that is asked for and not installed: a command, or how to find one. */
export function remedyFor(runtime: string, { path }: Pick<Asked, "path">, request: string): string {
  if (path.endsWith("/omg.lock")) return "omg apply";
  if (isRuntime(runtime) && parseRequest(runtime, request) !== undefined) return `omg use ${runtime} ${request}`;
  return `omg use ${runtime} VERSION, with one that answers ${request}`;
}
