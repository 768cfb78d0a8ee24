import type { AuditRecord, CheckedArtifact } from "../../app/audit/results.ts";
import { paragraph } from "./paragraph.ts";
import type { Screen } from "./screen.ts";
import { dim, type Line, line, plain, type Segment, type Tone } from "./segments.ts";
import { count, minute } from "./words.ts";

const TONES: Readonly<Partial<Record<string, Tone>>> = {
  "apply.done": "good",
  "apply.failed": "bad",
  "apply.refused": "bad",
  recovered: "warn",
};

/** A few lines of the log, oldest first; with -v also what was checked. */
export function auditLogScreen(records: readonly AuditRecord[], screen: Screen, following: boolean): Line[] {
  if (records.length === 0) return following ? [] : [line("No entry of the log is asked for by that.")];
  const id = Math.max(...records.map((record) => idOf(record).length));
  const actor = Math.max(...records.map(({ entry }) => entry.actor.length));
  return records.flatMap((record) => [
    ...paragraph(record.meaning, { lead: leadOf(record, id, actor), tone: toneOf(record), columns: screen.columns }),
    ...(record.checked ?? []).flatMap((checked) => checkedLines(checked, screen)),
  ]);
}

function leadOf(record: AuditRecord, id: number, actor: number): Segment[] {
  const { time, actor: by } = record.entry;
  return [dim(`${minute(time)}  ${idOf(record).padEnd(id)}  `), plain(`${by.padEnd(actor)}  `)];
}

function idOf({ scope, entry }: AuditRecord): string {
  return `${scope}:${entry.seq}`;
}

function toneOf({ entry }: AuditRecord): Tone {
  return TONES[entry.event] ?? "plain";
}

function checkedLines({ address, grade, sha256, evidence }: CheckedArtifact, screen: Screen): Line[] {
  const lead = [plain("    "), plain(address), dim(` ${grade}  `)];
  if (evidence === "gone")
    return paragraph("what was checked is not kept any more", { lead, tone: "warn", columns: screen.columns });
  if (evidence === "changed")
    return paragraph("what is kept is not what was checked: it was changed", {
      lead,
      tone: "bad",
      columns: screen.columns,
    });
  const checks = evidence.map(({ check, verdict, code }) => `${check} ${verdict} (${code})`).join(", ");
  const text = `${checks === "" ? count(0, "check") : checks} · sha256 ${sha256.slice(0, 12)}`;
  return paragraph(text, { lead, tone: "dim", columns: screen.columns });
}
