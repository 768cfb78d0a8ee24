import { dirname, relative } from "node:path";
import type { Kind } from "../../schema/model/change.ts";
import type { Context } from "../context.ts";
import { positionsIn } from "../lock-file.ts";
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

/** `omg check`, as findings that each have a place: the entry in the lock or what it includes, or else the lock's first line. */
export async function ciCheck(ctx: Context, options: CheckOptions): Promise<CiResult> {
  const result = await check(ctx, options);
  const findings = findingsOf(result);
  if (findings.length === 0) return { check: result, findings: [] };
  const positionOf = await positionsIn(ctx, result.lock.path);
  const place = (address: string) => {
    const { file, line } = positionOf(address) ?? { file: result.lock.path, line: 1 };
    return { file: relativeTo(ctx.cwd, file), line };
  };
  return { check: result, findings: findings.map((finding) => ({ ...finding, ...place(finding.address) })) };
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
