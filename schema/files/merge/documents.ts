import { sourceText } from "../source-text.ts";
import { parseYaml, type YamlDocument } from "../yaml-source.ts";

/** Each document by its platform, or by its condition and how manieth it is with that; undefined for what is no YAML. */
export function documentsIn(text: string): ReadonlyMap<string, YamlDocument> | undefined {
  const { documents, problems } = parseYaml(sourceText("omg.lock", text));
  if (problems.length > 0) return undefined;
  const found = new Map<string, YamlDocument>();
  for (const document of documents) {
    const { pins, when } = document.value;
    const name = typeof pins === "string" ? `pins ${pins}` : `when ${JSON.stringify(when ?? null)}`;
    let key = name;
    for (let again = 2; found.has(key); again += 1) key = `${name} ${again}`;
    found.set(key, document);
  }
  return found;
}

/** Their values alone. */
export function plain(documents: ReadonlyMap<string, YamlDocument>): ReadonlyMap<string, unknown> {
  return new Map([...documents].map(([key, { value }]) => [key, JSON.parse(JSON.stringify(value))]));
}
