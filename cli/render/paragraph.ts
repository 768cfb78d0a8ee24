import { safe } from "./safe.ts";
import { type Line, plain, type Segment, type Tone, width } from "./segments.ts";

/** How a paragraph begins, and how its text looks. */
export interface ParagraphOptions {
  /** Stands before the first line; further lines are indented by its width. */
  readonly lead: Line;
  readonly tone?: Tone;
  readonly columns: number;
}

/** A text of any length with a hanging indent. Words are never broken: a path stays one piece to copy. */
export function paragraph(text: string, options: ParagraphOptions): Line[] {
  const indent = options.lead.reduce((sum, segment) => sum + width(segment.text), 0);
  const lines = wrap(safe(text), options.columns - indent);
  const tone = options.tone ?? "plain";
  return lines.map((words, index): Segment[] => [
    ...(index === 0 ? options.lead : [plain(" ".repeat(indent))]),
    { text: words, tone },
  ]);
}

function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  let current = "";
  for (const word of text.split(" ").filter((each) => each !== "")) {
    if (current !== "" && width(current) + 1 + width(word) > columns) {
      lines.push(current);
      current = word;
    } else {
      current = current === "" ? word : `${current} ${word}`;
    }
  }
  return [...lines, current];
}
