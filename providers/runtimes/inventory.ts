import { purlOf } from "../../host/purl.ts";
import { installedVersions } from "../../host/runtimes.ts";
import type { AdvisorySubject } from "../../schema/model/identity.ts";
import type { Inventory, InventoryItem } from "../../schema/model/inventory.ts";
import type { Runtime } from "../../schema/runtimes/names.ts";

/** What a bill of materials and a list of advisories call each: OSV lists Go's own library, and of the others nothing. */
const SUPPLIERS: Readonly<
  Record<Runtime, { readonly name: string; readonly supplier: string; readonly homepage: string }>
> = {
  node: { name: "nodejs", supplier: "OpenJS Foundation", homepage: "https://nodejs.org" },
  python: { name: "cpython", supplier: "Astral (python-build-standalone)", homepage: "https://www.python.org" },
  go: { name: "go", supplier: "Google", homepage: "https://go.dev" },
  rust: { name: "rust", supplier: "Rust project", homepage: "https://www.rust-lang.org" },
  ruby: { name: "ruby", supplier: "jdx/ruby", homepage: "https://www.ruby-lang.org" },
  java: { name: "temurin", supplier: "Eclipse Adoptium", homepage: "https://adoptium.net" },
  bun: { name: "bun", supplier: "Oven", homepage: "https://bun.sh" },
  deno: { name: "deno", supplier: "Deno Land", homepage: "https://deno.com" },
};

/** What is installed, each by its version. */
export function inventoryOf(runtime: Runtime, data: string): Inventory {
  const items = installedVersions(data, runtime).map(({ version, current }) => itemOf(runtime, version, current));
  return { items: new Map(items.map((item) => [item.version, item])), keeping: new Set(), orphans: [] };
}

function itemOf(runtime: Runtime, version: string, current: boolean): InventoryItem {
  const { name, supplier, homepage } = SUPPLIERS[runtime];
  const subject = advisoryOf(runtime, version);
  return {
    name: runtime,
    version,
    arch: process.arch,
    section: "runtimes",
    summary: `${runtime} ${version}${current ? ", which holds everywhere" : ""}`,
    source: { name, version },
    supplier,
    homepage,
    purl: purlOf({ type: "generic", name, version }),
    ...(subject === undefined ? {} : { advisory: subject }),
    requested: true,
    held: false,
    stays: true,
    needs: [],
  };
}

/** https://go.dev/doc/security/vuln/database: the standard library is a module called `stdlib`. */
export function advisoryOf(runtime: Runtime, version: string): AdvisorySubject | undefined {
  return runtime === "go" ? { ecosystem: "Go", name: "stdlib", version } : undefined;
}
