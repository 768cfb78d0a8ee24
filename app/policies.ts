import { dirname, join } from "node:path";
import { sha256 } from "../host/digest.ts";
import { pathsFor } from "../host/paths.ts";
import type { PolicyFile } from "../schema/model/policy.ts";
import type { Context } from "./context.ts";
import { readTextFile } from "./text-file.ts";

/** The policies that count, and their digests for the plan to be bound to. */
export interface Policies {
  readonly machine?: PolicyFile;
  readonly repository?: PolicyFile;
  /** Hex SHA-256 by path. */
  readonly digests: Readonly<Record<string, string>>;
}

const MAX_BYTES = 1024 * 1024;

/**
 * Reads root's policy, and the one beside the lock. A file that is there and cannot be read or enforced refuses everything.
 * @throws OmgError `policy-invalid`, `not-a-regular-file`
 */
export async function readPolicies(ctx: Context, lockPath: string | undefined): Promise<Policies> {
  const machine = await readPolicy(join(pathsFor("system", ctx).config, "policy.toml"));
  const repository = lockPath === undefined ? undefined : await readPolicy(join(dirname(lockPath), "policy.toml"));
  return {
    ...(machine === undefined ? {} : { machine: machine.policy }),
    ...(repository === undefined ? {} : { repository: repository.policy }),
    digests: Object.fromEntries(
      [machine, repository].flatMap((file) => (file === undefined ? [] : [[file.path, file.digest]])),
    ),
  };
}

async function readPolicy(
  path: string,
): Promise<{ readonly path: string; readonly policy: PolicyFile; readonly digest: string } | undefined> {
  const text = readTextFile(path, MAX_BYTES);
  if (text === undefined) return undefined;
  const { parsePolicy } = await import("../schema/files/policy.ts");
  return { path, policy: parsePolicy({ path, text }), digest: sha256(text) };
}
