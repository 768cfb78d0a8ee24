import { OmgError } from "../../schema/error.ts";
import type { Finding } from "../../schema/model/finding.ts";
import type { Context } from "../context.ts";
import { findLock, readLockAt } from "../lock-file.ts";
import { policyFinding } from "./declared-policy.ts";

/** The lock in reach and the policies that count. */
export async function declaredFindings(ctx: Context): Promise<readonly Finding[]> {
  const path = await caught("lock", async () => findLock(ctx, {}));
  if (isFinding(path)) return [path];
  const lock = await caught("lock", async () => (path === undefined ? undefined : (await readLockAt(ctx, path)).lock));
  const policy = await caught("policy", async () => policyFinding(ctx, path, isFinding(lock) ? undefined : lock));
  if (isFinding(lock)) return [lock, policy];
  if (lock === undefined) {
    const next = "omg env capture";
    return [{ check: "lock", level: "ok", found: "There is no omg.lock here or above.", next }, policy];
  }
  const asks = Object.values(lock.packages).some(({ packages }) => Object.keys(packages).length > 0);
  if (!asks || lock.pinned) return [{ check: "lock", level: "ok", found: `${lock.path} can be read.` }, policy];
  const found = `${lock.path} has no pins for ${lock.platform}.`;
  return [{ check: "lock", level: "warn", found, next: "omg lock" }, policy];
}

/** What refuses to be read is a finding here. */
async function caught<T>(check: string, read: () => Promise<T>): Promise<T | Finding> {
  try {
    return await read();
  } catch (cause) {
    if (!(cause instanceof OmgError)) throw cause;
    const found = [cause.message, ...cause.details.slice(0, 3).map((detail) => detail.split("\n")[0])].join(" ");
    return { check, level: "bad", found, ...(cause.hint === undefined ? {} : { next: cause.hint }) };
  }
}

function isFinding(value: unknown): value is Finding {
  return typeof value === "object" && value !== null && "check" in value && "found" in value;
}
