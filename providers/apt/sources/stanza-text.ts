import type { Attributes } from "../../../schema/model/resource.ts";
import type { SourceEntry } from "./source-entry.ts";

/**
 * What a source is made of, as omg compares it: every value a text, lists sorted and separated by one blank, empty where there
 * is none. `key` is a block of keys in the spelling of `keyBlock`, the path of a keyring, or empty where any trusted key may sign.
 */
export const FIELDS = ["types", "uris", "suites", "components", "architectures", "key"] as const;

/** What an entry comes to. `keyText`: what its `Signed-By` comes to, as `key` above. Pure. */
export function attributesOf(
  entry: Pick<SourceEntry, "types" | "uris" | "suites" | "components" | "architectures">,
  keyText: string,
): Attributes {
  return {
    types: sorted(entry.types),
    uris: sorted(entry.uris.map(plainUri)),
    suites: sorted(entry.suites),
    components: sorted(entry.components),
    architectures: sorted(entry.architectures),
    key: keyText,
  };
}

/** The source as a stanza of a `.sources` file (sources.list(5), deb822 style), a newline at the end. Pure. */
export function stanzaText(attributes: Attributes): string {
  const field = (name: string, value: string) => (value === "" ? [] : [`${name}: ${value}`]);
  const text = (name: (typeof FIELDS)[number]) => String(attributes[name] ?? "");
  return `${[
    ...field("Types", text("types")),
    ...field("URIs", text("uris")),
    ...field("Suites", text("suites")),
    ...field("Components", text("components")),
    ...field("Architectures", text("architectures")),
    ...signedBy(text("key")),
  ].join("\n")}\n`;
}

/** apt sees no difference between addresses with and without a slash at the end. */
export function plainUri(uri: string): string {
  return uri.replace(/(?<=[^:/])\/+$/, "");
}

function signedBy(key: string): string[] {
  if (key === "") return [];
  if (!key.includes("\n")) return [`Signed-By: ${key}`];
  const lines = key.trimEnd().split("\n");
  return ["Signed-By:", ...lines.map((line) => ` ${line === "" ? "." : line}`)];
}

function sorted(values: readonly string[]): string {
  return [...new Set(values)].sort().join(" ");
}
