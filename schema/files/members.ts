import { z } from "zod";
import type { Member } from "../model/team.ts";
import { InvalidFile } from "./diagnostics.ts";
import { hostKey, memberName } from "./names.ts";
import { sourceText } from "./source-text.ts";
import { parseToml } from "./toml-source.ts";
import { validate } from "./zod-issues.ts";

const membersSchema = z.strictObject({
  members: z.record(memberName, z.strictObject({ key: hostKey })),
});

/** Reads a team's `.omg/members.toml`. Throws `members-invalid` (InvalidFile) with every problem. */
export function parseMembers({ path, text }: { readonly path: string; readonly text: string }): readonly Member[] {
  const read = parseToml(sourceText(path, text));
  if (!("parsed" in read)) throw new InvalidFile("members", read.problems);
  const { data, problems } = validate(membersSchema, read.parsed);
  if (data === undefined) throw new InvalidFile("members", problems);
  return Object.entries(data.members).map(([name, { key }]) => ({ name, key }));
}
