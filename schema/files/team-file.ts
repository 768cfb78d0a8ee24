import { z } from "zod";
import { InvalidFile } from "./diagnostics.ts";
import { lockName, referenceName } from "./names.ts";
import { sourceText } from "./source-text.ts";
import { parseToml } from "./toml-source.ts";
import { validate } from "./zod-issues.ts";

const teamSchema = z.strictObject({
  name: lockName.describe("What the team is called; its trust documents say the same."),
  branch: referenceName.exactOptional().describe("The branch that its machines follow. Default: main."),
});

/** Reads a `.omg/team.toml`. @throws InvalidFile `team-invalid` */
export function parseTeam(path: string, text: string): { readonly name: string; readonly branch: string } {
  const read = parseToml(sourceText(path, text));
  if (!("parsed" in read)) throw new InvalidFile("team", read.problems);
  const { data, problems } = validate(teamSchema, read.parsed);
  if (data === undefined) throw new InvalidFile("team", problems);
  return { branch: "main", ...data };
}
