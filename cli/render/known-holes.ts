import type { Verdict } from "../../schema/model/artifact.ts";
import { paragraph } from "./paragraph.ts";
import type { Screen } from "./screen.ts";
import { block } from "./sections.ts";
import { dim, type Line, line, strong, warn } from "./segments.ts";

const SHOWN = 5;

/** Known vulnerabilities of what would be installed, where policy has not spoken of it already: why a grade is `risk`. */
export function knownHoles({ judgements, violations }: Verdict, screen: Screen): Line[] {
  const told = new Set(violations.map(({ address }) => address));
  const found = judgements.flatMap(({ address, evidence }) => {
    const hole = evidence.find(({ check, verdict }) => check === "vulnerabilities" && verdict === "fail");
    return hole === undefined || told.has(address) ? [] : [{ address, detail: hole.detail }];
  });
  const shown = screen.verbose ? found : found.slice(0, SHOWN);
  const rest = found.length - shown.length;
  return block("Known vulnerabilities", [
    ...shown.flatMap(({ address, detail }) =>
      paragraph(detail, { lead: [warn("  ! "), strong(`${address}  `)], columns: screen.columns }),
    ),
    ...(rest > 0 ? [line(dim(`  and of ${rest} more (-v)`))] : []),
  ]);
}
