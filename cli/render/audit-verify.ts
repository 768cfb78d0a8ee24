import type { AuditKeyResult, AuditVerifyResult, ScopeAudit } from "../../app/audit/results.ts";
import { paragraph } from "./paragraph.ts";
import type { Screen } from "./screen.ts";
import { next } from "./sections.ts";
import { bad, dim, EMPTY, good, type Line, line, plain, strong } from "./segments.ts";
import { count, minute } from "./words.ts";

/** What each log proves, what it does not, and where a bad one goes wrong. */
export function auditVerifyScreen(result: AuditVerifyResult, screen: Screen): Line[] {
  const head = result.scopes.find(({ scope, head: end }) => scope === "system" && (end?.seq ?? 0) > 0)?.head;
  return [
    ...result.scopes.flatMap((scope, index) => [...(index === 0 ? [] : [EMPTY]), ...scopeLines(scope, screen)]),
    ...(result.whole && head !== undefined && result.scopes.every(({ witness }) => witness === undefined)
      ? [EMPTY, ...next("note the head of a log elsewhere, and compare later with --witness HEAD", screen)]
      : []),
  ];
}

function scopeLines(audit: ScopeAudit, screen: Screen): Line[] {
  const { scope, entries, files, broken, file } = audit;
  const title = [strong(`Log of ${scope}: `)];
  const size = `${count(entries, "entry", "entries")} in ${count(files, "file")}`;
  if (broken !== undefined)
    return [
      ...paragraph(broken, { lead: [...title, bad("broken  ")], columns: screen.columns }),
      ...paragraph(`${file ?? "none"} (${size})`, { lead: [dim("  File     ")], columns: screen.columns }),
      ...factLines(audit, screen),
      ...next(
        "keep log, head, key and witness as they are until you know who changed what; docs/security.md says what each finding proves",
        screen,
      ),
    ];
  if (entries === 0) return [line(...title, "nothing is in it yet")];
  return [
    line(...title, good("whole"), dim(`, ${size}`)),
    ...factLines(audit, screen),
    ...sentences("  Proved   ", audit.proved, screen),
    ...sentences("  Not      ", audit.notProved, screen),
  ];
}

function factLines({ scope, head, signed, witness }: ScopeAudit, screen: Screen): Line[] {
  return [
    ...(head === undefined ? [] : headLines(`${scope}:${head.seq}:${head.hash}`, screen)),
    ...(head?.key === undefined ? [] : [line(dim("  Key      "), head.key, dim(signed ? "" : " (not the one)"))]),
    ...(head?.time === undefined || head.time === "" ? [] : [line(dim("  Written  "), `${minute(head.time)} UTC`)]),
    ...(witness === undefined
      ? []
      : paragraph(witnessText(witness), { lead: [dim("  Witness  ")], columns: screen.columns })),
  ];
}

/** In one piece, to be copied. */
function headLines(head: string, screen: Screen): Line[] {
  const title = dim("  Head     ");
  return title.text.length + head.length <= screen.columns ? [line(title, head)] : [line(title), line("  ", head)];
}

function witnessText({ name, heads, upTo }: NonNullable<ScopeAudit["witness"]>): string {
  return `${name}, ${count(heads, "head")}${upTo === undefined ? "" : `, up to line ${upTo}`}`;
}

function sentences(title: string, texts: readonly string[], screen: Screen): Line[] {
  return texts.flatMap((text, index) =>
    paragraph(text, { lead: [index === 0 ? dim(title) : plain(" ".repeat(title.length))], columns: screen.columns }),
  );
}

export function auditKeyScreen({ scope, fingerprint, path }: AuditKeyResult): Line[] {
  return [line(`The key of the log of ${scope}: ${fingerprint} (${path})`)];
}
