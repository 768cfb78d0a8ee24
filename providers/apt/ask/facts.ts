import type { PackageFacts } from "../../../schema/model/inventory.ts";
import { type Field, fieldsOf } from "../machine/package-fields.ts";
import type { IndexedPackage } from "../sources/indexed-package.ts";

/** Relations that are shown, in this order (deb-control(5)). */
const RELATIONS = [
  "Pre-Depends",
  "Depends",
  "Recommends",
  "Suggests",
  "Enhances",
  "Breaks",
  "Conflicts",
  "Replaces",
  "Provides",
] as const;

/** What a build says of itself in its index. */
export function factsOf({ stanza, size }: IndexedPackage): PackageFacts {
  const field: Field = fieldsOf(stanza);
  const homepage = field("homepage");
  const onDisk = bytesOf(field("installed-size"));
  const relations = RELATIONS.flatMap((name) => {
    const value = field(name.toLowerCase());
    return value === undefined || value === "" ? [] : [{ kind: name, text: unfolded(value) }];
  });
  const description = descriptionOf(field("description"));
  return {
    summary: summaryOf(field("description")),
    ...(description !== "" && { description }),
    section: field("section") ?? "",
    ...(homepage !== undefined && { homepage }),
    ...(Number.isFinite(size) && { download: size }),
    ...(onDisk !== undefined && { size: onDisk }),
    relations,
  };
}

/** First line of a Description. */
export function summaryOf(description: string | undefined): string {
  const text = description ?? "";
  const end = text.indexOf("\n");
  return end < 0 ? text : text.slice(0, end);
}

/** What follows the first line: one blank goes from each line, and a lone dot is an empty one (deb-control(5), Description). */
function descriptionOf(description: string | undefined): string {
  const [, ...lines] = (description ?? "").split("\n");
  return lines.map((line) => (/^\s+\.\s*$/.test(line) ? "" : line.replace(/^\s/, ""))).join("\n");
}

/** Installed-Size in bytes: it counts in units of 1024 (deb-control(5)). */
export function bytesOf(installedSize: string | undefined): number | undefined {
  return installedSize !== undefined && /^\d+$/.test(installedSize) ? Number(installedSize) * 1024 : undefined;
}

function unfolded(value: string): string {
  return value.replace(/\s*\n\s*/g, " ");
}
