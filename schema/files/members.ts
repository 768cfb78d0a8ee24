import { z } from "zod";
import type { Member } from "../model/team.ts";
import { InvalidFile } from "./diagnostics.ts";
import { hostKey, memberName } from "./names.ts";
import { sourceText } from "./source-text.ts";
import { parseToml } from "./toml-source.ts";
import { validate } from "./zod-issues.ts";

/** No team has more machines. */
const MOST = 10_000;

const membersSchema = z
  .strictObject({ members: z.record(memberName, z.strictObject({ key: hostKey })).exactOptional() })
  .refine(({ members = {} }) => Object.keys(members).length <= MOST, { error: `has more than ${MOST} members` })
  .refine(
    ({ members = {} }) => {
      const keys = Object.values(members).map(({ key }) => key);
      return new Set(keys).size === keys.length;
    },
    { error: "has one key twice" },
  );

/** Reads a team's `.omg/members.toml`, sorted by name. Throws `members-invalid` (InvalidFile) with every problem. */
export function parseMembers({ path, text }: { readonly path: string; readonly text: string }): readonly Member[] {
  const read = parseToml(sourceText(path, text));
  if (!("parsed" in read)) throw new InvalidFile("members", read.problems);
  const { data, problems } = validate(membersSchema, read.parsed);
  if (data === undefined) throw new InvalidFile("members", problems);
  const members = Object.entries(data.members ?? {}).map(([name, { key }]) => ({ name, key }));
  return members.sort((a, b) => (a.name < b.name ? -1 : 1));
}
