import { dirname, join } from "node:path";
import { sha256 } from "../host/digest.ts";
import { pathsFor } from "../host/paths.ts";
import { OmgError } from "../schema/error.ts";
import type { PlatformLock } from "../schema/model/lock.ts";
import type { PolicyFile } from "../schema/model/policy.ts";
import type { Context } from "./context.ts";
import type { HeldPolicy } from "./held-policy.ts";
import { readTextFile } from "./text-file.ts";

/** The policies that count, and their digests for the plan to be bound to. */
export interface Policies {
  readonly machine?: PolicyFile;
  readonly repository?: PolicyFile;
  readonly earlier?: readonly PolicyFile[];
  /** Hex SHA-256 by path. */
  readonly digests: Readonly<Record<string, string>>;
}

const MAX_BYTES = 1024 * 1024;

/**
 * Reads root's policy, and the one beside the lock. A file that is there and cannot be read or enforced refuses everything.
 * @throws OmgError `policy-invalid`, `not-a-regular-file`
 */
export async function readPolicies(ctx: Context, lockPath: string | undefined): Promise<Policies> {
  const machinePath = join(pathsFor("system", ctx).config, "policy.toml");
  const machine = await readPolicy(machinePath);
  const beside = lockPath === undefined ? machinePath : join(dirname(lockPath), "policy.toml");
  const repository = beside === machinePath ? undefined : await readPolicy(beside);
  return {
    ...(machine === undefined ? {} : { machine: machine.policy }),
    ...(repository === undefined ? {} : { repository: repository.policy }),
    digests: Object.fromEntries(
      [machine, repository].flatMap((file) => (file === undefined ? [] : [[file.path, file.digest]])),
    ),
  };
}

/** One file alone, in the place of the machine's or of a repository's. @throws OmgError as `readPolicies`, and `no-policy` */
export async function readPolicyAt(path: string, role: "machine" | "repository"): Promise<Policies> {
  const file = await readPolicy(path);
  if (file === undefined)
    throw new OmgError({
      code: "no-policy",
      exit: "invalid",
      message: `There is no policy ${path}.`,
      state: "Nothing was judged.",
    });
  return { [role]: file.policy, digests: { [path]: file.digest } };
}

/** What a run of this lock is held to, and what to do with it. */
export interface HeldPolicies {
  readonly policies: Policies;
  /** Present where the policy beside the lock asks for less than it did. */
  readonly held?: HeldPolicy;
  /** Path of the policy beside the lock, whether there is one or not. */
  readonly path: string;
  /** To be called once the person has agreed to a plan that was judged by these, before anything is done. */
  readonly remember: () => Promise<void>;
}

/**
 * As `readPolicies`, with what the repository's policy asked for before. Your own lock has none to be protected from: you
 * wrote both files. Errors: as `readPolicies`, and `record-damaged`.
 */
export async function policiesOf(
  ctx: Context,
  { path: lockPath, own }: Pick<PlatformLock, "path" | "own">,
): Promise<HeldPolicies> {
  const policies = await readPolicies(ctx, lockPath);
  const path = join(dirname(lockPath), "policy.toml");
  if (own) return { policies, path, remember: async () => undefined };
  const { readHeld, rememberPolicy } = await import("./held-policy.ts");
  const remember = () => rememberPolicy(ctx, path, policies.repository);
  const held = await readHeld(ctx, path, policies.repository);
  if (held === undefined) return { policies, path, remember };
  const digests = { ...policies.digests, [`${path} as last applied`]: held.digest };
  return { policies: { ...policies, earlier: held.earlier, digests }, held, path, remember };
}

/** What a person should know of a policy that is held back. */
export function heldNote({ held, path }: HeldPolicies): readonly string[] {
  if (held === undefined) return [];
  const rules = [...new Set(held.loosenings.map(({ rule }) => rule))].join(", ");
  return [
    `${path} asks for less than when it was last applied here (${rules}). What it asked for then counts on, until \`omg policy accept\` on this machine.`,
  ];
}

async function readPolicy(
  path: string,
): Promise<{ readonly path: string; readonly policy: PolicyFile; readonly digest: string } | undefined> {
  const text = readTextFile(path, MAX_BYTES);
  if (text === undefined) return undefined;
  const { parsePolicy } = await import("../schema/files/policy.ts");
  return { path, policy: parsePolicy({ path, text }), digest: sha256(text) };
}
