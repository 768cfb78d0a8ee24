import type { Listed } from "../catalog/sbom/component.ts";
import type { KnownVulnerabilities } from "../catalog/sbom/vulnerabilities.ts";
import type { Vulnerability } from "../schema/model/vulnerability.ts";
import { advisorySources } from "./advisories.ts";
import type { Context } from "./context.ts";

/** What the databases here, or a server that config.toml allows, know about installed packages. Warns of what they do not. */
export async function vulnerabilitiesIn(ctx: Context, packages: readonly Listed[]): Promise<KnownVulnerabilities> {
  const { askAll } = await import("../policy/advisories/verify.ts");
  const answers = await askAll(
    packages.map(({ item }) => item.advisory),
    await advisorySources(ctx),
  );
  const found = new Map<string, readonly Vulnerability[]>();
  const unknown = new Map<string, string>();
  const lists = new Map<string, { readonly from: string; readonly date: string }>();
  for (const [index, { address }] of packages.entries()) {
    const answer = answers[index];
    if (answer === undefined || "code" in answer) {
      unknown.set(address, answer?.detail ?? "It was not looked up.");
      continue;
    }
    const { vulnerabilities, date, from } = answer;
    found.set(address, vulnerabilities);
    lists.set(`${from} ${date}`, { from, date });
  }
  warnOf(ctx, unknown);
  const sorted = [...lists.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, list]) => list);
  return { found, unknown, lists: sorted };
}

function warnOf(ctx: Context, unknown: ReadonlyMap<string, string>): void {
  const [reason] = unknown.values();
  if (reason === undefined) return;
  ctx.emit({
    type: "warning",
    message: `Of ${unknown.size} packages nothing could be found out about vulnerabilities, and the document says so. ${reason}`,
    hint: "`omg audit update` fetches the lists.",
  });
}
