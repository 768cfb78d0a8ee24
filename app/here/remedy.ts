import { parseRequest } from "../../schema/runtimes/request.ts";
import type { RuntimeHere } from "./versions.ts";

/** What brings a version that is not installed, or damaged: commands, or how to find one. */
export function remedyFor({ runtime, asked, unpinned }: RuntimeHere, request: string): string {
  if (asked === undefined) return `omg use --global ${runtime} ${request}`;
  if (asked.path.endsWith("/omg.lock")) return unpinned ? "omg lock, then omg apply" : "omg apply";
  if (parseRequest(runtime, request) !== undefined) return `omg use ${runtime} ${request}`;
  return `omg use ${runtime} VERSION, with one that answers ${request}`;
}
