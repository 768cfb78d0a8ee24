import type { Trust } from "../../schema/wire/trust-schema.ts";

/** What a key may be for, beside trust itself. */
type Role = Exclude<keyof Trust["roles"], "trust">;

/** Where a team's repository has what is its own. */
export const TEAM_FOLDER = ".omg";
export const TRUST_FOLDER = `${TEAM_FOLDER}/trust`;
export const MEMBERS_FILE = `${TEAM_FOLDER}/members.toml`;

const DOCUMENT = /^\.omg\/trust\/[1-9]\d*\.(?:json|sig)$/;

/**
 * Whose key a change of this file takes; undefined for trust documents, which count by their own signatures. Whatever is nothing special is
 * release's: a lock may include any file.
 */
function roleFor(path: string): Role | undefined {
  if (DOCUMENT.test(path)) return undefined;
  if (path === MEMBERS_FILE) return "peers";
  return path.split("/").at(-1) === "policy.toml" ? "policy" : "release";
}

/** Every role that a commit with these changes takes. */
export function rolesFor(paths: Iterable<string>): readonly Role[] {
  const roles = new Set<Role>();
  for (const path of paths) {
    const role = roleFor(path);
    if (role !== undefined) roles.add(role);
  }
  return [...roles].sort();
}

/** The keys that have all of these roles; for none of them, those that have any role at all. */
export function holdersOf({ roles }: Pick<Trust, "roles">, wanted: readonly Role[]): readonly string[] {
  const any = [...new Set(Object.values(roles).flat())];
  return wanted.reduce((left, role) => left.filter((key) => roles[role].includes(key)), any);
}
