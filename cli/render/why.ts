import type { WhyResult } from "../../app/answers.ts";
import { lockWord } from "./lock-word.ts";
import { paragraph } from "./paragraph.ts";
import type { Screen } from "./screen.ts";
import { block } from "./sections.ts";
import { dim, type Line, line, plain, strong } from "./segments.ts";
import { type Cell, table } from "./table.ts";
import { count } from "./words.ts";

const FEW = 3;

/** Why a package is here, or what would bring it. */
export function whyScreen(result: WhyResult, screen: Screen): Line[] {
  const facts = [
    result.lock === undefined ? "" : `Lock: ${lockWord(result.lock)}.`,
    result.ownedBy === undefined ? "" : `omg owns it, for ${result.ownedBy}: it is removed when it leaves that lock.`,
    result.protectedBy === undefined ? "" : `It is never removed: ${result.protectedBy}.`,
  ].filter((fact) => fact !== "");
  const lead = [strong(result.name), plain(" ")];
  return [
    ...paragraph(result.installed === undefined ? missing(result) : present(result), { lead, columns: screen.columns }),
    ...facts.flatMap((fact) => paragraph(fact, { lead: [], columns: screen.columns })),
    ...chainsBlock(result, screen),
    ...dependentsBlock(result, screen),
    ...wishesBlock(result, screen),
  ];
}

function present({ installed, requested, orphan, chains, dependents }: WhyResult): string {
  if (requested) return `${installed} was asked for by name.`;
  if (orphan) return `${installed} came along as a dependency, and nothing needs it any more.`;
  if (chains.length > 0) return `${installed} came along as a dependency.`;
  const nobody =
    dependents.length === 0 ? "nothing that is installed needs it" : "nothing that was asked for leads to it";
  return `${installed} came along as a dependency; ${nobody}, and the package manager keeps it all the same.`;
}

function missing({ lock, candidate, providers }: WhyResult): string {
  if (lock !== undefined && lock.request !== "absent" && lock.request !== "purged")
    return "is not installed; the lock wants it, so the next apply brings it.";
  if (candidate !== undefined) return `is not installed; ${candidate.source} has ${candidate.version}.`;
  if (providers.length > 0) return `is no package of its own; these provide it: ${providers.join(", ")}.`;
  return "is not installed, and no source would install it.";
}

function chainsBlock({ chains, requested }: WhyResult, screen: Screen): Line[] {
  const shown = screen.verbose ? chains : chains.slice(0, FEW);
  const lines = shown.flatMap((chain) => {
    const [first, ...rest] = chain;
    const text = rest.map(({ name }, index) => `-> ${name} (${chain[index]?.kind ?? ""})`).join(" ");
    return paragraph(text, { lead: [plain("  "), strong(`${first?.name ?? ""} `)], columns: screen.columns });
  });
  return block(requested ? "Also needed by what was asked for" : "Brought by what was asked for", lines);
}

function dependentsBlock({ dependents }: WhyResult, screen: Screen): Line[] {
  if (dependents.length === 0) return [];
  if (!screen.verbose)
    return [
      line(
        dim(
          `${count(dependents.length, "package")} ${dependents.length === 1 ? "names" : "name"} it directly (-v shows them)`,
        ),
      ),
    ];
  const rows = dependents.map(({ name, kind, text }): Cell[] => [strong(name), plain(kind), dim(text)]);
  return block("Named directly by", table(rows, { indent: 2, columns: screen.columns, flexible: [0, 2] }));
}

function wishesBlock({ wishedBy }: WhyResult, screen: Screen): Line[] {
  const shown = screen.verbose ? wishedBy : wishedBy.slice(0, FEW);
  const rows = shown.map(({ name, kind }): Cell[] => [strong(name), dim(kind)]);
  return block(
    "Installed packages that would use it",
    table(rows, { indent: 2, columns: screen.columns, flexible: [0] }),
  );
}
