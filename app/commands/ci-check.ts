import { dirname, relative } from "node:path";
import { readIfPresent } from "../../host/files.ts";
import type { Kind } from "../../schema/model/change.ts";
import type { Context } from "../context.ts";
import type { CheckResult, CiFinding, CiResult } from "../results.ts";
import { type CheckOptions, check } from "./check.ts";

const RULES: Readonly<Record<Kind, CiFinding["rule"]>> = {
  install: "missing",
  upgrade: "different",
  downgrade: "different",
  reinstall: "different",
  modify: "different",
  remove: "unwanted",
  purge: "unwanted",
};

/** `omg check`, as findings that each have a place in the lock. */
export async function ciCheck(ctx: Context, options: CheckOptions): Promise<CiResult> {
  const result = await check(ctx, options);
  const { path } = result.lock;
  const lines = readIfPresent(path)?.toString("utf8").split("\n") ?? [];
  const file = relativeTo(ctx.cwd, path);
  const place = (address: string) => ({ file, line: lineOf(lines, address) });
  return { check: result, findings: findingsOf(result).map((finding) => ({ ...finding, ...place(finding.address) })) };
}

function findingsOf({ diff, interrupted }: CheckResult): readonly Omit<CiFinding, "file" | "line">[] {
  return [
    ...diff.changes.map(({ address, kind, before, after, request }) => {
      const to = after?.version ?? after?.value ?? request;
      const from = before?.version ?? before?.value;
      const words = [
        from === undefined ? "" : ` is ${String(from)} here`,
        to === undefined ? "" : `, the lock wants ${String(to)}`,
      ];
      const text =
        kind === "install"
          ? ` is not here${words[1]}`
          : RULES[kind] === "unwanted"
            ? " is here, and should not be"
            : words.join("");
      return {
        rule: RULES[kind],
        level: "error" as const,
        address,
        message: `${address}${text || " differs from the lock"}.`,
      };
    }),
    ...diff.unreadable.map(({ address, reason }) => ({
      rule: "unreadable" as const,
      level: "error" as const,
      address,
      message: `${address} could not be read: ${reason}.`,
    })),
    ...interrupted.map((message) => ({ rule: "interrupted" as const, level: "error" as const, address: "", message })),
    ...diff.ahead.map(({ address, installed, pinned }) => ({
      rule: "ahead" as const,
      level: "note" as const,
      address,
      message: `${address} is ${installed} here, newer than its pin ${pinned}.`,
    })),
    ...diff.unpinned.map((address) => ({
      rule: "unpinned" as const,
      level: "warning" as const,
      address,
      message: `${address} has no pin for this platform.`,
    })),
  ];
}

/** The lock as pipelines name files: from the folder that the pipeline works in. */
function relativeTo(cwd: string, path: string): string {
  const short = relative(cwd, path);
  return short.startsWith("..") ? relative(dirname(dirname(path)), path) : short;
}

/** From 1: the line that has the entry's name as its key, or the first. */
function lineOf(lines: readonly string[], address: string): number {
  const name = address.replace(/^(?:shell\.(?:env|aliases)|[a-z]+)\./, "");
  const literal = name.replace(/[.*+?^$()|[\]{}\\]/g, "\\$&");
  const key = new RegExp(`(?:^\\s*|[{,]\\s*)["']?${literal}["']?\\s*:`);
  return (
    Math.max(
      0,
      lines.findIndex((line) => key.test(line)),
    ) + 1
  );
}
