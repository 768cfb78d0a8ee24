import { uuidOf } from "../../host/uuid.ts";
import { type Component, componentOf, type Listed, propertiesOf, type SpecVersion } from "./component.ts";
import { type KnownVulnerabilities, vulnerabilitiesOf } from "./vulnerabilities.ts";

/** What a bill of materials is made from. */
export interface Bill {
  readonly spec: SpecVersion;
  /** omg's own version. */
  readonly version: string;
  /** The machine: `ID` and `VERSION_ID` of os-release, and how the distribution calls its architecture. */
  readonly host: { readonly id: string; readonly versionId?: string; readonly arch: string };
  readonly packages: readonly Listed[];
  /** The lock that the machine is under. */
  readonly lock?: { readonly name: string; readonly digest: string };
  /** RFC 3339; absent: the document bears no time. */
  readonly time?: string;
  /** Absent: nobody asked for any. */
  readonly vulnerabilities?: KnownVulnerabilities;
}

/** Of the serial numbers of all bills of omg. */
const NAMESPACE = "3117b585-ee94-4c1b-ad69-91f252c19fbc";
/** In the place of the serial number, until that is known. */
const NO_SERIAL = "urn:uuid:00000000-0000-0000-0000-000000000000";
const HOST = "host";

/**
 * A bill of materials in CycloneDX's JSON (https://cyclonedx.org/docs/1.6/json/), as text. The same input gives the same text: lists
 * are sorted, and the serial number is made from everything else. Pure.
 */
export function billOfMaterials(bill: Bill): string {
  const packages = [...bill.packages].sort((a, b) => (a.address < b.address ? -1 : 1));
  const document = {
    $schema: `http://cyclonedx.org/schema/bom-${bill.spec}.schema.json`,
    bomFormat: "CycloneDX",
    specVersion: bill.spec,
    serialNumber: NO_SERIAL,
    version: 1,
    metadata: metadataOf(bill),
    components: packages.map((listed) =>
      componentOf(listed, bill.spec, bill.vulnerabilities?.unknown.get(listed.address)),
    ),
    dependencies: dependenciesOf(packages),
    ...(bill.vulnerabilities && { vulnerabilities: vulnerabilitiesOf(bill.vulnerabilities.found) }),
  };
  const text = `${JSON.stringify(document, undefined, 2)}\n`;
  return text.replace(NO_SERIAL, `urn:uuid:${uuidOf(NAMESPACE, text)}`);
}

function metadataOf({ version, host, lock, time, vulnerabilities }: Bill): object {
  const lists = vulnerabilities?.lists.map(({ from, date }) => ({
    name: "omg:vulnerabilities:list",
    value: `${from} ${date}`,
  }));
  const properties = [
    ...propertiesOf({ "omg:lock:name": lock?.name, "omg:lock:sha256": lock?.digest }),
    ...(lists ?? []),
  ];
  const system: Component = {
    type: "operating-system",
    "bom-ref": HOST,
    name: host.id,
    ...(host.versionId !== undefined && { version: host.versionId }),
    properties: propertiesOf({ "omg:arch": host.arch }),
  };
  return {
    ...(time !== undefined && { timestamp: time }),
    lifecycles: [{ phase: "operations" }],
    tools: { components: [{ type: "application", name: "omg", version }] },
    component: system,
    ...(properties.length > 0 && { properties }),
  };
}

/** The machine holds what was asked for by name, and each package what it cannot be without. */
function dependenciesOf(packages: readonly Listed[]): object[] {
  const byProvider = new Map<string, Map<string, string>>();
  for (const { provider, item, address } of packages) {
    const byName = byProvider.get(provider) ?? new Map<string, string>();
    byProvider.set(provider, byName.set(item.name, address));
  }
  const requested = packages.filter(({ item }) => item.requested).map(({ address }) => address);
  const each = packages.map(({ provider, item, address }) => {
    const byName = byProvider.get(provider);
    const on = new Set<string>();
    for (const { strict, met } of item.needs) {
      if (!strict) continue;
      for (const name of met) on.add(byName?.get(name) ?? address);
    }
    on.delete(address);
    return dependency(address, [...on]);
  });
  return [dependency(HOST, requested), ...each];
}

function dependency(ref: string, on: readonly string[]): object {
  return on.length > 0 ? { ref, dependsOn: on.toSorted() } : { ref };
}
