import { spelledOut } from "./safe.ts";
import { bad, dim, EMPTY, good, type Line, line, plain, type Segment, strong } from "./segments.ts";

/** Text of others, such as a diff, as it is shown before somebody agrees to it: to the last character, those included that nobody would see. */
export function reviewBlock(title: string, text: string): Line[] {
  const lines = text.trimEnd().split("\n").map(spelledOut);
  return [line(strong(title)), EMPTY, ...lines.map((each) => line("  ", dressed(each))), EMPTY];
}

/** As diffs are coloured everywhere; what is not a diff is plain. */
function dressed(text: string): Segment {
  if (/^(?:diff |index |--- |\+\+\+ |@@ |new file |deleted file )/.test(text)) return dim(text);
  if (text.startsWith("+")) return good(text);
  return text.startsWith("-") ? bad(text) : plain(text);
}
