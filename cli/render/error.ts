import type { OmgError } from "../../schema/error.ts";
import { paragraph } from "./paragraph.ts";
import type { Screen } from "./screen.ts";
import { bad, dim, type Line, plain, width } from "./segments.ts";

/** What happened, each detail, what is true now, what to do next. */
export function errorScreen(error: Pick<OmgError, "message" | "details" | "state" | "hint">, screen: Screen): Line[] {
  const { columns } = screen;
  return [
    ...paragraphs(error.message, [bad("omg: ")], columns),
    ...error.details.flatMap((detail) => paragraphs(detail, [plain("  ")], columns)),
    ...(error.state === undefined ? [] : paragraphs(error.state, [dim("Now:  ")], columns)),
    ...(error.hint === undefined ? [] : paragraphs(error.hint, [dim("Next: ")], columns)),
  ];
}

/** Indented text is quoted from a file, and what stands below it points at a column: it is cut at the edge, not wrapped. */
export function paragraphs(text: string, lead: Line, columns: number): Line[] {
  const indent = plain(" ".repeat(lead.reduce((sum, segment) => sum + segment.text.length, 0)));
  return text.split("\n").flatMap((part, index) => {
    const start = index === 0 ? lead : [indent];
    return part.startsWith(" ")
      ? [[...start, plain(clip(part, columns - width(indent.text)))]]
      : paragraph(part, { lead: start, columns });
  });
}

function clip(text: string, columns: number): string {
  return text.length <= columns ? text : `${text.slice(0, columns - 1)}…`;
}
