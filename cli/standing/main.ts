import { standingAnswer } from "../../app/standing/find.ts";
import { end } from "../ending.ts";
import { STDOUT } from "../streams.ts";
import { questionOf } from "./question.ts";

/**
 * Answers from what an earlier run kept, where that still stands, and ends the process then. Small, and looked at before anything else of omg is
 * loaded (bin/load.js).
 * @returns whether it did
 */
export function answered(argv: readonly string[], program: string): boolean {
  const question = questionOf(argv, program);
  const text = question && standingAnswer(question, Date.now());
  if (text === undefined) return false;
  STDOUT.write(text);
  void end(0);
  return true;
}
