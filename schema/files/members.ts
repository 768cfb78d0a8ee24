import { z } from "zod";
import type { Member } from "../model/team.ts";
import { InvalidFile } from "./diagnostics.ts";
import { sourceText } from "./source-text.ts";
import { parseToml } from "./toml-source.ts";
import { validate } from "./zod-issues.ts";

/** No team has more machines. */
const MOST = 10_000;

const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, { error: "is not a name for a machine" });
const membersSchema = z
  .strictObject({
    members: z
      .record(
        name,
        z.strictObject({
          key: z.string().regex(/^ed25519:[A-Za-z0-9+/]{43}=$/, { error: "is not a key such as ed25519:…" }),
        }),
      )
      .exactOptional(),
  })
  .refine(({ members = {} }) => Object.keys(members).length <= MOST, { error: `has more than ${MOST} members` })
  .refine(
    ({ members = {} }) => {
      const keys = Object.values(members).map(({ key }) => key);
      return new Set(keys).size === keys.length;
    },
    { error: "has one key twice" },
  );

/** Reads a `.omg/members.toml`, sorted by name. @throws InvalidFile `members-invalid` */
export function parseMembers(path: string, text: string): readonly Member[] {
  const read = parseToml(sourceText(path, text));
  if (!("parsed" in read)) throw new InvalidFile("members", read.problems);
  const { data, problems } = validate(membersSchema, read.parsed);
  if (data === undefined) throw new InvalidFile("members", problems);
  const members = Object.entries(data.members ?? {}).map(([each, { key }]) => ({ name: each, key }));
  return members.sort((a, b) => (a.name < b.name ? -1 : 1));
}
