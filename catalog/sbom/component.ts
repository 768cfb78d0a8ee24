import type { InventoryItem } from "../../schema/model/inventory.ts";
import type { LicenseFinding } from "../../schema/model/license.ts";

/** Versions of CycloneDX that can be written. */
export type SpecVersion = "1.5" | "1.6";

/** One installed package as it is listed, with what omg knows besides. */
export interface Listed {
  /** `apt.curl` */
  readonly address: string;
  readonly provider: string;
  readonly item: InventoryItem;
  readonly license?: LicenseFinding;
  /** The artifact's hash, and who says so: bytes that omg verified, or the lock. */
  readonly hash?: { readonly sha256: string; readonly from: "record" | "pin" };
  /** Name of the source that it came from, where omg knows. */
  readonly origin?: string;
}

/** A component as far as omg fills it in (https://cyclonedx.org/docs/1.6/json/#components). */
export interface Component {
  readonly type: "library" | "operating-system";
  readonly "bom-ref": string;
  readonly supplier?: object;
  readonly name: string;
  readonly version?: string;
  readonly description?: string;
  readonly hashes?: readonly object[];
  readonly licenses?: readonly object[];
  readonly purl?: string;
  readonly externalReferences?: readonly object[];
  readonly properties: readonly Property[];
}

interface Property {
  readonly name: string;
  readonly value: string;
}

/** @param unasked why nothing could be found out about its vulnerabilities; absent where that was done, or nobody asked */
export function componentOf(
  { address, item, license, hash, origin }: Listed,
  spec: SpecVersion,
  unasked?: string,
): Component {
  const { name, version, arch, summary, source, supplier, homepage, section, requested } = item;
  const site = homepage === undefined ? undefined : webAddress(homepage);
  return {
    type: "library",
    "bom-ref": address,
    ...(supplier !== undefined && { supplier: supplierOf(supplier) }),
    // The architecture stands in the purl.
    name: name.replace(/:.*$/, ""),
    version,
    ...(summary !== "" && { description: summary }),
    ...(hash && { hashes: [{ alg: "SHA-256", content: hash.sha256 }] }),
    ...(license?.expression !== undefined && { licenses: [licenseChoice(license.expression, license.basis, spec)] }),
    ...(item.purl !== undefined && { purl: item.purl }),
    ...(site !== undefined && { externalReferences: [{ type: "website", url: site }] }),
    properties: propertiesOf({
      "omg:arch": arch,
      "omg:hash:from": hash?.from,
      "omg:license:from": license?.basis,
      "omg:origin": origin,
      "omg:requested": String(requested),
      "omg:section": section,
      "omg:source:name": source.name,
      "omg:source:version": source.version,
      "omg:vulnerabilities:unknown": unasked,
    }),
  };
}

/** Those that have a value, in the order in which they stand. */
export function propertiesOf(values: Readonly<Record<string, string | undefined>>): Property[] {
  const properties: Property[] = [];
  for (const name in values) {
    const value = values[name];
    if (value !== undefined && value !== "") properties.push({ name, value });
  }
  return properties;
}

/** Few make many packages. */
const suppliers = new Map<string, object>();

function supplierOf(text: string): object {
  const known = suppliers.get(text);
  if (known !== undefined) return known;
  const supplier = parseSupplier(text);
  suppliers.set(text, supplier);
  return supplier;
}

/** `Jane Doe <jane@example.org>` (deb-control(5), Maintainer) */
function parseSupplier(text: string): object {
  const [, name = "", email = ""] = /^(.*?)\s*<([^<>\s]+@[^<>\s]+)>$/.exec(text) ?? [];
  if (!/^[\w.+-]+@[a-z0-9.-]+\.[a-z]{2,}$/i.test(email)) return { name: text };
  return { name: unquoted(name === "" ? email : name), contact: [{ email }] };
}

function unquoted(name: string): string {
  return name.replace(/^"(.*)"$/, "$1");
}

/**
 * A license of SPDX's own list by its id, everything else as an expression. From 1.6 on a document says whether the package
 * states it or somebody concluded it.
 */
function licenseChoice(expression: string, basis: LicenseFinding["basis"], spec: SpecVersion): object {
  const acknowledgement = spec === "1.5" ? {} : { acknowledgement: basis === "stated" ? "declared" : "concluded" };
  const isId = /^[A-Za-z0-9.-]+$/.test(expression) && !expression.startsWith("LicenseRef-");
  return isId ? { license: { id: expression, ...acknowledgement } } : { expression, ...acknowledgement };
}

/** Absolute, without what an address may not have; undefined for what people write else into that field. */
function webAddress(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, href, username, password } = new URL(text);
  return ["http:", "https:", "ftp:"].includes(protocol) && username === "" && password === "" ? href : undefined;
}
