import { type Config, configSchema } from "./config-schema.ts";
import { InvalidFile } from "./diagnostics.ts";
import { sourceText } from "./source-text.ts";
import { parseToml } from "./toml-source.ts";
import { validate } from "./zod-issues.ts";

/** Reads a config.toml; an empty one is fine. Throws `config-invalid` (InvalidFile) with every problem. */
export function parseConfig({ path, text }: { readonly path: string; readonly text: string }): Config {
  const read = parseToml(sourceText(path, text));
  if (!("parsed" in read)) throw new InvalidFile("config", read.problems);
  const { data, problems } = validate(configSchema, read.parsed);
  if (data === undefined) throw new InvalidFile("config", problems);
  return data;
}
